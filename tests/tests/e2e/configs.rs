//! `get-topic-config` and `alter-topic-config`, over the Kafka protocol.

use mcp_confluent_tests::{Era, Person, answer::assert_says};
use serde_json::{Value, json};

use crate::support::{Fixture, in_both_eras};

fn entry<'a>(config: &'a Value, name: &str) -> &'a Value {
    let entries = config["configs"].as_array().unwrap();
    entries
        .iter()
        .find(|entry| entry["name"] == name)
        .unwrap_or_else(|| panic!("no {name}: {config}"))
}

fn set(topic: &str, name: &str, value: &str) -> Value {
    json!({
        "topicName": topic,
        "topicConfigs": [{ "name": name, "value": value, "operation": "SET" }],
    })
}

in_both_eras! {
async fn values_carry_where_they_come_from(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.cluster.name("configured");
    let topics = json!([{ "topic": topic, "configs": { "retention.ms": "3600000", "max.message.bytes": "2000000" } }]);
    fixture.data("create-topics", json!({ "topics": topics })).await;
    let config = fixture.data("get-topic-config", json!({ "topicName": topic })).await;
    let retention = entry(&config, "retention.ms");
    assert_eq!(retention["value"], "3600000");
    assert_eq!(retention["source"], "topic", "{retention}");
    assert_eq!(retention["isDefault"], false);
    let size = entry(&config, "max.message.bytes");
    assert_eq!((&size["value"], &size["defaultValue"]), (&json!("2000000"), &json!("1048588")), "{size}");
    let policy = entry(&config, "cleanup.policy");
    assert_eq!((&policy["value"], &policy["isDefault"]), (&json!("delete"), &json!(true)), "{policy}");
    assert_eq!(policy["source"], "default", "{policy}");
    for entry in config["configs"].as_array().unwrap() {
        assert_eq!(entry["isSensitive"], false, "{entry}");
    }
    let names: Vec<_> = config["configs"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.len() > 15, "{names:?}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_change_is_asked_about_applied_and_read_back(era: Era) {
    let person = Person::accepts();
    let fixture = Fixture::with(era, &person).await;
    let topic = fixture.topic("configured", 1).await;
    let changed = fixture.data("alter-topic-config", set(&topic, "retention.ms", "86400000")).await;
    assert_eq!(entry(&changed, "retention.ms")["value"], "86400000", "{changed}");
    assert_eq!(changed["validatedOnly"], false);
    assert_says(&person.asked().join("\n"), &[&topic, "retention.ms", "86400000"]);
    let config = fixture.data("get-topic-config", json!({ "topicName": topic })).await;
    assert_eq!(entry(&config, "retention.ms")["value"], "86400000");
    assert_eq!(entry(&config, "retention.ms")["source"], "topic");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn only_what_is_listed_changes_and_a_reset_goes_back(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("configured", 1).await;
    fixture.data("alter-topic-config", set(&topic, "retention.ms", "86400000")).await;
    fixture.data("alter-topic-config", set(&topic, "max.message.bytes", "2000000")).await;
    let reset = json!({
        "topicName": topic,
        "topicConfigs": [{ "name": "retention.ms", "operation": "DELETE" }],
    });
    fixture.data("alter-topic-config", reset).await;
    let overrides =
        fixture.data("get-topic-config", json!({ "topicName": topic, "onlyOverrides": true })).await;
    assert_eq!(overrides["configs"].as_array().unwrap().len(), 1, "{overrides}");
    assert_eq!(entry(&overrides, "max.message.bytes")["value"], "2000000");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn several_keys_change_together_or_not_at_all(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("configured", 1).await;
    let both = json!({
        "topicName": topic,
        "topicConfigs": [
            { "name": "retention.ms", "value": "1000", "operation": "SET" },
            { "name": "cleanup.policy", "value": "burn", "operation": "SET" },
        ],
    });
    let answer = fixture.call("alter-topic-config", both).await;
    assert_says(answer.failure("argument"), &["cleanup.policy", "burn"]);
    let overrides =
        fixture.data("get-topic-config", json!({ "topicName": topic, "onlyOverrides": true })).await;
    assert_eq!(overrides["configs"], json!([]));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_change_can_be_tried_without_doing_it_or_asking(era: Era) {
    let person = Person::declines();
    let fixture = Fixture::with(era, &person).await;
    let topic = fixture.topic("configured", 1).await;
    let mut good = set(&topic, "retention.ms", "86400000");
    good["validateOnly"] = json!(true);
    let tried = fixture.data("alter-topic-config", good).await;
    assert_eq!(tried["validatedOnly"], true, "{tried}");
    let mut bad = set(&topic, "retention.ms", "soon");
    bad["validateOnly"] = json!(true);
    fixture.call("alter-topic-config", bad).await.failure("argument");
    assert!(person.asked().is_empty(), "{:?}", person.asked());
    let overrides =
        fixture.data("get-topic-config", json!({ "topicName": topic, "onlyOverrides": true })).await;
    assert_eq!(overrides["configs"], json!([]));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_change_the_broker_refuses_is_told_before_anybody_is_asked(era: Era) {
    let person = Person::accepts();
    let fixture = Fixture::with(era, &person).await;
    let topic = fixture.topic("configured", 1).await;
    for (name, value) in [("retention.ms", "soon"), ("no.such.key", "1")] {
        let answer = fixture.call("alter-topic-config", set(&topic, name, value)).await;
        assert_says(answer.failure("argument"), &[name]);
    }
    assert!(person.asked().is_empty(), "{:?}", person.asked());
    fixture.client.close().await;
}
}

in_both_eras! {
async fn without_a_person_a_change_takes_two_steps(era: Era) {
    let fixture = Fixture::with(era, &Person::absent()).await;
    let topic = fixture.topic("configured", 1).await;
    let mut change = set(&topic, "retention.ms", "86400000");
    let plan = fixture.call("alter-topic-config", change.clone()).await;
    assert_says(plan.text(), &[&topic, "retention.ms", "86400000"]);
    change["confirmToken"] = json!(plan.confirm_token());
    fixture.data("alter-topic-config", change).await;
    let config = fixture.data("get-topic-config", json!({ "topicName": topic })).await;
    assert_eq!(entry(&config, "retention.ms")["value"], "86400000");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn the_configuration_of_a_topic_that_is_not_there_is_told_to_be_missing(era: Era) {
    let fixture = Fixture::new(era).await;
    let missing = fixture.cluster.name("missing");
    let answer = fixture.call("get-topic-config", json!({ "topicName": missing })).await;
    assert_says(answer.failure("not_found"), &[&missing]);
    let answer = fixture.call("alter-topic-config", set(&missing, "retention.ms", "1000")).await;
    assert_says(answer.failure("not_found"), &[&missing]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn setting_needs_a_value(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("configured", 1).await;
    let change = json!({ "topicName": topic, "topicConfigs": [{ "name": "retention.ms", "operation": "SET" }] });
    let answer = fixture.call("alter-topic-config", change).await;
    assert_says(answer.failure("argument"), &["value", "retention.ms"]);
    fixture.client.close().await;
}
}
