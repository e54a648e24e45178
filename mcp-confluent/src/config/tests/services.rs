//! Services: how their blocks are read, and the ways to sign in.

use secrecy::ExposeSecret as _;

use super::{bad, direct, good, indented};
use crate::config::{HttpAuth, KafkaAuth, KafkaBlock, SecurityProtocol};

const CLOUD: &str = "confluent_cloud: {auth: {type: api_key, key: CK, secret: CS}}\n";

fn kafka(block: &str) -> KafkaBlock {
    let config = good(&direct(&format!("kafka:\n{}", indented(block, 2))));
    config.connections[0].kafka().expect("Kafka").clone()
}

/// The problems of a `kafka:` block, without file name and path of the block.
fn kafka_problems(block: &str) -> String {
    bad(&direct(&format!("kafka:\n{}", indented(block, 2))))
        .replace("config.yaml:", "")
        .replace("connections.a.kafka.", "")
}

fn settings(kafka: &KafkaBlock) -> Vec<(String, String)> {
    kafka
        .librdkafka_properties()
        .into_iter()
        .filter(|(name, _)| name != "client.id" && name != "bootstrap.servers")
        .map(|(name, value)| (name, value.expose().to_owned()))
        .collect()
}

fn api_key(auth: Option<&HttpAuth>) -> (&str, &str) {
    match auth {
        Some(HttpAuth::ApiKey { key, secret }) => (key.expose_secret(), secret.expose_secret()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kinds_of_kafka_sign_in() {
    let brokers = "bootstrap_servers: a:9092\n";
    let cases: [(&str, &[(&str, &str)]); 9] = [
        ("auth: {type: none}", &[("security.protocol", "PLAINTEXT")]),
        (
            "auth: {type: api_key, key: K, secret: S}",
            &[
                ("sasl.mechanisms", "PLAIN"),
                ("sasl.password", "S"),
                ("sasl.username", "K"),
                ("security.protocol", "SASL_SSL"),
                ("ssl.ca.location", "probe"),
            ],
        ),
        (
            "auth: {type: plain, username: U, password: P}\ntls: {enabled: false}",
            &[
                ("sasl.mechanisms", "PLAIN"),
                ("sasl.password", "P"),
                ("sasl.username", "U"),
                ("security.protocol", "SASL_PLAINTEXT"),
            ],
        ),
        (
            "auth: {type: scram_sha_256, username: U, password: P}\ntls: {ca_file: /ca.pem}",
            &[
                ("sasl.mechanisms", "SCRAM-SHA-256"),
                ("sasl.password", "P"),
                ("sasl.username", "U"),
                ("security.protocol", "SASL_SSL"),
                ("ssl.ca.location", "/ca.pem"),
            ],
        ),
        (
            "auth: {type: scram_sha_512, username: U, password: 0123}",
            &[
                ("sasl.mechanisms", "SCRAM-SHA-512"),
                ("sasl.password", "0123"),
                ("sasl.username", "U"),
                ("security.protocol", "SASL_SSL"),
                ("ssl.ca.location", "probe"),
            ],
        ),
        (
            "auth: {type: oauthbearer, token_endpoint: 'https://i/t', client_id: c, client_secret: s}",
            &[
                ("sasl.mechanisms", "OAUTHBEARER"),
                ("security.protocol", "SASL_SSL"),
                ("ssl.ca.location", "probe"),
            ],
        ),
        (
            "auth: {type: gssapi, principal: me@REALM, keytab_file: me.keytab}\ntls: {enabled: false}",
            &[
                ("sasl.kerberos.keytab", "me.keytab"),
                ("sasl.kerberos.principal", "me@REALM"),
                ("sasl.kerberos.service.name", "kafka"),
                ("sasl.mechanisms", "GSSAPI"),
                ("security.protocol", "SASL_PLAINTEXT"),
            ],
        ),
        (
            "auth: {type: mtls}\ntls: {cert_file: /c, key_file: /k, key_password: P}",
            &[
                ("security.protocol", "SSL"),
                ("ssl.ca.location", "probe"),
                ("ssl.certificate.location", "/c"),
                ("ssl.key.location", "/k"),
                ("ssl.key.password", "P"),
            ],
        ),
        (
            "extra_properties: {security.protocol: ssl, socket.timeout.ms: 1000, log_cache: true}",
            &[
                ("log_cache", "true"),
                ("security.protocol", "ssl"),
                ("socket.timeout.ms", "1000"),
                ("ssl.ca.location", "probe"),
            ],
        ),
    ];
    for (block, expected) in cases {
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        assert_eq!(
            settings(&kafka(&format!("{brokers}{block}"))),
            expected,
            "{block}"
        );
    }
}

#[test]
fn sasl_extensions_of_confluent_cloud() {
    let block = kafka(
        "bootstrap_servers: a:9092\nauth:\n  type: oauthbearer\n  token_endpoint: https://i/t\n  client_id: c\n  \
         client_secret: s\n  scope: a b\n  logical_cluster: lkc-1\n  identity_pool: pool-1\n  extensions: {x: y}",
    );
    let KafkaAuth::OAuthBearer {
        credentials,
        extensions,
    } = &block.auth
    else {
        panic!("oauthbearer")
    };
    assert_eq!(credentials.scope.as_deref(), Some("a b"));
    let extensions: Vec<String> = extensions.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(
        extensions,
        ["identityPoolId=pool-1", "logicalCluster=lkc-1", "x=y"]
    );
}

#[test]
fn brokers_may_name_their_protocol() {
    let block = kafka("bootstrap_servers: SSL://[::1]:9093, ssl://b:9093");
    assert_eq!(block.bootstrap_servers, ["[::1]:9093", "b:9093"]);
    assert_eq!(block.security_protocol(), SecurityProtocol::Ssl);
    let block = kafka(
        "bootstrap_servers: SASL_PLAINTEXT://a:1\nauth: {type: plain, username: u, password: p}",
    );
    assert_eq!(block.security_protocol(), SecurityProtocol::SaslPlaintext);
    let cases = [
        (
            "bootstrap_servers: SASL_SSL://a:1\nauth: {type: mtls}\ntls: {cert_file: c, key_file: k}",
            "5:26: bootstrap_servers: says SASL_SSL, but nothing says how to sign in\n\
             6:13: auth: shows a certificate, but the brokers are named with SASL_SSL",
        ),
        (
            "bootstrap_servers: SASL_SSL://a:1",
            "5:26: bootstrap_servers: says SASL_SSL, but nothing says how to sign in",
        ),
        (
            "bootstrap_servers: PLAINTEXT://a:1\nauth: {type: plain, username: u, password: p}",
            "6:13: auth: signs in with SASL, but the brokers are named with PLAINTEXT",
        ),
        (
            "bootstrap_servers: SSL://a:1\ntls: {enabled: false}",
            "5:26: bootstrap_servers: says SSL, which contradicts `tls`",
        ),
        (
            "bootstrap_servers: PLAINTEXT://a:1\ntls: {ca_file: x}",
            "5:26: bootstrap_servers: says PLAINTEXT, which contradicts `tls`",
        ),
    ];
    for (block, expected) in cases {
        assert_eq!(kafka_problems(block), expected, "{block}");
    }
    // Raw properties win over all of it, so they silence it too.
    kafka("bootstrap_servers: SASL_SSL://a:1\nextra_properties: {sasl.mechanism: GSSAPI}");
    kafka(
        "bootstrap_servers: SSL://a:1\ntls: {enabled: false}\nextra_properties: {security.protocol: PLAINTEXT}",
    );
}

#[test]
fn half_a_certificate_is_refused() {
    let cases = [
        (
            "auth: {type: mtls}",
            "6:7: auth: is `mtls`, but there is no certificate to show",
        ),
        (
            "auth: {type: mtls}\ntls: {ca_file: x}",
            "6:7: auth: is `mtls`, but there is no certificate to show",
        ),
        (
            "tls: {cert_file: x}",
            "6:24: tls.cert_file: stands alone: it needs `key_file` beside it",
        ),
        (
            "tls: {key_file: x}",
            "6:23: tls.key_file: stands alone: it needs `cert_file` beside it",
        ),
        (
            "tls: {key_password: x}",
            "6:27: tls.key_password: stands alone: it needs `key_file` beside it",
        ),
        (
            "extra_properties: {security.protocol: SASL_TLS}",
            "6:45: extra_properties.\"security.protocol\": is no protocol that Kafka has",
        ),
    ];
    for (block, expected) in cases {
        assert_eq!(
            kafka_problems(&format!("bootstrap_servers: a:1\n{block}")),
            expected,
            "{block}"
        );
    }
}

#[test]
fn java_settings_are_pointed_out() {
    let text = direct(
        "kafka:\n  bootstrap_servers: a:1\n  extra_properties:\n    ssl.truststore.location: x.jks",
    );
    let config = good(&text);
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "config.yaml:7:34: connections.a.kafka.extra_properties.\"ssl.truststore.location\": \
          `\"ssl.truststore.location\"` is a setting of the Java client, which this program is not\n    \
          Write `tls.ca_file` with a PEM file instead."
        ]
    );
}

#[test]
fn the_kinds_of_http_sign_in() {
    let auth = |auth: &str| {
        let tls = "tls: {cert_file: /c, key_file: /k}";
        let text = direct(&format!(
            "schema_registry:\n  endpoint: https://r\n  auth: {auth}\n  {tls}"
        ));
        let config = good(&text);
        config.connections[0]
            .schema_registry()
            .expect("a registry")
            .auth
            .clone()
    };
    assert!(auth("{type: none}").is_none());
    assert_eq!(
        api_key(auth("{type: api_key, key: ' K ', secret: S}").as_ref()),
        ("K", "S")
    );
    assert!(matches!(auth("{type: basic, username: U, password: P}"),
        Some(HttpAuth::Basic { username, password }) if username == "U" && password.expose_secret() == "P"));
    assert!(matches!(auth("{type: bearer, token: T}"),
        Some(HttpAuth::Bearer { token }) if token.expose_secret() == "T"));
    assert!(matches!(auth("{type: mtls}"), Some(HttpAuth::Mtls)));
    let oauth = auth(
        "{type: oauth, token_endpoint: 'https://i/t', client_id: c, client_secret: S, logical_cluster: lsrc-1, identity_pool: pool-1}",
    );
    let Some(HttpAuth::OAuth(credentials)) = oauth else {
        panic!("oauth")
    };
    assert_eq!(credentials.token_endpoint, "https://i/t");
    assert_eq!(credentials.logical_cluster.as_deref(), Some("lsrc-1"));
    assert_eq!(credentials.identity_pool.as_deref(), Some("pool-1"));
    let misplaced = direct("confluent_cloud: {auth: {type: basic, username: U, password: P}}");
    assert_eq!(
        bad(&misplaced),
        "config.yaml:4:36: connections.a.confluent_cloud.auth.type: is no type that exists here"
    );
}

#[test]
fn tls_and_the_url_of_a_service_must_agree() {
    let registry = |text: &str| direct(&format!("schema_registry: {{{text}}}"));
    assert_eq!(
        bad(&registry("endpoint: 'http://r', tls: {ca_file: x}")),
        "config.yaml:4:50: connections.a.schema_registry.tls: has no effect, because `endpoint` starts with `http://`"
    );
    assert_eq!(
        bad(&registry("endpoint: 'https://r', tls: {enabled: false}")),
        "config.yaml:4:51: connections.a.schema_registry.tls: is switched off, but `endpoint` is not an `http://` URL"
    );
    good(&registry("endpoint: 'http://r', tls: {enabled: false}"));
}

#[test]
fn a_registry_may_have_several_urls() {
    let registry = |text: &str| direct(&format!("schema_registry: {{endpoint: {text}}}"));
    let config = good(&registry("'https://me:hunter2@a:1/x, https://b'"));
    let both = config.connections[0].schema_registry().expect("a registry");
    assert_eq!(both.endpoints, ["https://a:1/x", "https://b"]);
    assert!(matches!(&both.auth, Some(HttpAuth::Basic { username, .. }) if username == "me"));
    assert_eq!(
        bad(&registry("'https://a,b:8081'")),
        "config.yaml:4:33: connections.a.schema_registry.endpoint: URL 2 of 2 is not an http or https URL"
    );
    assert_eq!(
        bad(&registry("'https://a,http://b'")),
        "config.yaml:4:33: connections.a.schema_registry.endpoint: mixes `http` and `https`"
    );
}

#[test]
fn a_password_in_a_url_is_moved_to_where_it_is_hidden() {
    let config = good(&direct(
        "schema_registry: {endpoint: 'https://me:hunter2@r:8081/x'}",
    ));
    let registry = config.connections[0].schema_registry().expect("a registry");
    assert_eq!(registry.endpoints, ["https://r:8081/x"]);
    assert!(matches!(&registry.auth,
        Some(HttpAuth::Basic { username, password }) if username == "me" && password.expose_secret() == "hunter2"));
    let both = good(&direct(
        "schema_registry: {endpoint: 'https://me:hunter2@r', auth: {type: bearer, token: T}}",
    ));
    assert_eq!(both.warnings().len(), 1);
    assert!(matches!(
        both.connections[0]
            .schema_registry()
            .expect("a registry")
            .auth,
        Some(HttpAuth::Bearer { .. })
    ));
    let elsewhere = bad("connections: {}
endpoints: {docs: 'https://me:hunter2@r'}");
    assert_eq!(
        elsewhere,
        "config.yaml:2:19: endpoints.docs: must not hold a user or password"
    );
}

#[test]
fn the_rest_endpoint_signs_in_like_the_brokers_unless_told() {
    let rest = |text: &str| kafka(&format!("rest_endpoint: https://r\n{text}")).rest_auth;
    assert!(rest("").is_none());
    assert_eq!(
        api_key(rest("auth: {type: api_key, key: K, secret: S}").as_ref()),
        ("K", "S")
    );
    assert!(matches!(
        rest("auth: {type: plain, username: U, password: P}"),
        Some(HttpAuth::Basic { .. })
    ));
    assert!(rest("auth: {type: scram_sha_256, username: U, password: P}").is_none());
    assert!(matches!(
        rest("auth: {type: plain, username: U, password: P}\nrest_auth: {type: bearer, token: T}"),
        Some(HttpAuth::Bearer { .. })
    ));
    let off = "auth: {type: api_key, key: K, secret: S}\nrest_auth: {type: none}";
    assert!(rest(off).is_none());
}

#[test]
fn telemetry_follows_from_the_control_plane() {
    let services = |blocks: &str| {
        let config = good(&direct(blocks));
        config.connections[0].services().expect("direct").clone()
    };
    let derived = services(CLOUD);
    let telemetry = derived.telemetry.expect("telemetry");
    assert!(telemetry.derived);
    assert_eq!(telemetry.endpoint, "https://api.telemetry.confluent.cloud");
    assert_eq!(api_key(Some(&telemetry.auth)), ("CK", "CS"));
    let cloud = derived.confluent_cloud.expect("cloud");
    assert_eq!(cloud.endpoint, "https://api.confluent.cloud");

    let borrowed = services(&format!("{CLOUD}telemetry: {{endpoint: 'https://t'}}\n"));
    let telemetry = borrowed.telemetry.expect("telemetry");
    assert!(!telemetry.derived);
    assert_eq!(telemetry.endpoint, "https://t");
    assert_eq!(api_key(Some(&telemetry.auth)), ("CK", "CS"));

    let own = services(&format!(
        "{CLOUD}telemetry: {{auth: {{type: api_key, key: TK, secret: TS}}}}\n"
    ));
    let telemetry = own.telemetry.expect("telemetry");
    assert_eq!(telemetry.endpoint, "https://api.telemetry.confluent.cloud");
    assert_eq!(api_key(Some(&telemetry.auth)), ("TK", "TS"));

    assert!(services("").telemetry.is_none());
}
