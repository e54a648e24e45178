//! The reqwest clients: made when first needed, because that reads certificates.

use std::{path::Path, time::Duration};

use openssl::pkey::PKey;
use reqwest::{Certificate, Client, ClientBuilder, Identity, redirect};
use secrecy::ExposeSecret;
use tokio::{sync::OnceCell, task::spawn_blocking};

use crate::{
    config::TlsConfig,
    error::{ErrorKind, Result, ToolError},
};

const USER_AGENT: &str = concat!("mcp-confluent/", env!("CARGO_PKG_VERSION"));
/// A host that does not take a connection in this time is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the idle times of common load balancers, so that few requests meet a dead connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// Which certificates a server may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Trust {
    /// The `ca_file` where there is one, else the system's.
    Configured,
    /// The system's and the `ca_file`: for hosts that belong to somebody else, such as an identity
    /// provider beside a service with its own authority.
    SystemToo,
}

/// A reqwest client that is made by the first request.
#[derive(Debug)]
pub(in crate::client) struct Transport {
    tls: Option<TlsConfig>,
    trust: Trust,
    use_proxy: bool,
    client: OnceCell<Client>,
}

impl Transport {
    pub(in crate::client) fn new(tls: Option<TlsConfig>, trust: Trust, use_proxy: bool) -> Self {
        Self {
            tls,
            trust,
            use_proxy,
            client: OnceCell::new(),
        }
    }

    /// The client; an error is not kept, so that a file that was put right is read again.
    pub(in crate::client) async fn client(&self) -> Result<Client> {
        let make = || async {
            let (tls, trust, use_proxy) = (self.tls.clone(), self.trust, self.use_proxy);
            spawn_blocking(move || build(tls.as_ref(), trust, use_proxy))
                .await
                .map_err(|error| ToolError::internal(error.to_string()))?
        };
        self.client.get_or_try_init(make).await.cloned()
    }
}

fn build(tls: Option<&TlsConfig>, trust: Trust, use_proxy: bool) -> Result<Client> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        // A redirection would repeat a request, and send credentials, where nobody said to.
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT);
    if !use_proxy {
        builder = builder.no_proxy();
    }
    if let Some(tls) = tls {
        builder = with_tls(builder, tls, trust)?;
    }
    builder
        .build()
        .map_err(|error| unusable(&format!("TLS cannot be set up: {error}")))
}

fn with_tls(mut builder: ClientBuilder, tls: &TlsConfig, trust: Trust) -> Result<ClientBuilder> {
    if let Some(path) = &tls.ca_file {
        let authorities = Certificate::from_pem_bundle(&read(path)?)
            .map_err(|error| unusable(&format!("{}: {error}", path.display())))?;
        if authorities.is_empty() {
            return Err(unusable(&format!(
                "{} holds no certificate",
                path.display()
            )));
        }
        builder = match trust {
            Trust::Configured => builder.tls_certs_only(authorities),
            Trust::SystemToo => builder.tls_certs_merge(authorities),
        };
    }
    // The certificate is for the service; nobody else gets to see it.
    if trust == Trust::Configured {
        if let (Some(certificate), Some(key)) = (&tls.cert_file, &tls.key_file) {
            builder = builder.identity(identity(tls, certificate, key)?);
        }
        builder = builder.tls_danger_accept_invalid_certs(tls.insecure_skip_verify);
    }
    Ok(builder)
}

/// The client's certificate chain and its key, in whatever PEM form, as PKCS #8.
fn identity(tls: &TlsConfig, certificate: &Path, key: &Path) -> Result<Identity> {
    let pem = read(key)?;
    let wrong_key = |_| {
        let reason = match &tls.key_password {
            Some(_) => "cannot be read as a private key with the given password",
            None => "cannot be read as a private key; if it is encrypted, it needs `key_password`",
        };
        unusable(&format!("{} {reason}", key.display()))
    };
    let password = tls.key_password.as_ref().map(ExposeSecret::expose_secret);
    // An empty password keeps OpenSSL from asking for one on the terminal.
    let private = PKey::private_key_from_pem_passphrase(&pem, password.unwrap_or("").as_bytes())
        .map_err(wrong_key)?;
    let private = private.private_key_to_pem_pkcs8().map_err(wrong_key)?;
    Identity::from_pkcs8_pem(&read(certificate)?, &private)
        .map_err(|error| unusable(&format!("{}: {error}", certificate.display())))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| unusable(&format!("{}: {error}", path.display())))
}

fn unusable(reason: &str) -> ToolError {
    ToolError::new(ErrorKind::Unsupported, reason.to_owned())
        .hint("correct the `tls` block of the connection")
}
