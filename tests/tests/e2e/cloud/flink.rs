//! Flink SQL: statements, results, the catalog, and what is wrong with a statement.

use mcp_confluent_sandbox::cloud::{CLUSTER, COMPUTE_POOL, ENVIRONMENT, Fault, ORGANIZATION};
use mcp_confluent_sandbox::preload_payloads;
use mcp_confluent_tests::{Client, CloudWorld, Config, Era, Person, Plan, eventually};
use serde_json::{Value, json};

use super::plays;

/// `arguments` and the ids that every tool takes.
fn all(mut arguments: Value) -> Value {
    arguments["organizationId"] = ORGANIZATION.into();
    arguments["environmentId"] = ENVIRONMENT.into();
    arguments["computePoolId"] = COMPUTE_POOL.into();
    arguments
}

plays! {
    list_statements: Plan::reads("list-flink-statements")
        .all(all(json!({
            "pageSize": 2,
            "pageToken": "from-1",
            "labelSelector": "team!=a",
            "statusPhase": "RUNNING",
        })))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({}))
        .empty("items", json!({ "statusPhase": "DEGRADED" }));
    create_statement: Plan::writes("create-flink-statement")
        .minimal(json!({ "statementName": "one", "statement": "CREATE TABLE played (a STRING)" }))
        .all(all(json!({
            "statementName": "two.b-2",
            "statement": "DROP TABLE played",
            "catalogName": "shop",
            "databaseName": CLUSTER,
        })))
        .wrong(json!({ "statementName": "Two" }), "statementName")
        .wrong(json!({ "statementName": "a..b" }), "statementName")
        .wrong(json!({ "statement": "" }), "statement");
    delete_statement: Plan::writes("delete-flink-statements")
        .minimal(json!({ "statementName": "join-payments" }))
        .all(all(json!({ "statementName": "orders-archive" })))
        .wrong(json!({ "statementName": "" }), "statementName");
    results: Plan::reads("get-flink-statement-results")
        .before("create-flink-statement", json!({ "statementName": "one", "statement": "SELECT 1" }))
        .minimal(json!({ "statementName": "one" }))
        .all(all(json!({
            "statementName": "one",
            "timeoutInMilliseconds": -1,
            "maxRows": 5,
            "pageToken": "0.",
        })))
        .wrong(json!({ "maxRows": 0 }), "maxRows")
        .wrong(json!({ "timeoutInMilliseconds": -2 }), "timeoutInMilliseconds")
        .wrong(json!({ "pageToken": "nonsense" }), "pageToken")
        .long_running();
    exceptions: Plan::reads("get-flink-statement-exceptions")
        .minimal(json!({ "statementName": "join-payments" }))
        .all(all(json!({ "statementName": "clean-page-views" })))
        .wrong(json!({ "statementName": 7 }), "statementName")
        .empty("exceptions", json!({ "statementName": "revenue-by-city" }));
    catalogs: Plan::reads("list-flink-catalogs").all(all(json!({})));
    databases: Plan::reads("list-flink-databases")
        .all(all(json!({ "catalogName": "shop" })))
        .wrong(json!({ "catalogName": 1 }), "catalogName");
    tables: Plan::reads("list-flink-tables")
        .all(all(json!({
            "catalogName": "shop",
            "databaseName": CLUSTER,
            "pageSize": 3,
            "pageToken": "orders.a",
        })))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({}))
        .empty("items", json!({ "databaseName": "nowhere" }));
    describe_table: Plan::reads("describe-flink-table")
        .minimal(json!({ "tableName": "orders" }))
        .all(all(json!({ "tableName": "orders", "catalogName": "shop", "databaseName": "orders" })))
        .wrong(json!({ "tableName": "" }), "tableName");
    table_info: Plan::reads("get-flink-table-info")
        .minimal(json!({ "tableName": "orders" }))
        .all(all(json!({ "tableName": "orders", "catalogName": "shop", "databaseName": "orders" })))
        .wrong(json!({ "tableName": "" }), "tableName");
    issues: Plan::reads("detect-flink-statement-issues")
        .minimal(json!({ "statementName": "revenue-by-city" }))
        .all(all(json!({ "statementName": "join-payments", "includeMetrics": false })))
        .wrong(json!({ "includeMetrics": 1 }), "includeMetrics");
    profile: Plan::reads("get-flink-statement-profile")
        .minimal(json!({ "statementName": "revenue-by-city" }))
        .all(all(json!({
            "statementName": "revenue-by-city",
            "intervalMinutes": 60,
            "includeAnalysis": false,
        })))
        .wrong(json!({ "intervalMinutes": 0 }), "intervalMinutes")
        .wrong(json!({ "intervalMinutes": 61 }), "intervalMinutes");
    health: Plan::reads("check-flink-statement-health")
        .minimal(json!({ "statementName": "revenue-by-city" }))
        .all(all(json!({ "statementName": "join-payments" })))
        .wrong(json!({ "statementName": "" }), "statementName");
}

/// The statements that this program started for itself and that are still there.
async fn left_behind(client: &Client) -> Value {
    let hidden = json!({ "labelSelector": "user.confluent.io/hidden=true" });
    client.data("list-flink-statements", hidden).await["items"].clone()
}

#[tokio::test]
async fn a_query_runs_and_its_rows_are_read_in_parts() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let made = client
        .data(
            "create-flink-statement",
            json!({
                "statementName": "look",
                "statement": "SELECT * FROM payments",
                "catalogName": "shop",
                "databaseName": "orders",
            }),
        )
        .await;
    assert_eq!(made["phase"], "PENDING");
    let mut read = 0;
    let mut arguments =
        json!({ "statementName": "look", "maxRows": 90, "timeoutInMilliseconds": 5000 });
    for expected in [90, 90, 54] {
        if read == 180 {
            // The statement never ends: the time does.
            arguments["timeoutInMilliseconds"] = 1.into();
        }
        let part = client
            .data("get-flink-statement-results", arguments.clone())
            .await;
        assert_eq!(part["columns"][1]["name"], "val");
        read += part["rows"].as_array().expect("rows").len();
        if part["stopped"] == "full" {
            assert_eq!(part["rows"].as_array().expect("rows").len(), expected);
        }
        arguments["pageToken"] = part["nextPageToken"].clone();
    }
    assert!((180..=234).contains(&read), "{read}");
    client.close().await;
}

#[tokio::test]
async fn a_statement_that_fails_says_why_wherever_it_is_asked() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let new = json!({ "statementName": "wrong", "statement": "SELEC 1" });
    client.data("create-flink-statement", new).await;
    let name = json!({ "statementName": "wrong" });
    let answer = client
        .call("get-flink-statement-results", name.clone())
        .await;
    assert!(answer.is_error());
    assert!(
        answer.text().contains("SQL parse failed"),
        "{}",
        answer.text()
    );
    let health = client
        .data("check-flink-statement-health", name.clone())
        .await;
    assert_eq!(health["status"], "critical");
    let found = client.data("get-flink-statement-exceptions", name).await;
    assert_eq!(found["exceptions"].as_array().expect("a list").len(), 1);
    client.close().await;
}

#[tokio::test]
async fn a_read_only_connection_queries_and_changes_nothing() {
    let world = CloudWorld::start().await;
    let mut connection = world.connection();
    connection["read_only"] = true.into();
    let config = Config::new().connection("cloud", connection);
    let client = Client::start_with(&config, Era::Session, &Person::accepts()).await;
    let start = |name: &str, sql: &str| json!({ "statementName": name, "statement": sql, "catalogName": "shop", "databaseName": "orders" });
    let look = start(
        "look",
        "/* DROP TABLE orders */ SELECT 'DROP TABLE orders' AS a",
    );
    client.data("create-flink-statement", look).await;
    let name = json!({ "statementName": "look" });
    let found = client
        .data("get-flink-statement-results", name.clone())
        .await;
    assert_eq!(
        found["rows"],
        json!([{ "op": "insert", "row": ["DROP TABLE orders"] }])
    );
    let tables = client.data("list-flink-tables", json!({})).await;
    assert!(tables["total"].as_u64() > Some(3), "{tables}");
    assert_eq!(left_behind(&client).await, json!([]));
    let before = world.cloud.requests();
    for sql in [
        "DROP TABLE orders",
        "INSERT INTO orders SELECT * FROM payments",
        "-- SELECT\nCREATE TABLE x AS SELECT * FROM orders",
        "SELECT 1; DELETE FROM orders",
    ] {
        let answer = client
            .call("create-flink-statement", start("no", sql))
            .await;
        assert_eq!(
            answer.result["_meta"]["error"]["kind"],
            "refused",
            "{}",
            answer.text()
        );
        assert!(answer.text().contains("read-only"), "{}", answer.text());
    }
    let answer = client.call("delete-flink-statements", name).await;
    assert!(answer.is_error());
    assert_eq!(world.cloud.requests(), before);
    client.close().await;
}

#[tokio::test]
async fn what_can_be_lost_is_confirmed_and_what_is_protected_is_left_alone() {
    let world = CloudWorld::start().await;
    let person = Person::declines();
    let client = Client::start_with(&world.config(), Era::Session, &person).await;
    let start = |sql: &str| json!({ "statementName": "s", "statement": sql, "catalogName": "shop", "databaseName": "orders" });
    let before = world.cloud.requests();
    for (sql, why) in [
        ("DROP TABLE orders", "What it removes may be lost"),
        (
            "INSERT OVERWRITE orders SELECT 1",
            "What it removes may be lost",
        ),
        ("SELEC 1", "It is not known to be a query"),
    ] {
        let answer = client.call("create-flink-statement", start(sql)).await;
        assert!(answer.text().contains("did not agree"), "{}", answer.text());
        let asked = person.asked().pop().unwrap();
        assert!(asked.contains(why), "{asked}");
    }
    let protected = start("INSERT INTO `shop`.`orders`.`_schemas` SELECT * FROM orders");
    let answer = client.call("create-flink-statement", protected).await;
    assert!(answer.text().contains("protects"), "{}", answer.text());
    assert_eq!(world.cloud.requests(), before);
    // What adds something is not asked about.
    let made = client
        .data(
            "create-flink-statement",
            start("CREATE TABLE fresh (a STRING)"),
        )
        .await;
    assert_eq!(made["name"], "s");
    client.close().await;
}

#[tokio::test]
async fn records_with_registered_schemas_are_rows() {
    let world = CloudWorld::start().await;
    preload_payloads(&world.broker, world.registry()).unwrap();
    let client = world.client().await;
    let sql = "SELECT `id`, `total`, `note` FROM `invoices`";
    let start = json!({ "statementName": "bills", "statement": sql, "catalogName": "shop", "databaseName": "orders" });
    client.data("create-flink-statement", start).await;
    let name = json!({ "statementName": "bills", "maxRows": 4 });
    let bills = client.data("get-flink-statement-results", name).await;
    let mut rows: Vec<_> = bills["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["row"])
        .collect();
    rows.sort_by_key(|row| row[0].to_string());
    // Each with the schema it was written with; the amount is of a type of another schema.
    assert_eq!(*rows[0], json!(["7001", ["34.90", "EUR"], null]));
    assert_eq!(
        *rows[3],
        json!(["7004", ["-22.50", "EUR"], "credit for a broken teapot"])
    );
    client.close().await;
}

#[tokio::test]
async fn the_database_of_the_connection_is_found_by_its_id() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let orders = json!({ "tableName": "orders" });
    let info = client.data("get-flink-table-info", orders).await;
    assert_eq!(info["tables"][0]["database"], "orders");
    assert_eq!(info["tables"][0]["distributionBuckets"], 3);
    let unknown = json!({ "tableName": "orders", "databaseName": "lkc-other" });
    let answer = client.call("describe-flink-table", unknown).await;
    assert!(
        answer.text().contains("no database `lkc-other`"),
        "{}",
        answer.text()
    );
    for name in ["x' OR 'a' <> '", "orders'--", "`orders`"] {
        let odd = json!({ "tableName": name, "catalogName": "shop" });
        let answer = client.call("describe-flink-table", odd).await;
        assert!(answer.text().contains("no table"), "{}", answer.text());
    }
    let odd = json!({ "catalogName": "shop`.`INFORMATION_SCHEMA`.`TABLES` --" });
    let answer = client.call("list-flink-databases", odd).await;
    assert!(
        answer.text().contains("cannot be resolved"),
        "{}",
        answer.text()
    );
    assert_eq!(left_behind(&client).await, json!([]));
    client.close().await;
}

#[tokio::test]
async fn a_query_of_the_catalog_leaves_nothing_behind_when_it_is_given_up() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    // The statement is there, and nobody says how far it is.
    let path = format!(
        "/sql/v1/organizations/{ORGANIZATION}/environments/{ENVIRONMENT}/statements/mcp-query-"
    );
    let pending = json!({ "name": "q", "spec": {}, "status": { "phase": "PENDING" } });
    world
        .cloud
        .fail_next(&path, 100_000, Fault::json(200, &pending));
    let call = json!({ "name": "list-flink-catalogs", "arguments": {} });
    let call = client.begin(call).await;
    eventually("the query runs", async || {
        left_behind(&client).await != json!([])
    })
    .await;
    let cancel = json!({ "requestId": call.id });
    client
        .server()
        .notify("notifications/cancelled", cancel)
        .await;
    // What was asked while nothing answers as it should is asked again.
    world.cloud.fail_next(&path, 0, Fault::status(500));
    eventually("the query is gone", async || {
        left_behind(&client).await == json!([])
    })
    .await;
    client.close().await;
}

#[tokio::test]
async fn a_statement_is_looked_at_from_all_sides() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let broken = json!({ "statementName": "join-payments" });
    let found = client
        .data("detect-flink-statement-issues", broken.clone())
        .await;
    let kinds: Vec<_> = found["issues"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["type"])
        .collect();
    assert_eq!(kinds[0], "statement_failed", "{found}");
    assert!(kinds.contains(&&json!("resource_not_found")), "{found}");
    let answer = client.call("get-flink-statement-profile", broken).await;
    assert!(answer.text().contains("has no tasks"), "{}", answer.text());

    let running = json!({ "statementName": "revenue-by-city" });
    let profile = client
        .data("get-flink-statement-profile", running.clone())
        .await;
    let tasks = profile["tasks"].as_array().expect("tasks");
    assert_eq!(tasks[1]["inputs"], json!([tasks[0]["id"]]));
    assert!(
        tasks[0]["busyPercent"]
            .as_f64()
            .is_some_and(|busy| (0.0..=100.0).contains(&busy)),
        "{profile}"
    );
    assert!(
        profile["summary"]["inputWatermark"].is_string(),
        "{profile}"
    );

    // What cannot be measured is told, and hides nothing else.
    world
        .cloud
        .fail_next("/v2/metrics", 100_000, Fault::status(403));
    let found = client
        .data("detect-flink-statement-issues", running.clone())
        .await;
    let why = found["metricsMissing"].as_str().unwrap_or_default();
    assert!(why.contains("403"), "{found}");
    let profile = client.data("get-flink-statement-profile", running).await;
    assert_eq!(
        profile["tasks"].as_array().map(Vec::len),
        Some(2),
        "{profile}"
    );
    client.close().await;
}
