//! What `tools/list` says.

use std::collections::BTreeSet;

use mcp_confluent_tests::{Client, Config, Era, client::problems, config};
use serde_json::{Value, json};

use crate::support::in_both_eras;

/// The tools on Kafka, and whether they only read and whether they destroy.
const KAFKA_TOOLS: [(&str, bool, bool); 11] = [
    ("alter-topic-config", false, true),
    ("consume-messages", true, false),
    ("create-topics", false, false),
    ("delete-topics", false, true),
    ("describe-consumer-group", true, false),
    ("get-consumer-group-lag", true, false),
    ("get-partition-offsets", true, false),
    ("get-topic-config", true, false),
    ("list-consumer-groups", true, false),
    ("list-topics", true, false),
    ("produce-message", false, false),
];

/// A connection that is never used: listing must not open one.
fn unused() -> Value {
    config::plain("127.0.0.1:1")
}

async fn listed(config: &Config, era: Era) -> Vec<Value> {
    let client = Client::start(config, era).await;
    let tools = client.tools().await.to_vec();
    client.close().await;
    tools
}

fn names(tools: &[Value]) -> Vec<&str> {
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

fn find<'a>(tools: &'a [Value], name: &str) -> &'a Value {
    tools
        .iter()
        .find(|tool| tool["name"] == name)
        .unwrap_or_else(|| panic!("{name} is not listed"))
}

in_both_eras! {
async fn the_eleven_tools_on_kafka_are_listed_with_what_they_do(era: Era) {
    let tools = listed(&Config::new().connection("main", unused()), era).await;
    for (name, reads, destroys) in KAFKA_TOOLS {
        let tool = find(&tools, name);
        let annotations = &tool["annotations"];
        assert_eq!(annotations["readOnlyHint"], reads, "{name}");
        // What only reads cannot destroy.
        let hint = (!reads).then_some(destroys);
        assert_eq!(annotations["destructiveHint"].as_bool(), hint, "{name}");
        assert_eq!(tool["_meta"]["category"], "kafka", "{name}");
    }
}
}

in_both_eras! {
async fn every_tool_has_a_title_all_annotations_and_schemas_of_objects(era: Era) {
    let tools = listed(&Config::new().connection("main", unused()), era).await;
    for tool in &tools {
        let name = &tool["name"];
        assert!(tool["title"].as_str().is_some_and(|title| !title.is_empty()), "{name}");
        assert!(tool["description"].as_str().is_some_and(|text| text.len() > 20), "{name}");
        assert!(tool["_meta"]["category"].is_string(), "{name}");
        let reads = tool["annotations"]["readOnlyHint"].as_bool();
        let reads = reads.unwrap_or_else(|| panic!("{name} does not say whether it only reads"));
        assert!(reads || tool["annotations"]["destructiveHint"].is_boolean(), "{name}");
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{name}'s {schema}");
            // Panics on what is no schema.
            problems(&tool[schema], &json!({}));
        }
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
        for (argument, schema) in tool["inputSchema"]["properties"].as_object().into_iter().flatten() {
            let described = schema["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{name}.{argument} has no description");
        }
    }
}
}

in_both_eras! {
async fn the_list_is_sorted_and_the_same_every_time(era: Era) {
    let config = Config::new().connection("main", unused());
    let client = Client::start(&config, era).await;
    let first = client.request("tools/list", json!({})).await;
    let second = client.request("tools/list", json!({})).await;
    assert_eq!(first.to_string(), second.to_string());
    client.close().await;
    let tools = first["tools"].as_array().unwrap();
    assert!(names(tools).is_sorted(), "{:?}", names(tools));
    let third = listed(&config, era).await;
    assert_eq!(json!(third).to_string(), first["tools"].to_string(), "another process lists otherwise");
    if era == Era::Stateless {
        assert!(first["ttlMs"].as_u64().is_some_and(|ttl| ttl > 0), "no cache hint: {first}");
        assert!(first["cacheScope"].is_string(), "no cache hint");
    }
}
}

in_both_eras! {
async fn an_unknown_cursor_is_refused(era: Era) {
    let client = Client::start(&Config::new().connection("main", unused()), era).await;
    let error = client.try_request("tools/list", json!({ "cursor": "7" })).await.unwrap_err();
    assert_eq!(error["code"], -32602, "{error}");
    client.close().await;
}
}

/// Arguments the reference server has and calls written for it pass.
#[tokio::test]
async fn arguments_written_for_the_reference_server_are_known() {
    let tools = listed(&Config::new().connection("main", unused()), Era::Session).await;
    let expected: [(&str, &[&str]); 11] = [
        ("list-topics", &[]),
        ("create-topics", &["topics"]),
        ("delete-topics", &["topicNames"]),
        (
            "produce-message",
            &[
                "topicName",
                "value",
                "key",
                "partition",
                "timestamp",
                "headers",
            ],
        ),
        ("consume-messages", &["topics", "maxMessages", "timeoutMs"]),
        ("get-partition-offsets", &["topicName", "partition"]),
        ("list-consumer-groups", &["matchStates", "matchType"]),
        ("describe-consumer-group", &["groupId"]),
        ("get-consumer-group-lag", &["groupId", "topics"]),
        (
            "alter-topic-config",
            &["topicName", "topicConfigs", "validateOnly"],
        ),
        ("get-topic-config", &["topicName"]),
    ];
    for (name, arguments) in expected {
        let properties = &find(&tools, name)["inputSchema"]["properties"];
        for argument in arguments {
            assert!(
                properties[argument].is_object(),
                "{name} does not take {argument}"
            );
        }
    }
}

#[tokio::test]
async fn one_connection_needs_no_connection_id() {
    let tools = listed(&Config::new().connection("main", unused()), Era::Session).await;
    for (name, ..) in KAFKA_TOOLS {
        let properties = &find(&tools, name)["inputSchema"]["properties"];
        assert!(properties["connectionId"].is_null(), "{name}");
    }
}

#[tokio::test]
async fn two_connections_make_the_connection_id_a_required_choice() {
    let config = Config::new()
        .connection("zulu", unused())
        .connection("alpha", unused());
    let tools = listed(&config, Era::Session).await;
    for (name, ..) in KAFKA_TOOLS {
        let schema = &find(&tools, name)["inputSchema"];
        // In the order of the file.
        assert_eq!(
            schema["properties"]["connectionId"]["enum"],
            json!(["zulu", "alpha"]),
            "{name}"
        );
        let required = schema["required"].as_array().unwrap();
        assert!(
            required.contains(&json!("connectionId")),
            "{name} does not require it"
        );
    }
}

#[tokio::test]
async fn a_read_only_connection_is_no_choice_for_tools_that_write() {
    let mut read_only = unused();
    read_only["read_only"] = json!(true);
    let config = Config::new()
        .connection("open", unused())
        .connection("shut", read_only);
    let tools = listed(&config, Era::Session).await;
    for (name, reads, _) in KAFKA_TOOLS {
        let choice = &find(&tools, name)["inputSchema"]["properties"]["connectionId"]["enum"];
        let expected = if reads {
            json!(["open", "shut"])
        } else {
            json!(["open"])
        };
        assert_eq!(*choice, expected, "{name}");
    }
}

#[tokio::test]
async fn with_a_read_only_connection_alone_no_tool_that_writes_is_listed() {
    let mut read_only = unused();
    read_only["read_only"] = json!(true);
    let tools = listed(&Config::new().connection("shut", read_only), Era::Session).await;
    let listed: BTreeSet<_> = names(&tools).into_iter().collect();
    for (name, reads, _) in KAFKA_TOOLS {
        assert_eq!(listed.contains(name), reads, "{name}");
    }
}

#[tokio::test]
async fn listing_opens_no_connection() {
    let cluster = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = cluster.local_addr().unwrap().to_string();
    let config = Config::new().connection("main", config::plain(&address));
    for era in Era::ALL {
        listed(&config, era).await;
    }
    let connected =
        tokio::time::timeout(std::time::Duration::from_millis(200), cluster.accept()).await;
    assert!(
        connected.is_err(),
        "somebody connected before the first call"
    );
}
