//! The audit file of a running server.

use mcp_confluent_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::support::Place;

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start(SandboxOptions::new()).await.unwrap();
    sandbox.create_topic("orders", 1).unwrap();
    sandbox
}

fn place(sandbox: &Sandbox, audit_file: &str) -> Place {
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n      bootstrap_servers: {}\nsafety:\n  confirm: never\n  \
         audit_file: {audit_file}\n",
        sandbox.bootstrap_servers()
    ))
}

fn records(place: &Place) -> Vec<Value> {
    place
        .read("audit.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_change_is_recorded_before_and_after() {
    let sandbox = sandbox().await;
    let place = place(&sandbox, "audit.jsonl").variable("USER", "ada");
    let mut server = place.serve(&[]);
    server.initialize();
    server.call("list-topics", json!({}));
    assert_eq!(place.read("audit.jsonl"), "", "reading is not recorded");
    let arguments = json!({
        "topicName": "orders",
        "topicConfigs": [
            { "name": "retention.ms", "value": "1000", "operation": "SET" },
            { "name": "x.password", "value": "hunter2", "operation": "SET" },
        ],
    });
    server.call("alter-topic-config", arguments);
    server.leave().ended(0);

    let records = records(&place);
    let [begin, end] = records.as_slice() else {
        panic!("{records:#?}")
    };
    assert_eq!(begin["id"], end["id"]);
    assert_eq!(
        (&begin["event"], &end["event"]),
        (&json!("begin"), &json!("end"))
    );
    assert_eq!(begin["tool"], "alter-topic-config");
    assert_eq!(begin["connection"], "dev");
    assert_eq!(begin["caller"], "stdio");
    assert_eq!(begin["user"], "ada");
    assert_eq!(begin["arguments"]["topicConfigs"][0]["value"], "1000");
    assert_eq!(begin["arguments"]["topicConfigs"][1]["value"], "***");
    assert_ne!(end["outcome"], "ok", "there is no such setting");
    assert!(end["error"].is_string() && end["millis"].is_u64(), "{end}");
    assert!(!place.read("audit.jsonl").contains("hunter2"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.file("audit.jsonl"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let sandbox = sandbox().await;
    let place = place(&sandbox, "logs/audit.jsonl");
    place
        .run(&[])
        .ended(2)
        .says("config.yaml:8:")
        .says("cannot be written");
    std::fs::create_dir(place.file("logs")).unwrap();

    let mut server = place.serve(&[]);
    server.initialize();
    std::fs::remove_file(place.file("logs/audit.jsonl")).unwrap();
    std::fs::remove_dir(place.file("logs")).unwrap();
    let answer = server.call("delete-topics", json!({ "topicNames": ["orders"] }));
    assert_eq!(answer["isError"], true);
    let text = answer["content"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("nothing was changed: the audit file cannot be written"),
        "{text}"
    );
    let topics = server.call("list-topics", json!({}));
    assert!(
        topics["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("orders"),
        "{topics}"
    );
    server.leave().ended(0);
}

/// Whoever reads a variable of the process, as libraries do, sees those of the file.
#[cfg(unix)]
#[tokio::test]
async fn the_variables_of_a_file_hold_in_the_whole_process() {
    let sandbox = sandbox().await;
    let place = place(&sandbox, "audit.jsonl").variable("USER", "ada");
    place.write("my.env", "USER=ignored\nUSER=eve\nOTHER=\"a\nb\"\n");
    let mut server = place.serve(&["-e", "my.env"]);
    server.initialize();
    server.call("create-topics", json!({ "topics": [{ "topic": "new" }] }));
    server.leave().ended(0);
    assert_eq!(records(&place)[0]["user"], "eve");
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_in_the_middle_of_a_change_leaves_a_complete_record() {
    let sandbox = sandbox().await;
    let place = place(&sandbox, "audit.jsonl");
    let mut server = place.serve(&[]);
    server.initialize();
    server.call("list-topics", json!({}));
    sandbox.set_response_delay(std::time::Duration::from_millis(700));
    server.begin_call("create-topics", json!({ "topics": [{ "topic": "late" }] }));
    while place.read("audit.jsonl").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    server.signal("TERM");
    server.ended().ended(0);
    let records = records(&place);
    let [_, end] = records.as_slice() else {
        panic!("{records:#?}")
    };
    assert_eq!(end["outcome"], "cancelled", "{end}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_call_that_is_interrupted_in_the_middle_of_a_change_leaves_a_complete_record() {
    let sandbox = sandbox().await;
    let place = place(&sandbox, "audit.jsonl");
    sandbox.set_response_delay(std::time::Duration::from_millis(700));
    let arguments = json!({ "topics": [{ "topic": "late" }] }).to_string();
    let call = place.serve(&["call", "create-topics", &arguments]);
    while !place.file("audit.jsonl").exists() || place.read("audit.jsonl").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    call.signal("INT");
    call.ended().ended(1).says("cancelled");
    let records = records(&place);
    let [_, end] = records.as_slice() else {
        panic!("{records:#?}")
    };
    assert_eq!(end["outcome"], "cancelled", "{end}");
}
