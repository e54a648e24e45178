//! What the server does with its pipes, whatever the tools are.

use std::time::Duration;

use mcp_confluent_tests::{
    Client, Cluster, Era,
    answer::assert_says,
    server::{Start, request},
};
use serde_json::{Value, json};

use crate::support::in_both_eras;

fn code(response: &Value) -> i64 {
    response["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("no error: {response}"))
}

fn has_no_id(response: &Value) -> bool {
    response["id"].is_null()
}

async fn client(era: Era) -> (Cluster, Client) {
    let cluster = Cluster::start().await;
    let client = Client::start(&cluster.config(), era).await;
    (cluster, client)
}

in_both_eras! {
async fn hello_names_the_server_and_tells_how_to_work_with_it(era: Era) {
    let (_cluster, client) = client(era).await;
    let hello = &client.hello;
    assert!(hello["capabilities"]["tools"].is_object(), "{hello}");
    assert!(hello["instructions"].as_str().is_some_and(|text| text.len() > 40), "{hello}");
    match era {
        Era::Session => {
            assert_eq!(hello["protocolVersion"], "2025-11-25");
            assert_eq!(hello["serverInfo"]["name"], "confluent");
        }
        Era::Stateless => {
            let versions = hello["supportedVersions"].as_array().unwrap();
            assert!(versions.contains(&json!("2026-07-28")), "{hello}");
            assert_eq!(hello["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "confluent");
        }
    }
    client.close().await;
}
}

#[tokio::test]
async fn every_older_version_of_the_session_protocol_is_spoken() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let cluster = Cluster::start().await;
        let server = Start::new().config(cluster.config()).spawn();
        let params = json!({
            "protocolVersion": version,
            "capabilities": {},
            "clientInfo": { "name": "tests", "version": "1" },
        });
        let hello = server.exchange("initialize", params).await;
        assert_eq!(hello["result"]["protocolVersion"], version, "{hello}");
        server.notify("notifications/initialized", json!({})).await;
        let tools = server.exchange("tools/list", json!({})).await;
        assert!(
            tools["result"]["tools"]
                .as_array()
                .is_some_and(|tools| tools.len() >= 11),
            "{tools}"
        );
        server.close().await;
    }
}

#[tokio::test]
async fn a_stateless_client_may_call_a_tool_with_its_very_first_message() {
    let cluster = Cluster::start().await;
    let server = Start::new().config(cluster.config()).spawn();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "tests", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let answer = server
        .exchange(
            "tools/call",
            json!({ "name": "list-topics", "_meta": meta }),
        )
        .await;
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    server.close().await;
}

in_both_eras! {
async fn a_line_that_is_not_json_is_answered_and_the_next_one_is_served(era: Era) {
    let (_cluster, client) = client(era).await;
    client.server().write("{\"jsonrpc\": \"2.0\", \"id\": 1, oops").await;
    let response = client.server().stray(has_no_id).await;
    assert_eq!(code(&response), -32700, "{response}");
    assert!(response.as_object().unwrap().contains_key("id"), "the id is null, not missing: {response}");
    client.data("list-topics", json!({})).await;
    client.close().await;
}
}

in_both_eras! {
async fn lines_that_are_json_but_no_message_are_answered(era: Era) {
    let (_cluster, client) = client(era).await;
    for line in ["[]", "7", "\"hello\"", "{\"hello\": 1}", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]"] {
        client.server().write(line).await;
        let response = client.server().stray(has_no_id).await;
        assert_eq!(code(&response), -32600, "{line}: {response}");
    }
    client.server().write("").await;
    client.data("list-topics", json!({})).await;
    client.close().await;
}
}

in_both_eras! {
async fn a_line_of_more_than_16_mib_is_refused_and_the_next_one_is_served(era: Era) {
    let (_cluster, client) = client(era).await;
    let filler = "x".repeat(17 << 20);
    client.server().write(request(4711, "tools/call", json!({ "name": filler })).to_string()).await;
    let response = client.server().stray(|_| true).await;
    assert_eq!(code(&response), -32600, "{response}");
    client.data("list-topics", json!({})).await;
    client.close().await;
}
}

in_both_eras! {
async fn an_unknown_method_is_refused_by_name(era: Era) {
    let (_cluster, client) = client(era).await;
    let error = client.try_request("tools/destroy", json!({})).await.unwrap_err();
    assert_eq!(error["code"], -32601, "{error}");
    assert_says(error["message"].as_str().unwrap(), &["tools/destroy"]);
    client.close().await;
}
}

in_both_eras! {
async fn an_unknown_notification_is_ignored(era: Era) {
    let (_cluster, client) = client(era).await;
    client.server().notify("notifications/nonsense", json!({ "a": 1 })).await;
    client.data("list-topics", json!({})).await;
    client.close().await;
}
}

#[tokio::test]
async fn a_notification_before_anything_else_is_ignored() {
    let cluster = Cluster::start().await;
    let server = Start::new().config(cluster.config()).spawn();
    server
        .notify("notifications/cancelled", json!({ "requestId": 1 }))
        .await;
    let client = Client::greet(server, Era::Session).await;
    client.data("list-topics", json!({})).await;
    client.close().await;
}

#[tokio::test]
async fn a_request_before_hello_is_answered_and_hello_can_follow() {
    let cluster = Cluster::start().await;
    let server = Start::new().config(cluster.config()).spawn();
    let answer = server.exchange("tools/list", json!({})).await;
    assert!(answer["error"].is_object(), "{answer}");
    let client = Client::greet(server, Era::Session).await;
    client.data("list-topics", json!({})).await;
    client.close().await;
}

#[tokio::test]
async fn a_version_that_is_not_spoken_is_answered_with_those_that_are() {
    let cluster = Cluster::start().await;
    let server = Start::new().config(cluster.config()).spawn();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2199-01-01",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let answer = server
        .exchange("tools/list", json!({ "_meta": meta }))
        .await;
    assert_says(&answer["error"].to_string(), &["2026-07-28"]);
    let client = Client::greet(server, Era::Stateless).await;
    client.data("list-topics", json!({})).await;
    client.close().await;
}

in_both_eras! {
async fn an_unknown_tool_is_an_error_with_a_suggestion(era: Era) {
    let (_cluster, client) = client(era).await;
    let call = json!({ "name": "list-topic", "arguments": {} });
    let error = client.try_request("tools/call", call).await.unwrap_err();
    assert_eq!(error["code"], -32602, "{error}");
    assert_says(error["message"].as_str().unwrap(), &["`list-topic`", "`list-topics`"]);
    let call = json!({ "name": "quite-another\u{1b}[31m", "arguments": {} });
    let error = client.try_request("tools/call", call).await.unwrap_err();
    let message = error["message"].as_str().unwrap();
    assert!(!message.contains('\u{1b}'), "control characters are escaped: {message:?}");
    assert!(!message.contains("did you mean"), "{message}");
    client.close().await;
}
}

in_both_eras! {
async fn a_call_without_a_name_is_refused(era: Era) {
    let (_cluster, client) = client(era).await;
    for call in [json!({ "arguments": {} }), json!({ "name": "list-topics", "arguments": [] })] {
        let error = client.try_request("tools/call", call).await.unwrap_err();
        assert_eq!(error["code"], -32602, "{error}");
        assert_says(error["message"].as_str().unwrap(), &["`name`, a text", "`arguments`, an object"]);
    }
    client.close().await;
}
}

in_both_eras! {
async fn the_process_ends_when_its_client_goes_away(era: Era) {
    let (_cluster, client) = client(era).await;
    client.data("list-topics", json!({})).await;
    let before = tokio::time::Instant::now();
    client.close().await;
    assert!(before.elapsed() < Duration::from_secs(10), "took {:?}", before.elapsed());
}
}

#[tokio::test]
async fn the_process_ends_when_its_client_goes_away_before_saying_anything() {
    let cluster = Cluster::start().await;
    let server = Start::new().config(cluster.config()).spawn();
    server.close().await;
}

in_both_eras! {
async fn many_calls_at_once_are_all_answered(era: Era) {
    let (_cluster, client) = client(era).await;
    let params = json!({ "name": "list-topics" });
    let mut calls = Vec::new();
    for _ in 0..200 {
        calls.push(client.begin(params.clone()).await);
    }
    for call in calls {
        let answer = client.finish(call, params.clone()).await;
        assert!(!answer.is_error(), "{}", answer.text());
    }
    client.close().await;
}
}

#[tokio::test]
async fn ping_is_answered_in_a_session_and_unknown_without_one() {
    let (_cluster, session) = client(Era::Session).await;
    assert!(session.try_request("ping", json!({})).await.is_ok());
    session.close().await;
    let (_cluster, stateless) = client(Era::Stateless).await;
    stateless.tools().await;
    let error = stateless.try_request("ping", json!({})).await.unwrap_err();
    assert_eq!(error["code"], -32601, "{error}");
    stateless.close().await;
}

in_both_eras! {
async fn methods_of_capabilities_that_are_not_offered_are_refused(era: Era) {
    let (_cluster, client) = client(era).await;
    let params = json!({ "level": "debug" });
    let error = client.try_request("logging/setLevel", params).await.unwrap_err();
    assert_eq!(error["code"], -32601, "{error}");
    client.close().await;
}
}

/// librdkafka writes its complaints to standard error by itself unless it is told otherwise, and
/// other libraries may print anywhere: standard output is watched by every test, and most of all by
/// this one, which makes the client library complain.
#[tokio::test]
async fn only_messages_are_on_standard_output_while_the_broker_is_away() {
    let config = mcp_confluent_tests::Config::new()
        .connection("away", mcp_confluent_tests::config::plain("127.0.0.1:1"))
        .set("safety", json!({ "default_timeout_seconds": 3 }));
    let client = Client::start(&config, Era::Session).await;
    let answer = client.call("list-topics", json!({})).await;
    assert_says(answer.failure("unreachable"), &["127.0.0.1:1"]);
    client.close().await;
}
