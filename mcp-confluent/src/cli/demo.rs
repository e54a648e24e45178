//! `demo`: a conversation with the real server over stdio, against the sandbox.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use super::{Failure, print};

/// What the person says, and the calls an assistant makes for it.
type Step = (&'static str, Vec<(&'static str, Value)>);

fn conversation() -> Vec<Step> {
    let mut steps = about_records();
    steps.extend(about_personal_data());
    steps
}

fn sample(topic: &str) -> (&'static str, Value) {
    (
        "consume-messages",
        json!({ "topics": [{ "name": topic }], "maxMessages": 3 }),
    )
}

fn about_records() -> Vec<Step> {
    let save = |number: u32, who: &str, text: &str| {
        (
            "produce-message",
            json!({
                "topicName": "conversation",
                "key": { "message": format!("turn-{number}") },
                "value": { "message": { "who": who, "text": text } },
            }),
        )
    };
    vec![
        ("Which topics are there?", vec![("list-topics", json!({}))]),
        (
            "Save this conversation to a topic called conversation.",
            vec![
                (
                    "create-topics",
                    json!({ "topics": [{ "topic": "conversation", "numPartitions": 1 }] }),
                ),
                save(1, "person", "Which topics are there?"),
                save(
                    2,
                    "person",
                    "Save this conversation to a topic called conversation.",
                ),
            ],
        ),
        (
            "Show me a few records from cool and from hello.",
            vec![sample("cool"), sample("hello")],
        ),
        (
            "Invoice c-1003 12.50 EUR, in the way the others are written, and show me the last two.",
            vec![
                (
                    "produce-message",
                    json!({
                        "topicName": "invoices",
                        "key": { "message": "c-1003" },
                        "value": {
                            "message": {
                                "id": 7005,
                                "customer": "c-1003",
                                "total": { "amount": "12.50", "currency": "EUR" },
                                "issued_at": "2026-11-24T09:30:00Z",
                            },
                            "useSchemaRegistry": true,
                            "schemaType": "AVRO",
                        },
                    }),
                ),
                (
                    "consume-messages",
                    json!({ "topics": [{ "name": "invoices", "start": { "tail": 2 } }] }),
                ),
            ],
        ),
    ]
}

fn about_personal_data() -> Vec<Step> {
    let tag = |topic: &str| json!({ "entityName": topic, "typeName": "PII" });
    let keep_one_day = |topic: &str| {
        (
            "alter-topic-config",
            json!({
                "topicName": topic,
                "topicConfigs": [{ "name": "retention.ms", "value": "86400000", "operation": "SET" }],
            }),
        )
    };
    vec![
        (
            "Create a tag PII.",
            vec![(
                "create-topic-tags",
                json!({ "tags": [{ "tagName": "PII", "description": "Personal data" }] }),
            )],
        ),
        (
            "Find the topics that hold personal data and tag them.",
            vec![
                sample("customers"),
                sample("subscriptions"),
                sample("page-views"),
                (
                    "add-tags-to-topic",
                    json!({ "tagAssignments": [tag("customers"), tag("subscriptions")] }),
                ),
                ("search-topics-by-tag", json!({ "topicTag": "PII" })),
            ],
        ),
        (
            "Keep the records of those topics for one day only.",
            vec![
                keep_one_day("customers"),
                keep_one_day("subscriptions"),
                (
                    "get-topic-config",
                    json!({ "topicName": "subscriptions", "onlyOverrides": true }),
                ),
            ],
        ),
    ]
}

pub(super) fn run() -> Result<(), Failure> {
    let mut session = Session::start()?;
    print("mcp-confluent, playing a conversation against its embedded Kafka and cloud.\n\n")?;
    for (words, calls) in conversation() {
        print(&format!("  You: {words}\n\n"))?;
        for (tool, arguments) in calls {
            print(&format!("    → {tool} {arguments}\n"))?;
            let text = session.call(tool, &arguments)?;
            print(&format!("{}\n", indent(&text)))?;
        }
    }
    print("That is all. Next: put the server into your MCP client, see the README.\n")?;
    session.end()
}

fn indent(text: &str) -> String {
    text.lines()
        .flat_map(|line| ["    ← ", line, "\n"])
        .collect()
}

/// A client of one child process, as simple as a client can be.
struct Session {
    server: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    last_id: u64,
}

impl Session {
    fn start() -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(failed)?;
        let mut server = Command::new(program)
            .arg("--sandbox")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(requests), Some(answers)) = (server.stdin.take(), server.stdout.take()) else {
            return Err(Failure::Run("the server has no pipes".to_owned()));
        };
        let mut session = Self {
            server,
            requests,
            answers: BufReader::new(answers),
            last_id: 0,
        };
        session.request(
            "initialize",
            &json!({
                "protocolVersion": "2025-11-25",
                "capabilities": { "elicitation": {} },
                "clientInfo": { "name": "mcp-confluent demo", "version": env!("CARGO_PKG_VERSION") },
            }),
        )?;
        session.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(session)
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Result<String, Failure> {
        let result = self.request(
            "tools/call",
            &json!({ "name": tool, "arguments": arguments }),
        )?;
        let text = result["content"][0]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if result["isError"] == true {
            return Err(Failure::Run(format!("{tool} failed: {text}")));
        }
        Ok(text)
    }

    /// Sends a request and reads until its answer; what the server asks in between is agreed to.
    fn request(&mut self, method: &str, params: &Value) -> Result<Value, Failure> {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line).map_err(failed)? == 0 {
                return Err(Failure::Run(format!(
                    "the server ended before it answered {method}"
                )));
            }
            let mut message: Value = serde_json::from_str(&line).map_err(failed)?;
            if message["method"] == "elicitation/create" {
                let question = message["params"]["message"].as_str().unwrap_or_default();
                print(&format!(
                    "    ? the server asks: {question}\n    ! you agree\n"
                ))?;
                let answer = json!({ "action": "accept", "content": { "confirm": true } });
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": answer }))?;
            } else if message["id"] == id {
                if message["error"].is_object() {
                    return Err(Failure::Run(format!(
                        "{method} failed: {}",
                        message["error"]
                    )));
                }
                return Ok(message["result"].take());
            }
        }
    }

    fn send(&mut self, message: &Value) -> Result<(), Failure> {
        self.requests
            .write_all(format!("{message}\n").as_bytes())
            .map_err(failed)?;
        self.requests.flush().map_err(failed)
    }

    /// Closes the pipe, which ends the server, and waits for that.
    fn end(self) -> Result<(), Failure> {
        let Self {
            mut server,
            requests,
            ..
        } = self;
        drop(requests);
        let status = server.wait().map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::Run(format!("the server ended with {status}")))
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Run(format!("the conversation broke: {error}"))
}
