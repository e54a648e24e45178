//! Brokers that cannot be reached, or do not let one in.

use std::io::{Read as _, Write as _};

use super::support::{bootstrap, closed, finds, kafka, listener, registry, report, web, with_ada};
use crate::support::Place;

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
fn the_port_is_that_of_a_web_server() {
    let server = listener(|mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    finds(
        &kafka(&[&bootstrap(&server)]),
        ["ok", "unused", "unused", "failed"],
        "kafka.bootstrap_servers",
        5,
        "the port of an HTTP service",
    );
}

#[tokio::test]
async fn the_port_of_a_registry_is_that_of_a_broker() {
    let (sandbox, _) = with_ada().await;
    let endpoint = format!("endpoint: http://{}", sandbox.bootstrap_servers());
    finds(
        &registry(&[&endpoint]),
        ["ok", "unused", "unused", "failed"],
        "schema_registry.endpoint",
        5,
        "check the port",
    );
}

#[tokio::test]
async fn without_a_file_the_brokers_say_the_protocol() {
    let (_sandbox, address) = with_ada().await;
    let place = Place::new()
        .variable("BOOTSTRAP_SERVERS", &address)
        .variable("KAFKA_API_KEY", "ada")
        .variable("KAFKA_API_SECRET", "hunter2");
    let service = report(&place);
    let finding = &service["findings"][0];
    assert_eq!(finding["place"], "BOOTSTRAP_SERVERS", "{service:#}");
    let cause = finding["cause"].as_str().unwrap();
    assert!(
        cause.contains("write `SASL_PLAINTEXT://` in front"),
        "{cause}"
    );
}
