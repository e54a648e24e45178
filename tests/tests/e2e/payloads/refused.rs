//! What is refused leaves nothing: no record, and no schema.

use mcp_confluent_tests::{Client, Config, Era, answer::assert_says};
use serde_json::{Value, json};

use super::{JSON_SCHEMA, POINT, PROTO, World};
use crate::support::{create_topic, in_both_eras};

fn given(kind: &str, schema: &str, message: Value) -> Value {
    json!({ "message": message, "useSchemaRegistry": true, "schemaType": kind, "schema": schema })
}

in_both_eras! {
async fn a_wrong_value_is_told_with_its_path_and_what_was_expected(era: Era) {
    let world = World::start(era).await;
    let topic = world.topic("wrong").await;
    let cases = [
        (given("AVRO", POINT, json!({ "x": "one" })), &["value.message", "$.x", "long"][..]),
        (given("AVRO", POINT, json!({})), &["x"]),
        (given("JSON", JSON_SCHEMA, json!({ "x": "one" })), &["$.x", "integer"]),
        (given("PROTOBUF", PROTO, json!({ "inner": {} })), &["shop.First", "shop.Second"]),
        (given("AVRO", "{oops", json!({})), &["value.schema", "JSON"]),
    ];
    for (value, says) in cases {
        let answer = world.refused(&topic, json!({ "value": value })).await;
        assert_says(answer.failure("argument"), says);
    }
    let mut value = given("PROTOBUF", PROTO, json!({}));
    value["messageName"] = json!("shop.Third");
    let answer = world.refused(&topic, json!({ "value": value })).await;
    assert_says(answer.failure("argument"), &["shop.Third", "shop.First"]);
    world.assert_untouched(&topic).await;
    world.client.close().await;
}
}

#[tokio::test]
async fn a_registered_schema_is_named_with_subject_and_version() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("existing").await;
    let subject = format!("{topic}-value");
    world.register(&subject, "AVRO", POINT).await;
    let value = json!({ "message": { "x": "one" }, "useSchemaRegistry": true });
    let answer = world.refused(&topic, json!({ "value": value })).await;
    let text = answer.failure("argument");
    assert_says(text, &["version 1", &subject, "$.x", "long"]);
    let value = json!({ "message": {}, "useSchemaRegistry": true, "schemaType": "JSON" });
    let answer = world.refused(&topic, json!({ "value": value })).await;
    assert_says(answer.failure("argument"), &["JSON", "AVRO", &subject]);
    world.client.close().await;
}

in_both_eras! {
async fn one_wrong_half_keeps_the_other_from_being_registered(era: Era) {
    let world = World::start(era).await;
    let topic = world.topic("halves").await;
    let (good, bad) = (given("AVRO", POINT, json!({ "x": 1 })), given("AVRO", POINT, json!({ "x": "one" })));
    for (record, named) in [
        (json!({ "value": good, "key": bad }), &["key.message"][..]),
        (json!({ "value": bad, "key": good }), &["value.message"]),
        (json!({ "value": bad, "key": bad }), &["key.message", "value.message"]),
    ] {
        let answer = world.refused(&topic, record).await;
        assert_says(answer.failure("argument"), named);
        world.assert_untouched(&topic).await;
    }
    world.client.close().await;
}
}

#[tokio::test]
async fn nothing_is_registered_for_a_topic_or_partition_that_is_not_there() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("there").await;
    let missing = world.cluster.name("missing");
    let value = given("AVRO", POINT, json!({ "x": 1 }));
    let answer = world.refused(&missing, json!({ "value": value })).await;
    answer.failure("not_found");
    let listed = json!({ "subjectPrefix": missing });
    let listed = world.client.data("list-schemas", listed).await;
    assert!(!listed.to_string().contains(&missing), "{listed}");
    let record = json!({ "value": value, "partition": 7 });
    world.refused(&topic, record).await.failure("not_found");
    world.assert_untouched(&topic).await;
    world.client.close().await;
}

#[tokio::test]
async fn a_half_that_cannot_be_registered_keeps_the_other_from_it() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("incompatible").await;
    let key = format!("{topic}-key");
    world.register(&key, "AVRO", "\"long\"").await;
    let record = json!({
        "value": given("AVRO", POINT, json!({ "x": 1 })),
        "key": given("AVRO", "\"string\"", json!("k")),
    });
    let answer = world.refused(&topic, record).await;
    assert_says(answer.failure("conflict"), &["key", &key]);
    let listed = json!({ "subjectPrefix": topic });
    let listed = world.client.data("list-schemas", listed).await;
    assert!(
        !listed.to_string().contains(&format!("{topic}-value")),
        "{listed}"
    );
    let versions = json!({ "subject": key });
    let versions = world.client.data("get-schema", versions).await;
    assert_eq!(versions["version"], 1, "{versions}");
    world.client.close().await;
}

#[tokio::test]
async fn a_schema_that_only_the_registry_refuses_keeps_the_other_from_being_registered() {
    // Not every registry looks at the schemas of new subjects.
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("names").await;
    let record = json!({
        "value": given("AVRO", POINT, json!({ "x": 1 })),
        "key": given(
            "AVRO",
            r#"{"type": "record", "name": "1bad", "fields": [{"name": "f", "type": "int"}]}"#,
            json!({ "f": 1 }),
        ),
    });
    let answer = world.refused(&topic, record).await;
    let text = answer.failure("argument");
    assert_says(text, &["check the schema of key", "1bad"]);
    world.assert_untouched(&topic).await;
    world.client.close().await;
}

#[tokio::test]
async fn two_new_schemas_for_one_subject_are_refused() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("same").await;
    let half = |schema: &str, message: Value| {
        let mut half = given("AVRO", schema, message);
        half["subject"] = json!(format!("{topic}-value"));
        half
    };
    let record = json!({
        "value": half(POINT, json!({ "x": 1 })),
        "key": half("\"string\"", json!("k")),
    });
    let answer = world.refused(&topic, record).await;
    let text = answer.failure("argument");
    assert_says(text, &[&format!("{topic}-value"), "create-schema"]);
    world.assert_untouched(&topic).await;
    let record = json!({
        "value": half(POINT, json!({ "x": 1 })),
        "key": half(POINT, json!({ "x": 2 })),
    });
    world.produce(&topic, record).await;
    world.client.close().await;
}

#[tokio::test]
async fn a_subject_without_schema_is_told_with_what_to_do() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("empty").await;
    let value = json!({ "message": 1, "useSchemaRegistry": true });
    let answer = world.refused(&topic, json!({ "value": value })).await;
    let text = answer.failure("not_found");
    assert_says(text, &[&format!("{topic}-value"), "schemaType"]);
    world.assert_untouched(&topic).await;
    world.client.close().await;
}

in_both_eras! {
async fn a_registry_that_is_away_keeps_the_record_from_being_written(era: Era) {
    let world = World::embedded(era).await;
    let topic = world.topic("away").await;
    world.registry.sandbox().stop();
    for value in [
        given("AVRO", POINT, json!({ "x": 1 })),
        json!({ "message": { "x": 1 }, "useSchemaRegistry": true }),
    ] {
        let answer = world.refused(&topic, json!({ "value": value })).await;
        answer.failure("unreachable");
    }
    world.registry.sandbox().restart().await.unwrap();
    world.assert_untouched(&topic).await;
    world.client.close().await;
}
}

#[tokio::test]
async fn a_connection_without_registry_says_so() {
    let world = World::embedded(Era::Session).await;
    let config = Config::new().connection("bare", world.cluster.plain());
    let client = Client::start(&config, Era::Session).await;
    let topic = world.cluster.name("bare");
    create_topic(&client, &topic, 1).await;
    let value = json!({ "message": 1, "useSchemaRegistry": true });
    let record = json!({ "topicName": topic, "value": value });
    let answer = client.call("produce-message", record).await;
    let text = answer.failure("unsupported");
    assert_says(
        text,
        &["value.useSchemaRegistry", "bare", "schema_registry"],
    );
    client.close().await;
    world.client.close().await;
}

#[tokio::test]
async fn contradictions_are_told_all_at_once() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("contrary").await;
    let value = json!({
        "message": 1, "useSchemaRegistry": true, "encoding": "json",
        "subject": "s", "subjectNameStrategy": "record",
    });
    let key = json!({ "message": 1, "useSchemaRegistry": true, "schema": "\"int\"", "version": 1 });
    let headers = json!({ "__value_schema_id": "x" });
    let answer = world
        .refused(
            &topic,
            json!({ "value": value, "key": key, "headers": headers }),
        )
        .await;
    let named = [
        "value.encoding",
        "value.subject",
        "headers.__value_schema_id",
        "key.schemaType",
        "key.version",
    ];
    assert_says(answer.failure("argument"), &named);
    world.client.close().await;
}
