//! `list-topics`, `create-topics`, `delete-topics`, `get-partition-offsets`.

use mcp_confluent_tests::{Broker, Client, Cluster, Era, Person, answer::assert_says};
use serde_json::{Value, json};

use crate::support::{Fixture, in_both_eras};

in_both_eras! {
async fn topics_are_listed_sorted_with_their_partitions(era: Era) {
    let fixture = Fixture::new(era).await;
    for (stem, partitions) in [("zulu", 1), ("alpha", 3), ("mike", 2)] {
        fixture.topic(stem, partitions).await;
    }
    let listed = fixture.data("list-topics", json!({ "pageSize": 10_000 })).await;
    let ours: Vec<_> = listed["topics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|topic| topic["name"].as_str().unwrap().ends_with(&fixture.cluster.name("")))
        .map(|topic| (topic["name"].as_str().unwrap(), topic["partitions"].as_u64().unwrap()))
        .collect();
    let name = |stem: &str| fixture.cluster.name(stem);
    assert_eq!(ours, [(&*name("alpha"), 3), (&*name("mike"), 2), (&*name("zulu"), 1)]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn topics_can_be_listed_by_prefix_and_by_page(era: Era) {
    let fixture = Fixture::new(era).await;
    let prefix = fixture.cluster.name("paged");
    let topics: Vec<_> = (0..7).map(|n| json!({ "topic": format!("{prefix}-{n}") })).collect();
    fixture.data("create-topics", json!({ "topics": topics })).await;
    let mut seen = Vec::new();
    let mut arguments = json!({ "prefix": prefix, "pageSize": 3 });
    loop {
        let page = fixture.data("list-topics", arguments.clone()).await;
        assert_eq!(page["total"], 7, "{page}");
        let names = page["topics"].as_array().unwrap();
        assert!(names.len() <= 3, "{page}");
        seen.extend(names.iter().map(|topic| topic["name"].as_str().unwrap().to_owned()));
        match &page["nextPageToken"] {
            Value::Null => break,
            token => arguments["pageToken"] = token.clone(),
        }
    }
    let expected: Vec<_> = (0..7).map(|n| format!("{prefix}-{n}")).collect();
    assert_eq!(seen, expected);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn internal_topics_can_be_left_out(era: Era) {
    let fixture = Fixture::new(era).await;
    // The first committed offset makes the internal topic.
    let topic = fixture.topic("orders", 1).await;
    let group = fixture.cluster.name("group");
    crate::members::commit(&fixture.cluster.bootstrap(), &group, &topic, &[(0, 0)]);
    let all = fixture.data("list-topics", json!({ "prefix": "__" })).await;
    let hidden = fixture.data("list-topics", json!({ "prefix": "__", "includeInternal": false })).await;
    let internal = |listed: &Value| {
        listed["topics"].as_array().unwrap().iter().filter(|topic| topic["internal"] == true).count()
    };
    assert_eq!(internal(&hidden), 0, "{hidden}");
    if Cluster::is_real() {
        assert!(internal(&all) > 0, "{all}");
    }
    fixture.client.close().await;
}
}

in_both_eras! {
async fn topics_are_created_with_all_that_can_be_said(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.cluster.name("full");
    let created = fixture
        .data(
            "create-topics",
            json!({ "topics": [{
                "topic": topic,
                "numPartitions": 4,
                "replicationFactor": 1,
                "configs": { "retention.ms": "3600000", "cleanup.policy": "compact" },
            }] }),
        )
        .await;
    assert_eq!(created["succeeded"], json!([topic]), "{created}");
    let config = fixture.data("get-topic-config", json!({ "topicName": topic, "onlyOverrides": true })).await;
    let set: Vec<_> = config["configs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["name"].as_str().unwrap(), entry["value"].as_str().unwrap()))
        .collect();
    assert_eq!(set, [("cleanup.policy", "compact"), ("retention.ms", "3600000")]);
    let offsets = fixture.data("get-partition-offsets", json!({ "topicName": topic })).await;
    assert_eq!(offsets["partitions"].as_array().unwrap().len(), 4);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn creating_tells_for_each_topic_what_became_of_it(era: Era) {
    let fixture = Fixture::new(era).await;
    let [there, new] = [fixture.topic("there", 1).await, fixture.cluster.name("new")];
    let topics = json!([
        { "topic": there },
        { "topic": new },
        { "topic": "no/such name" },
        { "topic": fixture.cluster.name("odd"), "configs": { "no.such.key": "1" } },
    ]);
    let mixed = fixture.data("create-topics", json!({ "topics": topics })).await;
    assert_eq!(mixed["succeeded"], json!([new]), "{mixed}");
    let failed: Vec<_> = mixed["failed"].as_array().unwrap().iter().map(|f| f["topic"].clone()).collect();
    assert_eq!(failed, [json!(there), json!("no/such name"), json!(fixture.cluster.name("odd"))]);
    assert_eq!(mixed["failed"][0]["code"], "TOPIC_ALREADY_EXISTS", "{mixed}");
    assert_eq!(mixed["failed"][1]["code"], "INVALID_TOPIC_EXCEPTION", "{mixed}");
    assert_eq!(mixed["failed"][2]["code"], "INVALID_CONFIG", "{mixed}");
    // Nothing at all was done: that is an error.
    let answer = fixture.call("create-topics", json!({ "topics": [{ "topic": there }] })).await;
    assert_says(answer.failure("already_exists"), &[&there, "TOPIC_ALREADY_EXISTS"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn creating_can_be_tried_without_doing_it(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.cluster.name("tried");
    let arguments = json!({ "topics": [{ "topic": topic }], "validateOnly": true });
    fixture.data("create-topics", arguments).await;
    assert!(!fixture.topic_names().await.contains(&topic));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn deleting_tells_for_each_topic_what_became_of_it(era: Era) {
    let person = Person::accepts();
    let fixture = Fixture::with(era, &person).await;
    let [there, missing] = [fixture.topic("there", 1).await, fixture.cluster.name("missing")];
    let mixed = fixture.data("delete-topics", json!({ "topicNames": [there, missing] })).await;
    assert_eq!(mixed["succeeded"], json!([there]), "{mixed}");
    assert_eq!(mixed["failed"][0]["topic"], json!(missing), "{mixed}");
    assert_eq!(mixed["failed"][0]["code"], "UNKNOWN_TOPIC_OR_PARTITION", "{mixed}");
    let answer = fixture.call("delete-topics", json!({ "topicNames": [missing] })).await;
    assert_says(answer.failure("not_found"), &[&missing]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn offsets_are_texts_and_count_the_records(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("counted", 2).await;
    fixture.produce(&topic, &["a", "b", "c"]).await;
    let all = fixture.data("get-partition-offsets", json!({ "topicName": topic })).await;
    let expected = json!([
        { "partition": 0, "lowWatermark": "0", "highWatermark": "3", "messageCount": 3 },
        { "partition": 1, "lowWatermark": "0", "highWatermark": "0", "messageCount": 0 },
    ]);
    assert_eq!(all["partitions"], expected);
    assert_eq!(all["topicName"], json!(topic));
    let one = fixture.data("get-partition-offsets", json!({ "topicName": topic, "partition": 1 })).await;
    assert_eq!(one["partitions"], json!([expected[1]]));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn offsets_of_what_is_not_there_are_told_to_be_missing(era: Era) {
    let fixture = Fixture::new(era).await;
    let [topic, missing] = [fixture.topic("counted", 2).await, fixture.cluster.name("missing")];
    let answer = fixture.call("get-partition-offsets", json!({ "topicName": missing })).await;
    assert_says(answer.failure("not_found"), &[&missing, "UNKNOWN_TOPIC_OR_PARTITION", "list the topics"]);
    let answer = fixture.call("get-partition-offsets", json!({ "topicName": topic, "partition": 2 })).await;
    assert_says(answer.failure("not_found"), &[&topic, "2"]);
    assert!(!fixture.topic_names().await.contains(&missing), "asking has made the topic");
    fixture.client.close().await;
}
}

/// A cluster with very many topics has to be listed by page, each within the bound on results.
#[tokio::test]
async fn ten_thousand_topics_are_listed_by_page() {
    // A single Kafka node of a test machine has room for fewer.
    let count: usize = if Cluster::is_real() { 1_000 } else { 10_000 };
    let broker = Broker::start().await;
    let client = Client::start(&broker.config(), Era::Session).await;
    for start in (0..count).step_by(100) {
        let topics: Vec<_> = (start..start + 100)
            .map(|n| json!({ "topic": format!("many-{n:05}"), "numPartitions": 1 }))
            .collect();
        client
            .data("create-topics", json!({ "topics": topics }))
            .await;
    }
    let mut listed = 0;
    let mut arguments = json!({ "prefix": "many-" });
    loop {
        let answer = client.call("list-topics", arguments.clone()).await;
        let page = answer.data();
        assert_eq!(page["total"], count, "{}", answer.text());
        assert!(
            answer.result["_meta"]["truncated"].is_null(),
            "a page does not fit: {}",
            answer.text()
        );
        listed += page["topics"].as_array().unwrap().len();
        match &page["nextPageToken"] {
            Value::Null => break,
            token => arguments["pageToken"] = token.clone(),
        }
    }
    assert_eq!(listed, count);
    // One page of everything is cut to the bound, and says so.
    let all = client
        .call("list-topics", json!({ "pageSize": 10_000 }))
        .await;
    if count == 10_000 {
        assert!(
            all.result["_meta"]["truncated"].is_array(),
            "{}",
            all.text().len()
        );
    }
    assert!(
        all.result.to_string().len() < 300_000,
        "{}",
        all.result.to_string().len()
    );
    client.close().await;
}
