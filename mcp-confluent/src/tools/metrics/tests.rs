//! The tools against a small server that answers what a test says.

use serde_json::{Value, json};

use crate::{
    client::http::tests::server::{Reply, Server},
    tools::testing::Tools,
};

fn tools(server: &Server) -> Tools {
    Tools::on(&[
        format!(
            "telemetry: {{endpoint: '{}', auth: {{type: api_key, key: k, secret: s}}}}",
            server.url
        ),
        "kafka: {bootstrap_servers: 'localhost:9', cluster_id: lkc-mine}".to_owned(),
    ])
}

fn body(server: &Server) -> Value {
    serde_json::from_str(&server.seen().last().unwrap().body).unwrap()
}

#[tokio::test]
async fn values_are_there_for_programs_and_for_people() {
    let server = Server::start(|_| {
        let points = json!([
            {"timestamp": "2026-05-01T10:00:00Z", "value": 1_234_567},
            {"timestamp": "2026-05-01T10:01:00Z", "value": null},
        ]);
        let meta = json!({"pagination": {"next_page_token": "p2"}});
        let data = json!([{"metric.topic": "orders", "points": points}]);
        Reply::json(200, &json!({"data": data, "meta": meta}))
    })
    .await;
    let arguments = json!({
        "metric": "io.confluent.kafka.server/received_bytes",
        "filter": {"resource.kafka.id": " ", "metric.topic": " orders "},
        "interval": "2026-05-01T10:00:00Z/PT1H",
        "group_by": ["metric.topic"],
    });
    let (answer, words) = tools(&server).ok("query-metrics", arguments).await;
    let filter = json!({"resource.kafka.id": "lkc-mine", "metric.topic": "orders"});
    assert_eq!(answer["filter"], filter);
    assert_eq!(answer["points"], 2);
    assert_eq!(answer["nextPageToken"], "p2");
    assert_eq!(
        answer["series"][0]["labels"],
        json!({"metric.topic": "orders"})
    );
    assert_eq!(answer["series"][0]["points"][0]["value"], 1_234_567.0);
    assert_eq!(
        answer["interval"],
        "2026-05-01T10:00:00Z/2026-05-01T11:00:00Z"
    );
    assert!(words.contains("2026-05-01T10:00:00Z: 1,234,567"), "{words}");
    assert!(words.contains("2026-05-01T10:01:00Z: N/A"), "{words}");
    assert_eq!(body(&server)["limit"], 100);
}

#[tokio::test]
async fn the_cluster_is_only_put_into_kafka_metrics() {
    let server = Server::start(|_| Reply::json(200, &json!({"data": []}))).await;
    let tools = tools(&server);
    let connect = json!({"metric": "io.confluent.kafka.connect/sent_records"});
    let (answer, words) = tools.ok("query-metrics", connect).await;
    assert_eq!(body(&server).get("filter"), None);
    assert_eq!(answer["series"], json!([]));
    assert!(words.contains("no data"), "{words}");
    let other = json!({
        "metric": "io.confluent.kafka.server/sent_bytes",
        "filter": {"resource.kafka.id": "lkc-other"},
    });
    tools.ok("query-metrics", other).await;
    assert_eq!(body(&server)["filter"]["value"], "lkc-other");
}

#[tokio::test]
async fn an_interval_that_is_none_is_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::json(200, &json!({"data": []}))).await;
    let arguments = json!({"metric": "a/b", "interval": "yesterday"});
    let error = tools(&server).error("query-metrics", arguments).await;
    assert!(error.contains("\"yesterday\""), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn metrics_are_listed_without_resources_where_those_fail() {
    let server = Server::start(|seen| {
        if seen.line.contains("/resources") {
            return Reply::json(403, &json!({"errors": [{"detail": "not for you"}]}));
        }
        let metrics = json!([
            {"name": "io.confluent.kafka.server/b", "resources": ["kafka"],
             "labels": [{"key": "topic"}], "type": "COUNTER_INT64", "unit": "By"},
            {"name": "io.confluent.kafka.connect/a", "resources": ["connector"]},
        ]);
        Reply::json(200, &json!({"data": metrics}))
    })
    .await;
    let tools = tools(&server);
    let (answer, words) = tools.ok("list-available-metrics", json!({})).await;
    assert_eq!(answer["total"], 2);
    assert_eq!(answer["metrics"][1]["labels"], json!(["metric.topic"]));
    assert!(words.contains("not for you"), "{words}");
    let kafka = json!({"resource_type": "kafka"});
    let (answer, _) = tools.ok("list-available-metrics", kafka).await;
    assert_eq!(answer["total"], 1);
    assert_eq!(answer["metrics"][0]["name"], "io.confluent.kafka.server/b");
}
