//! Metrics.

use mcp_confluent_sandbox::cloud::CLUSTER;
use mcp_confluent_tests::{CloudWorld, Plan};
use serde_json::json;

use super::plays;

const BYTES: &str = "io.confluent.kafka.server/received_bytes";
const HOUR: &str = "2026-05-01T10:00:00Z/PT1H";

plays! {
    query_metrics: Plan::reads("query-metrics")
        .minimal(json!({ "metric": BYTES }))
        .all(json!({
            "metric": BYTES,
            "dataset": "cloud",
            "aggregation": "MAX",
            "filter": { "resource.kafka.id": CLUSTER, "metric.topic": "orders" },
            "granularity": "PT5M",
            "interval": HOUR,
            "group_by": ["metric.topic"],
            "limit": 2,
            "pageToken": "from-2",
        }))
        .wrong(json!({ "limit": 0 }), "limit")
        .wrong(json!({ "interval": "yesterday" }), "interval")
        .empty_answer("series", json!({ "data": [] }));
    list_available_metrics: Plan::reads("list-available-metrics")
        .all(json!({ "resource_type": "kafka", "pageSize": 5, "pageToken": "io.confluent.flink" }))
        .wrong(json!({ "resourceType": "car" }), "resource_type")
        .pages("metrics", json!({}))
        .empty_answer("metrics", json!({ "data": [] }));
}

#[tokio::test]
async fn a_long_series_comes_in_parts() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let mut arguments = json!({ "metric": BYTES, "interval": HOUR, "limit": 50 });
    let first = client.data("query-metrics", arguments.clone()).await;
    arguments["pageToken"] = first["nextPageToken"].clone();
    let second = client.data("query-metrics", arguments.clone()).await;
    assert_eq!(first["points"], 50);
    assert_eq!(second["points"], 10);
    assert_eq!(
        second["series"][0]["points"][0]["timestamp"],
        "2026-05-01T10:50:00Z"
    );
    assert_eq!(second["nextPageToken"], json!(null));
    client.close().await;
}

#[tokio::test]
async fn without_brokers_topics_are_configured_through_the_rest_api() {
    let world = CloudWorld::start().await;
    let mut connection = world.connection();
    for key in ["bootstrap_servers", "extra_properties"] {
        connection["kafka"]
            .as_object_mut()
            .expect("a block")
            .remove(key);
    }
    let config = mcp_confluent_tests::Config::new().connection("cloud", connection);
    let person = mcp_confluent_tests::Person::accepts();
    let era = mcp_confluent_tests::Era::Session;
    let client = mcp_confluent_tests::Client::start_with(&config, era, &person).await;
    let change = json!({
        "topicName": "orders",
        "topicConfigs": [{ "name": "retention.ms", "value": "86400000", "operation": "SET" }],
    });
    let changed = client.data("alter-topic-config", change).await;
    assert_eq!(changed["configs"][0]["value"], "86400000");
    let arguments = json!({ "topicName": "orders", "onlyOverrides": true });
    let config = client.data("get-topic-config", arguments).await;
    let names = config["configs"].as_array().expect("a list").iter();
    let names: Vec<_> = names.map(|entry| &entry["name"]).collect();
    assert!(names.contains(&&json!("retention.ms")), "{config}");
    let missing = client
        .call("get-topic-config", json!({ "topicName": "none" }))
        .await;
    assert!(missing.is_error());
    assert_eq!(missing.result["_meta"]["error"]["kind"], "not_found");
    client.close().await;
}
