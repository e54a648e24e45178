//! The `kafka:` block: the ways to sign in, and what librdkafka gets.

use secrecy::ExposeSecret as _;

use super::{bad, direct, good, indented};
use crate::config::{KafkaBlock, SecurityProtocol};

/// A `kafka:` block that must be fine.
pub(super) fn kafka(block: &str) -> KafkaBlock {
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

#[test]
fn the_kinds_of_kafka_sign_in() {
    let brokers = "bootstrap_servers: a:9092\n";
    let cases: [(&str, &[(&str, &str)]); 8] = [
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
    let oauth = block.oauthbearer().expect("oauthbearer");
    assert_eq!(oauth.credentials.scope.as_deref(), Some("a b"));
    let extensions: Vec<String> = oauth
        .extensions
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
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
    kafka("bootstrap_servers: SASL_SSL://a:1\nextra_properties: {sasl.mechanism: PLAIN}");
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
          is a setting of the Java client, which this program is not\n    \
          Write `tls.ca_file` with a PEM file instead."
        ]
    );
}

#[test]
fn librdkafkas_settings_for_tokens_are_understood() {
    let block = kafka(
        "bootstrap_servers: a:1
auth: {type: none}
extra_properties:
  security.protocol: SASL_SSL
  sasl.mechanism: OAUTHBEARER
  sasl.oauthbearer.method: OIDC
  sasl.oauthbearer.token.endpoint.url: https://i/t
  sasl.oauthbearer.client.id: c
  sasl.oauthbearer.client.secret: s
  sasl.oauthbearer.scope: a b
  sasl.oauthbearer.extensions: logicalCluster=lkc-1, identityPoolId=pool-1
  socket.timeout.ms: 1000",
    );
    let oauth = block.oauthbearer().expect("tokens");
    let credentials = &oauth.credentials;
    assert_eq!(credentials.token_endpoint, "https://i/t");
    assert_eq!(
        (
            credentials.client_id.as_str(),
            credentials.client_secret.expose_secret()
        ),
        ("c", "s")
    );
    assert_eq!(credentials.scope.as_deref(), Some("a b"));
    let extensions: Vec<_> = oauth
        .extensions
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(
        extensions,
        ["identityPoolId=pool-1", "logicalCluster=lkc-1"]
    );
    let names: Vec<_> = settings(&block).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "sasl.mechanisms",
            "security.protocol",
            "socket.timeout.ms",
            "ssl.ca.location"
        ]
    );

    let problems = kafka_problems(
        "bootstrap_servers: a:1
extra_properties: {security.protocol: SASL_SSL, sasl.mechanisms: OAUTHBEARER, sasl.oauthbearer.method: oidc, \
         sasl.oauthbearer.grant.type: jwt, sasl.oauthbearer.token.endpoint.url: 'i/t', sasl.oauthbearer.client.id: c, \
         sasl.oauthbearer.extensions: 'auth=x'}",
    );
    for expected in [
        "\"sasl.oauthbearer.grant.type\": is no way to get tokens",
        "\"sasl.oauthbearer.client.secret\": is missing",
        "\"sasl.oauthbearer.token.endpoint.url\": is not an http or https URL",
        "\"sasl.oauthbearer.extensions\": `auth` is no name",
    ] {
        assert!(problems.contains(expected), "{expected}\n{problems}");
    }
}

#[test]
fn tokens_are_only_for_oauthbearer() {
    let block = kafka(
        "bootstrap_servers: a:1
auth: {type: oauthbearer, token_endpoint: 'https://i/t', client_id: c, client_secret: s}
extra_properties: {sasl.mechanism: PLAIN, sasl.oauthbearer.method: oidc}",
    );
    assert!(block.oauthbearer().is_none());
    let text = "bootstrap_servers: a:1\nauth: {type: oauthbearer, token_endpoint: 'https://i/t', client_id: c, \
                client_secret: s, extensions: {auth: x, a1: x, fine: é}}";
    assert_eq!(
        kafka_problems(text),
        "6:115: auth.extensions.auth: is no name that a SASL extension can have\n\
         6:122: auth.extensions.a1: is no name that a SASL extension can have\n\
         6:131: auth.extensions.fine: has a character that a SASL extension cannot have"
    );
}

#[cfg(feature = "gssapi")]
#[test]
fn kerberos_is_there_with_its_feature() {
    let block = kafka(
        "bootstrap_servers: a:1\nauth: {type: gssapi, principal: me@REALM, keytab_file: me.keytab}\ntls: {enabled: false}",
    );
    let expected = [
        ("sasl.kerberos.keytab", "me.keytab"),
        ("sasl.kerberos.principal", "me@REALM"),
        ("sasl.kerberos.service.name", "kafka"),
        ("sasl.mechanisms", "GSSAPI"),
        ("security.protocol", "SASL_PLAINTEXT"),
    ];
    assert_eq!(
        settings(&block),
        expected.map(|(name, value)| (name.into(), value.into()))
    );
}

#[cfg(not(feature = "gssapi"))]
#[test]
fn kerberos_is_not_there_without_its_feature() {
    let cases = [
        (
            "auth: {type: gssapi, principal: me@REALM}",
            "6:13: auth: wants GSSAPI (Kerberos), which this build does not have",
        ),
        (
            "extra_properties: {security.protocol: sasl_ssl, sasl.mechanism: GSSAPI}",
            "6:25: extra_properties: wants GSSAPI (Kerberos), which this build does not have",
        ),
        // What librdkafka would take GSSAPI for.
        (
            "extra_properties: {security.protocol: sasl_ssl}",
            "6:25: extra_properties: says SASL, but nothing says how to sign in",
        ),
    ];
    for (block, expected) in cases {
        let problems = kafka_problems(&format!("bootstrap_servers: a:1\n{block}"));
        assert_eq!(problems, expected, "{block}");
    }
}
