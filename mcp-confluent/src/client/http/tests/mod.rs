//! The layer against a small server that answers what a test says.

mod auth;
mod failures;
mod pages;
mod retries;
pub(crate) mod server;
mod tls;

use std::time::Duration;

use serde_json::{Value, json};

use self::server::{Reply, Server};
use super::{Call, HttpClient, HttpSettings, Request};
use crate::error::{ErrorKind, ToolError};

fn settings(endpoint: &str) -> HttpSettings {
    HttpSettings::new("schema registry", "schema_registry", endpoint)
}

fn client(server: &Server) -> HttpClient {
    HttpClient::new(settings(&server.url)).expect("a client")
}

fn call() -> Call {
    Call::within(Duration::from_secs(20))
}

fn subjects() -> Request {
    Request::get("/subjects")
}

/// The error of reading `/subjects` from a server that answers `reply`.
async fn error_of(reply: Reply) -> ToolError {
    let server = Server::start(move |_| reply.clone()).await;
    client(&server)
        .send(&call(), subjects())
        .await
        .expect_err("a failure")
}

#[tokio::test]
async fn an_answer_is_read_and_the_request_is_as_it_should_be() {
    let server = Server::start(|_| Reply::json(200, &json!(["a", "b"]))).await;
    let endpoint = format!("{}/apis/ccompat/v7/", server.url);
    let client = HttpClient::new(settings(&endpoint)).expect("a client");
    let request = Request::post("/subjects/{subject}/versions")
        .path("subject", "a/../b?x")
        .query("normalize", true)
        .json(&json!({"schema": "\"long\""}));
    let answer: Vec<String> = client.fetch(&call(), request).await.expect("an answer");
    assert_eq!(answer, ["a", "b"]);
    let [seen] = &server.seen()[..] else {
        panic!("{:?}", server.seen())
    };
    assert_eq!(
        seen.line,
        "POST /apis/ccompat/v7/subjects/a%2F..%2Fb%3Fx/versions?normalize=true HTTP/1.1"
    );
    assert_eq!(
        seen.header("user-agent"),
        Some(concat!("mcp-confluent/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.body, r#"{"schema":"\"long\""}"#);
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let client = client(&server);
    for _ in 0..5 {
        let _: Value = client.fetch(&call(), subjects()).await.expect("an answer");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn making_a_client_touches_neither_files_nor_network() {
    let mut settings = settings("http://127.0.0.1:9");
    settings.tls = Some(crate::config::TlsConfig {
        ca_file: Some("/nowhere/ca.pem".into()),
        ..Default::default()
    });
    let client = HttpClient::new(settings).expect("a client");
    let error = client
        .send(&call(), subjects())
        .await
        .expect_err("no such file");
    assert!(error.message().contains("/nowhere/ca.pem"), "{error}");
}

#[tokio::test]
async fn a_read_only_client_sends_nothing_that_could_change_something() {
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let mut settings = settings(&server.url);
    settings.read_only = true;
    let client = HttpClient::new(settings).expect("a client");
    for request in [
        Request::post("/x"),
        Request::put("/x"),
        Request::patch("/x"),
        Request::delete("/x"),
        Request::delete("/x").repeatable(),
    ] {
        let error = client.send(&call(), request).await.expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
    assert_eq!(server.connections(), 0);
    client
        .send(&call(), Request::get("/x"))
        .await
        .expect("a read");
    client
        .send(&call(), Request::post("/x").reads_only())
        .await
        .expect("a read");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_deadline_ends_a_call_and_says_what_may_have_happened() {
    let server = Server::start(|_| Reply::Silence).await;
    let client = client(&server);
    let short = || Call::within(Duration::from_millis(100));
    let error = client
        .send(&short(), subjects())
        .await
        .expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.message().starts_with("GET /subjects on 127.0.0.1:"));
    let error = client
        .send(&short(), Request::post("/x"))
        .await
        .expect_err("no answer");
    assert!(
        error
            .hint_text()
            .expect("a hint")
            .contains("may have been done")
    );
}

#[tokio::test]
async fn a_body_that_drips_does_not_hold_a_call_beyond_its_deadline() {
    let server =
        Server::start(|_| Reply::Stall("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[1")).await;
    let error = client(&server)
        .send(&Call::within(Duration::from_millis(100)), subjects())
        .await
        .expect_err("half an answer");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn cancelling_ends_a_call_at_once() {
    let server = Server::start(|_| Reply::Silence).await;
    let cancel = tokio_util::sync::CancellationToken::new();
    let far = tokio::time::Instant::now() + Duration::from_mins(10);
    let call = Call::new(far, cancel.clone());
    let client = client(&server);
    let (result, ()) = tokio::join!(client.send(&call, subjects()), async {
        server.until_seen(1).await;
        cancel.cancel();
    });
    assert_eq!(
        result.expect_err("a cancelled call").kind(),
        ErrorKind::Cancelled
    );
}
