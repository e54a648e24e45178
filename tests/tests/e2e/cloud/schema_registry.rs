//! The schema registry of Confluent Cloud.

use mcp_confluent_sandbox::cloud::ENVIRONMENT;
use mcp_confluent_tests::Plan;
use serde_json::{Value, json};

use super::plays;

const POINT: &str = r#"{"type":"record","name":"Point","fields":[{"name":"x","type":"long"}]}"#;
const POINT_3D: &str = r#"{"type":"record","name":"Point","fields":[{"name":"x","type":"long"},{"name":"y","type":"long","default":0}]}"#;

/// The arguments that register `schema`.
fn schema(schema: &str) -> Value {
    json!({ "subject": "points-value", "schemaType": "AVRO", "schema": schema })
}

/// Every argument of a schema.
fn with_everything(schema: &str) -> Value {
    json!({
        "subject": "points-value",
        "schemaType": "AVRO",
        "schema": schema,
        "references": [],
        "normalize": true,
        "environment_id": ENVIRONMENT,
    })
}

/// Every argument of a check.
fn check_with_everything() -> Value {
    let mut arguments = with_everything(POINT_3D);
    arguments["version"] = json!("1");
    arguments["level"] = json!("FULL");
    arguments
}

plays! {
    list_schemas: Plan::reads("list-schemas")
        .all(json!({
            "latestOnly": false,
            "subjectPrefix": "o",
            "deleted": true,
            "environment_id": ENVIRONMENT,
            "pageSize": 5,
            "pageToken": "b",
        }))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("subjects", json!({}))
        .empty("subjects", json!({ "subjectPrefix": "no-such" }));
    get_schema: Plan::reads("get-schema")
        .before("create-schema", schema(POINT))
        .minimal(json!({ "subject": "points-value" }))
        .all(json!({
            "subject": "points-value",
            "version": "latest",
            "resolveReferences": false,
            "environment_id": ENVIRONMENT,
        }))
        .apart(&["id", "guid"])
        .wrong(json!({ "version": "first" }), "version")
        .wrong(json!({ "guid": "no-guid" }), "guid");
    check_schema_compatibility: Plan::reads("check-schema-compatibility")
        .before("create-schema", schema(POINT))
        .minimal(schema(POINT_3D))
        .all(check_with_everything())
        .wrong(json!({ "level": "SOME" }), "level");
    diff_schemas: Plan::reads("diff-schemas")
        .before("create-schema", schema(POINT))
        .before("create-schema", schema(POINT_3D))
        .minimal(json!({ "subject": "points-value" }))
        .all(json!({
            "subject": "points-value",
            "fromVersion": "1",
            "toVersion": "latest",
            "otherSubject": "points-value",
            "environment_id": ENVIRONMENT,
        }))
        .wrong(json!({ "subject": "" }), "subject");
    get_compatibility: Plan::reads("get-compatibility")
        .all(json!({ "subject": "points-value", "environment_id": ENVIRONMENT }))
        .wrong(json!({ "subject": "" }), "subject");
    list_schema_contexts: Plan::reads("list-schema-contexts")
        .answers(404, "unsupported")
        .all(json!({ "environment_id": ENVIRONMENT }));
    set_compatibility: Plan::writes("set-compatibility")
        .minimal(json!({ "level": "FULL" }))
        .all(json!({
            "subject": "points-value",
            "level": "NONE",
            "environment_id": ENVIRONMENT,
        }))
        .wrong(json!({ "level": "SOME" }), "level");
    create_schema: Plan::writes("create-schema")
        .minimal(schema(POINT))
        .all(with_everything(POINT_3D))
        .wrong(json!({ "schemaType": "CSV" }), "schemaType");
    delete_schema: Plan::writes("delete-schema")
        .before("create-schema", schema(POINT))
        .minimal(json!({ "subject": "points-value" }))
        .all(json!({
            "subject": "points-value",
            "version": "1",
            "permanent": true,
            "environment_id": ENVIRONMENT,
        }))
        .wrong(json!({ "version": "first" }), "version");
}
