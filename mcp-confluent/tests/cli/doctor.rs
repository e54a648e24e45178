//! `doctor` against planted faults: each must be found and named.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use mcp_confluent_sandbox::{Acl, AclOperation, Record, Sandbox, SandboxOptions};
use openssl::{
    asn1::Asn1Time,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{SslAcceptor, SslMethod},
    symm::Cipher,
    x509::{X509, X509NameBuilder},
};
use serde_json::Value;

use crate::support::Place;

fn indented(lines: &[&str]) -> String {
    lines
        .iter()
        .flat_map(|line| ["      ", line, "\n"])
        .collect()
}

/// A connection with a `kafka` block of these lines.
fn kafka(lines: &[&str]) -> Place {
    let lines = indented(lines);
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n{lines}"
    ))
}

fn registry(lines: &[&str]) -> Place {
    let lines = indented(lines);
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    schema_registry:\n{lines}"
    ))
}

/// The only service of a report that found something, by what the table calls it.
#[track_caller]
fn report(place: &Place) -> Value {
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
fn finds(place: &Place, columns: [&str; 4], key: &str, line: usize, cause: &str) {
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

fn bootstrap(address: &str) -> String {
    format!("bootstrap_servers: {address}")
}

async fn with_ada() -> (Sandbox, String) {
    let sandbox = Sandbox::start(SandboxOptions::new().preload(true).user("ada", "right"))
        .await
        .unwrap();
    let address = sandbox.sasl_bootstrap_servers().unwrap();
    (sandbox, address)
}

/// A listener that does `answer` with each connection, for as long as the test runs.
fn listener(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
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
fn key_and_certificate(name: &str) -> (PKey<Private>, X509) {
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
fn tls_listener() -> String {
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
fn web(status: &'static str, body: &'static str) -> String {
    site(&[], status, body)
}

/// A web server with another answer to requests that begin like one of `routes`.
fn site(
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
fn closed() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn a_healthy_cluster_is_well() {
    let (sandbox, sasl) = with_ada().await;
    let place = Place::with_config(&format!(
        "connections:\n  open:\n    type: direct\n    kafka:\n      bootstrap_servers: {}, {}\n  signed:\n    type: direct\n    \
         kafka:\n      bootstrap_servers: {sasl}\n      tls: {{ enabled: false }}\n      auth: {{ type: scram_sha_512, \
         username: ada, password: right }}\n    schema_registry:\n      endpoint: http://{}\n",
        closed(),
        sandbox.bootstrap_servers(),
        web("200 OK", "[]"),
    ));
    let ran = place
        .run(&["doctor"])
        .ended(0)
        .prints("Nothing is wrong.")
        .prints("another broker does");
    let rows: Vec<Vec<&str>> = ran
        .out
        .lines()
        .skip(1)
        .take(3)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        ["open", "kafka", "ok", "-", "-", "ok"],
        "{}",
        ran.out
    );
    assert_eq!(
        rows[1],
        ["signed", "kafka", "ok", "-", "ok", "ok"],
        "{}",
        ran.out
    );
    assert_eq!(
        rows[2],
        ["signed", "schema_registry", "ok", "-", "-", "ok"],
        "{}",
        ran.out
    );
    let one = place
        .run(&["doctor", "--json", "--connection", "open"])
        .ended(0)
        .json();
    assert_eq!(one["services"].as_array().unwrap().len(), 1);
    place
        .run(&["doctor", "--connection", "shut"])
        .ended(2)
        .says("there is no connection `shut`");
}

#[test]
fn nothing_to_check_is_said() {
    Place::new()
        .run(&["doctor"])
        .ended(2)
        .says("nothing to check");
    let oauth = Place::new().run(&["--oauth", "doctor"]).ended(0);
    oauth.prints("cannot sign in with OAuth yet");
}

#[test]
fn nobody_listens() {
    let place = kafka(&[&bootstrap(&closed())]);
    finds(
        &place,
        ["failed", "unused", "unused", "unknown"],
        "kafka.bootstrap_servers",
        5,
        "nothing listens",
    );
}

#[test]
fn the_host_is_unknown() {
    let place = kafka(&["bootstrap_servers: broker.invalid:9092"]);
    finds(
        &place,
        ["failed", "unused", "unused", "unknown"],
        "kafka.bootstrap_servers",
        5,
        "misspelt",
    );
}

#[tokio::test]
async fn the_password_is_wrong() {
    let (_sandbox, address) = with_ada().await;
    for mechanism in ["plain", "scram_sha_256"] {
        let place = kafka(&[
            &bootstrap(&address),
            "tls: { enabled: false }",
            "auth:",
            &format!("  type: {mechanism}"),
            "  username: ada",
            "  password: hunter2",
        ]);
        finds(
            &place,
            ["ok", "unused", "failed", "unknown"],
            "kafka.auth.password",
            10,
            "password is wrong",
        );
    }
}

#[tokio::test]
async fn a_token_is_not_to_be_had_or_not_accepted() {
    let (_sandbox, address) = with_ada().await;
    let with = |endpoint: &str| {
        kafka(&[
            &bootstrap(&address),
            "tls: { enabled: false }",
            "auth:",
            "  type: oauthbearer",
            &format!("  token_endpoint: http://{endpoint}"),
            "  client_id: me",
            "  client_secret: hunter2",
        ])
    };
    let columns = ["ok", "unused", "failed", "unknown"];
    let provider = web("401 Unauthorized", "[]");
    finds(
        &with(&provider),
        columns,
        "kafka.auth.client_secret",
        11,
        "does not know this client",
    );
    finds(
        &with(&closed()),
        columns,
        "kafka.auth.token_endpoint",
        9,
        "cannot be reached",
    );
    let odd = web("200 OK", r#"{"access_token": "odd"}"#);
    finds(&with(&odd), columns, "kafka.auth", 7, "do not accept");
}

#[tokio::test]
async fn a_sign_in_is_missing() {
    let (_sandbox, address) = with_ada().await;
    let place = kafka(&[&bootstrap(&address)]);
    finds(
        &place,
        ["ok", "unused", "failed", "unknown"],
        "kafka.auth",
        4,
        "wants a sign-in",
    );
}

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

#[tokio::test]
async fn a_setting_is_none_of_librdkafka() {
    let (sandbox, _) = with_ada().await;
    for setting in ["no.such.setting: x", "socket.timeout.ms: soon"] {
        let address = bootstrap(&sandbox.bootstrap_servers());
        let place = kafka(&[&address, "extra_properties:", &format!("  {setting}")]);
        let name = setting.split(':').next().unwrap();
        finds(
            &place,
            ["ok", "unused", "unused", "failed"],
            &format!("kafka.extra_properties.{name}"),
            7,
            "no such setting, or not with this value",
        );
    }
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
fn nothing_is_ever_answered() {
    let silent = || {
        listener(|mut stream| {
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    let place = Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n      bootstrap_servers: {}\n    schema_registry:\n      \
         endpoint: http://{}\n",
        silent(),
        silent()
    ));
    let ran = place.run(&["doctor", "--json", "--timeout", "4"]).ended(1);
    let report = ran.json();
    for (service, key) in [
        ("kafka", "kafka.auth"),
        ("schema_registry", "schema_registry.endpoint"),
    ] {
        let mut services = report["services"].as_array().unwrap().iter();
        let service = services.find(|it| it["service"] == service).unwrap();
        assert_eq!(service["reachable"], "ok", "{service:#}");
        let findings = service["findings"].as_array().unwrap();
        let [finding] = findings.as_slice() else {
            panic!("{service:#}")
        };
        assert_eq!(finding["key"], key, "{service:#}");
    }
}

#[tokio::test]
async fn permissions_are_missing() {
    let options = SandboxOptions::new()
        .user("ada", "right")
        .enforce_acls(["root"]);
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.create_topic("orders", 1).unwrap();
    sandbox
        .produce("orders", 0, &[Record::new("hello")])
        .unwrap();
    sandbox.add_acl(Acl::allow_topic("ada", AclOperation::Describe, "orders"));
    let address = sandbox.sasl_bootstrap_servers().unwrap();
    let place = kafka(&[
        &bootstrap(&address),
        "tls: { enabled: false }",
        "auth:",
        "  type: plain",
        "  username: ada",
        "  password: right",
    ]);
    let service = report(&place);
    assert_eq!(
        (&service["signedIn"], &service["allowed"]),
        (&"ok".into(), &"failed".into())
    );
    let findings: Vec<_> = service["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding["key"].as_str().unwrap(),
                finding["cause"].as_str().unwrap(),
            )
        })
        .collect();
    let about = |word: &str| {
        findings
            .iter()
            .find(|(_, cause)| cause.contains(word))
            .map(|(key, _)| *key)
    };
    assert_eq!(
        about("DESCRIBE_CONFIGS"),
        Some("kafka.auth.username"),
        "{service:#}"
    );
    assert_eq!(
        about("ACL READ"),
        Some("kafka.auth.username"),
        "{service:#}"
    );
    assert_eq!(about("CREATE"), Some("read_only"), "{service:#}");
    assert_eq!(findings.len(), 3, "{service:#}");
}

/// The settings of `ada`, who signs in with a password.
fn ada(sandbox: &Sandbox, more: &[&str]) -> Place {
    let address = bootstrap(&sandbox.sasl_bootstrap_servers().unwrap());
    let auth = [
        "tls: { enabled: false }",
        "auth:",
        "  type: plain",
        "  username: ada",
        "  password: right",
    ];
    let lines = indented(&[&[address.as_str()], &auth[..]].concat());
    let more: String = more.iter().flat_map(|line| ["    ", line, "\n"]).collect();
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n{lines}{more}"
    ))
}

#[tokio::test]
async fn a_right_that_a_tool_needs_is_missing() {
    let options = SandboxOptions::new()
        .user("ada", "right")
        .enforce_acls(["root"]);
    let sandbox = Sandbox::start(options).await.unwrap();
    // The first one cannot be read, which says nothing about the other.
    for topic in ["closed", "orders"] {
        sandbox.create_topic(topic, 1).unwrap();
        sandbox.add_acl(Acl::allow_topic("ada", AclOperation::Describe, topic));
    }
    for operation in [
        AclOperation::Read,
        AclOperation::Write,
        AclOperation::DescribeConfigs,
        AclOperation::AlterConfigs,
    ] {
        sandbox.add_acl(Acl::allow_topic("ada", operation, "orders"));
    }
    let finding = |place: &Place| {
        let service = report(place);
        assert_eq!(service["allowed"], "failed");
        let findings = service["findings"].as_array().unwrap();
        let [finding] = findings.as_slice() else {
            panic!("{service:#}")
        };
        finding.clone()
    };
    let found = finding(&ada(&sandbox, &[]));
    assert_eq!(found["key"], "kafka.auth.username");
    assert_eq!(
        found["what"],
        "this user lacks CREATE, DELETE on every topic that was looked at"
    );
    let cause = found["cause"].as_str().unwrap();
    assert!(
        cause.contains("block_tools: [create-topics, delete-topics]"),
        "{cause}"
    );
    let found = finding(&ada(&sandbox, &["block_tools: [create-topics]"]));
    assert!(
        found["what"].as_str().unwrap().contains("lacks DELETE on"),
        "{found}"
    );
    // What is said to do helps.
    ada(&sandbox, &["block_tools: [create-topics, delete-topics]"])
        .run(&["doctor"])
        .ended(0);
    ada(&sandbox, &["read_only: true"])
        .run(&["doctor"])
        .ended(0);
}

#[test]
fn a_registry_lets_nobody_write_or_see_its_settings() {
    let place = |routes| {
        let endpoint = site(routes, "200 OK", "[]");
        registry(&[&format!("endpoint: http://ada:hunter2@{endpoint}")])
    };
    let columns = ["ok", "unused", "ok", "failed"];
    finds(
        &place(&[("POST", "403 Forbidden", "{}")]),
        columns,
        "schema_registry.auth",
        4,
        "`create-schema` needs this",
    );
    finds(
        &place(&[("GET /config", "403 Forbidden", "{}")]),
        columns,
        "schema_registry.auth",
        4,
        "`get-compatibility` needs this",
    );
    finds(
        &place(&[(
            "POST",
            "422 Unprocessable Entity",
            r#"{"error_code": 42205, "message": "Subject is in read-only mode"}"#,
        )]),
        columns,
        "read_only",
        2,
        "the registry itself is read-only",
    );
    // It is asked with a schema that is none, which those who may write are told.
    place(&[(
        "POST",
        "422 Unprocessable Entity",
        r#"{"error_code": 42201}"#,
    )])
    .run(&["doctor"])
    .ended(0);
}

#[test]
fn an_id_is_that_of_nothing() {
    const ABSENT: &str = "404 Not Found";
    let place = |routes| {
        let endpoint = site(routes, "200 OK", "{}");
        let auth = "auth: { type: api_key, key: k, secret: hunter2 }";
        Place::with_config(&format!(
            "connections:\n  dev:\n    type: direct\n    kafka:\n      rest_endpoint: http://{}\n      {auth}\n      \
             env_id: env-1\n      cluster_id: lkc-1\n    confluent_cloud:\n      endpoint: http://{endpoint}\n      {auth}\n    \
             flink:\n      endpoint: http://{endpoint}\n      {auth}\n      environment_id: env-1\n      \
             organization_id: o\n      compute_pool_id: lfcp-1\n    telemetry:\n      endpoint: http://{endpoint}\n",
            site(routes, "200 OK", "{}"),
        ))
    };
    for (routes, service, key, line) in [
        (
            &[("GET /kafka/v3/clusters/lkc-1 ", ABSENT, "{}")][..],
            "kafka REST",
            "kafka.cluster_id",
            8,
        ),
        (
            &[("GET /org/v2/environments/env-1 ", ABSENT, "{}")],
            "confluent_cloud",
            "kafka.env_id",
            7,
        ),
        (
            &[("GET /cmk/v2/clusters/lkc-1?", ABSENT, "{}")],
            "confluent_cloud",
            "kafka.cluster_id",
            8,
        ),
        (
            &[("GET /fcpm/v2/compute-pools/lfcp-1?", ABSENT, "{}")],
            "confluent_cloud",
            "flink.compute_pool_id",
            17,
        ),
        (
            &[("GET /connect/v1/", "403 Forbidden", "{}")],
            "confluent_cloud",
            "confluent_cloud.auth",
            11,
        ),
    ] {
        let ran = place(routes).run(&["doctor", "--json"]).ended(1);
        assert!(!ran.out.contains("hunter2"), "{}", ran.out);
        let report = ran.json();
        let findings: Vec<_> = report["services"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|it| {
                it["findings"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(move |f| (it, f))
            })
            .collect();
        let [(found_by, finding)] = findings.as_slice() else {
            panic!("{report:#}")
        };
        assert_eq!(found_by["service"], service, "{report:#}");
        assert_eq!(finding["key"], key, "{report:#}");
        let place = finding["place"].as_str().unwrap();
        assert!(
            place.starts_with(&format!("config.yaml:{line}:")),
            "{place}"
        );
    }
}

#[test]
fn the_sandbox_is_well() {
    let ran = Place::new().run(&["--sandbox", "doctor"]).ended(0);
    for service in [
        "kafka ",
        "kafka REST",
        "schema_registry",
        "confluent_cloud",
        "tableflow",
        "telemetry",
        "flink",
    ] {
        assert!(ran.out.contains(service), "{service}: {}", ran.out);
    }
}

#[test]
fn a_registry_refuses_the_credentials() {
    let endpoint = format!("endpoint: http://{}", web("401 Unauthorized", "[]"));
    let auth = [
        "auth:",
        "  type: basic",
        "  username: ada",
        "  password: hunter2",
    ];
    let place = registry(&[&[endpoint.as_str()], &auth[..]].concat());
    finds(
        &place,
        ["ok", "unused", "failed", "unknown"],
        "schema_registry.auth.password",
        9,
        "credentials",
    );
    let place = registry(&[&endpoint]);
    finds(
        &place,
        ["ok", "unused", "failed", "unknown"],
        "schema_registry.auth",
        4,
        "wants a sign-in",
    );
}

#[test]
fn one_of_several_registries_is_away_or_refuses() {
    let both = |one: String, other: String| {
        registry(&[&format!(
            "endpoint: http://ada:hunter2@{one},http://{other}"
        )])
    };
    both(closed(), web("200 OK", "[]"))
        .run(&["doctor"])
        .ended(0)
        .prints("Nothing is wrong.")
        .prints("another server does");
    finds(
        &both(closed(), web("403 Forbidden", "[]")),
        ["ok", "unused", "ok", "failed"],
        "schema_registry.auth",
        4,
        "permission",
    );
    finds(
        &both(web("200 OK", "[]"), web("403 Forbidden", "[]")),
        ["ok", "unused", "ok", "failed"],
        "schema_registry.auth",
        4,
        "permission",
    );
    let report = report(&both(closed(), closed()));
    assert_eq!(report["reachable"], "failed");
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn a_registry_forbids_reading() {
    let endpoint = format!(
        "endpoint: http://ada:hunter2@{}",
        web("403 Forbidden", "[]")
    );
    let place = registry(&[&endpoint]);
    finds(
        &place,
        ["ok", "unused", "ok", "failed"],
        "schema_registry.auth",
        4,
        "permission",
    );
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
