//! The librdkafka settings that follow from a `kafka:` block.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    kafka::{KafkaAuth, KafkaBlock},
    tls::TlsConfig,
};

/// How the program names itself to brokers.
pub const CLIENT_ID: &str = "mcp-confluent";

/// The value of a librdkafka setting.
#[derive(Clone)]
pub enum PropertyValue {
    /// May be printed.
    Plain(String),
    /// Must not be printed.
    Secret(SecretString),
}

impl PropertyValue {
    /// The value, to be handed to librdkafka and to nobody else.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(value) => value,
            Self::Secret(value) => value.expose_secret(),
        }
    }
}

impl From<&str> for PropertyValue {
    fn from(value: &str) -> Self {
        Self::Plain(value.to_owned())
    }
}

impl fmt::Debug for PropertyValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(out, "{value:?}"),
            Self::Secret(_) => out.write_str("[hidden]"),
        }
    }
}

impl KafkaBlock {
    /// The settings for librdkafka, each name once; `extra_properties` win.
    pub fn librdkafka_properties(&self) -> Vec<(String, PropertyValue)> {
        let protocol = self.security_protocol();
        let mut properties: BTreeMap<&str, PropertyValue> = BTreeMap::new();
        properties.insert("client.id", CLIENT_ID.into());
        properties.insert(
            "bootstrap.servers",
            self.bootstrap_servers.join(",").as_str().into(),
        );
        properties.insert("security.protocol", protocol.as_str().into());
        self.add_sasl(&mut properties);
        if let Some(tls) = self.tls.as_ref().filter(|_| protocol.uses_tls()) {
            add_tls(tls, &mut properties);
        }
        for (name, value) in &self.extra_properties {
            properties.insert(canonical(name), PropertyValue::Secret(value.clone()));
        }
        let names_trust = ["ssl.ca.location", "ssl.ca.pem", "ssl.ca.certificate.stores"]
            .iter()
            .any(|name| properties.contains_key(name));
        if protocol.uses_tls() && !names_trust {
            // Without this, OpenSSL built from source looks where no system keeps certificates.
            properties.insert("ssl.ca.location", "probe".into());
        }
        properties
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn add_sasl(&self, properties: &mut BTreeMap<&str, PropertyValue>) {
        let Some(mechanism) = self.auth.sasl_mechanism() else {
            return;
        };
        properties.insert("sasl.mechanisms", mechanism.into());
        match &self.auth {
            KafkaAuth::None | KafkaAuth::Mtls | KafkaAuth::OAuthBearer(_) => {}
            KafkaAuth::ApiKey { key, secret } => {
                properties.insert("sasl.username", PropertyValue::Secret(key.clone()));
                properties.insert("sasl.password", PropertyValue::Secret(secret.clone()));
            }
            KafkaAuth::Plain { username, password }
            | KafkaAuth::Scram {
                username, password, ..
            } => {
                properties.insert("sasl.username", username.as_str().into());
                properties.insert("sasl.password", PropertyValue::Secret(password.clone()));
            }
            KafkaAuth::Gssapi {
                principal,
                keytab_file,
                service_name,
            } => {
                properties.insert("sasl.kerberos.service.name", service_name.as_str().into());
                properties.insert("sasl.kerberos.principal", principal.as_str().into());
                if let Some(keytab) = keytab_file {
                    let keytab = keytab.to_string_lossy();
                    properties.insert("sasl.kerberos.keytab", keytab.as_ref().into());
                }
            }
        }
    }
}

fn add_tls(tls: &TlsConfig, properties: &mut BTreeMap<&str, PropertyValue>) {
    let files = [
        ("ssl.ca.location", &tls.ca_file),
        ("ssl.certificate.location", &tls.cert_file),
        ("ssl.key.location", &tls.key_file),
    ];
    for (name, file) in files {
        if let Some(file) = file {
            properties.insert(name, file.to_string_lossy().as_ref().into());
        }
    }
    if let Some(password) = &tls.key_password {
        properties.insert("ssl.key.password", PropertyValue::Secret(password.clone()));
    }
    if tls.insecure_skip_verify {
        properties.insert("enable.ssl.certificate.verification", "false".into());
        properties.insert("ssl.endpoint.identification.algorithm", "none".into());
    }
}

/// The one name of a setting that has two, so that the later of two does not depend on the order
/// of a map.
fn canonical(name: &str) -> &str {
    match name {
        "sasl.mechanism" => "sasl.mechanisms",
        "metadata.broker.list" => "bootstrap.servers",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ScramHash, SecurityProtocol};

    fn settings(block: &KafkaBlock) -> Vec<(String, String)> {
        block
            .librdkafka_properties()
            .into_iter()
            .map(|(name, value)| (name, value.expose().to_owned()))
            .collect()
    }

    fn expect(block: &KafkaBlock, expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(settings(block), expected);
    }

    fn api_key() -> KafkaAuth {
        KafkaAuth::ApiKey {
            key: "KEY".into(),
            secret: "SECRET".into(),
        }
    }

    #[test]
    fn plain_kafka() {
        expect(
            &KafkaBlock::new(["a:9092", "[::1]:9093"]),
            &[
                ("bootstrap.servers", "a:9092,[::1]:9093"),
                ("client.id", "mcp-confluent"),
                ("security.protocol", "PLAINTEXT"),
            ],
        );
    }

    #[test]
    fn an_api_key_means_sasl_plain_over_tls() {
        let block = KafkaBlock {
            auth: api_key(),
            ..KafkaBlock::new(["a:9092"])
        };
        expect(
            &block,
            &[
                ("bootstrap.servers", "a:9092"),
                ("client.id", "mcp-confluent"),
                ("sasl.mechanisms", "PLAIN"),
                ("sasl.password", "SECRET"),
                ("sasl.username", "KEY"),
                ("security.protocol", "SASL_SSL"),
                ("ssl.ca.location", "probe"),
            ],
        );
        let printed = format!("{block:?} {:?}", block.librdkafka_properties());
        assert!(
            !printed.contains("SECRET") && !printed.contains("KEY"),
            "{printed}"
        );
    }

    #[test]
    fn extra_properties_win_whatever_they_are_called() {
        let extra = [
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("security.protocol", "sasl_plaintext"),
            ("client.id", "me"),
        ];
        let block = KafkaBlock {
            auth: api_key(),
            extra_properties: extra
                .map(|(name, value)| (name.to_owned(), value.into()))
                .into(),
            ..KafkaBlock::new(["a:9092"])
        };
        expect(
            &block,
            &[
                ("bootstrap.servers", "a:9092"),
                ("client.id", "me"),
                ("sasl.mechanisms", "SCRAM-SHA-512"),
                ("sasl.password", "SECRET"),
                ("sasl.username", "KEY"),
                ("security.protocol", "sasl_plaintext"),
            ],
        );
    }

    #[test]
    fn a_client_certificate_needs_no_sasl() {
        let tls = TlsConfig {
            ca_file: Some("/ca.pem".into()),
            cert_file: Some("/me.pem".into()),
            key_file: Some("/me.key".into()),
            key_password: Some("PASSWORD".into()),
            ..TlsConfig::default()
        };
        for auth in [KafkaAuth::None, KafkaAuth::Mtls] {
            let block = KafkaBlock {
                auth,
                tls: Some(tls.clone()),
                ..KafkaBlock::new(["a:9093"])
            };
            expect(
                &block,
                &[
                    ("bootstrap.servers", "a:9093"),
                    ("client.id", "mcp-confluent"),
                    ("security.protocol", "SSL"),
                    ("ssl.ca.location", "/ca.pem"),
                    ("ssl.certificate.location", "/me.pem"),
                    ("ssl.key.location", "/me.key"),
                    ("ssl.key.password", "PASSWORD"),
                ],
            );
        }
    }

    #[test]
    fn verification_goes_off_only_by_name() {
        let tls = TlsConfig {
            insecure_skip_verify: true,
            ..TlsConfig::default()
        };
        let block = KafkaBlock {
            tls: Some(tls),
            ..KafkaBlock::new(["a:9093"])
        };
        expect(
            &block,
            &[
                ("bootstrap.servers", "a:9093"),
                ("client.id", "mcp-confluent"),
                ("enable.ssl.certificate.verification", "false"),
                ("security.protocol", "SSL"),
                ("ssl.ca.location", "probe"),
                ("ssl.endpoint.identification.algorithm", "none"),
            ],
        );
    }

    #[test]
    fn the_protocol_is_named_or_follows_from_the_mechanism() {
        let scram = || KafkaAuth::Scram {
            hash: ScramHash::Sha256,
            username: "me".to_owned(),
            password: "SECRET".into(),
        };
        let off = Some(TlsConfig {
            enabled: false,
            ..TlsConfig::default()
        });
        let on = Some(TlsConfig::default());
        let cases = [
            (KafkaAuth::None, None, None, "PLAINTEXT"),
            (KafkaAuth::None, on.clone(), None, "SSL"),
            (KafkaAuth::None, off.clone(), None, "PLAINTEXT"),
            (scram(), None, None, "SASL_SSL"),
            (scram(), on.clone(), None, "SASL_SSL"),
            (scram(), off.clone(), None, "SASL_PLAINTEXT"),
            (
                scram(),
                None,
                Some(SecurityProtocol::SaslPlaintext),
                "SASL_PLAINTEXT",
            ),
            (KafkaAuth::Mtls, None, None, "SSL"),
            (KafkaAuth::None, None, Some(SecurityProtocol::Ssl), "SSL"),
        ];
        for (auth, tls, named_protocol, expected) in cases {
            let shown = format!("{auth:?} {tls:?} {named_protocol:?}");
            let block = KafkaBlock {
                named_protocol,
                auth,
                tls,
                ..KafkaBlock::new(["a:1"])
            };
            assert_eq!(block.security_protocol().as_str(), expected, "{shown}");
        }
    }
}
