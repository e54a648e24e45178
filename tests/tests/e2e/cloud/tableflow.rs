//! Topics that are tables, and the catalogs that are told of them.

use mcp_confluent_tests::{Client, CloudWorld, Plan};
use serde_json::{Value, json};

use super::plays;

fn managed(topic: &str) -> Value {
    json!({ "tableflowTopicConfig": {
        "display_name": topic, "storage": { "kind": "Managed" }, "config": {},
    } })
}

fn glue(name: &str) -> Value {
    json!({ "tableflowCatalogIntegrationConfig": {
        "display_name": name, "config": { "provider_integration_id": "cspi-1" },
    } })
}

fn placed(mut arguments: Value) -> Value {
    arguments["environmentId"] = json!("env-shop01");
    arguments["clusterId"] = json!("lkc-shop01");
    arguments
}

plays! {
    list_tableflow_regions: Plan::reads("list-tableflow-regions")
        .all(json!({ "cloud": "aws", "pageSize": 2, "pageToken": "from-2" }))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({}))
        .empty("items", json!({ "cloud": "NONE" }));
    list_tableflow_topics: Plan::reads("list-tableflow-topics")
        .before("create-tableflow-topic", managed("orders"))
        .before("list-tableflow-topics", json!({}))
        .all(placed(json!({ "pageSize": "10", "pageToken": "0" })))
        .wrong(json!({ "pageSize": "ten" }), "pageSize")
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({}))
        .empty_answer("items", json!({ "data": [], "metadata": {} }));
    read_tableflow_topic: Plan::reads("read-tableflow-topic")
        .minimal(json!({ "display_name": "page-views" }))
        .all(placed(json!({ "display_name": "page-views" })))
        .wrong(json!({ "display_name": "" }), "display_name");
    create_tableflow_topic: Plan::writes("create-tableflow-topic")
        .minimal(managed("orders"))
        .all(placed(json!({ "tableflowTopicConfig": {
            "display_name": "payments",
            "storage": {
                "kind": "ByobAws", "bucket_name": "lake", "provider_integration_id": "cspi-1",
            },
            "suspended": false,
            "config": { "retention_ms": "86400000", "record_failure_strategy": "SKIP" },
            "table_formats": ["ICEBERG", "DELTA"],
        } })))
        .wrong(json!({ "tableflowTopicConfig": { "displayName": "orders" } }), "storage")
        .wrong(
            json!({ "tableflowTopicConfig": { "displayName": "orders", "storage": {} } }),
            "bucket_name",
        )
        .wrong(
            json!({ "tableflowTopicConfig": {
                "displayName": "orders", "storage": { "kind": "Tape" },
            } }),
            "kind",
        );
    update_tableflow_topic: Plan::writes("update-tableflow-topic")
        .minimal(json!({ "display_name": "page-views", "tableflowTopicConfig": {} }))
        .all(json!({
            "display_name": "page-views",
            "tableflowTopicConfig": {
                "storage": { "kind": "Managed", "bucket_name": "", "provider_integration_id": "" },
                "environment": { "id": "env-shop01" },
                "kafka_cluster": { "id": "lkc-shop01", "environment": "env-shop01" },
                "suspended": false,
                "config": { "retention_ms": "604800000", "record_failure_strategy": "SUSPEND" },
                "table_formats": ["ICEBERG"],
            },
        }))
        .wrong(json!({ "tableflowTopicConfig": { "tableFormats": [] } }), "table_formats");
    delete_tableflow_topic: Plan::writes("delete-tableflow-topic")
        .before("create-tableflow-topic", managed("orders"))
        .minimal(json!({ "display_name": "page-views" }))
        .all(placed(json!({ "display_name": "orders" })))
        .wrong(json!({ "display_name": 7 }), "display_name");
    list_tableflow_catalog_integrations: Plan::reads("list-tableflow-catalog-integrations")
        .before("create-tableflow-catalog-integration", glue("second"))
        .before("list-tableflow-catalog-integrations", json!({}))
        .all(placed(json!({ "pageSize": "10", "pageToken": "0" })))
        .wrong(json!({ "pageSize": "-1" }), "pageSize")
        .pages("items", json!({}))
        .empty_answer("items", json!({ "data": [], "metadata": {} }));
    read_tableflow_catalog_integration: Plan::reads("read-tableflow-catalog-integration")
        .minimal(json!({ "id": "tci-shop01" }))
        .all(placed(json!({ "id": "tci-shop01" })))
        .wrong(json!({ "id": "" }), "id");
    create_tableflow_catalog_integration: Plan::writes("create-tableflow-catalog-integration")
        .minimal(glue("second"))
        .all(placed(json!({ "tableflowCatalogIntegrationConfig": {
            "display_name": "snow",
            "config": {
                "kind": "Snowflake", "endpoint": "https://snow", "client_id": "me",
                "client_secret": mcp_confluent_tests::cloud::SECRET, "warehouse": "w",
                "allowed_scope": "PRINCIPAL_ROLE:ALL",
            },
            "suspended": false,
        } })))
        .wrong(
            json!({ "tableflowCatalogIntegrationConfig": {
                "displayName": "second", "config": { "kind": "Snowflake", "warehouse": "w" },
            } }),
            "client_secret",
        )
        .wrong(
            json!({ "tableflowCatalogIntegrationConfig": {
                "displayName": "second",
                "config": { "providerIntegrationId": "cspi-1", "warehouse": "w" },
            } }),
            "warehouse",
        );
    update_tableflow_catalog_integration: Plan::writes("update-tableflow-catalog-integration")
        .minimal(json!({ "tableflowCatalogIntegrationConfig": {
            "display_name": "lakehouse",
            "environment": { "id": "env-shop01" },
            "kafka_cluster": { "id": "lkc-shop01", "environment": "env-shop01" },
            "config": {},
        } }))
        .all(json!({
            "id": "tci-shop01",
            "tableflowCatalogIntegrationConfig": {
                "display_name": "lake",
                "config": { "kind": "AwsGlue", "provider_integration_id": "cspi-shop01" },
                "suspended": false,
            },
        }))
        .wrong(json!({ "tableflowCatalogIntegrationConfig": {} }), "display_name")
        .wrong(json!({ "id": "" }), "id");
    delete_tableflow_catalog_integration: Plan::writes("delete-tableflow-catalog-integration")
        .before("create-tableflow-catalog-integration", glue("second"))
        .minimal(json!({ "id": "tci-shop01" }))
        .all(placed(json!({ "id": "tci-shop02" })))
        .wrong(json!({ "id": "" }), "id");
}

async fn read(client: &Client, topic: &str) -> Value {
    client
        .data("read-tableflow-topic", json!({ "displayName": topic }))
        .await
}

#[tokio::test]
async fn a_new_table_has_the_usual_settings_and_an_update_keeps_the_others() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let made = client
        .data("create-tableflow-topic", managed("orders"))
        .await;
    assert_eq!(made["phase"], "PENDING");
    assert_eq!(made["retentionMs"], "604800000");
    assert_eq!(made["recordFailureStrategy"], "SUSPEND");
    assert_eq!(made["tableFormats"], json!(["ICEBERG"]));
    assert_eq!(made["storage"], json!({ "kind": "Managed" }));

    let change = |what: Value| json!({ "displayName": "orders", "tableflowTopicConfig": what });
    let changes = change(json!({ "config": { "retentionMs": "86400000" } }));
    client.data("update-tableflow-topic", changes).await;
    let changes = change(json!({ "tableFormats": ["DELTA"] }));
    client.data("update-tableflow-topic", changes).await;
    let table = read(&client, "orders").await;
    assert_eq!(table["phase"], "RUNNING");
    assert_eq!(table["retentionMs"], "86400000");
    assert_eq!(table["recordFailureStrategy"], "SUSPEND");
    assert_eq!(table["tableFormats"], json!(["DELTA"]));

    let storage = json!({ "kind": "ByobAws", "bucket_name": "b", "provider_integration_id": "c" });
    let answer = client
        .call(
            "update-tableflow-topic",
            change(json!({ "storage": storage })),
        )
        .await;
    assert!(answer.is_error());
    assert!(
        answer.text().contains("cannot be changed"),
        "{}",
        answer.text()
    );
    client
        .data("delete-tableflow-topic", json!({ "displayName": "orders" }))
        .await;
    let answer = client
        .call("read-tableflow-topic", json!({ "displayName": "orders" }))
        .await;
    assert_eq!(answer.result["_meta"]["error"]["kind"], "not_found");
    client.close().await;
}

#[tokio::test]
async fn an_integration_is_changed_where_it_is() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let snow = json!({ "tableflowCatalogIntegrationConfig": {
        "displayName": "snow",
        "config": {
            "kind": "Snowflake", "endpoint": "https://snow", "clientId": "me",
            "clientSecret": "hush-hush", "warehouse": "w", "allowedScope": "all",
        },
    } });
    let made = client
        .data("create-tableflow-catalog-integration", snow)
        .await;
    assert!(!made.to_string().contains("hush-hush"));
    let id = made["id"].clone();

    let by_name = json!({ "tableflowCatalogIntegrationConfig": {
        "displayName": "snow", "config": { "warehouse": "w2" },
    } });
    let changed = client
        .data("update-tableflow-catalog-integration", by_name)
        .await;
    assert_eq!((&changed["id"], &changed["warehouse"]), (&id, &json!("w2")));
    assert_eq!(changed["endpoint"], "https://snow");
    let by_id = json!({ "id": id, "tableflowCatalogIntegrationConfig": { "displayName": "ice" } });
    client
        .data("update-tableflow-catalog-integration", by_id)
        .await;
    let all = client
        .data("list-tableflow-catalog-integrations", json!({}))
        .await;
    let names: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["displayName"])
        .collect();
    assert_eq!(names, ["lakehouse", "ice"]);

    let kind = json!({ "id": id, "tableflowCatalogIntegrationConfig": {
        "config": { "kind": "AwsGlue" },
    } });
    let answer = client
        .call("update-tableflow-catalog-integration", kind)
        .await;
    assert!(
        answer.text().contains("is `Snowflake`, and stays so"),
        "{}",
        answer.text()
    );
    let nobody = json!({ "tableflowCatalogIntegrationConfig": { "displayName": "snow" } });
    let answer = client
        .call("update-tableflow-catalog-integration", nobody)
        .await;
    assert!(
        answer
            .text()
            .contains("no catalog integration called `snow`"),
        "{}",
        answer.text()
    );
    client.close().await;
}
