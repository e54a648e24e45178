//! HTTPS.

use std::{io, pin::Pin, sync::Arc};

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

impl Tls {
    /// # Errors
    /// A file cannot be read, is not PEM, or the key belongs to another certificate.
    pub(super) fn new(config: &HttpTls) -> io::Result<Self> {
        let HttpTls {
            cert_file,
            key_file,
        } = config;
        let fault = |what: &str, error: ErrorStack| {
            let reason = error
                .errors()
                .first()
                .and_then(openssl::error::Error::reason);
            io::Error::other(format!("{what}: {}", reason.unwrap_or("unusable")))
        };
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())
            .map_err(|error| fault("TLS", error))?;
        acceptor
            .set_certificate_chain_file(cert_file)
            .map_err(|error| fault(&cert_file.display().to_string(), error))?;
        acceptor
            .set_private_key_file(key_file, SslFiletype::PEM)
            .and_then(|()| acceptor.check_private_key())
            .map_err(|error| fault(&key_file.display().to_string(), error))?;
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
