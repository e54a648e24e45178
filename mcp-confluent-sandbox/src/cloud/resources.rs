//! Organizations, environments, clusters, registries and compute pools. They never change.

use serde_json::{Value, json};

use super::call::{Call, Result, ok};
use super::errors::ApiError;
use super::world::{
    CLOUD, CLUSTER, CLUSTER_NAME, COMPUTE_POOL, ENVIRONMENT, ENVIRONMENT_NAME, ORGANIZATION,
    REGION, REGISTRY,
};
use crate::broker::HOST;
use crate::http::Answer;

/// Environments without anything in them, so that a list has more than one page.
const EMPTY_ENVIRONMENTS: usize = 11;

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    match call.route {
        "GET /org/v2/organizations" => call.page("OrganizationList", &[organization()]),
        "GET /org/v2/organizations/{id}" => find(call, "organization", vec![organization()]),
        "GET /org/v2/environments" => call.page("EnvironmentList", &environments()),
        "GET /org/v2/environments/{id}" => find(call, "environment", environments()),
        "GET /cmk/v2/clusters" => call.page("ClusterList", &within(call, cluster(call))?),
        "GET /cmk/v2/clusters/{id}" => find(call, "cluster", within(call, cluster(call))?),
        "GET /srcm/v3/clusters" => call.page("ClusterList", &within(call, registry(call))?),
        "GET /srcm/v3/clusters/{id}" => find(call, "cluster", within(call, registry(call))?),
        "GET /fcpm/v2/compute-pools" => {
            let mut pools = within(call, compute_pool())?;
            pools.retain(|pool| {
                call.query("spec.region")
                    .is_none_or(|region| pool["spec"]["region"] == region)
            });
            call.page("ComputePoolList", &pools)
        }
        "GET /fcpm/v2/compute-pools/{id}" => {
            find(call, "compute pool", within(call, compute_pool())?)
        }
        route => Err(ApiError::not_found(route)),
    }
}

fn find(call: &Call<'_>, what: &str, all: Vec<Value>) -> Result<Answer> {
    let id = call.path("id");
    let found = all.into_iter().find(|resource| resource["id"] == id);
    match found {
        Some(resource) => Ok(ok(&resource)),
        None => Err(ApiError::not_found(format!("{what} {id}"))),
    }
}

/// What is in the environment that the query names.
fn within(call: &Call<'_>, resource: Value) -> Result<Vec<Value>> {
    let environment = call.query("environment").unwrap_or_default();
    if environment == ENVIRONMENT {
        return Ok(vec![resource]);
    }
    check_environment(environment)?;
    Ok(Vec::new())
}

/// # Errors
/// There is no such environment.
pub(super) fn check_environment(id: &str) -> Result<()> {
    let known = environments().iter().any(|known| known["id"] == id);
    known
        .then_some(())
        .ok_or_else(|| ApiError::not_found(format!("environment {id}")))
}

fn metadata(path: &str) -> Value {
    json!({
        "self": format!("https://api.confluent.cloud/{path}"),
        "resource_name": format!("crn://confluent.cloud/organization={ORGANIZATION}/{path}"),
        "created_at": "2026-03-02T08:15:00Z",
        "updated_at": "2026-03-02T08:15:00Z",
    })
}

fn related(path: &str, id: &str) -> Value {
    json!({
        "id": id,
        "related": format!("https://api.confluent.cloud/{path}/{id}"),
        "resource_name": format!("crn://confluent.cloud/organization={ORGANIZATION}/{id}"),
    })
}

fn organization() -> Value {
    json!({
        "api_version": "org/v2",
        "kind": "Organization",
        "id": ORGANIZATION,
        "metadata": metadata("organizations"),
        "display_name": "Sandbox",
        "jit_enabled": false,
    })
}

fn environment(id: &str, name: &str) -> Value {
    json!({
        "api_version": "org/v2",
        "kind": "Environment",
        "id": id,
        "metadata": metadata(&format!("org/v2/environments/{id}")),
        "display_name": name,
        "stream_governance_config": { "package": "ESSENTIALS" },
    })
}

fn environments() -> Vec<Value> {
    let empty = (1..=EMPTY_ENVIRONMENTS).map(|number| {
        environment(
            &format!("env-team{number:02}"),
            &format!("team-{number:02}"),
        )
    });
    std::iter::once(environment(ENVIRONMENT, ENVIRONMENT_NAME))
        .chain(empty)
        .collect()
}

fn cluster(call: &Call<'_>) -> Value {
    json!({
        "api_version": "cmk/v2",
        "kind": "Cluster",
        "id": CLUSTER,
        "metadata": metadata(&format!("environment={ENVIRONMENT}/cloud-cluster={CLUSTER}")),
        "spec": {
            "display_name": CLUSTER_NAME,
            "availability": "SINGLE_ZONE",
            "cloud": CLOUD,
            "region": REGION,
            "config": { "kind": "Basic" },
            "kafka_bootstrap_endpoint": format!("PLAINTEXT://{HOST}:{}", call.world.kafka_port),
            "http_endpoint": call.url,
            "environment": related("org/v2/environments", ENVIRONMENT),
        },
        "status": { "phase": "PROVISIONED" },
    })
}

fn registry(call: &Call<'_>) -> Value {
    json!({
        "api_version": "srcm/v3",
        "kind": "Cluster",
        "id": REGISTRY,
        "metadata": metadata(&format!("environment={ENVIRONMENT}/schema-registry={REGISTRY}")),
        "spec": {
            "display_name": "Stream Governance",
            "package": "ESSENTIALS",
            "cloud": CLOUD,
            "region": REGION,
            "http_endpoint": call.url,
            "environment": related("org/v2/environments", ENVIRONMENT),
        },
        "status": { "phase": "PROVISIONED" },
    })
}

fn compute_pool() -> Value {
    json!({
        "api_version": "fcpm/v2",
        "kind": "ComputePool",
        "id": COMPUTE_POOL,
        "metadata": metadata(&format!("environment={ENVIRONMENT}/flink-region={REGION}/compute-pool={COMPUTE_POOL}")),
        "spec": {
            "display_name": "analytics",
            "cloud": CLOUD,
            "region": REGION,
            "max_cfu": 10,
            "enable_ai": false,
            "environment": related("org/v2/environments", ENVIRONMENT),
        },
        "status": { "phase": "PROVISIONED", "current_cfu": 1 },
    })
}
