//! Statements as a client sees them.

use serde_json::{Value, json};

use super::super::tests::{World, start};
use super::super::{COMPUTE_POOL, CloudOptions, ENVIRONMENT, ORGANIZATION};
use crate::Record;
use crate::cloud::world::FLINK_TASKS;

fn path(rest: &str) -> String {
    format!("/sql/v1/organizations/{ORGANIZATION}/environments/{ENVIRONMENT}/statements{rest}")
}

fn statement(name: &str, sql: &str, more: Value) -> Value {
    let mut properties = json!({
        "sql.current-catalog": "shop",
        "sql.current-database": "orders",
    });
    if let (Some(all), Value::Object(more)) = (properties.as_object_mut(), more) {
        all.extend(more);
    }
    json!({
        "name": name,
        "organization_id": ORGANIZATION,
        "environment_id": ENVIRONMENT,
        "spec": {
            "statement": sql,
            "compute_pool_id": COMPUTE_POOL,
            "properties": properties,
        },
    })
}

async fn phase(world: &World, name: &str) -> Value {
    let (_, found) = world.ask("GET", &path(&format!("/{name}")), None).await;
    found["status"]["phase"].clone()
}

/// Starts a statement and looks at it until it is where it ends.
async fn run(world: &World, name: &str, sql: &str, more: Value) -> Value {
    let (status, made) = world
        .ask("POST", &path(""), Some(statement(name, sql, more)))
        .await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["status"]["phase"], "PENDING");
    phase(world, name).await;
    let (_, found) = world.ask("GET", &path(&format!("/{name}")), None).await;
    found
}

async fn rows(world: &World, name: &str) -> (Vec<Value>, Option<String>) {
    let (status, page) = world
        .ask("GET", &path(&format!("/{name}/results")), None)
        .await;
    assert_eq!(status, 200, "{page}");
    let rows = page["results"]["data"].as_array().unwrap();
    let next = page["metadata"]["next"].as_str().map(|next| {
        let (_, path) = next.split_at(world.cloud.url().len());
        path.to_owned()
    });
    (rows.iter().map(|row| row["row"].clone()).collect(), next)
}

#[tokio::test]
async fn a_query_is_pending_then_running_then_completed() {
    let world = start(CloudOptions::new()).await;
    let (_, made) = world
        .ask(
            "POST",
            &path(""),
            Some(statement("one", "SELECT 1, 'a' AS b", json!({}))),
        )
        .await;
    assert_eq!(made["name"], "one");
    let (status, _) = world.ask("GET", &path("/one/results"), None).await;
    assert_eq!(status, 409);
    assert_eq!(phase(&world, "one").await, "RUNNING");
    let (_, found) = world.ask("GET", &path("/one"), None).await;
    assert_eq!(found["status"]["phase"], "COMPLETED");
    let columns = &found["status"]["traits"]["schema"]["columns"];
    assert_eq!(
        (&columns[0]["name"], &columns[1]["name"]),
        (&json!("EXPR$0"), &json!("b"))
    );
    assert_eq!(rows(&world, "one").await, (vec![json!(["1", "a"])], None));
    let (status, _) = world
        .ask(
            "POST",
            &path(""),
            Some(statement("one", "SELECT 1", json!({}))),
        )
        .await;
    assert_eq!(status, 409);
    assert_eq!(world.ask("DELETE", &path("/one"), None).await.0, 202);
    assert_eq!(world.ask("GET", &path("/one"), None).await.0, 404);
}

#[tokio::test]
async fn the_information_schema_is_that_of_the_cluster() {
    let world = start(CloudOptions::new()).await;
    run(
        &world,
        "a",
        "SELECT SCHEMA_ID, SCHEMA_NAME FROM `env-shop01`.`INFORMATION_SCHEMA`.`SCHEMATA` \
         WHERE SCHEMA_NAME <> 'INFORMATION_SCHEMA'",
        json!({}),
    )
    .await;
    assert_eq!(rows(&world, "a").await.0, [json!(["lkc-shop01", "orders"])]);
    run(
        &world,
        "b",
        "SELECT TABLE_NAME, DISTRIBUTION_BUCKETS FROM shop.INFORMATION_SCHEMA.TABLES \
         WHERE TABLE_SCHEMA = 'orders'",
        json!({}),
    )
    .await;
    assert_eq!(rows(&world, "b").await.0, [json!(["orders", "2"])]);
    run(
        &world,
        "c",
        "SELECT COLUMN_NAME, FULL_DATA_TYPE FROM `INFORMATION_SCHEMA`.COLUMNS \
         WHERE TABLE_NAME = 'orders' AND IS_HIDDEN = 'NO'",
        json!({}),
    )
    .await;
    let expected = ["key", "val"].map(|name| json!([name, "VARCHAR(2147483647)"]));
    assert_eq!(rows(&world, "c").await.0, expected);
}

#[tokio::test]
async fn a_topic_is_read_to_its_end_or_for_ever_a_page_at_a_time() {
    let world = start(CloudOptions::new()).await;
    let records: Vec<_> = (0..130)
        .map(|n| Record::new(format!("v{n}")).key("k").timestamp(n))
        .collect();
    world.broker.produce("orders", 0, &records).unwrap();
    let snapshot = json!({"sql.snapshot.mode": "now"});
    let done = run(&world, "now", "SELECT * FROM orders", snapshot).await;
    assert_eq!(done["status"]["phase"], "COMPLETED");
    let (first, next) = rows(&world, "now").await;
    assert_eq!((first.len(), &first[0]), (100, &json!(["k", "v0"])));
    let (_, second) = world.ask("GET", &next.unwrap(), None).await;
    assert_eq!(second["results"]["data"].as_array().unwrap().len(), 30);
    assert_eq!(second["metadata"]["next"], Value::Null);

    let done = run(
        &world,
        "ever",
        "SELECT val FROM orders WHERE key = 'new'",
        json!({}),
    )
    .await;
    assert_eq!(done["status"]["phase"], "RUNNING");
    let (first, next) = rows(&world, "ever").await;
    assert!(first.is_empty());
    let record = Record::new("more").key("new");
    world.broker.produce("orders", 1, &[record]).unwrap();
    let (_, page) = world.ask("GET", &next.unwrap(), None).await;
    assert_eq!(page["results"]["data"][0]["row"], json!(["more"]));
    assert!(page["metadata"]["next"].is_string());
    let mut body = statement("ever", "SELECT val FROM orders", json!({}));
    body["spec"]["stopped"] = json!(true);
    assert_eq!(world.ask("PUT", &path("/ever"), Some(body)).await.0, 202);
    assert_eq!(phase(&world, "ever").await, "STOPPED");
}

#[tokio::test]
async fn tables_are_topics_and_schemas_give_them_columns() {
    let world = start(CloudOptions::new()).await;
    run(
        &world,
        "a",
        "CREATE TABLE subscriptions (id STRING) DISTRIBUTED INTO 2 BUCKETS",
        json!({}),
    )
    .await;
    run(&world, "b", "DESCRIBE subscriptions", json!({})).await;
    let (columns, _) = rows(&world, "b").await;
    assert_eq!(
        columns[2],
        json!(["email", "VARCHAR(2147483647)", "NOT NULL", ""]),
        "{columns:?}"
    );
    run(
        &world,
        "c",
        "INSERT INTO subscriptions VALUES ('k', '7', 'a@b.c', NULL)",
        json!({}),
    )
    .await;
    let snapshot = json!({"sql.snapshot.mode": "now"});
    run(&world, "d", "SELECT id, email FROM subscriptions", snapshot).await;
    assert_eq!(rows(&world, "d").await.0, [json!(["7", "a@b.c"])]);
    run(&world, "e", "DROP TABLE subscriptions", json!({})).await;
    let failed = run(&world, "f", "SELECT * FROM subscriptions", json!({})).await;
    assert_eq!(failed["status"]["phase"], "FAILED");
}

#[tokio::test]
async fn what_fails_says_why() {
    let world = start(CloudOptions::new()).await;
    for (name, sql, more, reason) in [
        ("a", "SELECT * FROM nowhere", json!({}), "does not exist"),
        ("b", "SELEC 1", json!({}), "SQL parse failed"),
        ("c", "SELECT nope FROM orders", json!({}), "Column 'nope'"),
        (
            "d",
            "SELECT * FROM orders",
            json!({"sql.current-catalog": "other"}),
            "cannot be resolved",
        ),
    ] {
        let failed = run(&world, name, sql, more).await;
        assert_eq!(failed["status"]["phase"], "FAILED");
        let detail = failed["status"]["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
        let (_, list) = world
            .ask("GET", &path(&format!("/{name}/exceptions")), None)
            .await;
        let message = list["data"][0]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn statements_are_listed_by_label_and_hidden_ones_when_asked_for() {
    let world = start(CloudOptions::new()).await;
    let (_, before) = world.ask("GET", &path(""), None).await;
    let there = before["data"].as_array().unwrap().len();
    let mut body = statement("mine", "SELECT 1", json!({}));
    body["metadata"] = json!({"labels": {"user.confluent.io/hidden": "true", "team": "a"}});
    world.ask("POST", &path(""), Some(body)).await;
    for (query, expected) in [
        (String::new(), there),
        (
            "?label_selector=user.confluent.io%2Fhidden%3Dtrue".to_owned(),
            1,
        ),
        (
            "?label_selector=user.confluent.io%2Fhidden%3Dtrue%2Cteam%3Db".to_owned(),
            0,
        ),
        (format!("?spec.compute_pool_id={COMPUTE_POOL}"), there),
        ("?spec.compute_pool_id=lfcp-other".to_owned(), 0),
    ] {
        let (_, list) = world.ask("GET", &path(&query), None).await;
        assert_eq!(list["data"].as_array().unwrap().len(), expected, "{query}");
    }
    let (_, graph) = world
        .ask("GET", &path("/revenue-by-city/task-graph"), None)
        .await;
    let graph: Value = serde_json::from_str(graph["Graph"].as_str().unwrap()).unwrap();
    assert_eq!(
        graph["tasks"][1]["input_tasks"][0]["task_id"],
        FLINK_TASKS[0]
    );
    let (_, none) = world
        .ask("GET", &path("/join-payments/task-graph"), None)
        .await;
    assert_eq!(none, json!({}));
}

#[tokio::test]
async fn a_statement_that_cannot_be_is_refused() {
    let world = start(CloudOptions::new()).await;
    for (name, sql, pool, expected) in [
        ("Upper", "SELECT 1", COMPUTE_POOL, 422),
        ("-a", "SELECT 1", COMPUTE_POOL, 422),
        ("a", " ", COMPUTE_POOL, 422),
        ("a", "SELECT 1", "lfcp-other", 404),
    ] {
        let mut body = statement(name, sql, json!({}));
        body["spec"]["compute_pool_id"] = json!(pool);
        let (status, answer) = world.ask("POST", &path(""), Some(body)).await;
        assert_eq!(status, expected, "{answer}");
    }
    let elsewhere = path("").replace(ENVIRONMENT, "env-other");
    assert_eq!(world.ask("GET", &elsewhere, None).await.0, 404);
}
