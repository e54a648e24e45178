//! What the server says about arguments that are wrong, and which it accepts.

use mcp_confluent_tests::{Era, Person, answer::assert_says};
use serde_json::json;

use crate::support::{Fixture, in_both_eras};

in_both_eras! {
async fn missing_arguments_are_an_empty_object(era: Era) {
    let fixture = Fixture::new(era).await;
    let answer = fixture.client.call_with(json!({ "name": "list-topics" })).await;
    assert!(!answer.is_error(), "{}", answer.text());
    fixture.client.close().await;
}
}

in_both_eras! {
async fn every_problem_is_told_at_once(era: Era) {
    let fixture = Fixture::new(era).await;
    let answer = fixture
        .call("get-partition-offsets", json!({ "partition": "zero", "topic_nam": "x", "whatever": 1 }))
        .await;
    let text = answer.failure("argument");
    assert_says(text, &["`topicName`", "`partition`", "`topic_nam`", "`whatever`"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn an_unknown_argument_is_refused_with_a_suggestion(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("orders", 1).await;
    let answer = fixture.call("get-partition-offsets", json!({ "topicName": topic, "partitoin": 0 })).await;
    assert_says(answer.failure("argument"), &["`partitoin`", "`partition`"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn snake_case_is_accepted_at_every_depth(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.cluster.name("snakes");
    let topics = json!([{ "topic": topic, "num_partitions": 3, "replication_factor": 1 }]);
    fixture.data("create-topics", json!({ "topics": topics })).await;
    let offsets = fixture.data("get-partition-offsets", json!({ "topic_name": topic })).await;
    assert_eq!(offsets["partitions"].as_array().unwrap().len(), 3, "{offsets}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn an_argument_given_in_both_spellings_is_refused(era: Era) {
    let fixture = Fixture::new(era).await;
    let answer = fixture.call("get-partition-offsets", json!({ "topicName": "a", "topic_name": "b" })).await;
    assert_says(answer.failure("argument"), &["topic_name", "topicName"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_wrong_type_deep_inside_is_told_with_its_path(era: Era) {
    let fixture = Fixture::new(era).await;
    let topics = json!([{ "topic": "a" }, { "topic": "b", "numPartitions": "three" }]);
    let answer = fixture.call("create-topics", json!({ "topics": topics })).await;
    assert_says(answer.failure("argument"), &["topics[1].numPartitions", "three", "integer"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn an_unknown_key_deep_inside_is_told_with_its_path(era: Era) {
    let fixture = Fixture::new(era).await;
    let topics = json!([{ "topic": "a", "partitions": 3 }]);
    let answer = fixture.call("create-topics", json!({ "topics": topics })).await;
    assert_says(answer.failure("argument"), &["partitions", "numPartitions"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn values_out_of_range_are_refused_before_anything_happens(era: Era) {
    let person = Person::accepts();
    let fixture = Fixture::with(era, &person).await;
    let cases = [
        ("create-topics", json!({ "topics": [] }), "topics"),
        ("delete-topics", json!({ "topicNames": [] }), "topicNames"),
        ("create-topics", json!({ "topics": [{ "topic": "a", "numPartitions": 0 }] }), "numPartitions"),
        ("get-partition-offsets", json!({ "topicName": "a", "partition": -1 }), "partition"),
        ("consume-messages", json!({ "topics": [{ "name": "a" }], "maxMessages": 0 }), "maxMessages"),
        ("list-consumer-groups", json!({ "matchStates": ["Sideways"] }), "Sideways"),
        ("describe-consumer-group", json!({ "groupId": "" }), "groupId"),
    ];
    for (tool, arguments, named) in cases {
        let answer = fixture.call(tool, arguments).await;
        assert_says(answer.failure("argument"), &[named]);
    }
    assert!(person.asked().is_empty(), "asked about a call that cannot be run");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_null_for_an_optional_argument_counts_as_left_out(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("nulls", 2).await;
    let offsets =
        fixture.data("get-partition-offsets", json!({ "topicName": topic, "partition": null })).await;
    assert_eq!(offsets["partitions"].as_array().unwrap().len(), 2, "{offsets}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_connection_id_is_refused_where_there_is_one_connection(era: Era) {
    let fixture = Fixture::new(era).await;
    let answer = fixture.call("list-topics", json!({ "connectionId": "main" })).await;
    assert_says(answer.failure("argument"), &["`connectionId`"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn arguments_that_are_no_object_are_refused(era: Era) {
    let fixture = Fixture::new(era).await;
    let error = fixture
        .client
        .try_request("tools/call", json!({ "name": "list-topics", "arguments": ["a"] }))
        .await
        .unwrap_err();
    assert_eq!(error["code"], -32602, "{error}");
    fixture.client.close().await;
}
}
