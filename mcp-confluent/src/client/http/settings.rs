//! [`HttpSettings`]: what a client has to know about its service.

#[cfg(feature = "login")]
use crate::client::login::SignedIn;
use crate::config::{HttpAuth, SchemaRegistryBlock, TlsConfig};

/// A service: where it is, how to sign in, what may be done.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// What people call it, for messages: `schema registry`.
    pub service: &'static str,
    /// The block of the configuration that describes it, for hints: `schema_registry`.
    pub block: &'static str,
    /// Its URLs; another one is used when one does not answer. Never empty.
    pub endpoints: Vec<String>,
    /// How to sign in; `None` sends no credentials.
    pub auth: Option<HttpAuth>,
    /// The tokens of a person who signed in, instead of `auth`.
    #[cfg(feature = "login")]
    pub sign_in: Option<SignedIn>,
    /// A URL that gives a short-lived token for `auth`, where the service takes only such tokens.
    pub token_exchange: Option<String>,
    /// TLS beyond the system's trust store.
    pub tls: Option<TlsConfig>,
    /// Refuse everything that could change something.
    pub read_only: bool,
    /// Sent with every request, besides those of the credentials.
    pub headers: Vec<(&'static str, String)>,
    /// The media type of request bodies.
    pub media_type: &'static str,
    /// The media types that are asked for.
    pub accept: &'static str,
    /// Answers with more bytes are refused.
    pub max_response_bytes: usize,
}

impl HttpSettings {
    /// A service at `endpoint` that takes and gives JSON, with answers of at most 16 MiB.
    pub fn new(service: &'static str, block: &'static str, endpoint: impl Into<String>) -> Self {
        Self {
            service,
            block,
            endpoints: vec![endpoint.into()],
            auth: None,
            #[cfg(feature = "login")]
            sign_in: None,
            token_exchange: None,
            tls: None,
            read_only: false,
            headers: Vec::new(),
            media_type: "application/json",
            accept: "application/json",
            max_response_bytes: 16 * 1024 * 1024,
        }
    }

    /// What answers at the schema registry that `block` describes: the registry, or the catalog beside
    /// it.
    pub fn of_registry(service: &'static str, block: &SchemaRegistryBlock) -> Self {
        let mut settings = Self::new(service, "schema_registry", "");
        settings.endpoints.clone_from(&block.endpoints);
        settings.auth.clone_from(&block.auth);
        settings.tls.clone_from(&block.tls);
        if let Some(HttpAuth::OAuth(grant)) = &block.auth
            && let Some(cluster) = &grant.logical_cluster
        {
            settings
                .headers
                .push(("target-sr-cluster", cluster.clone()));
        }
        settings
    }

    /// A service at `endpoint` for whoever signed in.
    #[cfg(feature = "login")]
    pub fn signed_in(
        service: &'static str,
        endpoint: impl Into<String>,
        sign_in: SignedIn,
        read_only: bool,
    ) -> Self {
        Self {
            sign_in: Some(sign_in),
            read_only,
            ..Self::new(service, "endpoints", endpoint)
        }
    }

    /// Whether a person signed in.
    pub(super) fn signs_in(&self) -> bool {
        #[cfg(feature = "login")]
        let signs_in = self.sign_in.is_some();
        #[cfg(not(feature = "login"))]
        let signs_in = false;
        signs_in
    }
}
