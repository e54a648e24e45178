//! TLS of one block.

use std::path::PathBuf;

use secrecy::SecretString;

/// The `tls:` block of a service: how the connection is encrypted and who is trusted.
///
/// Paths that are not absolute were resolved against the folder of the configuration file.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// Whether to use TLS; only `enabled: false` makes this false.
    pub enabled: bool,
    /// Certificates to trust instead of the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate chain, PEM; comes with a key.
    pub cert_file: Option<PathBuf>,
    /// The client's private key, PEM; comes with a certificate.
    pub key_file: Option<PathBuf>,
    /// The password of the private key.
    pub key_password: Option<SecretString>,
    /// The server's certificate is not checked at all.
    pub insecure_skip_verify: bool,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            ca_file: None,
            cert_file: None,
            key_file: None,
            key_password: None,
            insecure_skip_verify: false,
        }
    }
}
