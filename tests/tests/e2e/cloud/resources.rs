//! Organizations, environments, clusters, compute pools, costs.

use mcp_confluent_sandbox::cloud::{CLUSTER, COMPUTE_POOL, ENVIRONMENT, ORGANIZATION};
use mcp_confluent_tests::{CloudWorld, Plan, answer::assert_says};
use serde_json::{Value, json};

use super::plays;

fn nothing() -> Value {
    json!({ "data": [], "metadata": {} })
}

plays! {
    list_organizations: Plan::reads("list-organizations")
        .all(json!({ "pageSize": 3, "pageToken": "from-0" }))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .wrong(json!({ "pageToken": 7 }), "pageToken")
        .pages_after("items", json!({
            "data": [{ "id": "another" }],
            "metadata": { "next": "https://elsewhere.example/organizations?page_token=from-0" },
        }))
        .empty_answer("items", nothing());
    list_environments: Plan::reads("list-environments")
        .all(json!({ "pageSize": 3, "pageToken": "from-2" }))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .wrong(json!({ "pageToken": 7 }), "pageToken")
        .pages("items", json!({}))
        .empty_answer("items", nothing());
    read_environment: Plan::reads("read-environment")
        .minimal(json!({ "environmentId": ENVIRONMENT }))
        .wrong(json!({ "environmentId": "" }), "environmentId")
        .wrong(json!({ "environmentId": null }), "environmentId");
    list_clusters: Plan::reads("list-clusters")
        .all(json!({ "environmentId": "env-team01", "pageSize": 1, "pageToken": "from-1" }))
        .wrong(json!({ "environmentId": 1 }), "environmentId")
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({ "environmentId": "env-team01" }))
        .empty("items", json!({ "environmentId": "env-team02" }));
    list_compute_pools: Plan::reads("list-compute-pools")
        .all(json!({ "environmentId": "env-team01", "pageSize": 1, "pageToken": "from-1" }))
        .wrong(json!({ "environmentId": 1 }), "environmentId")
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({ "environmentId": "env-team01" }))
        .empty("items", json!({ "environmentId": "env-team02" }));
    list_billing_costs: Plan::reads("list-billing-costs")
        .minimal(json!({ "startDate": "2024-02-01", "endDate": "2024-03-01" }))
        .all(json!({
            "startDate": "2024-02-28",
            "endDate": "2024-03-01",
            "pageSize": 3,
            "pageToken": "from-8",
        }))
        .wrong(json!({ "startDate": "2024-02-30" }), "startDate")
        .wrong(json!({ "startDate": "1 February" }), "startDate")
        .wrong(json!({ "endDate": "2024-01-31" }), "endDate")
        .wrong(json!({ "endDate": "2024-03-04" }), "endDate")
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({}))
        .empty("items", json!({ "endDate": "2024-02-01" }));
}

#[tokio::test]
async fn each_kind_of_resource_is_found_by_what_the_one_before_says() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let organizations = client.data("list-organizations", json!({})).await;
    assert_eq!(organizations["items"][0]["id"], ORGANIZATION);
    let environments = client.data("list-environments", json!({})).await;
    assert_eq!(environments["items"].as_array().unwrap().len(), 12);
    let shop = &environments["items"][0];
    let read = client
        .data(
            "read-environment",
            json!({ "environmentId": format!(" {ENVIRONMENT} ") }),
        )
        .await;
    assert_eq!(*shop, read);
    assert_eq!(read["streamGovernance"], "ESSENTIALS");
    let within = json!({ "environmentId": read["id"] });
    let clusters = client.data("list-clusters", within.clone()).await;
    assert_eq!(clusters["items"][0]["id"], CLUSTER);
    let brokers = clusters["items"][0]["bootstrapServers"].as_str();
    assert_eq!(brokers, Some(&*world.broker.bootstrap_servers()));
    let pools = client.data("list-compute-pools", within).await;
    assert_eq!(pools["items"][0]["id"], COMPUTE_POOL);
    // The connection names its environment.
    assert_eq!(client.data("list-clusters", json!({})).await, clusters);
    assert_eq!(client.data("list-compute-pools", json!({})).await, pools);
    client.close().await;
}

/// One that is not ready has neither a cloud nor an address, and hides no other.
#[tokio::test]
async fn a_cluster_that_is_not_ready_is_listed_with_the_others() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let within = json!({ "environmentId": "env-team01" });
    let answer = client.call("list-clusters", within).await;
    let clusters = &answer.data()["items"];
    assert_eq!(clusters[0]["kind"], "Dedicated");
    assert_eq!(clusters[0]["cku"], 2);
    assert_eq!(
        clusters[0]["bootstrapServers"],
        "lkc-team01a.europe-west3.gcp.confluent.cloud:9092"
    );
    assert_eq!(
        clusters[1],
        json!({
            "id": "lkc-team01b",
            "name": "payments-next",
            "environmentId": "env-team01",
            "phase": "PROVISIONING",
        })
    );
    assert_says(
        answer.text(),
        &["lkc-team01b \"payments-next\", PROVISIONING"],
    );
    client.close().await;
}

#[tokio::test]
async fn without_an_environment_the_call_says_how_to_name_one() {
    let world = CloudWorld::start().await;
    let mut connection = world.connection();
    for block in ["kafka", "flink"] {
        connection.as_object_mut().unwrap().remove(block);
    }
    let config = mcp_confluent_tests::Config::new().connection("cloud", connection);
    let client = mcp_confluent_tests::Client::start(&config, mcp_confluent_tests::Era::Session);
    let client = client.await;
    for tool in ["list-clusters", "list-compute-pools"] {
        let answer = client.call(tool, json!({})).await;
        let text = answer.failure("argument");
        assert_says(text, &["`environmentId`", "`cloud`", "`kafka.env_id`"]);
    }
    client.close().await;
}

/// More lines than one page shows, and more pages of them than one.
#[tokio::test]
async fn totals_are_those_of_the_whole_range_and_not_of_a_page() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let february = json!({ "startDate": "2024-02-01", "endDate": "2024-03-01", "pageSize": 2 });
    let answer = client.call("list-billing-costs", february.clone()).await;
    let page = answer.data();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(page["total"], 29 * 5);
    let totals = &page["totals"];
    assert_eq!(totals["lines"], 29 * 5);
    assert_eq!(totals["complete"], true);
    let near = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value - expected).abs() < 1e-3, "{value} is not {expected}");
    };
    near(&totals["discountAmount"], 29.0 * 0.4);
    near(
        &totals["originalAmount"],
        29.0 * (3.696 + 0.3432 + 0.625 + 2.4 + 7.56),
    );
    near(
        &totals["amount"],
        29.0 * (3.696 + 0.3432 + 0.625 + 2.0 + 7.56),
    );
    let products: Vec<_> = totals["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["product"].as_str().unwrap())
        .collect();
    assert_eq!(products, ["FLINK", "KAFKA", "CONNECT"]);
    assert_says(answer.text(), &["$412.50 in all", "FLINK: $219.24"]);
    let mut second = february;
    second["pageToken"] = page["nextPageToken"].clone();
    let second = client.data("list-billing-costs", second).await;
    assert_eq!(second["totals"], Value::Null);
    client.close().await;
}
