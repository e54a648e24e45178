//! The four tools through the pipeline that a client's call takes.

use std::sync::Arc;

use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, Environment},
    observe::Origin,
    policy::ToolFilter,
    prelude::*,
    tool::{
        ask::Channel, call::Call, progress::ProgressSink, registry::Registry, toolbox::Toolbox,
    },
};

/// What no connection of these tests offers, unless its id begins with `gadget`.
struct Gadget;

impl FromContext for Gadget {
    const REQUIRES: &'static [Requirement] = &[
        Requirement::new("gadget", "the connection has no gadget", |to| {
            to.id().starts_with("gadget")
        })
        .yaml("gadget:\n  endpoint: ${GADGET_ENDPOINT}"),
        Requirement::new("gadget-key", "the gadget has no key", |to| {
            to.id().starts_with("gadget")
        })
        .yaml("gadget:\n  key: ${GADGET_KEY}"),
    ];

    async fn from_context(_: &ToolContext) -> Result<Self> {
        Ok(Self)
    }
}

/// Reads the gadget.
#[confluent_tool(read_only, category = Category::Other("gadgets"))]
async fn read_gadget(_gadget: Gadget) -> Result<Done> {
    Ok(Done)
}

/// Turns the gadget.
#[confluent_tool(write, category = Category::Other("gadgets"))]
async fn turn_gadget(_gadget: Gadget) -> Result<Done> {
    Ok(Done)
}

/// Tries a gadget out.
#[confluent_tool(read_only, experimental, category = Category::Other("gadgets"))]
async fn try_gadget(_gadget: Gadget) -> Result<Done> {
    Ok(Done)
}

const FILE: &str = "\
connections:
  gadget-one:
    type: direct
    description: The good one
  gadget-two:
    type: direct
    read_only: true
  plain:
    type: direct
    block_tools: [turn-gadget]
    kafka:
      bootstrap_servers: broker:9092
      auth:
        type: scram_sha_512
        username: me
        password: hunter2
      extra_properties:
        ssl.key.password: hunter3
    schema_registry:
      endpoint: http://user:hunter4@registry:8081
  cloud:
    type: oauth
";

fn toolbox(file: &str, filter: ToolFilter) -> Toolbox {
    let config = Config::from_yaml("config.yaml", file, &Environment::default()).unwrap();
    Toolbox::new(Registry::collect().unwrap(), config, filter)
}

async fn call(toolbox: &Toolbox, tool: &str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else {
        panic!("an object")
    };
    let call = Call {
        tool: tool.to_owned(),
        arguments,
        caller: "test".to_owned(),
        channel: Channel::Nobody,
        progress: ProgressSink::none(),
        cancel: CancellationToken::new(),
        origin: Origin::default(),
    };
    match toolbox.call(call).await.unwrap() {
        CallToolResponse::Complete(result) => *Box::from(result),
        _ => panic!("not complete"),
    }
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

async fn answer(toolbox: &Toolbox, tool: &str, arguments: Value) -> (Value, String) {
    let result = call(toolbox, tool, arguments).await;
    assert_ne!(result.is_error, Some(true), "{}", text(&result));
    let words = text(&result).to_owned();
    (result.structured_content.unwrap(), words)
}

fn blocking(names: &[&str]) -> ToolFilter {
    ToolFilter {
        block: names.iter().map(|&name| name.to_owned()).collect(),
        ..ToolFilter::default()
    }
}

/// The part of a report about the tools of this file.
fn only_gadgets(names: &Value) -> Vec<&str> {
    let names = names
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap());
    names.filter(|name| name.ends_with("gadget")).collect()
}

#[tokio::test]
async fn every_missing_tool_is_explained_once_per_connection() {
    let toolbox = toolbox(FILE, ToolFilter::default());
    let (report, words) = answer(&toolbox, "explain-disabled-tools", json!({})).await;
    assert_eq!(report["groupBy"], "reason");
    assert_eq!(report["operatorBlocked"], json!([]));
    assert_eq!(only_gadgets(&report["experimental"]), ["try-gadget"]);
    let ids: Vec<_> = report["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["connectionId"])
        .collect();
    assert_eq!(ids, ["cloud", "gadget-one", "gadget-two", "plain"]);
    let reasons = |index: usize| {
        let groups = report["connections"][index]["disabledGroups"]
            .as_array()
            .unwrap();
        groups
            .iter()
            .filter(|group| !only_gadgets(&group["tools"]).is_empty())
            .map(|group| {
                (
                    group["reason"].as_str().unwrap(),
                    only_gadgets(&group["tools"]),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        reasons(0),
        [(
            "the connection signs in with OAuth, which does not give what the tool needs",
            vec!["read-gadget", "turn-gadget"]
        )]
    );
    assert_eq!(reasons(1), []);
    assert_eq!(
        reasons(2),
        [("the connection is read-only", vec!["turn-gadget"])]
    );
    assert_eq!(
        reasons(3),
        [(
            "the connection has no gadget",
            vec!["read-gadget", "turn-gadget"]
        )]
    );
    assert!(words.contains("Connection \"gadget-two\": "), "{words}");

    let total = toolbox.registry().iter().len();
    let sum = report["enabledCount"].as_u64().unwrap() + report["disabledCount"].as_u64().unwrap();
    assert_eq!(sum, total as u64);
    assert_eq!(report["enabledCount"], toolbox.list().len() as u64);
    assert_eq!(toolbox.count(), toolbox.list().len());
}

#[tokio::test]
async fn tools_can_be_grouped_by_category_and_operator_blocks_stand_apart() {
    let toolbox = toolbox(FILE, blocking(&["read-gadget"]));
    let (report, words) = answer(
        &toolbox,
        "explain-disabled-tools",
        json!({ "group_by": "category" }),
    )
    .await;
    assert_eq!(report["operatorBlocked"], json!(["read-gadget"]));
    assert!(
        words.starts_with("Switched off by the operator (1):\n  - read-gadget\n"),
        "{words}"
    );
    let plain = &report["connections"][3];
    let group = plain["disabledGroups"].as_array().unwrap().iter();
    let gadgets: Vec<_> = group
        .filter(|group| group["category"] == "gadgets")
        .collect();
    assert_eq!(
        gadgets,
        [&json!({ "category": "gadgets", "tools": ["turn-gadget"] })]
    );
}

#[tokio::test]
async fn connections_are_listed_with_their_tools() {
    let toolbox = toolbox(FILE, blocking(&["read-gadget"]));
    let (listed, words) = answer(&toolbox, "list-configured-connections", json!({})).await;
    let connections = &listed["connections"];
    assert_eq!(connections["gadget-one"]["description"], "The good one");
    assert_eq!(
        only_gadgets(&connections["gadget-one"]["enabledTools"]),
        ["turn-gadget"]
    );
    assert_eq!(
        connections["gadget-two"],
        json!({ "readOnly": true, "enabledTools": [] })
    );
    assert!(
        words.contains("\"gadget-two\" (read-only): no tools"),
        "{words}"
    );
}

#[tokio::test]
async fn a_card_shows_everything_but_secrets() {
    let toolbox = toolbox(FILE, ToolFilter::default());
    let (card, words) = answer(
        &toolbox,
        "describe-configured-connection",
        json!({ "connectionId": " plain " }),
    )
    .await;
    assert_eq!(card["type"], "direct");
    assert_eq!(card["readOnly"], false);
    assert_eq!(card["blocks"]["kafka"]["bootstrap_servers"], "broker:9092");
    assert_eq!(card["blocks"]["kafka"]["auth_type"], "scram_sha_512");
    assert_eq!(card["blocks"]["kafka"]["security_protocol"], "SASL_SSL");
    assert_eq!(
        card["blocks"]["schema_registry"]["endpoint"],
        "http://registry:8081"
    );
    assert_eq!(
        only_gadgets(&card["disabledTools"]["the connection has no gadget"]),
        ["read-gadget", "turn-gadget"]
    );
    for shown in [card.to_string(), words] {
        assert!(!shown.contains("hunter"), "{shown}");
    }

    let (card, _) = answer(
        &toolbox,
        "describe-configured-connection",
        json!({ "connection_id": "cloud" }),
    )
    .await;
    assert_eq!(
        (&card["type"], &card["ccloud_env"]),
        (&json!("oauth"), &json!("prod"))
    );
    let unknown = call(
        &toolbox,
        "describe-configured-connection",
        json!({ "connectionId": "dev" }),
    )
    .await;
    assert_eq!(
        text(&unknown),
        "there is no connection \"dev\"; configured are: \"cloud\", \"gadget-one\", \"gadget-two\", \"plain\""
    );
}

#[tokio::test]
async fn config_help_names_everything_that_is_missing_at_once() {
    let toolbox = toolbox(FILE, ToolFilter::default());
    let (help, words) = answer(&toolbox, "config-help", json!({ "tool": " turn-gadget " })).await;
    assert_eq!(help["tool"], "turn-gadget");
    assert_eq!(help["alreadyEnabled"], true);
    assert_eq!(
        help["connections"]["gadget-one"],
        json!({ "enabled": true })
    );
    let two = &help["connections"]["gadget-two"];
    assert_eq!(two["currentState"], "the connection is read-only");
    assert_eq!(
        two["note"],
        "The tool changes something: it needs `read_only: false`."
    );
    let plain = &help["connections"]["plain"];
    assert_eq!(
        plain["currentState"],
        "the connection has no gadget; the gadget has no key; `allow_tools` or `block_tools` of the \
         connection leaves it out"
    );
    assert_eq!(
        plain["suggestedYaml"],
        "connections:\n  plain:\n    gadget:\n      endpoint: ${GADGET_ENDPOINT}\n      key: ${GADGET_KEY}\n"
    );
    assert!(
        plain["note"]
            .as_str()
            .unwrap()
            .starts_with("The connection stands at config.yaml:8:3.")
    );
    assert!(words.contains("\n        gadget:\n"), "{words}");

    let unknown = call(&toolbox, "config-help", json!({ "tool": "turn-gadgets" })).await;
    assert!(
        text(&unknown).contains("did you mean `turn-gadget`?"),
        "{}",
        text(&unknown)
    );
}

#[tokio::test]
async fn config_help_tells_what_the_operator_switched_off() {
    let toolbox = toolbox(FILE, blocking(&["read-gadget"]));
    let (help, words) = answer(&toolbox, "config-help", json!({ "tool": "read-gadget" })).await;
    assert_eq!(help["alreadyEnabled"], false);
    assert_eq!(help["connections"]["gadget-one"]["enabled"], false);
    assert!(words.contains("--block-tools"), "{words}");
    let (help, _) = answer(&toolbox, "config-help", json!({ "tool": "try-gadget" })).await;
    assert!(
        help["note"]
            .as_str()
            .unwrap()
            .contains("experimental: true"),
        "{help}"
    );
}

#[tokio::test]
async fn without_a_connection_there_is_a_first_one_to_write() {
    let toolbox = toolbox("connections: {}\n", ToolFilter::default());
    let (help, _) = answer(&toolbox, "config-help", json!({ "tool": "read-gadget" })).await;
    assert_eq!(
        help["suggestedYaml"],
        "connections:\n  local:\n    type: direct\n    gadget:\n      endpoint: ${GADGET_ENDPOINT}\n      \
         key: ${GADGET_KEY}\n"
    );
    let (listed, words) = answer(&toolbox, "list-configured-connections", json!({})).await;
    assert_eq!(listed, json!({ "connections": {} }));
    assert_eq!(words, "No connection is configured.");
    let (help, _) = answer(&toolbox, "config-help", json!({ "tool": "config-help" })).await;
    assert_eq!(
        help,
        json!({ "tool": "config-help", "alreadyEnabled": true, "connections": {} })
    );
}

#[tokio::test]
async fn results_fit_their_own_schemas() {
    let toolbox = toolbox(FILE, blocking(&["read-gadget"]));
    for (tool, arguments) in [
        ("explain-disabled-tools", json!({})),
        ("explain-disabled-tools", json!({ "groupBy": "category" })),
        ("list-configured-connections", json!({})),
        (
            "describe-configured-connection",
            json!({ "connectionId": "plain" }),
        ),
        (
            "describe-configured-connection",
            json!({ "connectionId": "cloud" }),
        ),
        ("config-help", json!({ "tool": "turn-gadget" })),
    ] {
        let (value, _) = answer(&toolbox, tool, arguments).await;
        let schema: Arc<JsonObject> = toolbox.get(tool).unwrap().output_schema.clone().unwrap();
        let schema = Value::Object((*schema).clone());
        if let Err(error) = jsonschema::validate(&schema, &value) {
            panic!("{tool}: {error} in {value}");
        }
    }
}

#[cfg(feature = "http")]
#[tokio::test]
async fn a_block_that_was_left_out_is_not_said_to_be_missing() {
    let file = "\
connections:
  dev:
    type: direct
    kafka: {bootstrap_servers: 'b:9092'}
    schema_registry:
      endpoint: ${UNSET}
    confluent_cloud: {auth: {type: api_key, key: '${KEY}', secret: '${SECRET}'}}
";
    let toolbox = toolbox(file, ToolFilter::default());
    let registry =
        "`schema_registry` is left out, because the variable UNSET is not set (config.yaml:6:17)";
    let cloud = "`confluent_cloud` is left out, because the variable KEY is not set (config.yaml:7:50) and the \
                 variable SECRET is not set (config.yaml:7:68)";
    for (tool, reason) in [
        ("list-schemas", registry),
        ("list-connectors", cloud),
        ("query-metrics", cloud),
    ] {
        let (help, words) = answer(&toolbox, "config-help", json!({ "tool": tool })).await;
        let here = &help["connections"]["dev"];
        assert_eq!(here["currentState"], reason, "{tool}");
        assert!(here.get("suggestedYaml").is_none(), "{words}");
        assert!(words.contains("set the variable"), "{words}");
        let refused = call(&toolbox, tool, json!({})).await;
        assert!(text(&refused).contains(reason), "{}", text(&refused));
    }
    let (_, words) = answer(&toolbox, "explain-disabled-tools", json!({})).await;
    assert!(words.contains(registry) && words.contains(cloud), "{words}");
    assert!(!words.contains("no `schema_registry` block"), "{words}");
}
