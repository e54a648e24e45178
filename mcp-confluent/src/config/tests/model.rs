//! What a file means once it is read.

use std::{path::Path, time::Duration};

use secrecy::ExposeSecret as _;

use super::{bad, direct, good, indented, lines, load_with};
use crate::config::{
    CloudEnvironment, Config, Confirm, ConnectionKind, HttpAuth, KafkaAuth, KafkaBlock, LogLevel,
    Place, SecurityProtocol, Transport,
};

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
fn the_smallest_file() {
    let config = good(
        "connections:\n  dev:\n    type: direct\n    kafka:\n      bootstrap_servers: localhost:9092\n",
    );
    assert_eq!(config.connections.len(), 1);
    let connection = config.connection("dev").expect("dev");
    assert!(!connection.read_only);
    assert_eq!(connection.description, None);
    assert_eq!(
        connection
            .protection_of("__consumer_offsets")
            .map(ToString::to_string),
        Some("__*".into())
    );
    assert_eq!(
        connection
            .protection_of("_schemas")
            .map(ToString::to_string),
        Some("_schemas".into())
    );
    assert!(connection.protection_of("orders").is_none());
    assert_eq!(config.server.transports, [Transport::Stdio]);
    assert_eq!(config.server.log_level, None);
    assert_eq!(config.safety.confirm, Confirm::Ask);
    assert_eq!(config.warnings(), []);
}

/// Every default in the description of the keys, written out, changes nothing.
#[test]
fn written_defaults_are_the_defaults() {
    use crate::config::{
        keys::ROOT,
        shape::{Block, Shape},
    };
    fn write(block: &'static Block, indent: usize, text: &mut String) {
        for key in block.keys() {
            let line = " ".repeat(indent) + key.name + ":";
            match (&key.shape, key.default) {
                (_, Some(default)) => text.push_str(&format!("{line} {default}\n")),
                (Shape::Block(inner), None) if inner.keys().any(|key| key.default.is_some()) => {
                    text.push_str(&format!("{line}\n"));
                    write(inner, indent + 2, text);
                }
                _ => {}
            }
        }
    }
    let mut text = "connections: {}\n".to_owned();
    write(&ROOT, 0, &mut text);
    let (written, plain) = (good(&text), good("connections: {}"));
    assert!(text.contains("docs_search"), "{text}");
    assert_eq!(written.server.log_level, Some(LogLevel::Info));
    let server = |config: &Config| {
        let mut server = config.server.clone();
        server.log_level = None;
        format!("{server:?}")
    };
    assert_eq!(server(&written), server(&plain));
    assert_eq!(written.safety, plain.safety);
    assert_eq!(written.tools, plain.tools);
    let (mut one, mut other) = (written.endpoints, plain.endpoints);
    assert_eq!(
        one.login(CloudEnvironment::Prod),
        other.login(CloudEnvironment::Prod)
    );
    one.login = None;
    other.login = None;
    assert_eq!(one, other);

    let connection = "read_only: false\nprotected_topics: ['__*', _schemas, '_confluent*']\n";
    let (written, plain) = (good(&direct(connection)), good(&direct("")));
    assert_eq!(
        format!("{:?}", written.connections),
        format!("{:?}", plain.connections)
    );
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

#[test]
fn oauth_connections() {
    let config = good(
        "connections: {a: {type: oauth}, b: {type: oauth, ccloud_env: devel, kafka_debug: ' broker '}}",
    );
    let ConnectionKind::OAuth(a) = &config.connections[0].kind else {
        panic!("oauth")
    };
    assert_eq!(
        (a.environment, a.kafka_debug.as_deref()),
        (CloudEnvironment::Prod, None)
    );
    let ConnectionKind::OAuth(b) = &config.connections[1].kind else {
        panic!("oauth")
    };
    assert_eq!(
        (b.environment, b.kafka_debug.as_deref()),
        (CloudEnvironment::Devel, Some("broker"))
    );
    assert_eq!(
        config.endpoints.login(b.environment),
        "https://login.confluent-dev.io"
    );
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
fn a_password_in_a_url_is_moved_to_where_it_is_hidden() {
    let config = good(&direct(
        "schema_registry: {endpoint: 'https://me:hunter2@r:8081/x'}",
    ));
    let registry = config.connections[0].schema_registry().expect("a registry");
    assert_eq!(registry.endpoint, "https://r:8081/x");
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
    let elsewhere = bad(&format!(
        "connections: {{}}\nendpoints: {{docs: 'https://me:hunter2@r'}}"
    ));
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
fn what_may_be_done_on_a_connection() {
    let config = good(&direct(
        "read_only: true\ndescription: ' Dev '\nallow_tools: [a, b]\nblock_tools: [b]\nprotected_topics: [x-*]",
    ));
    let connection = &config.connections[0];
    assert!(connection.read_only);
    assert_eq!(connection.description.as_deref(), Some("Dev"));
    assert_eq!(
        ["a", "b", "c"].map(|tool| connection.allows_tool(tool)),
        [true, false, false]
    );
    assert!(connection.protection_of("x-1").is_some() && connection.protection_of("__x").is_none());
    assert!(
        good(&direct("protected_topics: []")).connections[0]
            .protection_of("__x")
            .is_none()
    );
    assert!(good(&direct("block_tools: [b]")).connections[0].allows_tool("c"));
    assert_eq!(
        bad(&direct("allow_tools: []")),
        "config.yaml:4:18: connections.a.allow_tools: is empty"
    );
}

#[test]
fn the_other_sections() {
    let config = good(
        "connections: {}\n\
         safety: {confirm: never, default_timeout_seconds: 5, max_result_bytes: 5000, audit_file: a.jsonl}\n\
         tools: {enable: [kafka, acme], disable: [acme], experimental: true}\n\
         endpoints: {docs: 'https://docs.example.com/', login: 'https://login.example.com'}\n\
         server: {transports: [http, stdio], log_level: trace, http: {mcp_endpoint: m}, auth: {allowed_hosts: [Example.COM]}}\n\
         extensions: {acme: {url: x, list: [1, 2.5, true, null, '1', 0x10, .5, nan]}}\n",
    );
    assert_eq!(config.safety.confirm, Confirm::Never);
    assert_eq!(config.safety.default_timeout, Duration::from_secs(5));
    assert_eq!(config.safety.max_result_bytes, 5000);
    assert_eq!(
        config.safety.audit_file.as_deref(),
        Some(Path::new("a.jsonl"))
    );
    assert_eq!(
        ["kafka", "acme", "docs"].map(|c| config.tools.allows_category(c)),
        [true, false, false]
    );
    assert!(config.tools.experimental);
    assert_eq!(config.endpoints.docs, "https://docs.example.com");
    assert_eq!(
        config.endpoints.login(CloudEnvironment::Stag),
        "https://login.example.com"
    );
    assert_eq!(
        config.server.transports,
        [Transport::Http, Transport::Stdio]
    );
    assert_eq!(config.server.log_level, Some(LogLevel::Trace));
    assert_eq!(config.server.http.mcp_endpoint, "/m");
    assert_eq!(config.server.auth.allowed_hosts, ["example.com"]);
    let acme = config.extension("acme").expect("acme");
    assert_eq!(
        acme,
        &serde_json::json!({"url": "x", "list": [1, 2.5, true, null, "1", 16, 0.5, "nan"]})
    );
    assert_eq!(config.extension("other"), None);
}

#[test]
fn an_empty_list_of_hosts_is_pointed_out() {
    let config = good("connections: {}\nserver: {auth: {allowed_hosts: []}}");
    assert_eq!(config.warnings().len(), 1);
    assert_eq!(config.warnings()[0].place().to_string(), "config.yaml:2:32");
}

#[test]
fn variables_may_hold_booleans_and_numbers() {
    let text = "connections: {a: {type: '${TYPE}', read_only: '${RO}', description: '${EMPTY}'}}\n\
                server: {http: {port: '${PORT}'}, do_not_track: '${DNT:-0}'}";
    let variables = [
        ("TYPE", "direct"),
        ("RO", "TRUE"),
        ("PORT", "9000"),
        ("EMPTY", ""),
    ];
    let config = load_with(text, &variables).unwrap_or_else(|error| panic!("{error}"));
    assert!(config.connections[0].read_only);
    assert_eq!(config.connections[0].description, None);
    assert_eq!(config.server.http.port, 9000);
    assert!(!config.server.do_not_track);
    let error = load_with(
        text,
        &[
            ("TYPE", "direct"),
            ("RO", "maybe"),
            ("PORT", ""),
            ("EMPTY", ""),
        ],
    );
    assert_eq!(
        lines(&error.expect_err("two problems")),
        "config.yaml:1:47: connections.a.read_only: must be `true` or `false`\n\
         config.yaml:2:23: server.http.port: must be a whole number from 1 to 65535"
    );
}

#[test]
fn beside_a_file_the_environment_is_a_floor() {
    let file = "connections: {}";
    let config = load_with(file, &[("LOG_LEVEL", "WARN"), ("DO_NOT_TRACK", "1")]).expect("fine");
    assert_eq!(config.server.log_level, Some(LogLevel::Warn));
    assert!(config.server.do_not_track);
    let config = load_with(
        "connections: {}\nserver: {log_level: error, do_not_track: false}",
        &[
            ("LOG_LEVEL", "debug"),
            ("DO_NOT_TRACK", "yes"),
            ("MCP_API_KEY", "short"),
            ("BOOTSTRAP_SERVERS", "x"),
        ],
    )
    .expect("other variables do not count beside a file");
    assert_eq!(config.server.log_level, Some(LogLevel::Error));
    assert!(!config.server.do_not_track);
    assert!(config.connections.is_empty());
    let config = load_with(file, &[("LOG_LEVEL", "silent")]).expect("a warning only");
    assert!(
        config.warnings()[0]
            .to_string()
            .starts_with("LOG_LEVEL: is not used")
    );
}

#[test]
fn keys_know_their_line() {
    let config =
        good("connections:\n  a b:\n    type: direct\n    kafka:\n      bootstrap_servers: a:1\n");
    let place = |path: &[&str]| config.place_of(path).map(ToString::to_string);
    assert_eq!(
        place(&["connections", "a b", "kafka", "bootstrap_servers"]).as_deref(),
        Some("config.yaml:5:7")
    );
    assert_eq!(
        place(&["connections", "a b", "kafka", "auth", "secret"]).as_deref(),
        Some("config.yaml:4:5")
    );
    assert_eq!(
        place(&["connections", "a b"]).as_deref(),
        Some("config.yaml:2:3")
    );
    assert_eq!(place(&["server", "http"]), None);
    assert_eq!(
        config.place_of(&["connections"]).and_then(Place::line),
        Some(1)
    );
}

#[test]
fn nothing_secret_is_ever_printed() {
    let secret = |n: usize| format!("SECRET{n:02}-padding-to-be-long-enough");
    let mut text = direct(
        "kafka:\n  bootstrap_servers: a:1\n  rest_endpoint: https://user:${S00}@r\n  \
         auth: {type: api_key, key: '${S01}', secret: '${S02}'}\n  \
         tls: {cert_file: c, key_file: k, key_password: '${S03}'}\n  \
         extra_properties: {ssl.key.pem: '${S04}'}\n\
         schema_registry:\n  endpoint: https://r\n  auth: {type: basic, username: u, password: '${S05}'}\n\
         confluent_cloud:\n  auth: {type: bearer, token: '${S06}'}\n\
         tableflow:\n  auth: {type: oauth, token_endpoint: https://i, client_id: c, client_secret: '${S07}'}\n\
         flink:\n  endpoint: https://f\n  auth: {type: api_key, key: '${S08}', secret: '${S09}'}\n  \
         environment_id: env-1\n  organization_id: o\n  compute_pool_id: lfcp-1\n",
    );
    for (id, auth) in [
        ("b", "{type: plain, username: u, password: '${S10}'}"),
        (
            "c",
            "{type: scram_sha_256, username: u, password: '${S11}'}",
        ),
        (
            "d",
            "{type: oauthbearer, token_endpoint: https://i, client_id: c, client_secret: '${S12}'}",
        ),
    ] {
        text += &format!(
            "  {id}:\n    type: direct\n    kafka:\n      bootstrap_servers: a:1\n      auth: {auth}\n"
        );
    }
    text += "server: {auth: {api_key: '${S13}'}, analytics: {write_key: '${S14}'}}\n\
             extensions: {acme: {password: '${S15}'}}\n";
    let variables: Vec<(String, String)> =
        (0..16).map(|n| (format!("S{n:02}"), secret(n))).collect();
    let borrowed: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let config = load_with(&text, &borrowed).unwrap_or_else(|error| panic!("{error}"));
    let mut printed = format!("{config:?} {config:#?}");
    for connection in &config.connections {
        if let Some(kafka) = connection.kafka() {
            printed += &format!("{:?}", kafka.librdkafka_properties());
        }
    }
    assert!(!printed.contains("SECRET"), "{printed}");
    // Every value broken in some way: no report shows any of them.
    let broken: Vec<(String, String)> = variables
        .iter()
        .map(|(name, value)| (name.clone(), format!("\u{1} {value}")))
        .collect();
    let borrowed: Vec<(&str, &str)> = broken
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let report = load_with(&text.replace("type: ", "type: ${S00}"), &borrowed).expect_err("broken");
    assert!(
        !format!("{report} {report:?}").contains("SECRET"),
        "{report}"
    );
    let environment: crate::config::Environment = borrowed.iter().copied().collect();
    assert!(!format!("{environment:?}").contains("SECRET"));
}
