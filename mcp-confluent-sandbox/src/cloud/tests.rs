//! The cloud as a client sees it.

mod connectors;
mod login;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::AUTHORIZATION;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::{CLUSTER, Cloud, CloudOptions, ENVIRONMENT, Fault};
use crate::registry::{Registry, RegistryOptions};
use crate::{Sandbox, SandboxOptions};

pub(super) struct World {
    pub(super) cloud: Cloud,
    pub(super) broker: Sandbox,
    _registry: Registry,
}

pub(super) async fn start(options: CloudOptions) -> World {
    let broker = Sandbox::start(SandboxOptions::new()).await.unwrap();
    broker.create_topic("orders", 2).unwrap();
    let registry = Registry::start(RegistryOptions::new().preload(true))
        .await
        .unwrap();
    let cloud = Cloud::start(options, &broker, &registry).await.unwrap();
    World {
        cloud,
        broker,
        _registry: registry,
    }
}

impl World {
    pub(super) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask_as(None, method, path, body).await
    }

    async fn ask_as(
        &self,
        authorization: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let address = self.cloud.url().replace("http://", "");
        let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", address);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

#[tokio::test]
async fn a_list_has_pages() {
    let world = start(CloudOptions::new()).await;
    let (status, first) = world.ask("GET", "/org/v2/environments", None).await;
    assert_eq!((status, first["data"].as_array().unwrap().len()), (200, 10));
    let next = first["metadata"]["next"].as_str().unwrap();
    let (_, path) = next.split_at(world.cloud.url().len());
    let (_, second) = world.ask("GET", path, None).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 2);
    assert_eq!(second["metadata"]["next"], Value::Null);
}

#[tokio::test]
async fn what_does_not_fit_the_table_is_refused() {
    let world = start(CloudOptions::new()).await;
    let alter = format!("/kafka/v3/clusters/{CLUSTER}/topics/orders/configs:alter");
    for (method, path, body, problem) in [
        ("GET", "/org/v3/environments", None, "no route"),
        (
            "GET",
            "/org/v2/environments?limit=5",
            None,
            "query: limit is unknown",
        ),
        (
            "GET",
            "/org/v2/environments?page_size=x",
            None,
            "page_size is no number",
        ),
        ("GET", "/cmk/v2/clusters", None, "environment is missing"),
        (
            "GET",
            "/org/v2/environments",
            Some(json!({"a": 1})),
            "nobody expects",
        ),
        ("POST", &alter, Some(json!({})), "body.data: is missing"),
        (
            "POST",
            &alter,
            Some(json!({"data": [{"name": "a", "op": 1}]})),
            "body.data[0].op: is unknown",
        ),
        (
            "POST",
            &alter,
            Some(json!({"data": [{"name": 1}]})),
            "body.data[0].name: is no string",
        ),
    ] {
        let (status, answer) = world.ask(method, path, body).await;
        assert_eq!(status, 400, "{path}: {answer}");
        assert!(answer.to_string().contains(problem), "{path}: {answer}");
    }
}

#[tokio::test]
async fn the_cluster_is_the_broker() {
    let world = start(CloudOptions::new()).await;
    let topic = format!("/kafka/v3/clusters/{CLUSTER}/topics/orders");
    let (_, found) = world.ask("GET", &topic, None).await;
    assert_eq!(found["partitions_count"], 2);
    let change = json!({"data": [{"name": "retention.ms", "value": "1000"}]});
    let alter = format!("{topic}/configs:alter");
    assert_eq!(
        world.ask("POST", &alter, Some(change)).await,
        (204, Value::Null)
    );
    let (_, configs) = world.ask("GET", &format!("{topic}/configs"), None).await;
    let entries = configs["data"].as_array().unwrap();
    let retention = entries
        .iter()
        .find(|it| it["name"] == "retention.ms")
        .unwrap();
    assert_eq!(retention["value"], "1000");
    assert_eq!(retention["source"], "DYNAMIC_TOPIC_CONFIG");
    let bad = json!({"data": [{"name": "retention.ms", "value": "soon"}]});
    assert_eq!(world.ask("POST", &alter, Some(bad)).await.0, 400);
    let nowhere = format!("/kafka/v3/clusters/{CLUSTER}/topics/none/configs");
    assert_eq!(world.ask("GET", &nowhere, None).await.0, 404);
}

#[tokio::test]
async fn the_registry_answers_too() {
    let world = start(CloudOptions::new()).await;
    let (status, subjects) = world.ask("GET", "/subjects", None).await;
    assert_eq!(status, 200);
    assert!(
        subjects.to_string().contains("invoices-value"),
        "{subjects}"
    );
}

#[tokio::test]
async fn keys_are_asked_for() {
    let world = start(CloudOptions::new().api_key("key", "secret")).await;
    let path = format!("/org/v2/environments/{ENVIRONMENT}");
    assert_eq!(world.ask("GET", &path, None).await.0, 401);
    assert_eq!(world.ask("GET", "/subjects", None).await.0, 401);
    let key = Some("Basic a2V5OnNlY3JldA==");
    assert_eq!(world.ask_as(key, "GET", &path, None).await.0, 200);
}

#[tokio::test]
async fn it_fails_as_told() {
    let world = start(CloudOptions::new()).await;
    world.cloud.fail_next("/org", 1, Fault::html(502));
    let path = format!("/cmk/v2/clusters?environment={ENVIRONMENT}");
    assert_eq!(world.ask("GET", &path, None).await.0, 200);
    assert_eq!(world.ask("GET", "/org/v2/environments", None).await.0, 502);
    assert_eq!(world.ask("GET", "/org/v2/environments", None).await.0, 200);
    let expected = [format!("GET {path}"), "GET /org/v2/environments".to_owned()];
    assert_eq!(world.cloud.requests(), expected);
}
