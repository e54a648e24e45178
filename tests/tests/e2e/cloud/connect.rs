//! Connectors.

use mcp_confluent_sandbox::cloud::{CLUSTER, ENVIRONMENT, Fault, ORGANIZATION};
use mcp_confluent_tests::{Client, CloudWorld, Era, Person, Plan};
use serde_json::{Value, json};

use super::plays;

plays! {
    list_connectors: Plan::reads("list-connectors")
        .all(with_cluster(json!({})))
        .wrong(json!({ "clusterId": 7 }), "clusterId")
        .empty_answer("connectors", json!({}));
    create_connector: Plan::writes("create-connector")
        .minimal(json!({ "connectorName": "views-1", "connectorConfig": datagen(json!({})) }))
        .all(with_cluster(json!({
            "connectorName": "views-2",
            "connectorConfig": datagen(json!({
                "name": "views-2", "kafka.api.key": "own", "kafka.api.secret": "own-secret",
            })),
        })))
        .wrong(json!({ "connectorName": "" }), "connectorName")
        .wrong(json!({ "connectorConfig": { "tasks.max": "1" } }), "connector.class")
        .wrong(json!({ "connectorConfig": datagen(json!({ "tasks.max": 1 })) }), "tasks.max")
        .wrong(json!({ "connectorConfig": datagen(json!({ "name": "other" })) }), "connectorName")
        .wrong(json!({ "connectorConfig": datagen(json!({ "a.password": "****" })) }), "a.password");
    delete_connector: Plan::writes("delete-connector")
        .minimal(json!({ "connectorName": "orders-archive" }))
        .all(with_cluster(json!({ "connectorName": "payments-ledger" })))
        .wrong(json!({ "connectorName": "" }), "connectorName");
    get_connector_config: reads("get-connector-config");
    get_connector_offsets: reads("get-connector-offsets")
        .empty_answer("offsets", json!({ "offsets": [] }));
    get_connector_status: reads("get-connector-status")
        .empty_answer("tasks", json!({ "connector": { "state": "PROVISIONING" }, "tasks": [] }));
    get_connector_tasks: reads("get-connector-tasks").empty_answer("tasks", json!([]));
    get_connector_error_summary: reads("get-connector-error-summary");
    get_connector_error_recommendations: reads("get-connector-error-recommendations")
        .empty_answer("recommendations", json!({ "event_id": "e", "recommendations": [] }));
    get_connector_logs: reads("get-connector-logs")
        .at("/logs")
        .all(with_cluster(json!({
            "connectorName": "payments-ledger",
            "organizationId": ORGANIZATION,
            "connectorId": "lcc-shop03",
            "levels": ["ERROR", "WARN"],
            "startTime": "2026-01-01",
            "endTime": "2099-01-01T00:00:00Z",
            "pageSize": 7,
            "pageToken": "from-3",
        })))
        .wrong(json!({ "levels": [] }), "levels")
        .wrong(json!({ "levels": ["LOUD"] }), "levels")
        .wrong(json!({ "startTime": "soon" }), "startTime")
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("entries", json!({ "startTime": "2026-01-01", "endTime": "2099-01-01" }))
        .empty("entries", json!({ "levels": ["TRACE"] }));
    update_connector_config: Plan::writes("update-connector-config")
        .minimal(json!({
            "connectorName": "page-views-datagen", "connectorConfig": datagen(json!({})),
        }))
        .all(with_cluster(json!({
            "connectorName": "page-views-datagen",
            "connectorConfig": datagen(json!({ "tasks.max": "2" })),
        })))
        .wrong(json!({ "connectorConfig": { "tasks.max": "1" } }), "connector.class")
        .wrong(json!({ "connectorConfig": datagen(json!({ "a.password": "****" })) }), "a.password");
    pause_connector: acts("pause-connector");
    resume_connector: acts("resume-connector");
    restart_connector: acts("restart-connector");
}

fn with_cluster(mut arguments: Value) -> Value {
    arguments["environmentId"] = ENVIRONMENT.into();
    arguments["clusterId"] = CLUSTER.into();
    arguments
}

/// A plan of a tool that takes a connector that failed, and nothing else.
fn of_connector(plan: Plan) -> Plan {
    let connector = json!({ "connectorName": "payments-ledger" });
    plan.minimal(connector.clone())
        .all(with_cluster(connector))
        .wrong(json!({ "connectorName": "" }), "connectorName")
}

fn reads(tool: &'static str) -> Plan {
    of_connector(Plan::reads(tool))
}

fn acts(tool: &'static str) -> Plan {
    of_connector(Plan::writes(tool))
}

fn datagen(others: Value) -> Value {
    let mut config = json!({
        "connector.class": "DatagenSource",
        "kafka.topic": "page-views",
        "output.data.format": "JSON",
        "quickstart": "PAGEVIEWS",
        "tasks.max": "1",
    });
    for (key, value) in others.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

async fn state(client: &Client, name: &str) -> Value {
    let arguments = json!({ "connectorName": name });
    client.data("get-connector-status", arguments).await["state"].clone()
}

#[tokio::test]
async fn the_life_of_a_connector() {
    let world = CloudWorld::start().await;
    let person = Person::accepts();
    let client = Client::start_with(&world.config(), Era::Session, &person).await;
    let views = json!({ "connectorName": "views" });
    let create = json!({ "connectorName": "views", "connectorConfig": datagen(json!({})) });
    let made = client.data("create-connector", create.clone()).await;
    assert_eq!(
        (&made["type"], &made["usesConnectionKey"]),
        (&json!("source"), &json!(true))
    );
    assert_eq!(made["config"]["kafka.api.key"], "***");
    let twice = client.call("create-connector", create).await;
    twice.failure("conflict");
    assert_eq!(state(&client, "views").await, "PROVISIONING");
    let status = client.data("get-connector-status", views.clone()).await;
    assert_eq!(status["connectorId"], "lcc-shop04");
    assert_eq!(status["tasks"][0]["state"], "RUNNING");
    client.data("pause-connector", views.clone()).await;
    assert_eq!(state(&client, "views").await, "PAUSED");
    let summary = client
        .data("get-connector-error-summary", views.clone())
        .await;
    assert_eq!(summary["hasError"], false, "a pause is no error: {summary}");
    client.data("resume-connector", views.clone()).await;
    assert_eq!(state(&client, "views").await, "RUNNING");
    client.data("restart-connector", views.clone()).await;
    let mut update = views.clone();
    update["connectorConfig"] =
        datagen(json!({ "tasks.max": "3", "kafka.api.key": "****************" }));
    client.data("update-connector-config", update).await;
    let tasks = client.data("get-connector-tasks", views.clone()).await;
    assert_eq!(tasks["tasks"].as_array().unwrap().len(), 3);
    client.data("delete-connector", views.clone()).await;
    let gone = client.call("get-connector-status", views).await;
    gone.failure("not_found");
    let asked = person.asked();
    let [replaced, deleted] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(replaced.contains("tasks.max: 1 becomes 3"), "{replaced}");
    assert!(replaced.contains("connection's API key"), "{replaced}");
    assert!(
        deleted.contains("Delete the connector \"views\""),
        "{deleted}"
    );
    client.close().await;
}

#[tokio::test]
async fn an_update_neither_writes_masks_nor_makes_connectors() {
    let world = CloudWorld::start().await;
    let person = Person::accepts();
    let client = Client::start_with(&world.config(), Era::Session, &person).await;
    let name = json!({ "connectorName": "payments-ledger" });
    let shown = client.data("get-connector-config", name).await;
    let same = json!({ "connectorName": "payments-ledger", "connectorConfig": shown["config"] });
    let refused = client.call("update-connector-config", same.clone()).await;
    let text = refused.failure("argument");
    assert!(text.contains("`connection.password`"), "{text}");
    assert!(!text.contains("kafka.api.key"), "that one is known: {text}");
    let mut other = same;
    other["connectorName"] = "payments-leger".into();
    other["connectorConfig"]["name"] = "payments-leger".into();
    other["connectorConfig"]["connection.password"] = "new".into();
    let missing = client.call("update-connector-config", other).await;
    missing.failure("not_found");
    assert!(person.asked().is_empty(), "{:?}", person.asked());
    let sent = world.cloud.requests();
    assert!(!sent.iter().any(|it| it.starts_with("PUT")), "{sent:?}");
    client.close().await;
}

#[tokio::test]
async fn what_the_service_does_not_hide_is_hidden_here() {
    let world = CloudWorld::start().await;
    let person = Person::accepts();
    let client = Client::start_with(&world.config(), Era::Session, &person).await;
    let config = json!({
        "connector.class": "com.example.Own",
        "confluent.connector.type": "CUSTOM",
        "confluent.custom.plugin.id": "ccp-1",
        "tasks.max": "1",
        "crm.token": "hunter2",
        "crm.url": "https://u:hunter2@crm.example/x",
        "crm.account": r#"{"type": "service_account", "private_key": "hunter2"}"#,
        "crm.user": "shop",
    });
    let create = json!({ "connectorName": "own", "connectorConfig": config });
    let mut answers = vec![client.call("create-connector", create.clone()).await];
    for tool in [
        "get-connector-config",
        "get-connector-status",
        "get-connector-tasks",
    ] {
        // The first look at the state is what has tasks made.
        answers.push(client.call(tool, json!({ "connectorName": "own" })).await);
    }
    let mut update = create;
    update["connectorConfig"]["crm.user"] = "hunter".into();
    answers.push(client.call("update-connector-config", update).await);
    for answer in &answers {
        assert!(!answer.is_error(), "{}", answer.text());
        assert!(
            !answer.result.to_string().contains("hunter2"),
            "{}",
            answer.result
        );
    }
    assert_eq!(answers[1].data()["config"]["crm.user"], "shop");
    let question = &person.asked()[0];
    assert!(
        question.contains("crm.user: shop becomes hunter"),
        "{question}"
    );
    assert!(!question.contains("hunter2"), "{question}");
    client.close().await;
}

#[tokio::test]
async fn a_service_that_repeats_a_secret_is_not_repeated() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let answer = json!({ "error": {
        "code": 400, "message": "Invalid value hunter2 for configuration crm.password: too short",
    } });
    world
        .cloud
        .fail_next("/connect", 1, Fault::json(400, &answer));
    let config = datagen(json!({ "crm.password": "hunter2" }));
    let create = json!({ "connectorName": "views", "connectorConfig": config });
    let refused = client.call("create-connector", create).await;
    let text = refused.failure("argument");
    assert!(text.contains("Invalid value *** for"), "{text}");
    client.close().await;
}

#[tokio::test]
async fn a_failure_is_found_explained_and_read() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let all = client.data("list-connectors", json!({})).await;
    let failed: Vec<_> = all["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|connector| connector["state"] == "FAILED")
        .map(|connector| connector["name"].clone())
        .collect();
    assert_eq!(failed, ["payments-ledger"]);
    let name = json!({ "connectorName": " payments-ledger " });
    let summary = client
        .data("get-connector-error-summary", name.clone())
        .await;
    assert_eq!(summary["hasError"], true);
    assert_eq!(
        summary["errorsFromTrace"],
        json!(["The host ledger.shop.invalid is not known"])
    );
    let head = summary["connectorTraceHead"].as_str().unwrap();
    assert!(head.ends_with("… (cut)"), "{head}");
    let advice = client
        .data("get-connector-error-recommendations", name.clone())
        .await;
    assert_eq!(advice["recommendations"].as_array().unwrap().len(), 3);
    let sound = json!({ "connectorName": "orders-archive" });
    let none = client
        .data("get-connector-error-recommendations", sound.clone())
        .await;
    assert_eq!(none["recommendations"], json!([]));
    let log = client.data("get-connector-logs", name).await;
    assert_eq!(log["levels"], json!(["ERROR"]));
    assert_eq!(log["entries"].as_array().unwrap().len(), 25);
    let offsets = client.data("get-connector-offsets", sound).await;
    assert_eq!(offsets["offsets"].as_array().unwrap().len(), 3);
    client.close().await;
}

#[tokio::test]
async fn one_token_serves_until_it_is_refused() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let name = json!({ "connectorName": "payments-ledger" });
    for _ in 0..3 {
        client.data("get-connector-logs", name.clone()).await;
    }
    world.cloud.fail_next("/logs", 1, Fault::status(401));
    client.data("get-connector-logs", name.clone()).await;
    let sent = world.cloud.requests();
    let times = |path: &str| sent.iter().filter(|it| it.contains(path)).count();
    assert_eq!(times("/api/access_tokens"), 2, "{sent:?}");
    assert_eq!(times("/org/v2/organizations"), 1, "{sent:?}");
    assert_eq!(times("/logs/v1/search"), 4, "{sent:?}");
    world
        .cloud
        .fail_next("/api/access_tokens", 9, Fault::status(403));
    world.cloud.fail_next("/logs", 1, Fault::status(401));
    let refused = client.call("get-connector-logs", name).await;
    let text = refused.failure("denied");
    assert!(text.contains("endpoints.session"), "{text}");
    client.close().await;
}
