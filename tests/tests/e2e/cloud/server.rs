//! The server about itself.

use mcp_confluent_tests::Plan;
use serde_json::json;

use super::plays;

plays! {
    explain_disabled_tools: Plan::reads("explain-disabled-tools")
        .on_nothing()
        .all(json!({ "group_by": "category" }))
        .wrong(json!({ "groupBy": "colour" }), "group_by");
    list_configured_connections: Plan::reads("list-configured-connections").on_nothing();
    describe_configured_connection: Plan::reads("describe-configured-connection")
        .on_nothing()
        .minimal(json!({ "connectionId": "cloud" }))
        .wrong(json!({ "connectionId": 1 }), "connectionId");
    config_help: Plan::reads("config-help")
        .on_nothing()
        .minimal(json!({ "tool": "list-topics" }))
        .wrong(json!({ "tool": 1 }), "tool");
}
