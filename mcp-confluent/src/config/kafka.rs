//! The `kafka:` block: brokers, how to sign in, and the librdkafka settings that follow.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};

use super::{
    services::{ClientCredentials, HttpAuth},
    tls::TlsConfig,
};

/// How the program names itself to brokers.
pub const CLIENT_ID: &str = "mcp-confluent";

/// A Kafka cluster: its brokers, its REST endpoint, or both.
#[derive(Debug, Clone, Default)]
pub struct KafkaBlock {
    /// Brokers to start from as `host:port`, IPv6 addresses in brackets; empty if only the REST
    /// endpoint is known.
    pub bootstrap_servers: Vec<String>,
    /// The protocol that was written in front of the brokers, as in `SASL_SSL://host:9092`.
    pub named_protocol: Option<SecurityProtocol>,
    /// How to sign in to the brokers.
    pub auth: KafkaAuth,
    /// TLS, for the brokers and for the REST endpoint.
    pub tls: Option<TlsConfig>,
    /// URL of the Kafka REST API (v3).
    pub rest_endpoint: Option<String>,
    /// How to sign in to the REST endpoint: what `rest_auth` says, else the API key or the
    /// password of `auth`.
    pub rest_auth: Option<HttpAuth>,
    /// The cluster's id, such as `lkc-…`.
    pub cluster_id: Option<String>,
    /// The environment the cluster is in, `env-…`.
    pub env_id: Option<String>,
    /// Settings for librdkafka by name; they win over everything above. Any of them may be a
    /// secret.
    pub extra_properties: BTreeMap<String, SecretString>,
}

/// How to sign in to Kafka brokers.
#[derive(Debug, Clone, Default)]
pub enum KafkaAuth {
    /// Not at all.
    #[default]
    None,
    /// A Confluent Cloud API key: SASL PLAIN, over TLS unless the file says otherwise.
    ApiKey {
        /// The key.
        key: SecretString,
        /// Its secret.
        secret: SecretString,
    },
    /// SASL PLAIN.
    Plain {
        /// The user.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// SASL SCRAM (RFC 5802).
    Scram {
        /// The hash in use.
        hash: ScramHash,
        /// The user.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// SASL OAUTHBEARER (RFC 7628) with tokens from an identity provider.
    OAuthBearer {
        /// Where the tokens come from.
        credentials: ClientCredentials,
        /// SASL extensions, those for Confluent Cloud included.
        extensions: BTreeMap<String, String>,
    },
    /// SASL GSSAPI (Kerberos).
    Gssapi {
        /// The client's principal.
        principal: String,
        /// The client's keytab; without one, the ticket cache is used.
        keytab_file: Option<std::path::PathBuf>,
        /// The primary of the brokers' principal, usually `kafka`.
        service_name: String,
    },
    /// The client certificate of the `tls` block.
    Mtls,
}

/// The hash of SASL SCRAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScramHash {
    /// SCRAM-SHA-256.
    Sha256,
    /// SCRAM-SHA-512.
    Sha512,
}

impl KafkaAuth {
    /// The SASL mechanism as librdkafka names it; `None` where SASL is not used.
    pub fn sasl_mechanism(&self) -> Option<&'static str> {
        match self {
            Self::None | Self::Mtls => None,
            Self::ApiKey { .. } | Self::Plain { .. } => Some("PLAIN"),
            Self::Scram {
                hash: ScramHash::Sha256,
                ..
            } => Some("SCRAM-SHA-256"),
            Self::Scram {
                hash: ScramHash::Sha512,
                ..
            } => Some("SCRAM-SHA-512"),
            Self::OAuthBearer { .. } => Some("OAUTHBEARER"),
            Self::Gssapi { .. } => Some("GSSAPI"),
        }
    }
}

/// librdkafka's `security.protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProtocol {
    /// Neither TLS nor SASL.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL in the clear.
    SaslPlaintext,
    /// SASL over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    pub(super) const ALL: [Self; 4] = [
        Self::Plaintext,
        Self::Ssl,
        Self::SaslPlaintext,
        Self::SaslSsl,
    ];

    /// The protocol with or without SASL and TLS.
    pub fn of(sasl: bool, tls: bool) -> Self {
        match (sasl, tls) {
            (false, false) => Self::Plaintext,
            (false, true) => Self::Ssl,
            (true, false) => Self::SaslPlaintext,
            (true, true) => Self::SaslSsl,
        }
    }

    /// The name librdkafka expects.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "PLAINTEXT",
            Self::Ssl => "SSL",
            Self::SaslPlaintext => "SASL_PLAINTEXT",
            Self::SaslSsl => "SASL_SSL",
        }
    }

    /// Whether the connection is encrypted.
    pub fn uses_tls(self) -> bool {
        matches!(self, Self::Ssl | Self::SaslSsl)
    }

    /// Whether the client signs in with SASL.
    pub fn uses_sasl(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }

    /// The protocol of this name, in upper or lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.as_str().eq_ignore_ascii_case(name))
    }
}

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
    /// The Kafka at these brokers (`host:port` each), without TLS and without authentication.
    pub fn new<I, S>(bootstrap_servers: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self {
            bootstrap_servers: bootstrap_servers.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Whether brokers are named, so that a native client can be made.
    pub fn has_brokers(&self) -> bool {
        !self.bootstrap_servers.is_empty()
    }

    /// How the client talks to the brokers.
    ///
    /// First `security.protocol` among the extra properties, then the protocol written in front of
    /// the brokers, then what `auth` and `tls` say: SASL for every mechanism, and TLS unless the
    /// block says `enabled: false` or has neither authentication nor a `tls` block.
    pub fn security_protocol(&self) -> SecurityProtocol {
        let named = self.extra_property("security.protocol");
        if let Some(protocol) = named.and_then(SecurityProtocol::named) {
            return protocol;
        }
        if let Some(protocol) = self.named_protocol {
            return protocol;
        }
        let sasl = self.auth.sasl_mechanism().is_some();
        let tls = self
            .tls
            .as_ref()
            .map_or(sasl || matches!(self.auth, KafkaAuth::Mtls), |tls| {
                tls.enabled
            });
        SecurityProtocol::of(sasl, tls)
    }

    /// The settings for librdkafka, each name once; `extra_properties` win.
    ///
    /// Token-based sign-in is prepared here but served by the client: librdkafka's own fetching of
    /// tokens needs libcurl, which this program does not link, so a client with
    /// [`KafkaAuth::OAuthBearer`] has to hand over tokens in its refresh callback.
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

    fn extra_property(&self, name: &str) -> Option<&str> {
        self.extra_properties
            .get(name)
            .map(ExposeSecret::expose_secret)
    }

    fn add_sasl(&self, properties: &mut BTreeMap<&str, PropertyValue>) {
        let Some(mechanism) = self.auth.sasl_mechanism() else {
            return;
        };
        properties.insert("sasl.mechanisms", mechanism.into());
        match &self.auth {
            KafkaAuth::None | KafkaAuth::Mtls | KafkaAuth::OAuthBearer { .. } => {}
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
