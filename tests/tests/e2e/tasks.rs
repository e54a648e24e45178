//! Calls that take long, for clients that know tasks.

use std::{path::Path, time::Duration};

use mcp_confluent_tests::{Client, Era, server::Start};
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
    until(
        async || task(fixture, id).await,
        |task| task["status"] != "working",
    )
    .await
}

/// The first of several looks at a task that is as `wanted`.
async fn until(look: impl AsyncFn() -> Value, wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let task = look().await;
        if wanted(&task) {
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

#[tokio::test]
async fn a_task_says_how_far_it_is() {
    let fixture = Fixture::new(Era::Stateless).await;
    let topic = fixture.topic("slow", 1).await;
    let mut params = wait_for_a_record(&topic, 60_000);
    params["arguments"]["maxMessages"] = json!(2);
    let id = call(&fixture, params).await["taskId"].clone();
    fixture.produce(&topic, &["first"]).await;
    let look = async || task(&fixture, &id).await;
    let told = |task: &Value| task["statusMessage"] == "1 records (1/2)";
    let working = until(look, told).await;
    assert_eq!(working["status"], "working", "{working}");
    fixture.produce(&topic, &["second"]).await;
    assert_eq!(over(&fixture, &id).await["status"], "completed");
    fixture.client.close().await;
}

/// A client that knows tasks and shows forms, of a server whose tool asks late.
struct Late(Client);

impl Late {
    async fn start() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_faulty-server"));
        let start = Start::program(program).argument("--sandbox");
        Self(Client::greet(start.spawn(), Era::Stateless).await)
    }

    async fn request(&self, method: &str, mut params: Value) -> Value {
        let knows = json!({ "extensions": { TASKS: {} }, "elicitation": {} });
        params["_meta"] = json!({ CAPABILITIES: knows });
        self.0.request(method, params).await
    }

    /// A task that asks.
    async fn asking(&self) -> Value {
        let call = json!({ "name": "asks-late", "arguments": {} });
        let task = self.request("tools/call", call).await;
        assert_eq!(task["resultType"], "task", "{task}");
        let id = task["taskId"].clone();
        let asks = |task: &Value| task["status"] == "input_required";
        until(async || self.task(&id).await, asks).await
    }

    async fn task(&self, id: &Value) -> Value {
        self.request("tasks/get", json!({ "taskId": id })).await
    }

    async fn over(&self, id: &Value) -> Value {
        let over = |task: &Value| task["status"] != "working" && task["status"] != "input_required";
        until(async || self.task(id).await, over).await
    }
}

#[tokio::test]
async fn a_task_asks_through_itself() {
    let client = Late::start().await;
    for (answer, failed) in [("accept", false), ("decline", true)] {
        let task = client.asking().await;
        let (key, request) = task["inputRequests"]
            .as_object()
            .unwrap()
            .iter()
            .next()
            .unwrap();
        assert_eq!(request["method"], "elicitation/create", "{task}");
        assert_eq!(request["params"]["message"], "Still?", "{task}");
        let answer = json!({ key: { "action": answer, "content": { "confirm": true } } });
        let update = json!({ "taskId": task["taskId"], "inputResponses": answer });
        client.request("tasks/update", update).await;
        let task = client.over(&task["taskId"]).await;
        assert_eq!(task["status"], "completed", "{task}");
        assert_eq!(task["result"]["isError"] == true, failed, "{task}");
    }
    client.0.close().await;
}

#[tokio::test]
async fn a_task_that_asks_can_be_cancelled() {
    let client = Late::start().await;
    let id = client.asking().await["taskId"].clone();
    client
        .request("tasks/cancel", json!({ "taskId": id }))
        .await;
    let task = client.over(&id).await;
    assert_eq!(task["status"], "cancelled", "{task}");
    client.0.close().await;
}
