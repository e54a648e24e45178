//! The tools of the schema registry: a call, bad input, what is not there, a registry that is away,
//! and a connection that may not change anything.

use mcp_confluent_tests::{Client, Config, Era, Person, Registry, answer::assert_says};
use serde_json::{Value, json};

use crate::support::in_both_eras;

const POINT: &str = r#"{"type":"record","name":"Point","fields":[{"name":"x","type":"long"}]}"#;

fn config(registry: &Registry) -> Config {
    Config::new().connection("main", registry.beside(json!({ "type": "direct" })))
}

/// A call of each tool that goes well where `s` has two versions.
fn minimal() -> [(&'static str, Value); 9] {
    let schema = json!({ "subject": "s", "schemaType": "AVRO", "schema": POINT });
    [
        ("list-schemas", json!({})),
        ("get-schema", json!({ "subject": "s" })),
        ("check-schema-compatibility", schema.clone()),
        ("diff-schemas", json!({ "subject": "s" })),
        ("get-compatibility", json!({ "subject": "s" })),
        ("list-schema-contexts", json!({})),
        (
            "set-compatibility",
            json!({ "subject": "s", "level": "NONE" }),
        ),
        ("create-schema", schema),
        ("delete-schema", json!({ "subject": "s" })),
    ]
}

async fn fill(client: &Client) {
    let longer = POINT.replace(
        "\"type\":\"long\"}",
        "\"type\":\"long\"},{\"name\":\"y\",\"type\":\"long\",\"default\":7}",
    );
    for schema in [POINT, &longer] {
        let arguments = json!({ "subject": "s", "schemaType": "AVRO", "schema": schema });
        client.data("create-schema", arguments).await;
    }
}

in_both_eras! {
async fn each_tool_answers_a_minimal_call(era: Era) {
    let registry = Registry::embedded().await;
    let client = Client::start_with(&config(&registry), era, &Person::accepts()).await;
    fill(&client).await;
    for (tool, arguments) in minimal() {
        // Checked against the output schema.
        client.data(tool, arguments).await;
    }
    let listed = client.data("list-schemas", json!({})).await;
    assert!(!listed.to_string().contains("\"s\""), "{listed}");
    client.close().await;
}
}

#[tokio::test]
async fn each_tool_refuses_bad_input() {
    let registry = Registry::embedded().await;
    let client = Client::start(&config(&registry), Era::Session).await;
    fill(&client).await;
    for (tool, arguments, named) in [
        (
            "list-schemas",
            json!({ "latestOnly": "perhaps" }),
            "latestOnly",
        ),
        ("get-schema", json!({ "id": 1, "guid": "x" }), "guid"),
        ("get-schema", json!({ "guid": "no-guid" }), "GUID"),
        (
            "check-schema-compatibility",
            json!({ "subject": "s" }),
            "schema",
        ),
        ("diff-schemas", json!({ "subject": "" }), "subject"),
        ("get-compatibility", json!({ "subject": "" }), "subject"),
        ("list-schema-contexts", json!({ "nonsense": 1 }), "nonsense"),
        (
            "set-compatibility",
            json!({ "subject": "s", "level": "SOME" }),
            "level",
        ),
        (
            "create-schema",
            json!({ "subject": "s", "schemaType": "AVRO", "schema": "{oops" }),
            "schema",
        ),
        (
            "delete-schema",
            json!({ "subject": "s", "version": "first" }),
            "version",
        ),
    ] {
        let answer = client.call(tool, arguments).await;
        assert_says(answer.failure("argument"), &[named]);
    }
    client.close().await;
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let registry = Registry::embedded().await;
    let client = Client::start_with(&config(&registry), Era::Session, &Person::accepts()).await;
    for (tool, arguments) in [
        ("get-schema", json!({ "subject": "gone" })),
        ("get-schema", json!({ "id": 77 })),
        ("diff-schemas", json!({ "subject": "gone" })),
        ("delete-schema", json!({ "subject": "gone" })),
    ] {
        let answer = client.call(tool, arguments).await;
        answer.failure("not_found");
    }
    client.close().await;
}

in_both_eras! {
async fn a_registry_that_is_away_is_told_by_each_tool(era: Era) {
    let registry = Registry::embedded().await;
    let client = Client::start_with(&config(&registry), era, &Person::accepts()).await;
    registry.sandbox().stop();
    let address = registry.url().trim_start_matches("http://");
    for (tool, arguments) in minimal() {
        let answer = client.call(tool, arguments).await;
        assert_says(answer.failure("unreachable"), &[address]);
    }
    client.close().await;
}
}

#[tokio::test]
async fn a_read_only_connection_offers_only_what_reads() {
    let registry = Registry::embedded().await;
    let writer = Client::start(&config(&registry), Era::Session).await;
    fill(&writer).await;
    writer.close().await;
    let connection = registry.beside(json!({ "type": "direct", "read_only": true }));
    let config = Config::new().connection("main", connection);
    let client = Client::start(&config, Era::Session).await;
    let mutating = ["set-compatibility", "create-schema", "delete-schema"];
    for (tool, arguments) in minimal() {
        let answer = client.call(tool, arguments).await;
        assert_eq!(
            answer.is_error(),
            mutating.contains(&tool),
            "{}",
            answer.text()
        );
    }
    let listed = client.data("list-schemas", json!({})).await;
    assert!(listed.to_string().contains("\"s\""), "{listed}");
    client.close().await;
}
