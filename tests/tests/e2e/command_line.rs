//! The subcommands, the configuration file, and how the process ends.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use mcp_confluent_tests::{
    Client, Cluster, Config, Era,
    answer::assert_says,
    binary,
    server::{self, Start},
};
use serde_json::{Value, json};

/// Runs the server's binary to its end, with `input` on standard input.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(binary::server())
        .current_dir(std::env::temp_dir())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What does not read its input closes it.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output
        .status
        .code()
        .unwrap_or_else(|| panic!("{}: {}", output.status, stderr(output)))
}

/// Runs `call` against a cluster.
fn call(config: &Config, arguments: &[&str], input: &str) -> Output {
    let file = config.write();
    let mut all = vec!["--config", file.to_str().unwrap(), "call"];
    all.extend(arguments);
    run(&all, input)
}

#[tokio::test]
async fn call_prints_prose_or_json() {
    let cluster = Cluster::start().await;
    let config = cluster.config();
    let topic = cluster.name("called");
    let arguments = json!({ "topics": [{ "topic": topic }] }).to_string();
    let created = call(&config, &["create-topics", &arguments], "");
    assert_eq!(code(&created), 0, "{}", stderr(&created));
    assert_says(&stdout(&created), &[&topic]);
    let listed = call(&config, &["list-topics", "--json"], "");
    let data: Value = serde_json::from_str(&stdout(&listed)).unwrap();
    assert!(data.to_string().contains(&topic), "{data}");
}

#[tokio::test]
async fn call_reads_its_arguments_from_standard_input() {
    let cluster = Cluster::start().await;
    let topic = cluster.name("called");
    let arguments = json!({ "topics": [{ "topic": topic }] }).to_string();
    let created = call(&cluster.config(), &["create-topics", "-"], &arguments);
    assert_eq!(code(&created), 0, "{}", stderr(&created));
}

#[tokio::test]
async fn call_destroys_only_with_yes_where_there_is_no_terminal() {
    let cluster = Cluster::start().await;
    let config = cluster.config();
    let topic = cluster.name("kept");
    call(
        &config,
        &[
            "create-topics",
            &json!({ "topics": [{ "topic": topic }] }).to_string(),
        ],
        "",
    );
    let delete = json!({ "topicNames": [topic] }).to_string();
    let refused = call(&config, &["delete-topics", &delete], "y\n");
    assert_eq!(code(&refused), 1, "{}", stderr(&refused));
    assert_says(&stderr(&refused), &["--yes", &topic]);
    assert_eq!(stderr(&refused).matches("mcp-confluent:").count(), 1);
    assert!(!stderr(&refused).contains("did not agree"));
    assert!(stdout(&call(&config, &["list-topics"], "")).contains(&topic));
    let deleted = call(&config, &["delete-topics", &delete, "--yes"], "");
    assert_eq!(code(&deleted), 0, "{}", stderr(&deleted));
    assert!(!stdout(&call(&config, &["list-topics"], "")).contains(&topic));
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_told_on_standard_error() {
    let cluster = Cluster::start().await;
    let config = cluster.config();
    let cases: [(&[&str], i32, &[&str]); 5] = [
        (
            &["list-topic"],
            2,
            &["list-topic", "did you mean", "list-topics"],
        ),
        (&["list-topics", "{oops"], 2, &["JSON"]),
        (&["list-topics", "[]"], 2, &["JSON object"]),
        (&["list-topics", "{\"nonsense\": 1}"], 1, &["nonsense"]),
        (
            &["get-partition-offsets", "{\"topicName\": \"not-there\"}"],
            1,
            &["not-there"],
        ),
    ];
    for (arguments, expected, says) in cases {
        let output = call(&config, arguments, "");
        assert_eq!(
            code(&output),
            expected,
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert_says(&stderr(&output), says);
    }
}

#[test]
fn tools_tells_what_is_on_and_why_the_rest_is_off() {
    let mut read_only = mcp_confluent_tests::config::plain("127.0.0.1:1");
    read_only["read_only"] = json!(true);
    let file = Config::new().connection("shut", read_only).write();
    let output = run(&["--config", file.to_str().unwrap(), "tools"], "");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_says(
        &stdout(&output),
        &["list-topics", "delete-topics", "read-only"],
    );
}

#[test]
fn the_sandbox_needs_no_configuration_and_says_what_it_is() {
    let output = run(&["--sandbox", "call", "list-topics"], "");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_says(&stdout(&output), &["cool", "hello"]);
    assert_says(&stderr(&output), &["127.0.0.1:", "memory"]);
}

#[test]
fn demo_plays_the_conversation() {
    let output = run(&["demo"], "");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let played = stdout(&output);
    assert_says(
        &played,
        &[
            "list-topics",
            "conversation",
            "cool",
            "hello",
            "retention.ms",
            "86400000",
        ],
    );
}

#[test]
fn a_configuration_that_cannot_be_used_ends_the_process_in_words() {
    let file = Config::new()
        .connection(
            "main",
            json!({ "type": "direct", "kafka": { "bootstrap": 7 } }),
        )
        .write();
    let output = run(&["--config", file.to_str().unwrap()], "");
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert_says(&stderr(&output), &["connections.main.kafka", "bootstrap"]);
    let output = run(&["--config", "/no/such/file.yaml"], "");
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert_says(&stderr(&output), &["/no/such/file.yaml"]);
}

#[test]
fn help_and_version_are_on_standard_output() {
    for argument in ["--help", "--version"] {
        let output = run(&[argument], "");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_says(&stdout(&output), &["mcp-confluent"]);
    }
    let output = run(&["--nonsense"], "");
    assert_eq!(code(&output), 2);
    assert_says(&stderr(&output), &["--nonsense"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_the_process_well() {
    for signal in ["TERM", "INT", "HUP"] {
        let server = Start::new().argument("--sandbox").spawn();
        let client = Client::greet(server, Era::Session).await;
        client.data("list-topics", json!({})).await;
        let server = client.into_server();
        server::signal(server.pid(), signal);
        let (status, log) = server.ended().await;
        assert!(status.success(), "{signal}: {status}\n{log}");
    }
}
