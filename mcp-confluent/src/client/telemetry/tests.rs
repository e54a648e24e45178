//! The client against a server that answers what a test says.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::{
    client::http::{
        Call,
        tests::server::{Reply, Server},
    },
    config::HttpAuth,
    error::ErrorKind,
};

fn client(server: &Server) -> TelemetryClient {
    let block = TelemetryBlock {
        endpoint: server.url.clone(),
        auth: HttpAuth::ApiKey {
            key: SecretString::from("key"),
            secret: SecretString::from("secret"),
        },
        derived: false,
        tls: None,
    };
    TelemetryClient::new(&block).unwrap()
}

fn call() -> Call {
    Call::within(Duration::from_secs(10))
}

fn query() -> MetricsQuery {
    let interval = Interval::parse("2026-05-01T10:00:00Z/PT1H").unwrap();
    MetricsQuery::new("a/b", interval)
}

async fn ask(query: &MetricsQuery, answer: Value) -> (Value, Result<Measured>) {
    let server = Server::start(move |_| Reply::json(200, &answer)).await;
    let measured = client(&server).query(&call(), query).await;
    let seen = server.seen().remove(0);
    assert!(
        seen.line.starts_with("POST /v2/metrics/cloud/query"),
        "{}",
        seen.line
    );
    (serde_json::from_str(&seen.body).unwrap(), measured)
}

#[tokio::test]
async fn one_filter_stands_alone_and_several_are_joined() {
    let (body, _) = ask(&query(), json!({})).await;
    assert_eq!(
        body,
        json!({
            "aggregations": [{"metric": "a/b", "agg": "SUM"}],
            "granularity": "PT1M",
            "intervals": ["2026-05-01T10:00:00Z/2026-05-01T11:00:00Z"],
            "limit": 1000,
        })
    );
    let one = query().only("resource.kafka.id", "lkc-1");
    let (body, _) = ask(&one, json!({})).await;
    let first = json!({"field": "resource.kafka.id", "op": "EQ", "value": "lkc-1"});
    assert_eq!(body["filter"], first);
    let (body, _) = ask(&one.only("metric.topic", "t").by("metric.topic"), json!({})).await;
    let second = json!({"field": "metric.topic", "op": "EQ", "value": "t"});
    assert_eq!(
        body["filter"],
        json!({"op": "AND", "filters": [first, second]})
    );
    assert_eq!(body["group_by"], json!(["metric.topic"]));
    assert_eq!(body["format"], "GROUPED");
}

#[tokio::test]
async fn points_are_read_flat_and_grouped() {
    let flat = json!({"data": [
        {"timestamp": "t1", "value": 5, "metric.topic": "a"},
        {"timestamp": "t1", "value": null, "metric.topic": "b"},
        {"timestamp": "t2", "value": 1.5, "metric.topic": "a"},
    ], "meta": {"pagination": {"next_page_token": "more"}}});
    let (_, measured) = ask(&query(), flat).await;
    let measured = measured.unwrap();
    assert_eq!(measured.next.as_deref(), Some("more"));
    let [a, b] = &measured.series[..] else {
        panic!("{measured:?}")
    };
    assert_eq!((a.points.len(), a.last()), (2, Some(1.5)));
    assert_eq!((b.labels["metric.topic"].as_str(), b.last()), ("b", None));
    let grouped = json!({"data": [
        {"metric.topic": "a", "points": [{"timestamp": "t1", "value": 5}]},
        {"metric.topic": "b", "points": []},
    ]});
    let (_, measured) = ask(&query(), grouped).await;
    let measured = measured.unwrap();
    assert_eq!(measured.series[0].last(), Some(5.0));
    assert_eq!(measured.series[1].points, []);
    assert_eq!(measured.next, None);
}

#[tokio::test]
async fn a_refusal_that_looks_like_success_is_an_error() {
    let refused = json!({"errors": [{"detail": "no such label"}, {"detail": "too long"}]});
    let error = ask(&query(), refused).await.1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert!(
        error.message().ends_with("no such label; too long"),
        "{error}"
    );
}

#[tokio::test]
async fn descriptors_are_read_to_the_last_page() {
    let server = Server::start(|seen| {
        let last = seen.line.contains("page_token=p%202");
        let next = if last { "" } else { "p 2" };
        let name = if last { "b" } else { "a" };
        let meta = json!({"pagination": {"next_page_token": next}});
        Reply::json(
            200,
            &json!({"data": [{"name": name, "type": "GAUGE"}], "meta": meta}),
        )
    })
    .await;
    let metrics = client(&server).metrics(&call()).await.unwrap();
    let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}
