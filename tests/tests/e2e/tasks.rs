//! Calls that take long, for clients that know tasks.

use std::time::Duration;

use mcp_confluent_tests::Era;
use serde_json::{Value, json};

use crate::support::Fixture;

const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// `params` of a client that knows tasks.
fn knowing_tasks(mut params: Value) -> Value {
    params["_meta"] = json!({ CAPABILITIES: { "extensions": { TASKS: {} } } });
    params
}

/// Waits for the next record of `topic`.
fn wait_for_a_record(topic: &str, milliseconds: u32) -> Value {
    json!({
        "name": "consume-messages",
        "arguments": {
            "topics": [{ "name": topic, "start": "latest" }],
            "maxMessages": 1,
            "timeoutMs": milliseconds,
        },
    })
}

async fn call(fixture: &Fixture, params: Value) -> Value {
    let params = knowing_tasks(params);
    fixture.client.request("tools/call", params).await
}

async fn task(fixture: &Fixture, id: &Value) -> Value {
    let params = knowing_tasks(json!({ "taskId": id }));
    fixture.client.request("tasks/get", params).await
}

/// The task once it is over.
async fn over(fixture: &Fixture, id: &Value) -> Value {
    loop {
        let task = task(fixture, id).await;
        if task["status"] != "working" {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Starts a call that waits until somebody writes.
async fn waiting(fixture: &Fixture, topic: &str) -> Value {
    let task = call(fixture, wait_for_a_record(topic, 60_000)).await;
    assert_eq!(task["resultType"], "task", "{task}");
    assert_eq!(task["status"], "working", "{task}");
    task["taskId"].clone()
}

#[tokio::test]
async fn a_long_call_becomes_a_task_that_ends_with_its_result() {
    let fixture = Fixture::new(Era::Stateless).await;
    let extensions = &fixture.client.hello["capabilities"]["extensions"];
    assert!(extensions[TASKS].is_object(), "{extensions}");
    let topic = fixture.topic("slow", 1).await;
    let id = waiting(&fixture, &topic).await;
    assert_eq!(task(&fixture, &id).await["status"], "working");
    fixture.produce(&topic, &["at last"]).await;
    let task = over(&fixture, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    let records = &task["result"]["structuredContent"]["records"];
    assert_eq!(records[0]["value"], "at last", "{task}");
    fixture.client.close().await;
}

#[tokio::test]
async fn what_is_quick_is_answered_at_once() {
    let fixture = Fixture::new(Era::Stateless).await;
    let topic = fixture.topic("quick", 1).await;
    fixture.produce(&topic, &["here"]).await;
    let mut params = wait_for_a_record(&topic, 60_000);
    params["arguments"]["topics"][0]["start"] = json!("earliest");
    let answer = call(&fixture, params).await;
    let record = &answer["structuredContent"]["records"][0];
    assert_eq!(record["value"], "here", "{answer}");
    fixture.client.close().await;
}

#[tokio::test]
async fn a_client_that_knows_no_tasks_waits() {
    let fixture = Fixture::new(Era::Stateless).await;
    let topic = fixture.topic("slow", 1).await;
    // Longer than a call may take before it becomes a task.
    let params = wait_for_a_record(&topic, 700);
    let answer = fixture.client.request("tools/call", params).await;
    let records = &answer["structuredContent"]["records"];
    assert_eq!(*records, json!([]), "{answer}");
    fixture.client.close().await;
}

#[tokio::test]
async fn a_task_can_be_cancelled() {
    let fixture = Fixture::new(Era::Stateless).await;
    let topic = fixture.topic("slow", 1).await;
    let id = waiting(&fixture, &topic).await;
    let params = knowing_tasks(json!({ "taskId": id }));
    fixture.client.request("tasks/cancel", params).await;
    assert_eq!(over(&fixture, &id).await["status"], "cancelled");
    fixture.client.close().await;
}

#[tokio::test]
async fn an_unknown_task_is_an_error() {
    let fixture = Fixture::new(Era::Stateless).await;
    for method in ["tasks/get", "tasks/cancel"] {
        let params = knowing_tasks(json!({ "taskId": "none" }));
        let error = fixture.client.try_request(method, params).await;
        assert_eq!(error.unwrap_err()["code"], -32602, "{method}");
    }
    fixture.client.close().await;
}
