//! `produce-message`, and what `consume-messages` shows of it.

use mcp_confluent_tests::{Era, answer::assert_says};
use serde_json::{Value, json};

use crate::support::{Fixture, in_both_eras};

/// Writes a record and reads it back.
async fn round_trip(fixture: &Fixture, topic: &str, mut record: Value) -> Value {
    record["topicName"] = json!(topic);
    let written = fixture.data("produce-message", record).await;
    let topics = json!([{
        "name": topic,
        "partition": written["partition"],
        "start": { "offset": written["offset"] },
    }]);
    let mut read = fixture
        .data(
            "consume-messages",
            json!({ "topics": topics, "maxMessages": 1 }),
        )
        .await;
    read["records"][0].take()
}

in_both_eras! {
async fn writing_answers_with_partition_offset_and_timestamp(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("written", 1).await;
    for offset in ["0", "1"] {
        let record = json!({ "topicName": topic, "value": { "message": "m" } });
        let answer = fixture.call("produce-message", record).await;
        let written = answer.data();
        assert_eq!((&written["partition"], &written["offset"]), (&json!(0), &json!(offset)));
        let year = &written["timestamp"].as_str().unwrap()[..2];
        assert_eq!(year, "20", "{written}");
        assert_says(answer.text(), &[&topic, offset]);
    }
    fixture.client.close().await;
}
}

in_both_eras! {
async fn everything_that_can_be_said_about_a_record_is_kept(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("full", 3).await;
    let record = json!({
        "key": { "message": "k-1" },
        "value": { "message": { "id": 1, "name": "caffè", "tags": ["a", null], "price": 1.5 } },
        "partition": 2,
        "timestamp": "2023-11-14T22:13:20Z",
        "headers": { "trace": ["1", "2", "1"], "source": "test" },
    });
    let read = round_trip(&fixture, &topic, record).await;
    assert_eq!((&read["topic"], &read["partition"]), (&json!(topic), &json!(2)), "{read}");
    assert_eq!((&read["key"], &read["keyEncoding"]), (&json!("k-1"), &json!("utf8")));
    let value = json!({ "id": 1, "name": "caffè", "tags": ["a", null], "price": 1.5 });
    assert_eq!((&read["value"], &read["valueEncoding"]), (&value, &json!("json")));
    assert_eq!(read["timestamp"], "2023-11-14T22:13:20.000Z");
    let headers: Vec<_> = read["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| (header["name"].as_str().unwrap(), header["value"].as_str().unwrap()))
        .collect();
    assert_eq!(headers, [("source", "test"), ("trace", "1"), ("trace", "2"), ("trace", "1")]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn any_json_value_is_written_and_text_as_it_is(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("json", 1).await;
    let cases = [
        (json!({ "a": 1 }), json!({ "a": 1 }), "json"),
        (json!([1, "two", null]), json!([1, "two", null]), "json"),
        (json!("plain text"), json!("plain text"), "utf8"),
        (json!(42), json!("42"), "utf8"),
        (json!(true), json!("true"), "utf8"),
        (json!(""), json!(""), "utf8"),
        (json!("{\"a\": 1}"), json!({ "a": 1 }), "json"),
        (json!(9_007_199_254_740_993_i64), json!("9007199254740993"), "utf8"),
        (json!({ "n": 9_007_199_254_740_993_i64 }), json!({ "n": 9_007_199_254_740_993_i64 }), "json"),
        (json!("line one\nline two\u{7}"), json!("line one\nline two\u{7}"), "utf8"),
    ];
    for (message, shown, encoding) in cases {
        let read = round_trip(&fixture, &topic, json!({ "value": { "message": message } })).await;
        assert_eq!((&read["value"], &read["valueEncoding"]), (&shown, &json!(encoding)), "{message}");
        assert_eq!((&read["key"], &read["keyEncoding"]), (&Value::Null, &json!("none")));
    }
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_null_is_a_tombstone_and_is_shown_as_one(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("tombs", 1).await;
    let record = json!({ "key": { "message": "k" }, "value": { "message": null } });
    let read = round_trip(&fixture, &topic, record).await;
    assert_eq!((&read["value"], &read["valueEncoding"]), (&Value::Null, &json!("none")), "{read}");
    assert_eq!(read["key"], "k");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn bytes_survive_in_value_key_and_headers(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("bytes", 1).await;
    // Not UTF-8, with a zero and a byte order mark.
    let bytes = "AP/+gO+7v8Ao";
    let record = json!({
        "value": { "message": bytes, "encoding": "base64" },
        "key": { "message": bytes, "encoding": "base64" },
        "headers": { "raw": [{ "base64": bytes }, { "base64": "" }] },
    });
    let read = round_trip(&fixture, &topic, record).await;
    for part in ["value", "key"] {
        assert_eq!((&read[part], &read[format!("{part}Encoding")]), (&json!(bytes), &json!("base64")), "{read}");
    }
    assert_eq!(read["headers"][0], json!({ "name": "raw", "value": bytes, "encoding": "base64" }));
    assert_eq!(read["headers"][1], json!({ "name": "raw", "value": "", "encoding": "utf8" }));
    // Text that happens to be base64 comes as the bytes it stands for only when that is asked for.
    let read = round_trip(&fixture, &topic, json!({ "value": { "message": "aGVsbG8=" } })).await;
    assert_eq!(read["value"], "aGVsbG8=");
    let record = json!({ "value": { "message": "aGVsbG8=", "encoding": "base64" } });
    assert_eq!(round_trip(&fixture, &topic, record).await["value"], "hello");
    let broken = json!({ "topicName": topic, "value": { "message": "?", "encoding": "base64" } });
    let answer = fixture.call("produce-message", broken).await;
    assert_says(answer.failure("argument"), &["value.message", "base64"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn records_of_one_key_go_to_one_partition(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("keyed", 8).await;
    let mut partitions = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let record = json!({
            "topicName": topic,
            "key": { "message": "always the same" },
            "value": { "message": "m" },
        });
        let written = fixture.data("produce-message", record).await;
        partitions.insert(written["partition"].as_i64().unwrap());
    }
    assert_eq!(partitions.len(), 1, "{partitions:?}");
    fixture.client.close().await;
}
}

/// The key goes where Java's clients would put it.
#[tokio::test]
async fn the_partition_of_a_key_is_the_one_other_clients_choose() {
    let fixture = Fixture::new(Era::Session).await;
    let topic = fixture.topic("keyed", 8).await;
    // murmur2 of the key, its sign bit cleared, modulo 8.
    for (key, partition) in [("kafka", 4), ("foobar", 6), ("21", 4)] {
        let record = json!({
            "topicName": topic,
            "key": { "message": key },
            "value": { "message": "m" },
        });
        let written = fixture.data("produce-message", record).await;
        assert_eq!(written["partition"], partition, "{key}");
    }
    fixture.client.close().await;
}

in_both_eras! {
async fn writing_where_nothing_is_there_is_told_and_makes_nothing(era: Era) {
    let fixture = Fixture::new(era).await;
    let [topic, missing] = [fixture.topic("there", 2).await, fixture.cluster.name("missing")];
    let record = json!({ "topicName": missing, "value": { "message": "m" } });
    let answer = fixture.call("produce-message", record).await;
    assert_says(answer.failure("not_found"), &[&missing]);
    assert!(!fixture.topic_names().await.contains(&missing), "writing has made the topic");
    let record = json!({ "topicName": topic, "partition": 2, "value": { "message": "m" } });
    let answer = fixture.call("produce-message", record).await;
    assert_says(answer.failure("not_found"), &[&topic, "2"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_timestamp_that_is_none_is_refused(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("timed", 1).await;
    for timestamp in [json!("soon"), json!("1969-12-31T23:59:59Z"), json!(-1)] {
        let record = json!({ "topicName": topic, "value": { "message": "m" }, "timestamp": timestamp });
        fixture.call("produce-message", record).await.failure("argument");
    }
    // The first moment is none for a record, in both notations.
    for timestamp in [json!(0), json!("1970-01-01T00:00:00Z")] {
        let record = json!({ "topicName": topic, "value": { "message": "m" }, "timestamp": timestamp });
        let answer = fixture.call("produce-message", record).await;
        assert_says(answer.failure("argument"), &["`timestamp` must be after 1970-01-01T00:00:00Z"]);
    }
    let offsets = fixture.data("get-partition-offsets", json!({ "topicName": topic })).await;
    assert_eq!(offsets["partitions"][0]["highWatermark"], "0");
    fixture.client.close().await;
}
}
