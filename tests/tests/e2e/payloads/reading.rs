//! Records that cannot be decoded, and a registry that does not answer.

use mcp_confluent_tests::{Client, Config, Era, answer::assert_says};
use serde_json::{Value, json};

use super::{JSON_SCHEMA, POINT, World};
use crate::support::in_both_eras;

fn typed(kind: &str, schema: &str, message: Value) -> Value {
    json!({ "value": {
        "message": message, "useSchemaRegistry": true, "schemaType": kind, "schema": schema,
    } })
}

fn raw(base64: &str) -> Value {
    json!({ "value": { "message": base64, "encoding": "base64" } })
}

in_both_eras! {
async fn broken_records_stand_beside_good_ones_with_the_reason(era: Era) {
    let world = World::embedded(era).await;
    let topic = world.topic("mixed").await;
    world.produce(&topic, typed("AVRO", POINT, json!({ "x": 1 }))).await;
    // The id of nothing: 0x77359400.
    world.produce(&topic, raw("AHc1lAAC")).await;
    // The schema is there, and the payload ends too early.
    world.produce(&topic, raw("AAAAAAE=")).await;
    world.produce(&topic, json!({ "value": { "message": "text" } })).await;
    world.produce(&topic, json!({ "value": { "message": { "a": 1 } } })).await;
    world.produce(&topic, typed("AVRO", POINT, json!({ "x": 2 }))).await;
    let records = world.read(&topic).await;
    let encodings: Vec<_> = records.iter().map(|record| record["valueEncoding"].as_str().unwrap()).collect();
    assert_eq!(encodings, ["schema", "base64", "base64", "utf8", "json", "schema"]);
    assert_eq!((&records[0]["value"], &records[5]["value"]), (&json!({ "x": 1 }), &json!({ "x": 2 })));
    assert_eq!(records[1]["value"], "AHc1lAAC");
    assert_eq!(records[1]["valueSchema"], json!({ "id": 2_000_000_000 }));
    assert_says(records[1]["valueProblem"].as_str().unwrap(), &["404"]);
    assert_eq!(records[2]["value"], "AAAAAAE=");
    assert_eq!(records[2]["valueSchema"]["schemaType"], "AVRO");
    assert_says(records[2]["valueProblem"].as_str().unwrap(), &["$.x"]);
    for record in &records[3..5] {
        assert!(record.get("valueProblem").is_none() && record.get("valueSchema").is_none(), "{record}");
    }
    world.client.close().await;
}
}

#[tokio::test]
async fn a_value_that_breaks_its_schema_is_shown_with_what_is_wrong() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("invalid").await;
    world
        .produce(&topic, typed("JSON", JSON_SCHEMA, json!({ "x": 1 })))
        .await;
    // Id 1 and {"x":"one"}.
    world.produce(&topic, raw("AAAAAAF7IngiOiJvbmUifQ==")).await;
    let records = world.read(&topic).await;
    assert_eq!(records[1]["value"], json!({ "x": "one" }));
    let problem = records[1]["valueProblem"].as_str().unwrap();
    assert_says(problem, &["$.x", "integer"]);
    world.client.close().await;
}

in_both_eras! {
async fn a_registry_that_is_away_is_an_error_and_not_an_empty_answer(era: Era) {
    let world = World::embedded(era).await;
    let topic = world.topic("away").await;
    world.produce(&topic, typed("AVRO", POINT, json!({ "x": 1 }))).await;
    let config = Config::new().connection("main", world.registry.beside(world.cluster.plain()));
    let fresh = Client::start(&config, era).await;
    world.registry.sandbox().stop();
    let read = json!({ "topics": [{ "name": topic }] });
    let answer = fresh.call("consume-messages", read.clone()).await;
    assert_says(answer.failure("unreachable"), &["schema", "disableSchemaRegistry"]);
    let bytes = json!({ "topics": [{ "name": topic }], "valueFormat": { "disableSchemaRegistry": true } });
    let shown = fresh.data("consume-messages", bytes).await;
    assert_eq!(shown["records"].as_array().unwrap().len(), 1, "{shown}");
    // What is known by its id needs nobody.
    let known = world.read(&topic).await;
    assert_eq!(known[0]["value"], json!({ "x": 1 }));
    world.registry.sandbox().restart().await.unwrap();
    let again = fresh.data("consume-messages", read).await;
    assert_eq!(again["records"][0]["value"], json!({ "x": 1 }));
    fresh.close().await;
    world.client.close().await;
}
}

#[tokio::test]
async fn what_is_known_is_shown_beside_what_cannot_be_asked_for() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("partly").await;
    world
        .produce(&topic, typed("AVRO", POINT, json!({ "x": 1 })))
        .await;
    // The next id, which this server has not seen.
    world.produce(&topic, raw("AAAAAAIC")).await;
    world.registry.sandbox().stop();
    let records = world.read(&topic).await;
    assert_eq!(records[0]["value"], json!({ "x": 1 }));
    assert_eq!(records[1]["valueEncoding"], "base64", "{records:?}");
    assert_says(
        records[1]["valueProblem"].as_str().unwrap(),
        &["connection"],
    );
    world.client.close().await;
}

/// Keys that Java's `LongSerializer` writes begin with a zero, as what names a schema does.
#[tokio::test]
async fn numbers_as_keys_are_not_all_asked_for() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("longs").await;
    let value = json!({ "message": { "x": 1 }, "useSchemaRegistry": true, "schemaType": "AVRO", "schema": POINT });
    for at in 0..60 {
        let key = format!("\0AB{at:02}key");
        let record = json!({ "key": { "message": key }, "value": value });
        world.produce(&topic, record).await;
    }
    let small = json!({ "key": { "message": "\0\0\0\0\0\0\0\u{7}" }, "value": value });
    world.produce(&topic, small).await;
    let records = world.read(&topic).await;
    assert_eq!(records.len(), 61);
    let problems: Vec<_> = records[..60]
        .iter()
        .map(|record| record["keyProblem"].as_str().unwrap())
        .collect();
    let skipped = |problem: &&&str| problem.contains("was not asked for, as 32 before it");
    let count = problems.iter().filter(skipped).count();
    // Eight are asked for at once.
    assert!((20..=28).contains(&count), "{problems:?}");
    assert_says(problems[0], &["404"]);
    for record in &records {
        assert_eq!(record["value"], json!({ "x": 1 }));
    }
    let small = &records[60];
    assert!(
        small.get("keyProblem").is_none() && small.get("keySchema").is_none(),
        "{small}"
    );
    world.client.close().await;
}

/// What others write as JSON is not changed without a word.
#[tokio::test]
async fn json_that_a_value_cannot_show_is_told() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("lossy").await;
    world
        .produce(&topic, typed("JSON", "{}", json!({ "a": 1 })))
        .await;
    let text = r#"{"id":123456789012345678901234567890,"a":1,"a":2}"#;
    // The id 1 in front.
    let framed = format!("\0\0\0\0\u{1}{text}");
    for message in [framed.as_str(), text] {
        world
            .produce(&topic, json!({ "value": { "message": message } }))
            .await;
    }
    let records = world.read(&topic).await;
    assert!(records[0].get("valueProblem").is_none(), "{records:?}");
    let problem = records[1]["valueProblem"].as_str().unwrap();
    assert_says(
        problem,
        &["more digits than are shown", "a key more than once"],
    );
    assert_eq!(
        (&records[2]["value"], &records[2]["valueEncoding"]),
        (&json!(text), &json!("utf8"))
    );
    world.client.close().await;
}

#[tokio::test]
async fn plain_records_need_no_registry() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("plain").await;
    world.registry.sandbox().stop();
    let record = json!({ "key": { "message": "k" }, "value": { "message": { "a": 1 } } });
    world.produce(&topic, record).await;
    let records = world.read(&topic).await;
    assert_eq!(records[0]["value"], json!({ "a": 1 }));
    world.client.close().await;
}
