//! The services that are reached over HTTP, and how to sign in to them.

use secrecy::SecretString;

use super::tls::TlsConfig;

/// Where the Confluent Cloud control plane is when a file does not say.
pub const DEFAULT_CLOUD_ENDPOINT: &str = "https://api.confluent.cloud";
/// Where the Confluent Cloud metrics are when a file does not say.
pub const DEFAULT_TELEMETRY_ENDPOINT: &str = "https://api.telemetry.confluent.cloud";

/// A Confluent-compatible schema registry.
#[derive(Debug, Clone)]
pub struct SchemaRegistryBlock {
    /// Its URLs, without a user or password; another one is used when one is away. Never empty.
    pub endpoints: Vec<String>,
    /// How to sign in; `None` means it asks nobody.
    pub auth: Option<HttpAuth>,
    /// TLS beyond the system's trust store.
    pub tls: Option<TlsConfig>,
}

/// The Confluent Cloud control plane.
#[derive(Debug, Clone)]
pub struct ConfluentCloudBlock {
    /// Its URL.
    pub endpoint: String,
    /// How to sign in.
    pub auth: HttpAuth,
    /// The organization, so that it need not be looked up.
    pub organization_id: Option<String>,
    /// TLS beyond the system's trust store.
    pub tls: Option<TlsConfig>,
}

/// Tableflow; it lives at the endpoint of the control plane.
#[derive(Debug, Clone)]
pub struct TableflowBlock {
    /// How to sign in.
    pub auth: HttpAuth,
}

/// The metrics API of Confluent Cloud.
#[derive(Debug, Clone)]
pub struct TelemetryBlock {
    /// Its URL.
    pub endpoint: String,
    /// How to sign in.
    pub auth: HttpAuth,
    /// Whether nobody wrote this block: it follows from `confluent_cloud`.
    pub derived: bool,
    /// TLS beyond the system's trust store.
    pub tls: Option<TlsConfig>,
}

/// Flink SQL.
#[derive(Debug, Clone)]
pub struct FlinkBlock {
    /// Its URL.
    pub endpoint: String,
    /// How to sign in; `None` only where the file says `type: none`.
    pub auth: Option<HttpAuth>,
    /// The environment, `env-…`.
    pub environment_id: String,
    /// The organization.
    pub organization_id: String,
    /// The compute pool that runs statements, `lfcp-…`.
    pub compute_pool_id: String,
    /// The catalog that unqualified names belong to; usually the environment's display name.
    pub catalog_name: Option<String>,
    /// The database that unqualified names belong to; usually the cluster's display name.
    pub database_name: Option<String>,
    /// TLS beyond the system's trust store.
    pub tls: Option<TlsConfig>,
}

/// How to sign in to an HTTP service.
#[derive(Debug, Clone)]
pub enum HttpAuth {
    /// A Confluent Cloud API key, sent as HTTP Basic.
    ApiKey {
        /// The key.
        key: SecretString,
        /// Its secret.
        secret: SecretString,
    },
    /// HTTP Basic.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A fixed token, sent as `Authorization: Bearer`.
    Bearer {
        /// The token.
        token: SecretString,
    },
    /// The client certificate of the `tls` block beside it.
    Mtls,
    /// Tokens from an identity provider, sent as `Authorization: Bearer`.
    OAuth(ClientCredentials),
}

/// The OAuth 2.0 client credentials grant (RFC 6749 §4.4).
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// Where tokens are given out.
    pub token_endpoint: String,
    /// The client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// What to ask for; several scopes with spaces between them.
    pub scope: Option<String>,
    /// The Confluent cluster the token is for: `lkc-…` for Kafka, `lsrc-…` for a registry.
    pub logical_cluster: Option<String>,
    /// The identity pool in Confluent Cloud, `pool-…`.
    pub identity_pool: Option<String>,
}
