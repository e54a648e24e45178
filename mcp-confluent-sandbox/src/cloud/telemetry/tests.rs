//! The metrics API as a client sees it.

use serde_json::{Value, json};

use crate::cloud::tests::{World, start};
use crate::cloud::{CLUSTER, CloudOptions};

const HOUR: &str = "2026-05-01T10:00:00Z/2026-05-01T11:00:00Z";

/// Asks for received bytes in [`HOUR`], with `more` in the request.
async fn query(world: &World, path: &str, more: Value) -> (u16, Value) {
    let mut body = json!({
        "aggregations": [{"metric": "io.confluent.kafka.server/received_bytes", "agg": "SUM"}],
        "filter": {"field": "resource.kafka.id", "op": "EQ", "value": CLUSTER},
        "granularity": "PT1M",
        "intervals": [HOUR],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    world.ask("POST", path, Some(body)).await
}

const QUERY: &str = "/v2/metrics/cloud/query";

fn sum(points: &Value) -> f64 {
    let points = points.as_array().unwrap().iter();
    points.map(|point| point["value"].as_f64().unwrap()).sum()
}

#[tokio::test]
async fn an_hour_is_the_sum_of_its_minutes() {
    let world = start(CloudOptions::new()).await;
    let (_, minutes) = query(&world, QUERY, json!({})).await;
    let (_, hour) = query(&world, QUERY, json!({"granularity": "PT1H"})).await;
    assert_eq!(minutes["data"].as_array().unwrap().len(), 60);
    assert_eq!(hour["data"].as_array().unwrap().len(), 1);
    assert_eq!(hour["data"][0]["timestamp"], "2026-05-01T10:00:00Z");
    assert!((sum(&minutes["data"]) - sum(&hour["data"])).abs() < 0.5);
    assert_eq!(query(&world, QUERY, json!({})).await.1, minutes);
}

#[tokio::test]
async fn groups_are_the_labels_that_there_are() {
    let world = start(CloudOptions::new()).await;
    let by_partition =
        json!({"group_by": ["metric.topic", "metric.partition"], "format": "GROUPED"});
    let (_, answer) = query(&world, QUERY, by_partition).await;
    let groups = answer["data"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{answer}");
    assert_eq!(groups[1]["metric.topic"], "orders");
    assert_eq!(groups[1]["metric.partition"], "1");
    assert_eq!(
        groups[1]["points"].as_array().unwrap().len(),
        40,
        "the limit"
    );
    let elsewhere = json!({"filter": {"op": "AND", "filters": [
        {"field": "resource.kafka.id", "op": "EQ", "value": CLUSTER},
        {"op": "NOT", "filter": {"field": "metric.topic", "op": "EQ", "value": "orders"}},
    ]}});
    assert_eq!(query(&world, QUERY, elsewhere).await.1["data"], json!([]));
}

#[tokio::test]
async fn long_answers_have_pages() {
    let world = start(CloudOptions::new()).await;
    let (_, first) = query(&world, QUERY, json!({"limit": 50})).await;
    let token = first["meta"]["pagination"]["next_page_token"]
        .as_str()
        .unwrap();
    let path = format!("{QUERY}?page_token={token}");
    let (_, second) = query(&world, &path, json!({"limit": 50})).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 10);
    assert_eq!(second["data"][0]["timestamp"], "2026-05-01T10:50:00Z");
    assert_eq!(second["meta"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_measured_is_refused() {
    let world = start(CloudOptions::new()).await;
    for (more, problem) in [
        (json!({"filter": null}), "id of a resource"),
        (
            json!({"group_by": ["metric.color"]}),
            "no label metric.color",
        ),
        (json!({"granularity": "PT2M"}), "PT2M"),
        (json!({"intervals": ["yesterday"]}), "yesterday"),
        (
            json!({"aggregations": [{"metric": "a/b"}]}),
            "a/b is unknown",
        ),
        (json!({"limit": 1001}), "limit"),
        (
            json!({"filter": {"field": "resource.kafka.id", "op": "LIKE", "value": "x"}}),
            "LIKE",
        ),
    ] {
        let (status, answer) = query(&world, QUERY, more).await;
        assert_eq!(status, 400, "{problem}: {answer}");
        assert!(answer.to_string().contains(problem), "{answer}");
    }
    let (status, _) = query(&world, "/v2/metrics/other/query", json!({})).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn descriptors_say_what_can_be_asked() {
    let world = start(CloudOptions::new()).await;
    let path = "/v2/metrics/cloud/descriptors/metrics";
    let (_, first) = world.ask("GET", path, None).await;
    assert!(first["meta"]["pagination"]["next_page_token"].is_string());
    let path = format!("{path}?resource_type=connector");
    let (_, connect) = world.ask("GET", &path, None).await;
    assert_eq!(connect["meta"]["pagination"]["total_size"], 3);
    assert_eq!(connect["data"][0]["resources"], json!(["connector"]));
    let path = "/v2/metrics/cloud/descriptors/resources";
    let (_, resources) = world.ask("GET", path, None).await;
    assert_eq!(resources["data"][0]["labels"][0]["key"], "kafka.id");
}
