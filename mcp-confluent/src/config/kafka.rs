//! The `kafka:` block: brokers and how to sign in.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use super::{
    services::{ClientCredentials, HttpAuth},
    tls::TlsConfig,
};

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
    OAuthBearer(OAuthBearer),
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

/// Tokens for SASL OAUTHBEARER, and what is sent beside them.
#[derive(Debug, Clone)]
pub struct OAuthBearer {
    /// Where the tokens come from.
    pub credentials: ClientCredentials,
    /// SASL extensions, those for Confluent Cloud included.
    pub extensions: BTreeMap<String, String>,
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
            Self::OAuthBearer(_) => Some("OAUTHBEARER"),
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

    /// The SASL mechanism in use, as librdkafka names it: what `extra_properties` say, else what `auth`
    /// says; `None` where SASL is not used.
    pub fn sasl_mechanism(&self) -> Option<&str> {
        if !self.security_protocol().uses_sasl() {
            return None;
        }
        self.extra_property("sasl.mechanisms")
            .or_else(|| self.extra_property("sasl.mechanism"))
            .map(str::trim)
            .or_else(|| self.auth.sasl_mechanism())
    }

    /// Where the tokens for SASL OAUTHBEARER come from; `None` where they are not used.
    ///
    /// librdkafka's own fetching of tokens needs libcurl, which this program does not link, so the
    /// client has to hand tokens over.
    pub fn oauthbearer(&self) -> Option<&OAuthBearer> {
        match &self.auth {
            KafkaAuth::OAuthBearer(oauth) if self.sasl_mechanism() == Some("OAUTHBEARER") => {
                Some(oauth)
            }
            _ => None,
        }
    }

    pub(super) fn extra_property(&self, name: &str) -> Option<&str> {
        self.extra_properties
            .get(name)
            .map(ExposeSecret::expose_secret)
    }
}
