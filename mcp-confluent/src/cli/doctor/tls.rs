//! The files of a `tls` block, and the certificate that a service shows.

use std::{fs, path::Path, pin::Pin};

use openssl::{
    asn1::Asn1Time,
    pkey::{PKey, Private},
    ssl::{SslConnector, SslMethod, SslVerifyMode},
    x509::X509,
};
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, timeout_at};
use tokio_openssl::SslStream;

use super::reach;
use crate::config::TlsConfig;

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct FileFault {
    /// The key below the `tls` block.
    pub(super) key: &'static str,
    pub(super) what: String,
    pub(super) cause: &'static str,
}

const WRONG_PATH: &str =
    "check the path; one that is not absolute starts at the folder of the configuration file";
const WRONG_FILE: &str = "name a file in PEM form, with `-----BEGIN …-----` in it";

/// Whether the files can be read, are what they should be, and belong together.
pub(super) fn check_files(tls: &TlsConfig) -> Vec<FileFault> {
    let mut faults = Vec::new();
    if let Some(pem) = read("ca_file", tls.ca_file.as_deref(), &mut faults)
        && X509::stack_from_pem(&pem).map_or(true, |found| found.is_empty())
    {
        faults.push(no_certificate("ca_file", tls.ca_file.as_deref()));
    }
    let mut certificate = None;
    if let Some(pem) = read("cert_file", tls.cert_file.as_deref(), &mut faults) {
        certificate = X509::from_pem(&pem).ok();
        if certificate.is_none() {
            faults.push(no_certificate("cert_file", tls.cert_file.as_deref()));
        }
    }
    let mut key = None;
    if let Some(pem) = read("key_file", tls.key_file.as_deref(), &mut faults) {
        match private_key(tls, &pem) {
            Ok(found) => key = Some(found),
            Err(fault) => faults.push(fault),
        }
    }
    let Some(certificate) = certificate else {
        return faults;
    };
    let file = shown(tls.cert_file.as_deref());
    let expired = Asn1Time::days_from_now(0).is_ok_and(|now| certificate.not_after() < &*now);
    if expired {
        faults.push(FileFault {
            key: "cert_file",
            what: format!("the certificate in {file} has expired"),
            cause: "have a new one issued",
        });
    }
    if let (Some(key), Ok(public)) = (key, certificate.public_key())
        && !public.public_eq(&key)
    {
        faults.push(FileFault {
            key: "key_file",
            what: format!(
                "the key in {} is not that of the certificate in {file}",
                shown(tls.key_file.as_deref())
            ),
            cause: "name the two files that were made together",
        });
    }
    faults
}

/// The bytes of a file; the fault says why it cannot be read.
pub(super) fn read(
    key: &'static str,
    file: Option<&Path>,
    faults: &mut Vec<FileFault>,
) -> Option<Vec<u8>> {
    let path = file?;
    match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            faults.push(FileFault {
                key,
                what: format!("{} cannot be read: {error}", path.display()),
                cause: WRONG_PATH,
            });
            None
        }
    }
}

fn private_key(tls: &TlsConfig, pem: &[u8]) -> Result<PKey<Private>, FileFault> {
    let password = tls.key_password.as_ref();
    let text = password.map_or("", |password| password.expose_secret());
    // An empty password keeps OpenSSL from asking for one on the terminal.
    PKey::private_key_from_pem_passphrase(pem, text.as_bytes()).map_err(|_| {
        let file = shown(tls.key_file.as_deref());
        let encrypted = pem.windows(9).any(|word| word == b"ENCRYPTED");
        let (key, what, cause) = match (encrypted, password.is_some()) {
            (true, true) => (
                "key_password",
                format!("the password does not open {file}"),
                "it is another password, or its variable holds something else",
            ),
            (true, false) => (
                "key_file",
                format!("{file} is encrypted"),
                "write its password under `key_password`",
            ),
            (false, _) => (
                "key_file",
                format!("{file} holds no private key"),
                WRONG_FILE,
            ),
        };
        FileFault { key, what, cause }
    })
}

fn no_certificate(key: &'static str, file: Option<&Path>) -> FileFault {
    FileFault {
        key,
        what: format!("{} holds no certificate", shown(file)),
        cause: WRONG_FILE,
    }
}

fn shown(file: Option<&Path>) -> String {
    file.map(|file| file.display().to_string())
        .unwrap_or_default()
}

/// What is to be thought of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Certificate {
    /// Nothing is wrong with it.
    Good,
    /// Nobody who is trusted here has signed it.
    Untrusted,
    /// It has expired, or is not valid yet.
    OutOfDate,
    /// It is for these names.
    OtherName(Vec<String>),
    /// There was no handshake.
    NotSeen,
}

impl Certificate {
    /// The likeliest cause, where the certificate itself is the trouble, and whether it is about
    /// the address rather than about who is trusted.
    pub(super) fn cause(&self) -> Option<(String, bool)> {
        match self {
            Self::Good | Self::NotSeen => None,
            Self::Untrusted => Some((
                "the certificate is signed by an authority that is not trusted here: name the file with the \
                 certificate of that authority in `ca_file`"
                    .to_owned(),
                false,
            )),
            Self::OutOfDate => Some((
                "the certificate has expired, or is not valid yet: renew it on the other side, or put the clock of \
                 this machine right"
                    .to_owned(),
                true,
            )),
            Self::OtherName(names) => Some((
                format!(
                    "the certificate is for another name: use one that is in it ({})",
                    names.join(", ")
                ),
                true,
            )),
        }
    }
}

/// Shakes hands with the service at `address`, which is `host:port`, as a client that takes any
/// certificate, and looks at the one that is shown.
pub(super) async fn certificate(
    address: &str,
    tls: Option<&TlsConfig>,
    deadline: Instant,
) -> Certificate {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let ca_file = tls.and_then(|tls| tls.ca_file.as_deref());
    let shaking = async {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).ok()?;
        // It is looked at afterwards.
        builder.set_verify(SslVerifyMode::NONE);
        if let Some(file) = ca_file {
            builder.set_ca_file(file).ok()?;
        }
        let ssl = builder.build().configure().ok()?.into_ssl(host).ok()?;
        let stream = reach::connect(address, deadline).await.ok()?;
        let mut stream = SslStream::new(ssl, stream).ok()?;
        Pin::new(&mut stream).connect().await.ok()?;
        Some(judged(&stream))
    };
    let judged = timeout_at(deadline, shaking).await.ok().flatten();
    judged.unwrap_or(Certificate::NotSeen)
}

fn judged(stream: &SslStream<tokio::net::TcpStream>) -> Certificate {
    /// `X509_V_ERR_…` of OpenSSL's `x509_vfy.h`.
    const NOT_YET_VALID: i32 = 9;
    const EXPIRED: i32 = 10;
    const HOSTNAME_MISMATCH: i32 = 62;
    const IP_ADDRESS_MISMATCH: i32 = 64;
    match stream.ssl().verify_result().as_raw() {
        0 => Certificate::Good,
        NOT_YET_VALID | EXPIRED => Certificate::OutOfDate,
        HOSTNAME_MISMATCH | IP_ADDRESS_MISMATCH => {
            let certificate = stream.ssl().peer_certificate();
            let names = certificate.and_then(|it| it.subject_alt_names());
            let name = |name: &openssl::x509::GeneralNameRef| {
                let address = |bytes: &[u8]| match *bytes {
                    [a, b, c, d] => Some(std::net::Ipv4Addr::new(a, b, c, d).to_string()),
                    _ => None,
                };
                let dns = name.dnsname().map(|dns| dns.escape_debug().to_string());
                dns.or_else(|| name.ipaddress().and_then(address))
            };
            let names = names.iter().flatten().filter_map(name).take(10);
            Certificate::OtherName(names.collect())
        }
        _ => Certificate::Untrusted,
    }
}
