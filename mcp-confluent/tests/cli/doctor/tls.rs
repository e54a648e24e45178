//! TLS on one side only, and files of it that do not do.

use openssl::symm::Cipher;

use super::support::{
    bootstrap, closed, finds, kafka, key_and_certificate, registry, tls_listener, web, with_ada,
};

#[tokio::test]
async fn tls_is_spoken_to_a_listener_without() {
    let (sandbox, sasl) = with_ada().await;
    let place = kafka(&[
        &bootstrap(&sandbox.bootstrap_servers()),
        "tls: { enabled: true }",
    ]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "kafka.tls",
        6,
        "enabled: false",
    );
    // The usual way there: a sign-in runs over TLS unless the file says otherwise.
    let place = kafka(&[
        &bootstrap(&sasl),
        "auth: { type: plain, username: ada, password: right }",
    ]);
    finds(
        &place,
        ["ok", "failed", "unknown", "unknown"],
        "kafka.auth",
        6,
        "enabled: false",
    );
}

#[test]
fn tls_is_not_spoken_to_a_listener_with() {
    let place = kafka(&[&bootstrap(&tls_listener())]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "kafka.tls",
        4,
        "enabled: true",
    );
}

#[test]
fn the_certificate_is_not_trusted() {
    let place = kafka(&[&bootstrap(&tls_listener()), "tls: { enabled: true }"]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "kafka.tls.ca_file",
        6,
        "not trusted",
    );
}

#[tokio::test]
async fn a_file_is_not_there() {
    let (sandbox, _) = with_ada().await;
    let address = bootstrap(&sandbox.bootstrap_servers());
    let place = kafka(&[&address, "tls:", "  ca_file: certificates/ca.pem"]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "kafka.tls.ca_file",
        7,
        "check the path",
    );
}

#[test]
fn the_files_of_tls_do_not_do() {
    let (key, certificate) = key_and_certificate("me");
    let (other, _) = key_and_certificate("other");
    let locked = key
        .private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"hunter2")
        .unwrap();
    let pem = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let files = [
        ("me.pem", pem(certificate.to_pem().unwrap())),
        ("me.key", pem(key.private_key_to_pem_pkcs8().unwrap())),
        ("locked.key", pem(locked)),
        ("other.key", pem(other.private_key_to_pem_pkcs8().unwrap())),
        ("nothing.pem", "nothing\n".to_owned()),
    ];
    for (lines, key, line, cause) in [
        (&["ca_file: nothing.pem"][..], "ca_file", 7, "PEM"),
        (
            &["cert_file: nothing.pem", "key_file: me.key"],
            "cert_file",
            7,
            "PEM",
        ),
        (
            &["cert_file: me.pem", "key_file: nothing.pem"],
            "key_file",
            8,
            "PEM",
        ),
        (
            &["cert_file: me.pem", "key_file: other.key"],
            "key_file",
            8,
            "made together",
        ),
        (
            &["cert_file: me.pem", "key_file: locked.key"],
            "key_file",
            8,
            "key_password",
        ),
        (
            &[
                "cert_file: me.pem",
                "key_file: locked.key",
                "key_password: wrong",
            ],
            "key_password",
            9,
            "another password",
        ),
    ] {
        let tls: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
        let tls: Vec<&str> = tls.iter().map(String::as_str).collect();
        let endpoint = format!("endpoint: https://{}", closed());
        let brokers = bootstrap(&tls_listener());
        for (place, block, reachable) in [
            (
                kafka(&[&[brokers.as_str(), "tls:"], &tls[..]].concat()),
                "kafka",
                "ok",
            ),
            (
                registry(&[&[endpoint.as_str(), "tls:"], &tls[..]].concat()),
                "schema_registry",
                "unknown",
            ),
        ] {
            for (name, text) in &files {
                place.write(name, text);
            }
            finds(
                &place,
                [reachable, "failed", "unused", "unknown"],
                &format!("{block}.tls.{key}"),
                line,
                cause,
            );
        }
    }
}

#[test]
fn a_url_has_the_wrong_scheme_or_port() {
    let place = registry(&[&format!("endpoint: https://{}", web("200 OK", "[]"))]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "schema_registry.endpoint",
        5,
        "http://",
    );
    let place = registry(&[&format!("endpoint: http://{}", tls_listener())]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "schema_registry.endpoint",
        5,
        "https://",
    );
    let place = registry(&[&format!("endpoint: https://{}", tls_listener())]);
    finds(
        &place,
        ["ok", "failed", "unused", "unknown"],
        "schema_registry.tls.ca_file",
        4,
        "not trusted",
    );
    let place = registry(&[&format!("endpoint: http://{}", closed())]);
    finds(
        &place,
        ["failed", "unused", "unused", "unknown"],
        "schema_registry.endpoint",
        5,
        "nothing listens",
    );
    let place = registry(&[&format!("endpoint: http://{}", web("404 Not Found", "[]"))]);
    finds(
        &place,
        ["ok", "unused", "unused", "failed"],
        "schema_registry.endpoint",
        5,
        "another service",
    );
}
