//! Organizations, environments, clusters.

use mcp_confluent_tests::Plan;
use serde_json::json;

use super::plays;

plays! {
    list_environments: Plan::reads("list-environments")
        .all(json!({ "pageSize": 3, "pageToken": "from-2" }))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .wrong(json!({ "pageToken": 7 }), "pageToken")
        .pages("items", json!({}))
        .empty_answer("items", json!({ "data": [], "metadata": {} }));
}
