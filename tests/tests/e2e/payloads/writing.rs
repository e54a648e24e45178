//! What is written comes back.

use mcp_confluent_tests::Era;
use serde_json::{Value, json};

use super::{JSON_SCHEMA, POINT, PROTO, World};
use crate::support::in_both_eras;

/// Each language: its name, a schema, a message, and how the message is shown.
fn languages() -> [(&'static str, &'static str, Value, Value); 3] {
    let large = 9_007_199_254_740_993_i64;
    [
        ("AVRO", POINT, json!({ "x": large }), json!({ "x": large })),
        (
            "JSON",
            JSON_SCHEMA,
            json!({ "x": large }),
            json!({ "x": large }),
        ),
        (
            "PROTOBUF",
            PROTO,
            json!({ "inner": { "x": large.to_string() }, "counts": { "a": "1" } }),
            json!({ "inner": { "x": large.to_string() }, "counts": { "a": "1" } }),
        ),
    ]
}

fn half(kind: &str, schema: Option<&str>, message: &Value, place: &str) -> Value {
    let mut half = json!({
        "message": message, "useSchemaRegistry": true, "schemaType": kind, "schemaIdLocation": place,
    });
    if let Some(schema) = schema {
        half["schema"] = json!(schema);
    }
    if kind == "PROTOBUF" {
        half["messageName"] = json!("shop.Second");
    }
    half
}

async fn comes_back(world: &World, place: &str) {
    for (kind, schema, message, shown) in languages() {
        let topic = world.topic(&format!("typed-{}", kind.to_lowercase())).await;
        let record = |schema| {
            json!({
                "key": half(kind, schema, &message, place),
                "value": half(kind, schema, &message, place),
            })
        };
        let first = world.produce(&topic, record(Some(schema))).await;
        let again = world.produce(&topic, record(Some(schema))).await;
        let existing = world.produce(&topic, record(None)).await;
        for part in ["key", "value"] {
            let used = &first[format!("{part}Schema")];
            assert_eq!(used["registered"], true, "{first}");
            assert_eq!(used["subject"], format!("{topic}-{part}"), "{first}");
            for later in [&again, &existing] {
                let later = &later[format!("{part}Schema")];
                assert_eq!(
                    (&later["id"], &later["registered"]),
                    (&used["id"], &json!(false))
                );
            }
        }
        let records = world.read(&topic).await;
        assert_eq!(records.len(), 3, "{records:?}");
        for record in records {
            for part in ["key", "value"] {
                assert_eq!(record[part], shown, "{kind} {place}: {record}");
                assert_eq!(record[format!("{part}Encoding")], "schema", "{record}");
                let named = &record[format!("{part}Schema")];
                assert_eq!(named["schemaType"], kind, "{record}");
                assert_eq!(named["subject"], format!("{topic}-{part}"), "{record}");
                assert_eq!(named["id"].is_number(), place == "payload", "{record}");
                assert_eq!(named["guid"].is_string(), place == "header", "{record}");
                assert_eq!(
                    named["message"] == "shop.Second",
                    kind == "PROTOBUF",
                    "{record}"
                );
            }
        }
    }
}

in_both_eras! {
async fn three_languages_come_back_with_the_id_in_the_payload(era: Era) {
    let world = World::start(era).await;
    comes_back(&world, "payload").await;
    world.client.close().await;
}
}

in_both_eras! {
async fn three_languages_come_back_with_the_guid_in_a_header(era: Era) {
    let world = World::embedded(era).await;
    comes_back(&world, "header").await;
    world.client.close().await;
}
}

#[tokio::test]
async fn the_bytes_are_those_of_every_other_client() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("bytes").await;
    let value = json!({ "message": 123, "useSchemaRegistry": true, "schemaType": "AVRO", "schema": "\"long\"" });
    let written = world.produce(&topic, json!({ "value": value })).await;
    let id = u32::try_from(written["valueSchema"]["id"].as_u64().unwrap()).unwrap();
    let arguments = json!({
        "topics": [{ "name": topic }],
        "valueFormat": { "disableSchemaRegistry": true },
    });
    let read = world.client.data("consume-messages", arguments).await;
    let shown = &read["records"][0];
    // Zero, the id, and 123 as a zig-zag varint, which is no UTF-8.
    assert_eq!(shown["valueEncoding"], "base64", "{shown}");
    let rewritten = json!({ "value": { "message": shown["value"], "encoding": "base64" } });
    world.produce(&topic, rewritten).await;
    let records = world.read(&topic).await;
    assert_eq!(records[1]["value"], 123, "{records:?}");
    assert_eq!(records[1]["valueSchema"]["id"], id, "{records:?}");
    world.client.close().await;
}

#[tokio::test]
async fn subjects_are_called_as_the_strategy_says() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("named").await;
    let name = topic.replace('-', "_");
    let schema = POINT.replace("\"Point\"", &format!("\"{name}\""));
    let own = format!("{topic}-of-its-own");
    for (more, subject) in [
        (json!({}), format!("{topic}-value")),
        (
            json!({ "subjectNameStrategy": "record" }),
            format!("geo.{name}"),
        ),
        (
            json!({ "subjectNameStrategy": "topicRecord" }),
            format!("{topic}-geo.{name}"),
        ),
        (json!({ "subject": own }), own.clone()),
    ] {
        let mut value = half("AVRO", Some(&schema), &json!({ "x": 1 }), "payload");
        for (key, setting) in more.as_object().unwrap() {
            value[key.as_str()] = setting.clone();
        }
        let written = world.produce(&topic, json!({ "value": value })).await;
        assert_eq!(written["valueSchema"]["subject"], subject, "{written}");
    }
    let records = world.read(&topic).await;
    // Whatever subject it was written with, the one that is called after the topic has it too.
    for record in &records {
        assert_eq!(
            record["valueSchema"]["subject"],
            format!("{topic}-value"),
            "{record}"
        );
    }
    world.client.close().await;
}

#[tokio::test]
async fn a_subject_evolves_and_each_record_is_read_as_it_was_written() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("evolving").await;
    let subject = format!("{topic}-value");
    world.register(&subject, "AVRO", POINT).await;
    let write = async |message: Value, more: Value| {
        let mut value = json!({ "message": message, "useSchemaRegistry": true });
        for (key, setting) in more.as_object().unwrap() {
            value[key.as_str()] = setting.clone();
        }
        world.produce(&topic, json!({ "value": value })).await["valueSchema"]["version"].clone()
    };
    assert_eq!(write(json!({ "x": 1 }), json!({})).await, 1);
    // Somebody registers a version while the server runs.
    let second = POINT.replace(
        "\"type\":\"long\"}",
        "\"type\":\"long\"},{\"name\":\"y\",\"type\":\"long\",\"default\":7}",
    );
    world.register(&subject, "AVRO", &second).await;
    assert_eq!(write(json!({ "x": 2 }), json!({})).await, 2);
    assert_eq!(write(json!({ "x": 3 }), json!({ "version": 1 })).await, 1);
    let values: Vec<_> = world
        .read(&topic)
        .await
        .into_iter()
        .map(|record| {
            (
                record["value"].clone(),
                record["valueSchema"]["version"].clone(),
            )
        })
        .collect();
    let expected = [
        (json!({ "x": 1 }), json!(1)),
        (json!({ "x": 2, "y": 7 }), json!(2)),
        (json!({ "x": 3 }), json!(1)),
    ];
    assert_eq!(values, expected);
    world.client.close().await;
}

#[tokio::test]
async fn a_schema_may_refer_to_others() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("referring").await;
    let name = topic.replace('-', "_");
    let point = POINT.replace("\"Point\"", &format!("\"{name}\""));
    let base = format!("{topic}-base");
    world.register(&base, "AVRO", &point).await;
    let value = json!({
        "message": [{ "x": 1 }, { "x": 2 }],
        "useSchemaRegistry": true,
        "schemaType": "AVRO",
        "schema": json!({ "type": "array", "items": format!("geo.{name}") }).to_string(),
        "references": [{ "name": format!("geo.{name}"), "subject": base, "version": 1 }],
    });
    world.produce(&topic, json!({ "value": value })).await;
    let latest = json!({ "message": [{ "x": 3 }], "useSchemaRegistry": true });
    world.produce(&topic, json!({ "value": latest })).await;
    let records = world.read(&topic).await;
    assert_eq!(records[0]["value"], json!([{ "x": 1 }, { "x": 2 }]));
    assert_eq!(records[1]["value"], json!([{ "x": 3 }]));
    world.client.close().await;
}

#[tokio::test]
async fn a_null_is_a_tombstone_whatever_the_schema() {
    let world = World::start(Era::Session).await;
    let topic = world.topic("tombs").await;
    let value = json!({ "message": null, "useSchemaRegistry": true, "schemaType": "AVRO", "schema": POINT });
    let record = json!({ "key": { "message": "k" }, "value": value });
    world.produce(&topic, record).await;
    let records = world.read(&topic).await;
    assert_eq!(records[0]["valueEncoding"], "none", "{records:?}");
    world.client.close().await;
}

#[tokio::test]
async fn ids_are_those_of_the_context() {
    let world = World::embedded(Era::Session).await;
    let topic = world.topic("staged").await;
    let subject = format!(":.staging:{topic}-value");
    world.register("elsewhere", "AVRO", "\"string\"").await;
    let mut value = half("AVRO", Some(POINT), &json!({ "x": 1 }), "payload");
    value["subject"] = json!(subject);
    let written = world.produce(&topic, json!({ "value": value })).await;
    assert_eq!(written["valueSchema"]["id"], 1, "{written}");
    // The topic's subject leads there, too.
    for format in [json!({ "subject": subject }), json!({})] {
        let arguments = json!({ "topics": [{ "name": topic }], "valueFormat": format });
        let read = world.client.data("consume-messages", arguments).await;
        assert_eq!(read["records"][0]["value"], json!({ "x": 1 }), "{read}");
        assert_eq!(
            read["records"][0]["valueSchema"]["subject"], subject,
            "{read}"
        );
    }
    world.client.close().await;
}
