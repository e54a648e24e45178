//! HTTPS.

use std::{fmt::Display, fs::File, io, path::Path, pin::Pin, sync::Arc};

use openssl::{
    error::ErrorStack,
    ssl::{Ssl, SslAcceptor, SslFiletype, SslMethod},
};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::config::HttpTls;

/// The server's side of TLS.
#[derive(Clone)]
pub(super) struct Tls(Arc<SslAcceptor>);

/// Why there is no TLS.
pub(super) struct Unusable {
    /// The key of the file in the `tls` block.
    pub(super) key: &'static str,
    /// The file and the reason.
    pub(super) reason: String,
}

impl Unusable {
    fn file(key: &'static str, file: &Path, reason: impl Display) -> Self {
        Self {
            key,
            reason: format!("{} cannot be used: {reason}", file.display()),
        }
    }
}

impl Tls {
    /// # Errors
    /// A file cannot be read, is not PEM, or the key belongs to another certificate.
    pub(super) fn new(config: &HttpTls) -> Result<Self, Unusable> {
        let cert = |reason| Unusable::file("cert_file", &config.cert_file, reason);
        let key = |reason| Unusable::file("key_file", &config.key_file, reason);
        // OpenSSL does not say why a file cannot be opened.
        File::open(&config.cert_file).map_err(|error| cert(error.to_string()))?;
        File::open(&config.key_file).map_err(|error| key(error.to_string()))?;
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())
            .map_err(|error| cert(said(&error)))?;
        acceptor
            .set_certificate_chain_file(&config.cert_file)
            .map_err(|error| cert(said(&error)))?;
        acceptor
            .set_private_key_file(&config.key_file, SslFiletype::PEM)
            .and_then(|()| acceptor.check_private_key())
            .map_err(|error| key(said(&error)))?;
        Ok(Self(Arc::new(acceptor.build())))
    }

    /// Shakes hands with a client.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<SslStream<TcpStream>> {
        let session = Ssl::new(self.0.context())?;
        let mut stream = SslStream::new(session, stream)?;
        Pin::new(&mut stream)
            .accept()
            .await
            .map_err(io::Error::other)?;
        Ok(stream)
    }
}

/// The first reason that OpenSSL gives.
fn said(error: &ErrorStack) -> String {
    let mut reasons = error.errors().iter();
    let reason = reasons.find_map(openssl::error::Error::reason);
    reason.unwrap_or("it is not PEM").to_owned()
}
