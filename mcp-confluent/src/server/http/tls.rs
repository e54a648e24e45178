//! HTTPS.

use std::{fmt, fs::File, io, path::Path, pin::Pin, sync::Arc};

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
    pub(super) fn new(config: &HttpTls) -> Result<Self, UnusableCertificate> {
        let HttpTls {
            cert_file,
            key_file,
        } = config;
        let certificate = |reason| UnusableCertificate {
            key: "cert_file",
            reason,
        };
        let key = |reason| UnusableCertificate {
            key: "key_file",
            reason,
        };
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())
            .map_err(|error| certificate(said_by_openssl(&error)))?;
        check_readable(cert_file).map_err(certificate)?;
        acceptor
            .set_certificate_chain_file(cert_file)
            .map_err(|error| certificate(unusable(cert_file, &error)))?;
        check_readable(key_file).map_err(key)?;
        acceptor
            .set_private_key_file(key_file, SslFiletype::PEM)
            .and_then(|()| acceptor.check_private_key())
            .map_err(|error| key(unusable(key_file, &error)))?;
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

/// A file of `server.http.tls` that cannot be used.
#[derive(Debug)]
pub struct UnusableCertificate {
    /// Its key in the configuration.
    pub key: &'static str,
    reason: String,
}

impl fmt::Display for UnusableCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server.http.tls.{}: {}", self.key, self.reason)
    }
}

impl std::error::Error for UnusableCertificate {}

/// OpenSSL does not tell why a file cannot be read.
fn check_readable(file: &Path) -> Result<(), String> {
    File::open(file)
        .map(drop)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

fn unusable(file: &Path, error: &ErrorStack) -> String {
    format!(
        "{} cannot be used: {}",
        file.display(),
        said_by_openssl(error)
    )
}

fn said_by_openssl(error: &ErrorStack) -> String {
    let mut reasons = error
        .errors()
        .iter()
        .filter_map(openssl::error::Error::reason);
    match reasons.next() {
        Some("no start line") => "it has no PEM block of this sort".to_owned(),
        reason => reason.unwrap_or("it is not understood").to_owned(),
    }
}
