//! What the framework promises about every tool, also about one that misbehaves.

use std::{path::Path, time::Duration};

use mcp_confluent_tests::{Client, Era, Person, answer::assert_says, eventually, server::Start};
use serde_json::{Value, json};

use crate::support::in_both_eras;

async fn client_with(era: Era, person: &Person, config: Value) -> Client {
    let mut start =
        Start::program(Path::new(env!("CARGO_BIN_EXE_faulty-server"))).person(person.clone());
    start = match config {
        Value::Null => start.argument("--sandbox"),
        safety => start.config(
            mcp_confluent_tests::Config::new()
                .connection("unused", mcp_confluent_tests::config::plain("127.0.0.1:1"))
                .set("safety", safety),
        ),
    };
    Client::greet(start.spawn(), era).await
}

async fn client(era: Era) -> Client {
    client_with(era, &Person::absent(), Value::Null).await
}

fn with_progress(tool: &str, arguments: Value) -> Value {
    json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": tool } })
}

in_both_eras! {
async fn a_panic_is_an_error_result_and_the_server_goes_on(era: Era) {
    let client = client(era).await;
    for (tool, words) in [("panics-at-once", "at once"), ("panics-later", "after a while")] {
        for _ in 0..3 {
            let answer = client.call(tool, json!({})).await;
            assert_says(answer.failure("internal"), &["defect", words]);
        }
    }
    client.data("list-topics", json!({})).await;
    client.close().await;
}
}

in_both_eras! {
async fn a_cancelled_read_is_dropped_and_not_answered(era: Era) {
    let client = client(era).await;
    let params = with_progress("reads-for-ever", json!({}));
    let call = client.begin(params).await;
    client.server().notification(|note| note["params"]["progressToken"] == "reads-for-ever").await;
    let cancel = json!({ "requestId": call.id, "reason": "no longer needed" });
    client.server().notify("notifications/cancelled", cancel).await;
    // The next call is answered; the cancelled one never is.
    client.data("list-topics", json!({})).await;
    client.data("counts", json!({ "to": 1 })).await;
    assert!(call.is_unanswered(), "a cancelled call was answered");
    client.close().await;
}
}

in_both_eras! {
async fn a_cancelled_write_is_told_and_not_dropped(era: Era) {
    let client = client(era).await;
    let call = client.begin(with_progress("writes-until-told", json!({}))).await;
    client.server().notification(|note| note["params"]["message"] == "begun").await;
    client.server().notify("notifications/cancelled", json!({ "requestId": call.id })).await;
    client.server().notification(|note| note["params"]["message"] == "cleaning up").await;
    client.close().await;
}
}

in_both_eras! {
async fn a_cancellation_of_something_unknown_is_ignored(era: Era) {
    let client = client(era).await;
    client.data("list-topics", json!({})).await;
    for id in [json!(4711), json!("4711"), Value::Null] {
        client.server().notify("notifications/cancelled", json!({ "requestId": id })).await;
    }
    client.data("list-topics", json!({})).await;
    client.close().await;
}
}

in_both_eras! {
async fn progress_is_told_in_order_to_a_client_that_asked(era: Era) {
    let client = client(era).await;
    let params = with_progress("counts", json!({ "to": 5 }));
    let call = client.begin(params.clone()).await;
    client.finish(call, params).await.data();
    let told: Vec<_> = client.server().notifications();
    let steps: Vec<_> = told.iter().map(|note| note["params"]["progress"].as_f64().unwrap()).collect();
    assert_eq!(steps, [1.0, 2.0, 3.0, 4.0, 5.0], "{told:?}");
    for note in &told {
        assert_eq!(note["method"], "notifications/progress");
        assert_eq!(note["params"]["progressToken"], "counts");
        assert_eq!(note["params"]["total"], 5.0);
    }
    client.close().await;
}
}

in_both_eras! {
async fn nothing_is_told_to_a_client_that_did_not_ask_for_progress(era: Era) {
    let client = client(era).await;
    client.data("counts", json!({ "to": 5 })).await;
    assert_eq!(client.server().notifications(), Vec::<Value>::new());
    client.close().await;
}
}

in_both_eras! {
async fn a_result_that_is_too_large_is_cut_and_says_so(era: Era) {
    let limit = 20_000;
    let client = client_with(era, &Person::absent(), json!({ "max_result_bytes": limit })).await;
    let answer = client.call("floods", json!({ "lines": 100_000 })).await;
    let lines = answer.data()["lines"].as_array().unwrap();
    assert!(!lines.is_empty() && lines.len() < 100_000, "{} lines", lines.len());
    assert!(answer.data().to_string().len() <= limit, "{} bytes of data", answer.data().to_string().len());
    assert!(answer.text().len() <= limit + 1000, "{} bytes of text", answer.text().len());
    assert_says(answer.text(), &["100000", "page"]);
    assert!(answer.result["_meta"]["truncated"].is_array(), "{}", answer.result["_meta"]);
    let small = client.call("floods", json!({ "lines": 3 })).await;
    assert_eq!(small.data()["lines"].as_array().unwrap().len(), 3);
    assert!(small.result["_meta"]["truncated"].is_null());
    client.close().await;
}
}

in_both_eras! {
async fn a_call_ends_at_its_deadline(era: Era) {
    let client = client_with(era, &Person::absent(), json!({ "default_timeout_seconds": 1 })).await;
    let answer = client.call("reads-for-ever", json!({})).await;
    assert_says(answer.failure("timed_out"), &["1 s"]);
    assert!(answer.took < Duration::from_secs(5), "took {:?}", answer.took);
    // What writes is told, and what it answers then counts.
    let answer = client.call("writes-until-told", json!({})).await;
    assert_says(answer.failure("cancelled"), &["between two steps"]);
    client.close().await;
}
}

in_both_eras! {
async fn a_tool_may_ask_twice(era: Era) {
    let person = Person::accepts();
    let client = client_with(era, &person, Value::Null).await;
    client.data("asks-twice", json!({})).await;
    assert_eq!(person.asked(), ["Really?", "Quite sure?"]);
    client.close().await;
}
}

in_both_eras! {
async fn a_tool_that_asks_twice_takes_three_steps_without_a_person(era: Era) {
    let client = client(era).await;
    let first = client.call("asks-twice", json!({})).await;
    assert_says(first.text(), &["Really?"]);
    let second = client.call("asks-twice", json!({ "confirmToken": first.confirm_token() })).await;
    assert_says(second.text(), &["Quite sure?"]);
    client.data("asks-twice", json!({ "confirmToken": second.confirm_token() })).await;
    client.close().await;
}
}

in_both_eras! {
async fn a_call_that_waits_does_not_hold_up_others(era: Era) {
    let client = client(era).await;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(client.begin(json!({ "name": "reads-for-ever", "arguments": {} })).await);
    }
    eventually("other calls are answered", async || {
        !client.call("list-topics", json!({})).await.is_error()
    })
    .await;
    assert!(waiting.iter().all(mcp_confluent_tests::client::PendingCall::is_unanswered));
    client.close().await;
}
}
