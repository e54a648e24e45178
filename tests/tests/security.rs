//! Every way to secure a connection, on the real Kafka of `tests/stack/kafka.sh`: what is configured
//! works, and where it is wrong `doctor` names what has to change.
//!
//! The embedded broker speaks no TLS, so these run only when named: `cargo test --test security`.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    thread,
};

use mcp_confluent_tests::{
    Config, binary,
    cluster::{Environment, KAFKA_ENV},
};
use serde_json::{Value, json};

/// `{"alg":"none"}` and `{"sub":"admin","iat":1700000000,"exp":4102444800}`, without a signature.
const TOKEN: &str =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwfQ.";

fn stack() -> Environment {
    let file = std::env::var_os(KAFKA_ENV);
    let file = file.unwrap_or_else(|| panic!("{KAFKA_ENV} names the file of a running Kafka"));
    Environment::read(Path::new(&file))
}

/// Runs the server's binary with one connection that has this `kafka` block.
fn run(kafka: &Value, arguments: &[&str]) -> Output {
    let connection = json!({ "type": "direct", "kafka": kafka });
    let safety = json!({ "confirm": "never" });
    let file = Config::new()
        .connection("main", connection)
        .set("safety", safety)
        .write();
    let output = Command::new(binary::server())
        .current_dir(std::env::temp_dir())
        .arg("--config")
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap();
    for secret in [
        "admin-secret",
        "limited-secret",
        "test-api-secret",
        "key-secret",
        "hunter2",
        TOKEN,
    ] {
        for shown in [&output.stdout, &output.stderr] {
            let shown = String::from_utf8_lossy(shown);
            assert!(!shown.contains(secret), "{secret} is in\n{shown}");
        }
    }
    output
}

/// Calls a tool that has to succeed.
fn call(name: &str, kafka: &Value, tool: &str, arguments: &Value) -> Value {
    let output = run(kafka, &["call", tool, &arguments.to_string(), "--json"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {tool}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A token endpoint that gives everybody the same token.
fn token_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let body = json!({ "access_token": TOKEN, "expires_in": 3600 }).to_string();
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    url
}

/// How to sign in with SCRAM or PLAIN.
fn password(kind: &str, username: &str, password: &str) -> Value {
    json!({ "type": kind, "username": username, "password": password })
}

#[test]
fn every_named_way_in_reads_and_writes() {
    let stack = stack();
    let trust = json!({ "ca_file": stack.get("KAFKA_CA_FILE") });
    let (user, secret) = (
        stack.get("KAFKA_ADMIN_USER"),
        stack.get("KAFKA_ADMIN_PASSWORD"),
    );
    let (key, key_secret) = (stack.get("KAFKA_API_KEY"), stack.get("KAFKA_API_SECRET"));
    let sasl = |auth: Value| json!({ "bootstrap_servers": stack.get("KAFKA_BOOTSTRAP_SASL_SSL"), "tls": trust, "auth": auth });
    let tls =
        |servers: &str, tls: Value| json!({ "bootstrap_servers": stack.get(servers), "tls": tls });
    let certificate = json!({
        "ca_file": stack.get("KAFKA_CA_FILE"),
        "cert_file": stack.get("KAFKA_CLIENT_CERT_FILE"),
        "key_file": stack.get("KAFKA_CLIENT_KEY_FILE"),
        "key_password": stack.get("KAFKA_CLIENT_KEY_PASSWORD"),
    });
    let mut mtls = tls("KAFKA_BOOTSTRAP_MTLS", certificate.clone());
    mtls["auth"] = json!({ "type": "mtls" });
    let cases = [
        (
            "scram_sha_512",
            sasl(password("scram_sha_512", user, secret)),
        ),
        (
            "scram_sha_256",
            sasl(password("scram_sha_256", user, secret)),
        ),
        ("plain", sasl(password("plain", key, key_secret))),
        (
            "api_key",
            sasl(json!({ "type": "api_key", "key": key, "secret": key_secret })),
        ),
        (
            "oauthbearer",
            sasl(json!({
                "type": "oauthbearer", "token_endpoint": token_endpoint(), "client_id": "me", "client_secret": "hunter2",
            })),
        ),
        ("tls", tls("KAFKA_BOOTSTRAP_TLS", trust.clone())),
        ("mtls", mtls),
        ("mtls, not named", tls("KAFKA_BOOTSTRAP_MTLS", certificate)),
        (
            "unverified",
            tls(
                "KAFKA_BOOTSTRAP_MISNAMED",
                json!({ "insecure_skip_verify": true }),
            ),
        ),
    ];
    let tag = format!("{:08x}", rand::random::<u32>());
    for (index, (name, kafka)) in cases.iter().enumerate() {
        let topic = format!("secured-{index}-{tag}");
        let topics = json!({ "topics": [{ "topic": topic }] });
        call(name, kafka, "create-topics", &topics);
        let record = json!({ "topicName": topic, "value": { "message": name } });
        call(name, kafka, "produce-message", &record);
        let read = call(
            name,
            kafka,
            "consume-messages",
            &json!({ "topics": [{ "name": topic }] }),
        );
        assert_eq!(read["records"][0]["value"], *name, "{read}");
        let doctor = run(kafka, &["doctor"]);
        let report = String::from_utf8_lossy(&doctor.stdout);
        assert!(doctor.status.success(), "{name}: {report}");
        call(
            name,
            kafka,
            "delete-topics",
            &json!({ "topicNames": [topic] }),
        );
    }
}

/// A `kafka` block at one of the listeners.
fn at(stack: &Environment, listener: &str, mut rest: Value) -> Value {
    rest["bootstrap_servers"] = json!(stack.get(listener));
    rest
}

/// What is planted, the `kafka` block with it, and what the doctor has to name and to say.
type Fault = (&'static str, Value, &'static str, &'static str);

fn faults_of_tls(stack: &Environment) -> Vec<Fault> {
    let trust = json!({ "ca_file": stack.get("KAFKA_CA_FILE") });
    let at = |listener: &str, rest: Value| at(stack, listener, rest);
    let client = |certificate: &str, key: &str, password: Option<&str>| {
        let mut tls = trust.clone();
        tls["cert_file"] = json!(stack.get(certificate));
        tls["key_file"] = json!(stack.get(key));
        if let Some(password) = password {
            tls["key_password"] = json!(password);
        }
        json!({ "tls": tls })
    };
    vec![
        (
            "no authority",
            at("KAFKA_BOOTSTRAP_TLS", json!({ "tls": { "enabled": true } })),
            "kafka.tls.ca_file",
            "not trusted",
        ),
        (
            "another authority",
            at(
                "KAFKA_BOOTSTRAP_TLS",
                json!({ "tls": { "ca_file": stack.get("KAFKA_OTHER_CA_FILE") } }),
            ),
            "kafka.tls.ca_file",
            "not trusted",
        ),
        (
            "no certificate in the file",
            at(
                "KAFKA_BOOTSTRAP_TLS",
                json!({ "tls": { "ca_file": stack.get("KAFKA_CLIENT_KEY_FILE") } }),
            ),
            "kafka.tls.ca_file",
            "PEM",
        ),
        (
            "another name",
            at("KAFKA_BOOTSTRAP_MISNAMED", json!({ "tls": trust })),
            "kafka.bootstrap_servers",
            "(localhost, 127.0.0.1)",
        ),
        (
            "no client certificate",
            at("KAFKA_BOOTSTRAP_MTLS", json!({ "tls": trust })),
            "kafka.tls.cert_file",
            "client certificate",
        ),
        (
            "a stranger's certificate",
            at(
                "KAFKA_BOOTSTRAP_MTLS",
                client("KAFKA_STRANGER_CERT_FILE", "KAFKA_STRANGER_KEY_FILE", None),
            ),
            "kafka.tls.cert_file",
            "client certificate that it trusts",
        ),
        (
            "the key of another certificate",
            at(
                "KAFKA_BOOTSTRAP_MTLS",
                client("KAFKA_CLIENT_CERT_FILE", "KAFKA_STRANGER_KEY_FILE", None),
            ),
            "kafka.tls.key_file",
            "made together",
        ),
        (
            "no password of the key",
            at(
                "KAFKA_BOOTSTRAP_MTLS",
                client("KAFKA_CLIENT_CERT_FILE", "KAFKA_CLIENT_KEY_FILE", None),
            ),
            "kafka.tls.key_file",
            "`key_password`",
        ),
        (
            "another password of the key",
            at(
                "KAFKA_BOOTSTRAP_MTLS",
                client(
                    "KAFKA_CLIENT_CERT_FILE",
                    "KAFKA_CLIENT_KEY_FILE",
                    Some("hunter2"),
                ),
            ),
            "kafka.tls.key_password",
            "another password",
        ),
    ]
}

fn faults_of_signing_in(stack: &Environment) -> Vec<Fault> {
    let trust = json!({ "ca_file": stack.get("KAFKA_CA_FILE") });
    let at = |listener: &str, rest: Value| at(stack, listener, rest);
    let (user, secret) = (
        stack.get("KAFKA_ADMIN_USER"),
        stack.get("KAFKA_ADMIN_PASSWORD"),
    );
    let off = json!({ "enabled": false });
    vec![
        (
            "another password",
            at(
                "KAFKA_BOOTSTRAP_SASL_SSL",
                json!({ "tls": trust, "auth": password("scram_sha_512", user, "hunter2") }),
            ),
            "kafka.auth.password",
            "password is wrong",
        ),
        (
            "another mechanism",
            at(
                "KAFKA_BOOTSTRAP_SASL_SSL",
                json!({ "tls": trust, "auth": password("plain", user, secret) }),
            ),
            "kafka.auth.password",
            "password is wrong",
        ),
        (
            "no sign-in",
            at("KAFKA_BOOTSTRAP_SASL_SSL", json!({ "tls": trust })),
            "kafka.auth",
            "wants a sign-in",
        ),
        (
            "a sign-in that is not wanted",
            at(
                "KAFKA_BOOTSTRAP_TLS",
                json!({ "tls": trust, "auth": password("scram_sha_512", user, secret) }),
            ),
            "kafka.auth",
            "wants no sign-in",
        ),
        (
            "no TLS",
            at("KAFKA_BOOTSTRAP_TLS", json!({})),
            "kafka.tls",
            "enabled: true",
        ),
        (
            "no TLS below a sign-in",
            at(
                "KAFKA_BOOTSTRAP_SASL_SSL",
                json!({ "tls": off, "auth": password("scram_sha_512", user, secret) }),
            ),
            "kafka.tls",
            "enabled: true",
        ),
        (
            "TLS where there is none",
            at("KAFKA_BOOTSTRAP", json!({ "tls": trust })),
            "kafka.tls",
            "enabled: false",
        ),
    ]
}

#[test]
fn the_doctor_names_what_is_wrong() {
    let stack = stack();
    let cases = faults_of_tls(&stack).into_iter();
    let cases = cases.chain(faults_of_signing_in(&stack));
    for (name, kafka, key, cause) in cases {
        let output = run(&kafka, &["doctor", "--json", "--timeout", "20"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["services"][0]["findings"].as_array().unwrap();
        let [finding] = findings.as_slice() else {
            panic!("{name}: {report:#}")
        };
        assert_eq!(finding["key"], key, "{name}: {report:#}");
        let said = finding["cause"].as_str().unwrap();
        assert!(said.contains(cause), "{name}: {report:#}");
    }
}

#[test]
fn the_doctor_says_which_rights_are_missing() {
    let stack = stack();
    let connection = |user: &str, secret: &str| {
        json!({
            "bootstrap_servers": stack.get("KAFKA_BOOTSTRAP_SASL_SSL"),
            "tls": { "ca_file": stack.get("KAFKA_CA_FILE") },
            "auth": password("scram_sha_512", user, secret),
        })
    };
    let admin = connection(
        stack.get("KAFKA_ADMIN_USER"),
        stack.get("KAFKA_ADMIN_PASSWORD"),
    );
    let prefix = stack.get("KAFKA_LIMITED_PREFIX");
    let topic = format!("{prefix}doctor-{:08x}", rand::random::<u32>());
    call(
        "admin",
        &admin,
        "create-topics",
        &json!({ "topics": [{ "topic": topic }] }),
    );
    let limited = connection(
        stack.get("KAFKA_LIMITED_USER"),
        stack.get("KAFKA_LIMITED_PASSWORD"),
    );
    let output = run(&limited, &["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["services"][0]["findings"].as_array().unwrap();
    let about = |words: &str| {
        let mut found = findings.iter().filter(|it| it.to_string().contains(words));
        let finding = found
            .next()
            .unwrap_or_else(|| panic!("{words}: {report:#}"));
        assert_eq!(finding["key"], "kafka.auth.username", "{report:#}");
    };
    about("lacks ALTER_CONFIGS, DELETE on every topic");
    about("DESCRIBE_CONFIGS");
    assert_eq!(findings.len(), 2, "{report:#}");
    let notes = report["services"][0]["notes"].to_string();
    assert!(notes.contains("under some names only"), "{report:#}");
    call(
        "admin",
        &admin,
        "delete-topics",
        &json!({ "topicNames": [topic] }),
    );
}
