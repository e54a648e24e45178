//! Connectors and their logs.

use serde_json::{Value, json};

use super::super::{CLUSTER, CloudOptions, ENVIRONMENT, ORGANIZATION};
use super::{World, start};

fn connectors(below: &str) -> String {
    format!("/connect/v1/environments/{ENVIRONMENT}/clusters/{CLUSTER}/connectors{below}")
}

async fn shop() -> World {
    let world = start(CloudOptions::new()).await;
    world.broker.create_topic("payments", 2).unwrap();
    world
}

impl World {
    async fn get(&self, below: &str) -> Value {
        let (status, answer) = self.ask("GET", &connectors(below), None).await;
        assert_eq!(status, 200, "{below}: {answer}");
        answer
    }

    async fn state(&self, name: &str) -> Value {
        self.get(&format!("/{name}/status")).await["connector"]["state"].clone()
    }

    async fn act(&self, method: &str, below: &str, body: Option<Value>) -> u16 {
        self.ask(method, &connectors(below), body).await.0
    }
}

fn archive(name: &str) -> Value {
    json!({
        "name": name,
        "connector.class": "S3_SINK",
        "kafka.api.key": "key",
        "kafka.api.secret": "secret",
        "topics": "orders",
        "input.data.format": "JSON",
        "output.data.format": "JSON",
        "aws.access.key.id": "id",
        "aws.secret.access.key": "hidden",
        "s3.bucket.name": "bucket",
        "time.interval": "HOURLY",
        "tasks.max": "3",
    })
}

#[tokio::test]
async fn a_shop_has_connectors_that_work_and_one_that_does_not() {
    let world = shop().await;
    let names = world.get("").await;
    assert_eq!(
        names,
        json!(["orders-archive", "page-views-datagen", "payments-ledger"])
    );
    let all = world.get("?expand=info,status,id").await;
    assert_eq!(all["orders-archive"]["status"]["type"], "sink");
    assert_eq!(all["page-views-datagen"]["info"]["type"], "source");
    assert_eq!(all["payments-ledger"]["id"]["id"], "lcc-shop03");
    let failed = &all["payments-ledger"]["status"];
    assert_eq!(failed["connector"]["state"], "FAILED");
    let trace = failed["tasks"][0]["msg"].as_str().unwrap();
    assert!(trace.contains("UnknownHostException: ledger.shop.invalid"));
    let config = world.get("/payments-ledger/config").await;
    assert_eq!(config["connection.password"], "****************");
    assert_eq!(config["connection.user"], "ledger");
    let advice = world.get("/payments-ledger/error-recommendations").await;
    assert_eq!(advice["recommendations"].as_array().unwrap().len(), 3);
    let path = connectors("/orders-archive/error-recommendations");
    assert_eq!(world.ask("GET", &path, None).await.0, 400);
}

#[tokio::test]
async fn a_connector_is_made_configured_and_removed() {
    let world = shop().await;
    let body = json!({"name": "more", "config": archive("more")});
    assert_eq!(world.act("POST", "", Some(body.clone())).await, 201);
    assert_eq!(world.act("POST", "", Some(body)).await, 409);
    assert_eq!(world.state("more").await, "PROVISIONING");
    assert_eq!(world.state("more").await, "RUNNING");
    assert_eq!(world.get("/more/tasks").await.as_array().unwrap().len(), 3);
    let mut config = archive("more");
    config["tasks.max"] = json!("1");
    let path = "/more/config";
    assert_eq!(world.act("PUT", path, Some(config.clone())).await, 200);
    assert_eq!(world.get("/more/tasks").await.as_array().unwrap().len(), 1);
    config["aws.secret.access.key"] = json!("****");
    assert_eq!(world.act("PUT", path, Some(config)).await, 400);
    assert_eq!(world.act("DELETE", "/more", None).await, 200);
    assert_eq!(world.act("DELETE", "/more", None).await, 404);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_configuration_is_told() {
    let world = shop().await;
    let mut config = archive("more");
    let fields = config.as_object_mut().unwrap();
    fields.remove("s3.bucket.name");
    fields.remove("kafka.api.key");
    fields["topics"] = json!("orders, nowhere");
    fields["tasks.max"] = json!("0");
    let body = json!({"name": "more", "config": config});
    let (status, answer) = world.ask("POST", &connectors(""), Some(body)).await;
    assert_eq!(status, 400);
    let message = answer["error"]["message"].as_str().unwrap();
    for problem in [
        "s3.bucket.name: Missing",
        "kafka.api.key: Missing",
        "topics: there is no topic nowhere",
        "tasks.max: is not",
    ] {
        assert!(message.contains(problem), "{message}");
    }
    let unknown = json!({"name": "x", "config": {"name": "x", "connector.class": "Fax"}});
    assert_eq!(world.act("POST", "", Some(unknown)).await, 500);
    let account = json!({
        "name": "views", "connector.class": "DatagenSource", "kafka.topic": "views",
        "kafka.auth.mode": "SERVICE_ACCOUNT", "kafka.service.account.id": "sa-1",
        "output.data.format": "AVRO", "quickstart": "USERS", "tasks.max": "1",
    });
    let body = json!({"name": "views", "config": account});
    assert_eq!(world.act("POST", "", Some(body)).await, 201);
}

#[tokio::test]
async fn states_change_as_asked() {
    let world = shop().await;
    assert_eq!(world.act("PUT", "/orders-archive/pause", None).await, 202);
    assert_eq!(world.state("orders-archive").await, "PAUSED");
    assert_eq!(
        world.act("POST", "/orders-archive/restart", None).await,
        202
    );
    assert_eq!(world.state("orders-archive").await, "PAUSED");
    assert_eq!(world.act("PUT", "/orders-archive/resume", None).await, 202);
    assert_eq!(world.state("orders-archive").await, "RUNNING");
    // What is wrong with it is still wrong, until its host is another.
    assert_eq!(
        world.act("POST", "/payments-ledger/restart", None).await,
        202
    );
    assert_eq!(world.state("payments-ledger").await, "FAILED");
    let config = json!({
        "name": "payments-ledger", "connector.class": "PostgresSink", "topics": "payments",
        "kafka.api.key": "k", "kafka.api.secret": "s", "input.data.format": "JSON",
        "connection.host": "ledger.shop.example", "connection.user": "u",
        "connection.password": "p", "db.name": "d", "tasks.max": "1",
    });
    let path = "/payments-ledger/config";
    assert_eq!(world.act("PUT", path, Some(config)).await, 200);
    assert_eq!(world.state("payments-ledger").await, "RUNNING");
    assert_eq!(world.act("PUT", "/nobody/pause", None).await, 404);
}

#[tokio::test]
async fn a_sink_that_runs_follows_its_topics() {
    let world = shop().await;
    let record = |text: &'static str| crate::Record::new(text);
    let broker = &world.broker;
    broker
        .produce("orders", 1, &[record("a"), record("b")])
        .unwrap();
    let at = |offsets: Value| offsets["offsets"][1]["offset"]["kafka_offset"].clone();
    let path = "/orders-archive/offsets";
    assert_eq!(at(world.get(path).await), 2);
    world.act("PUT", "/orders-archive/pause", None).await;
    broker.produce("orders", 1, &[record("c")]).unwrap();
    assert_eq!(at(world.get(path).await), 2);
    world.act("PUT", "/orders-archive/resume", None).await;
    assert_eq!(at(world.get(path).await), 3);
    let other = "/connect/v1/environments/env-none/clusters/lkc-none/connectors";
    assert_eq!(world.ask("GET", other, None).await.0, 404);
}

#[tokio::test]
async fn logs_are_read_with_a_token_and_have_pages() {
    let world = start(CloudOptions::new().api_key("key", "secret")).await;
    let basic = Some("Basic a2V5OnNlY3JldA==");
    let search = json!({
        "crn": format!(
            "crn://confluent.cloud/organization={ORGANIZATION}/environment={ENVIRONMENT}\
             /cloud-cluster={CLUSTER}/connector=payments-ledger"
        ),
        "search": {"level": ["ERROR"], "id": "lcc-shop03"},
        "sort": "desc",
        "start_time": "2020-01-01T00:00:00Z",
        "end_time": "2099-01-01T00:00:00Z",
    });
    let path = "/logs/v1/search?page_size=20";
    let refused = world
        .ask_as(basic, "POST", path, Some(search.clone()))
        .await;
    assert_eq!(refused.0, 401, "a key is no token");
    let exchange = "/api/access_tokens";
    assert_eq!(world.ask("POST", exchange, Some(json!({}))).await.0, 401);
    let (_, given) = world.ask_as(basic, "POST", exchange, Some(json!({}))).await;
    let bearer = format!("Bearer {}", given["token"].as_str().unwrap());
    let ask = async |path: &str, body: &Value| {
        let answer = world.ask_as(Some(&bearer), "POST", path, Some(body.clone()));
        answer.await
    };
    let (status, first) = ask(path, &search).await;
    assert_eq!(status, 200, "{first}");
    let entries = first["data"].as_array().unwrap();
    assert_eq!(entries.len(), 20);
    assert!(entries.iter().all(|entry| entry["level"] == "ERROR"));
    assert!(entries[0]["timestamp"].as_str() > entries[19]["timestamp"].as_str());
    assert!(entries[0]["exception"]["stacktrace"].is_string());
    let next = first["metadata"]["next"].as_str().unwrap();
    let (_, second) = ask(&next[world.cloud.url().len()..], &search).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 5);
    assert_eq!(second["metadata"]["next"], Value::Null);
    let mut of_another = search.clone();
    of_another["search"]["id"] = json!("lcc-other");
    let (_, none) = ask(path, &of_another).await;
    assert_eq!(none["data"], json!([]));
}
