//! Tableflow: topics of the broker as tables, and the catalogs that know of them.
//!
//! What is new is pending until somebody looks at it. A table is there for as long as its topic.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Call, Result, empty, ok, reply};
use super::errors::ApiError;
use super::world::{CLUSTER, ENVIRONMENT, ORGANIZATION};
use crate::http::Answer;

const MIN_RETENTION_MS: i64 = 24 * 60 * 60 * 1000;
const REGIONS: [(&str, &str); 14] = [
    ("AWS", "ap-northeast-1"),
    ("AWS", "ap-south-1"),
    ("AWS", "ap-southeast-1"),
    ("AWS", "ap-southeast-2"),
    ("AWS", "ca-central-1"),
    ("AWS", "eu-central-1"),
    ("AWS", "eu-west-1"),
    ("AWS", "eu-west-2"),
    ("AWS", "sa-east-1"),
    ("AWS", "us-east-1"),
    ("AWS", "us-east-2"),
    ("AWS", "us-west-2"),
    ("AZURE", "eastus"),
    ("AZURE", "westeurope"),
];

/// Tables and integrations.
#[derive(Debug)]
pub(super) struct Tableflow {
    /// By the name of the topic.
    tables: BTreeMap<String, Table>,
    /// By id.
    integrations: BTreeMap<String, Resource>,
    /// How many integrations there ever were.
    made: usize,
}

#[derive(Debug)]
struct Table {
    /// Which topic it is of; unknown until somebody looks.
    topic: Option<Uuid>,
    resource: Resource,
}

#[derive(Debug)]
struct Resource {
    spec: Value,
    phase: &'static str,
}

impl Tableflow {
    pub(super) fn new() -> Self {
        let table = Table {
            topic: None,
            resource: Resource {
                spec: placed(json!({
                    "display_name": "page-views",
                    "suspended": false,
                    "config": { "retention_ms": "604800000", "record_failure_strategy": "SKIP" },
                    "storage": { "kind": "Managed" },
                    "table_formats": ["ICEBERG"],
                })),
                phase: "RUNNING",
            },
        };
        let integration = Resource {
            spec: placed(json!({
                "display_name": "lakehouse",
                "suspended": false,
                "config": { "kind": "AwsGlue", "provider_integration_id": "cspi-shop01" },
            })),
            phase: "CONNECTED",
        };
        Self {
            tables: BTreeMap::from([("page-views".to_owned(), table)]),
            integrations: BTreeMap::from([("tci-shop01".to_owned(), integration)]),
            made: 1,
        }
    }

    /// Forgets the tables whose topics are gone.
    fn follow(&mut self, topics: &BTreeMap<String, Uuid>) {
        self.tables.retain(|name, table| {
            topics
                .get(name)
                .is_some_and(|id| table.topic.get_or_insert(*id) == id)
        });
    }
}

impl Resource {
    fn table(&self) -> Value {
        json!({
            "api_version": "tableflow/v1",
            "kind": "TableflowTopic",
            "metadata": metadata("tableflow-topics", &self.spec["display_name"]),
            "spec": self.spec,
            "status": { "phase": self.phase },
        })
    }

    fn integration(&self, id: &str) -> Value {
        json!({
            "api_version": "tableflow/v1",
            "kind": "CatalogIntegration",
            "id": id,
            "metadata": metadata("catalog-integrations", &json!(id)),
            "spec": self.spec,
            "status": { "phase": self.phase },
        })
    }
}

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    if call.route == "GET /tableflow/v1/regions" {
        return regions(call);
    }
    check_place(call)?;
    let topics = {
        let state = call.broker.state.lock();
        let topics = state
            .topics
            .iter()
            .map(|(name, it)| (name.to_owned(), it.id));
        topics.collect()
    };
    call.world.tableflow.follow(&topics);
    match call.route {
        "GET /tableflow/v1/tableflow-topics" => {
            let tables = call.world.tableflow.tables.values_mut();
            let tables: Vec<Value> = tables
                .map(|table| {
                    let seen = table.resource.table();
                    table.resource.phase = "RUNNING";
                    seen
                })
                .collect();
            call.page("TableflowTopicList", &tables)
        }
        "POST /tableflow/v1/tableflow-topics" => create_table(call, &topics),
        "GET /tableflow/v1/tableflow-topics/{display_name}" => {
            let table = table(call)?;
            table.phase = "RUNNING";
            Ok(ok(&table.table()))
        }
        "PATCH /tableflow/v1/tableflow-topics/{display_name}" => {
            let changes = call.body["spec"].take();
            check_table(&changes)?;
            let table = table(call)?;
            change(&mut table.spec, &changes);
            Ok(ok(&table.table()))
        }
        "DELETE /tableflow/v1/tableflow-topics/{display_name}" => {
            table(call)?;
            call.world
                .tableflow
                .tables
                .remove(&call.path["display_name"]);
            Ok(empty(204))
        }
        _ => integrations(call),
    }
}

fn integrations(call: &mut Call<'_>) -> Result<Answer> {
    match call.route {
        "GET /tableflow/v1/catalog-integrations" => {
            let found = call.world.tableflow.integrations.iter_mut();
            let found: Vec<Value> = found
                .map(|(id, integration)| {
                    let seen = integration.integration(id);
                    integration.phase = "CONNECTED";
                    seen
                })
                .collect();
            call.page("CatalogIntegrationList", &found)
        }
        "POST /tableflow/v1/catalog-integrations" => {
            let spec = call.body["spec"].take();
            check_suspended(&spec)?;
            let tableflow = &mut call.world.tableflow;
            let name = &spec["display_name"];
            if tableflow
                .integrations
                .values()
                .any(|it| it.spec["display_name"] == *name)
            {
                return Err(ApiError::new(
                    409,
                    format!("there is a catalog integration {name}"),
                ));
            }
            tableflow.made += 1;
            let id = format!("tci-shop{:02}", tableflow.made);
            let integration = Resource {
                spec: placed(without_secret(spec)),
                phase: "PENDING",
            };
            let seen = integration.integration(&id);
            tableflow.integrations.insert(id, integration);
            Ok(reply(202, &seen))
        }
        "GET /tableflow/v1/catalog-integrations/{id}" => {
            let id = call.path("id").to_owned();
            let integration = integration(call)?;
            integration.phase = "CONNECTED";
            Ok(ok(&integration.integration(&id)))
        }
        "PATCH /tableflow/v1/catalog-integrations/{id}" => {
            let changes = without_secret(call.body["spec"].take());
            check_suspended(&changes)?;
            let id = call.path("id").to_owned();
            let integration = integration(call)?;
            let kind = &changes["config"]["kind"];
            if !kind.is_null() && *kind != integration.spec["config"]["kind"] {
                return Err(ApiError::bad_request(
                    "the kind of a catalog cannot be changed",
                ));
            }
            change(&mut integration.spec, &changes);
            Ok(ok(&integration.integration(&id)))
        }
        "DELETE /tableflow/v1/catalog-integrations/{id}" => {
            integration(call)?;
            call.world.tableflow.integrations.remove(&call.path["id"]);
            Ok(empty(204))
        }
        route => Err(ApiError::not_found(route)),
    }
}

fn regions(call: &Call<'_>) -> Result<Answer> {
    let cloud = call.query("cloud");
    let regions = REGIONS
        .iter()
        .filter(|(of, _)| cloud.is_none_or(|cloud| *of == cloud));
    let regions: Vec<Value> = regions
        .map(|(cloud, region)| {
            let id = format!("{}.{region}", cloud.to_lowercase());
            json!({
                "api_version": "tableflow/v1",
                "kind": "Region",
                "metadata": metadata("regions", &json!(id)),
                "id": id,
                "cloud": cloud,
                "region": region,
            })
        })
        .collect();
    call.page("RegionList", &regions)
}

fn create_table(call: &mut Call<'_>, topics: &BTreeMap<String, Uuid>) -> Result<Answer> {
    let spec = call.body["spec"].take();
    let name = spec["display_name"].as_str().unwrap_or_default().to_owned();
    check_table(&spec)?;
    let Some(topic) = topics.get(&name) else {
        return Err(ApiError::not_found(format!("topic {name}")));
    };
    let tables = &mut call.world.tableflow.tables;
    if tables.contains_key(&name) {
        let message = format!("Tableflow is enabled for the topic {name} already");
        return Err(ApiError::new(409, message));
    }
    let resource = Resource {
        spec: placed(spec),
        phase: "PENDING",
    };
    let seen = resource.table();
    let topic = Some(*topic);
    tables.insert(name, Table { topic, resource });
    Ok(reply(202, &seen))
}

/// The table that the path names.
fn table<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Resource> {
    let name = &call.path["display_name"];
    let table = call.world.tableflow.tables.get_mut(name);
    let table = table.ok_or_else(|| ApiError::not_found(format!("Tableflow topic {name}")))?;
    Ok(&mut table.resource)
}

/// The integration that the path names.
fn integration<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Resource> {
    let id = &call.path["id"];
    let integration = call.world.tableflow.integrations.get_mut(id);
    integration.ok_or_else(|| ApiError::not_found(format!("catalog integration {id}")))
}

/// # Errors
/// The query or the body names another environment or cluster, or none.
fn check_place(call: &Call<'_>) -> Result<()> {
    let spec = &call.body["spec"];
    let in_body = |name: &str| spec[name]["id"].as_str();
    let environment = call.query("environment").or_else(|| in_body("environment"));
    let cluster = call
        .query("spec.kafka_cluster")
        .or_else(|| in_body("kafka_cluster"));
    match (environment, cluster) {
        (Some(ENVIRONMENT), Some(CLUSTER)) => Ok(()),
        (Some(ENVIRONMENT), Some(other)) => Err(ApiError::not_found(format!("cluster {other}"))),
        (Some(other), Some(_)) => Err(ApiError::not_found(format!("environment {other}"))),
        _ => Err(ApiError::bad_request(
            "spec names no environment or no cluster",
        )),
    }
}

fn check_suspended(spec: &Value) -> Result<()> {
    if spec["suspended"] == true {
        return Err(ApiError::bad_request("suspended can only be set to false"));
    }
    Ok(())
}

fn check_table(spec: &Value) -> Result<()> {
    check_suspended(spec)?;
    let formats = spec["table_formats"].as_array().into_iter().flatten();
    for format in formats {
        if !matches!(format.as_str(), Some("ICEBERG" | "DELTA")) {
            return Err(ApiError::bad_request(format!(
                "{format} is no table format"
            )));
        }
    }
    let strategy = &spec["config"]["record_failure_strategy"];
    if !strategy.is_null() && !matches!(strategy.as_str(), Some("SKIP" | "SUSPEND")) {
        return Err(ApiError::bad_request(format!("{strategy} is no strategy")));
    }
    let retention = &spec["config"]["retention_ms"];
    let milliseconds = retention.as_str().and_then(|text| text.parse::<i64>().ok());
    if !retention.is_null() && milliseconds.is_none_or(|it| it < MIN_RETENTION_MS) {
        return Err(ApiError::bad_request(format!(
            "retention_ms {retention} is not at least {MIN_RETENTION_MS}"
        )));
    }
    Ok(())
}

/// Puts the fields of `changes` in the place of what was there, at every depth.
fn change(spec: &mut Value, changes: &Value) {
    let (Some(fields), Some(changes)) = (spec.as_object_mut(), changes.as_object()) else {
        return;
    };
    for (name, value) in changes {
        match fields.get_mut(name) {
            Some(old) if old.is_object() => change(old, value),
            _ => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The secret goes in and never comes out.
fn without_secret(mut spec: Value) -> Value {
    if let Some(config) = spec["config"].as_object_mut() {
        config.remove("client_secret");
    }
    spec
}

fn placed(mut spec: Value) -> Value {
    spec["environment"] = json!({ "id": ENVIRONMENT });
    spec["kafka_cluster"] = json!({ "id": CLUSTER, "environment": ENVIRONMENT });
    if spec["storage"]["kind"] == "ByobAws" {
        spec["storage"]["bucket_region"] = json!(super::REGION);
    }
    spec
}

fn metadata(path: &str, id: &Value) -> Value {
    let id = id.as_str().unwrap_or_default();
    json!({
        "self": format!("https://api.confluent.cloud/tableflow/v1/{path}/{id}"),
        "resource_name": format!(
            "crn://confluent.cloud/organization={ORGANIZATION}/environment={ENVIRONMENT}\
             /cloud-cluster={CLUSTER}/{path}={id}"
        ),
        "created_at": "2026-03-02T08:15:00Z",
        "updated_at": "2026-03-02T08:15:00Z",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudOptions;
    use crate::cloud::tests::start;

    const PLACE: &str = "environment=env-shop01&spec.kafka_cluster=lkc-shop01";

    fn spec(mut more: Value) -> Value {
        more["environment"] = json!({ "id": ENVIRONMENT });
        more["kafka_cluster"] = json!({ "id": CLUSTER, "environment": ENVIRONMENT });
        json!({ "spec": more })
    }

    #[tokio::test]
    async fn a_table_goes_with_its_topic() {
        let world = start(CloudOptions::new()).await;
        let tables = "/tableflow/v1/tableflow-topics";
        let body = |retention: &str| {
            spec(json!({
                "display_name": "orders",
                "storage": { "kind": "Managed" },
                "table_formats": ["DELTA"],
                "config": { "retention_ms": retention, "record_failure_strategy": "SKIP" },
            }))
        };
        assert_eq!(world.ask("POST", tables, Some(body("5"))).await.0, 400);
        let (status, made) = world.ask("POST", tables, Some(body("86400000"))).await;
        assert_eq!((status, &made["status"]["phase"]), (202, &json!("PENDING")));
        assert_eq!(
            world.ask("POST", tables, Some(body("86400000"))).await.0,
            409
        );
        let one = format!("{tables}/orders?{PLACE}");
        assert_eq!(
            world.ask("GET", &one, None).await.1["status"]["phase"],
            "RUNNING"
        );

        let change = spec(json!({
            "table_formats": ["ICEBERG"],
            "config": { "record_failure_strategy": "SUSPEND" },
        }));
        let (status, changed) = world
            .ask("PATCH", &format!("{tables}/orders"), Some(change))
            .await;
        assert_eq!(status, 200, "{changed}");
        assert_eq!(changed["spec"]["table_formats"], json!(["ICEBERG"]));
        assert_eq!(changed["spec"]["config"]["retention_ms"], "86400000");

        let all = format!("{tables}?{PLACE}");
        assert_eq!(
            world.ask("GET", &all, None).await.1["metadata"]["total_size"],
            1
        );
        world.broker.broker().state.lock().topics.delete("orders");
        assert_eq!(world.ask("GET", &one, None).await.0, 404);
        assert_eq!(
            world.ask("POST", tables, Some(body("86400000"))).await.0,
            404
        );
        let elsewhere = all.replace("env-shop01", "env-team01");
        assert_eq!(world.ask("GET", &elsewhere, None).await.0, 404);
    }

    #[tokio::test]
    async fn an_integration_keeps_its_secret_and_its_kind() {
        let world = start(CloudOptions::new()).await;
        let all = "/tableflow/v1/catalog-integrations";
        let body = spec(json!({
            "display_name": "snow",
            "config": {
                "kind": "Snowflake", "endpoint": "https://s", "client_id": "me",
                "client_secret": "s3cret", "warehouse": "w", "allowed_scope": "all",
            },
        }));
        let (status, made) = world.ask("POST", all, Some(body.clone())).await;
        assert_eq!((status, &made["status"]["phase"]), (202, &json!("PENDING")));
        assert!(!made.to_string().contains("s3cret"));
        assert_eq!(world.ask("POST", all, Some(body)).await.0, 409);
        let id = made["id"].as_str().unwrap();
        let glue = spec(json!({ "config": { "kind": "AwsGlue" } }));
        assert_eq!(
            world
                .ask("PATCH", &format!("{all}/{id}"), Some(glue))
                .await
                .0,
            400
        );
        let name = spec(json!({ "display_name": "ice" }));
        let (_, changed) = world.ask("PATCH", &format!("{all}/{id}"), Some(name)).await;
        assert_eq!(changed["spec"]["display_name"], "ice");
        assert_eq!(changed["spec"]["config"]["warehouse"], "w");
        let (_, page) = world
            .ask("GET", &format!("{all}?{PLACE}&page_size=1"), None)
            .await;
        assert_eq!(page["metadata"]["total_size"], 2);
        assert!(page["metadata"]["next"].is_string());
        let one = format!("{all}/{id}?{PLACE}");
        assert_eq!(world.ask("DELETE", &one, None).await.0, 204);
        assert_eq!(world.ask("GET", &one, None).await.0, 404);
    }

    #[tokio::test]
    async fn regions_are_those_of_a_cloud() {
        let world = start(CloudOptions::new()).await;
        let (_, regions) = world
            .ask("GET", "/tableflow/v1/regions?cloud=AZURE", None)
            .await;
        assert_eq!(regions["metadata"]["total_size"], 2);
    }
}
