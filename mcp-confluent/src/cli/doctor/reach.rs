//! TCP and TLS, below any protocol: does somebody answer, and does the answer look like TLS?

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, lookup_host},
    time::{Instant, timeout, timeout_at},
};

/// How long a listener may take to answer a greeting.
const GREETING: Duration = Duration::from_secs(3);

/// Why nobody answers at an address.
#[derive(Debug)]
pub(super) enum Unreached {
    /// The name service does not know the host.
    UnknownHost,
    /// The host is there, and nobody listens.
    Refused,
    /// No answer at all.
    TimedOut,
    /// Something else.
    Other(io::Error),
}

impl Unreached {
    /// What happened, after "`host:port`: ".
    pub(super) fn what(&self) -> String {
        match self {
            Self::UnknownHost => "the host is unknown".to_owned(),
            Self::Refused => "the connection is refused".to_owned(),
            Self::TimedOut => "no answer".to_owned(),
            Self::Other(error) => error.to_string(),
        }
    }

    /// What is most likely wrong.
    pub(super) fn cause(&self) -> &'static str {
        match self {
            Self::UnknownHost => {
                "the host is misspelt, or only known to another network: check the name, and the VPN if there is \
                 one"
            }
            Self::Refused => {
                "the host is there but nothing listens on this port: check the port, and that the service runs; \
                 in a container, localhost is the container itself"
            }
            Self::TimedOut => {
                "a firewall drops the packets, or the host is only reachable from another network: check the \
                 port, the VPN, and the list of allowed addresses"
            }
            Self::Other(_) => "check the host and the port",
        }
    }
}

/// Connects to `address`, which is `host:port`.
pub(super) async fn connect(address: &str, deadline: Instant) -> Result<TcpStream, Unreached> {
    let connecting = async {
        let mut found: Vec<_> = lookup_host(address)
            .await
            .map_err(|_| Unreached::UnknownHost)?
            .collect();
        // Most services listen on IPv4 where `localhost` is both.
        found.sort_by_key(std::net::SocketAddr::is_ipv6);
        let mut last = Unreached::UnknownHost;
        for address in found {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    last = Unreached::Refused;
                }
                Err(error) => last = Unreached::Other(error),
            }
        }
        Err(last)
    };
    timeout_at(deadline, connecting)
        .await
        .unwrap_or(Err(Unreached::TimedOut))
}

/// What a listener made of a TLS greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    /// It speaks TLS.
    Tls,
    /// It does not.
    Plain,
    /// It said nothing.
    Silent,
}

/// Greets the listener at `address` as a TLS client would, and goes away again.
pub(super) async fn greet(address: &str, deadline: Instant) -> Greeting {
    let Ok(mut stream) = connect(address, deadline).await else {
        return Greeting::Silent;
    };
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let greeting = async {
        stream.write_all(&client_hello(host)).await?;
        stream.read_u8().await
    };
    match timeout(GREETING, greeting).await {
        // A handshake record or an alert.
        Ok(Ok(0x15 | 0x16)) => Greeting::Tls,
        // Something else, or the connection was closed.
        Ok(_) => Greeting::Plain,
        Err(_) => Greeting::Silent,
    }
}

/// The first message of a TLS 1.2 handshake (RFC 5246 §7.4.1.2). The answer is not gone into, so it
/// offers little.
fn client_hello(host: &str) -> Vec<u8> {
    /// `ECDHE` with AES-GCM for RSA and ECDSA certificates, and RSA alone.
    const SUITES: [u8; 10] = [0xc0, 0x2f, 0xc0, 0x2b, 0xc0, 0x30, 0xc0, 0x2c, 0x00, 0x2f];
    /// Elliptic curves P-256 and P-384, and the signatures that go with them.
    const EXTENSIONS: [u8; 26] = [
        0x00, 0x0a, 0x00, 0x06, 0x00, 0x04, 0x00, 0x17, 0x00, 0x18, // supported_groups
        0x00, 0x0d, 0x00, 0x0c, 0x00, 0x0a, 0x04, 0x03, 0x05, 0x03, // signature_algorithms
        0x04, 0x01, 0x05, 0x01, 0x08, 0x04,
    ];
    let mut extensions = EXTENSIONS.to_vec();
    // An address is no name.
    let is_name = host.parse::<std::net::Ipv4Addr>().is_err() && !host.starts_with('[');
    if is_name && host.len() < 256 {
        let name = [&[0], &length(host.len())[..], host.as_bytes()].concat();
        let list = [&length(name.len())[..], &name].concat();
        extensions.extend([&[0x00, 0x00], &length(list.len())[..], &list].concat());
    }
    let body = [
        &[0x03, 0x03][..],
        &rand::random::<[u8; 32]>(),
        &[0x00],
        &length(SUITES.len()),
        &SUITES,
        &[0x01, 0x00],
        &length(extensions.len()),
        &extensions,
    ]
    .concat();
    let handshake = [&[0x01, 0x00][..], &length(body.len()), &body].concat();
    [
        &[0x16, 0x03, 0x01][..],
        &length(handshake.len()),
        &handshake,
    ]
    .concat()
}

/// A length in two bytes; nothing here is longer.
fn length(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    /// A listener that reads the greeting and answers with `answer`.
    async fn listener(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let greeted = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut header = [0; 5];
            stream.read_exact(&mut header).await.unwrap();
            let mut rest = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
            stream.read_exact(&mut rest).await.unwrap();
            stream.write_all(answer).await.unwrap();
            rest
        });
        (address, greeted)
    }

    #[tokio::test]
    async fn tls_is_told_from_everything_else() {
        for (answer, expected) in [
            (&[0x15, 0x03, 0x01][..], Greeting::Tls),
            (&[0x16, 0x03, 0x03][..], Greeting::Tls),
            (b"HTTP/1.1 400 Bad Request\r\n", Greeting::Plain),
            (&[], Greeting::Plain),
        ] {
            let (address, greeted) = listener(answer).await;
            assert_eq!(greet(&address, soon()).await, expected);
            let hello = greeted.await.unwrap();
            assert_eq!(hello[0], 1, "a client hello");
            let body = usize::from(u16::from_be_bytes([hello[2], hello[3]]));
            assert_eq!(body, hello.len() - 4, "of the length it says");
        }
    }

    #[test]
    fn a_name_is_indicated_and_an_address_is_not() {
        let hello = client_hello("broker.example");
        assert!(hello.windows(14).any(|bytes| bytes == b"broker.example"));
        assert!(
            !client_hello("127.0.0.1")
                .windows(9)
                .any(|bytes| bytes == b"127.0.0.1")
        );
    }

    #[tokio::test]
    async fn refused_and_unknown_are_told_apart() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        assert!(matches!(
            connect(&address, soon()).await,
            Err(Unreached::Refused)
        ));
        // RFC 6761 keeps this name from ever existing.
        let unknown = connect("broker.invalid:9092", soon()).await;
        assert!(
            matches!(unknown, Err(Unreached::UnknownHost)),
            "{unknown:?}"
        );
    }
}
