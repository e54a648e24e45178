//! [`probe`]: whether the server of a configuration is ready, asked as a balancer would.

use std::{io, net::IpAddr, pin::Pin, time::Duration};

use openssl::ssl::{Ssl, SslContext, SslMethod};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_openssl::SslStream;

use crate::config::HttpConfig;

/// How long the answer may take.
const TIME: Duration = Duration::from_secs(5);

/// Asks the server that `config` describes, on this machine, at `/readyz`.
///
/// # Errors
/// It cannot be reached, does not answer in time, or is not ready.
pub async fn probe(config: &HttpConfig) -> io::Result<()> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no answer in time");
    timeout(TIME, ask(config)).await.map_err(late)?
}

async fn ask(config: &HttpConfig) -> io::Result<()> {
    let host = config.host.trim_matches(['[', ']']);
    // A server that listens everywhere also listens here.
    let here = match host.parse() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1",
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "::1",
        _ => host,
    };
    let stream = TcpStream::connect((here, config.port)).await?;
    let answer = if config.tls.is_some() {
        // Who answers on this machine need not prove its name: nothing secret is sent.
        let context = SslContext::builder(SslMethod::tls_client())?.build();
        let mut stream = SslStream::new(Ssl::new(&context)?, stream)?;
        let shaken = Pin::new(&mut stream).connect().await;
        shaken.map_err(io::Error::other)?;
        exchange(stream).await?
    } else {
        exchange(stream).await?
    };
    let status = answer.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "it answered `{}`",
        status.escape_debug()
    )))
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<String> {
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    // A few words are all that a server of ours says.
    let mut start = stream.take(1024);
    start.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
