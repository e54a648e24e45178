//! Connections that `doctor` is given, what stands at their other end, and what it must find.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use mcp_confluent_sandbox::{Sandbox, SandboxOptions};
use openssl::{
    asn1::Asn1Time,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{SslAcceptor, SslMethod},
    x509::{X509, X509NameBuilder},
};
use serde_json::Value;

use crate::support::Place;

pub(super) fn indented(lines: &[&str]) -> String {
    lines
        .iter()
        .flat_map(|line| ["      ", line, "\n"])
        .collect()
}

/// A connection with a `kafka` block of these lines.
pub(super) fn kafka(lines: &[&str]) -> Place {
    let lines = indented(lines);
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n{lines}"
    ))
}

pub(super) fn registry(lines: &[&str]) -> Place {
    let lines = indented(lines);
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    schema_registry:\n{lines}"
    ))
}

/// The only service of a report that found something, by what the table calls it.
#[track_caller]
pub(super) fn report(place: &Place) -> Value {
    let ran = place.run(&["doctor", "--json", "--timeout", "10"]).ended(1);
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let report = ran.json();
    assert_eq!(report["ok"], false);
    let services = report["services"].as_array().unwrap();
    let [service] = services.as_slice() else {
        panic!("{report:#}")
    };
    service.clone()
}

/// Checks the four columns and the one finding: its key, the line, and words of its cause.
#[track_caller]
pub(super) fn finds(place: &Place, columns: [&str; 4], key: &str, line: usize, cause: &str) {
    let service = report(place);
    let shown =
        ["reachable", "tls", "signedIn", "allowed"].map(|column| service[column].as_str().unwrap());
    assert_eq!(shown, columns, "{service:#}");
    let findings = service["findings"].as_array().unwrap();
    let [finding] = findings.as_slice() else {
        panic!("{service:#}")
    };
    assert_eq!(finding["key"], key, "{service:#}");
    let at = finding["place"].as_str().unwrap();
    assert!(
        at.starts_with(&format!("config.yaml:{line}:")),
        "{service:#}"
    );
    assert!(
        finding["cause"].as_str().unwrap().contains(cause),
        "{service:#}"
    );
}

pub(super) fn bootstrap(address: &str) -> String {
    format!("bootstrap_servers: {address}")
}

pub(super) async fn with_ada() -> (Sandbox, String) {
    let sandbox = Sandbox::start(SandboxOptions::new().preload(true).user("ada", "right"))
        .await
        .unwrap();
    let address = sandbox.sasl_bootstrap_servers().unwrap();
    (sandbox, address)
}

/// A listener that does `answer` with each connection, for as long as the test runs.
pub(super) fn listener(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = std::sync::Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            thread::spawn(move || answer(stream));
        }
    });
    address
}

/// A key, and a certificate that it signs itself.
pub(super) fn key_and_certificate(name: &str) -> (PKey<Private>, X509) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&subject).unwrap();
    certificate.set_issuer_name(&subject).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    certificate
        .set_not_after(&Asn1Time::days_from_now(1).unwrap())
        .unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    (key, certificate.build())
}

/// A listener that speaks TLS with a certificate that nobody knows.
pub(super) fn tls_listener() -> String {
    let (key, certificate) = key_and_certificate("127.0.0.1");
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    let acceptor = acceptor.build();
    listener(move |stream| {
        if let Ok(mut stream) = acceptor.accept(stream) {
            let _ = stream.read(&mut [0; 1024]);
        }
    })
}

/// A web server that answers everything with `status` and `body`.
pub(super) fn web(status: &'static str, body: &'static str) -> String {
    site(&[], status, body)
}

/// A web server with another answer to requests that begin like one of `routes`.
pub(super) fn site(
    routes: &'static [(&'static str, &'static str, &'static str)],
    status: &'static str,
    body: &'static str,
) -> String {
    listener(move |mut stream| {
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap_or_default();
        let request = String::from_utf8_lossy(&request[..read]);
        let route = routes.iter().find(|(start, ..)| request.starts_with(start));
        let (status, body) = route.map_or((status, body), |(_, status, body)| (status, body));
        let length = body.len();
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    })
}

/// An address where nobody listens.
pub(super) fn closed() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}
