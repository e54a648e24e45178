//! Who is trusted, and the client's own certificate.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
};

use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{SslAcceptor, SslMethod, SslVerifyMode},
    symm::Cipher,
    x509::{
        X509, X509NameBuilder,
        extension::{BasicConstraints, SubjectAlternativeName},
        store::X509StoreBuilder,
    },
};
use secrecy::SecretString;
use tempfile::TempDir;

use super::*;
use crate::config::{HttpAuth, TlsConfig};

/// A certificate and its key.
struct Certificate {
    x509: X509,
    key: PKey<Private>,
}

/// A certificate for 127.0.0.1, signed by `issuer` or by itself.
fn certificate(name: &str, issuer: Option<&Certificate>) -> Certificate {
    let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
    let mut subject = X509NameBuilder::new().expect("a name");
    subject
        .append_entry_by_text("CN", name)
        .expect("a common name");
    let subject = subject.build();
    let mut x509 = X509::builder().expect("a certificate");
    x509.set_version(2).expect("version 3");
    let serial = BigNum::from_u32(rand::random()).expect("a number");
    let serial = serial.to_asn1_integer().expect("a number");
    x509.set_serial_number(&serial).expect("a serial number");
    x509.set_subject_name(&subject).expect("a subject");
    x509.set_pubkey(&key).expect("a public key");
    let days = |days| Asn1Time::days_from_now(days).expect("a time");
    x509.set_not_before(&days(0)).expect("a start");
    x509.set_not_after(&days(1)).expect("an end");
    if issuer.is_none() {
        let authority = BasicConstraints::new().ca().build().expect("an extension");
        x509.append_extension(authority).expect("an extension");
    } else {
        let context = x509.x509v3_context(None, None);
        let address = SubjectAlternativeName::new()
            .ip("127.0.0.1")
            .build(&context);
        x509.append_extension(address.expect("an extension"))
            .expect("an extension");
    }
    let (issuer_name, issuer_key) = issuer.map_or((subject.as_ref(), &key), |issuer| {
        (issuer.x509.subject_name(), &issuer.key)
    });
    x509.set_issuer_name(issuer_name).expect("an issuer");
    x509.sign(issuer_key, MessageDigest::sha256())
        .expect("a signature");
    let x509 = x509.build();
    Certificate { x509, key }
}

/// Files of an authority, a client certificate and its encrypted key, and a server that wants them.
struct Secured {
    folder: TempDir,
    endpoint: String,
}

impl Secured {
    /// Answers every connection that shows a certificate of the authority with the name in it.
    fn start() -> Self {
        let authority = certificate("authority", None);
        let server = certificate("server", Some(&authority));
        let client = certificate("alice", Some(&authority));
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: Vec<u8>| {
            std::fs::write(folder.path().join(name), bytes).expect("a file");
        };
        write("ca.pem", authority.x509.to_pem().expect("PEM"));
        write("cert.pem", client.x509.to_pem().expect("PEM"));
        let cipher = Cipher::aes_256_cbc();
        let encrypted = client
            .key
            .private_key_to_pem_pkcs8_passphrase(cipher, b"right");
        write("key.pem", encrypted.expect("PEM"));
        let rsa = client.key.rsa().expect("RSA").private_key_to_pem();
        write("plain.pem", rsa.expect("PEM"));

        let mut trusted = X509StoreBuilder::new().expect("a store");
        trusted.add_cert(authority.x509).expect("a certificate");
        let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).expect("TLS");
        acceptor.set_private_key(&server.key).expect("a key");
        acceptor
            .set_certificate(&server.x509)
            .expect("a certificate");
        acceptor
            .set_verify_cert_store(trusted.build())
            .expect("a store");
        acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("https://{}", listener.local_addr().expect("an address"));
        // The thread ends with the test process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(mut stream) = acceptor.accept(stream) else {
                    continue;
                };
                let subject = stream.ssl().peer_certificate().expect("a certificate");
                let name = format!("{:?}", subject.subject_name());
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let body = json!(name).to_string();
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                let _ = stream.shutdown();
            }
        });
        Self { folder, endpoint }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tls(&self) -> TlsConfig {
        TlsConfig {
            ca_file: Some(self.file("ca.pem")),
            cert_file: Some(self.file("cert.pem")),
            key_file: Some(self.file("key.pem")),
            key_password: Some(SecretString::from("right")),
            ..TlsConfig::default()
        }
    }

    async fn get(&self, tls: Option<TlsConfig>) -> Result<String, ToolError> {
        let mut settings = settings(&self.endpoint);
        settings.auth = Some(HttpAuth::Mtls);
        settings.tls = tls;
        HttpClient::new(settings)?.fetch(&call(), subjects()).await
    }
}

#[tokio::test]
async fn the_client_certificate_is_shown_with_its_key_in_any_form() {
    let server = Secured::start();
    let name = server.get(Some(server.tls())).await.expect("an answer");
    assert!(name.contains("alice"), "{name}");
    let tls = TlsConfig {
        key_file: Some(server.file("plain.pem")),
        key_password: None,
        ..server.tls()
    };
    server.get(Some(tls)).await.expect("an answer");
}

#[tokio::test]
async fn an_unknown_authority_is_refused_unless_nothing_is_checked() {
    let server = Secured::start();
    let error = server.get(None).await.expect_err("a stranger");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("TLS failed"), "{error}");
    assert!(error.hint_text().expect("a hint").contains("ca_file"));
    let tls = TlsConfig {
        ca_file: None,
        insecure_skip_verify: true,
        ..server.tls()
    };
    server.get(Some(tls)).await.expect("an answer");
}

#[tokio::test]
async fn a_key_with_a_wrong_password_is_named_without_it() {
    let server = Secured::start();
    for (password, expected) in [(None, "key_password"), (Some("wrong"), "given password")] {
        let tls = TlsConfig {
            key_password: password.map(SecretString::from),
            ..server.tls()
        };
        let error = server.get(Some(tls)).await.expect_err("no key");
        assert!(error.message().contains(expected), "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
}
