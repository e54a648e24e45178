//! Organizations, environments, clusters, registries and compute pools. They never change.
//!
//! What is reached through the sandbox is in the first environment. The second one has clusters and
//! compute pools in name only, one of each not ready yet, so that lists have pages and gaps.

use serde_json::{Value, json};

use super::call::{Call, Result, ok};
use super::errors::ApiError;
use super::world::{
    CLOUD, CLUSTER, CLUSTER_NAME, COMPUTE_POOL, ENVIRONMENT, ENVIRONMENT_NAME, ORGANIZATION,
    REGION, REGISTRY,
};
use crate::http::Answer;

/// Environments beside the one with everything in it, so that a list has more than one page.
const TEAMS: usize = 11;
/// The one of them that has clusters and compute pools.
const TEAM: &str = "env-team01";

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    match call.route {
        "GET /org/v2/organizations" => call.page("OrganizationList", &[organization()]),
        "GET /org/v2/organizations/{id}" => find(call, "organization", vec![organization()]),
        "GET /org/v2/environments" => call.page("EnvironmentList", &environments()),
        "GET /org/v2/environments/{id}" => find(call, "environment", environments()),
        "GET /cmk/v2/clusters" => call.page("ClusterList", &within(call, clusters(call))?),
        "GET /cmk/v2/clusters/{id}" => find(call, "cluster", within(call, clusters(call))?),
        "GET /srcm/v3/clusters" => call.page("ClusterList", &within(call, vec![registry(call)])?),
        "GET /srcm/v3/clusters/{id}" => find(call, "cluster", within(call, vec![registry(call)])?),
        "GET /fcpm/v2/compute-pools" => {
            let mut pools = within(call, compute_pools())?;
            pools.retain(|pool| {
                call.query("spec.region")
                    .is_none_or(|region| pool["spec"]["region"] == region)
            });
            call.page("ComputePoolList", &pools)
        }
        "GET /fcpm/v2/compute-pools/{id}" => {
            find(call, "compute pool", within(call, compute_pools())?)
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

/// Those that are in the environment that the query names.
fn within(call: &Call<'_>, mut resources: Vec<Value>) -> Result<Vec<Value>> {
    let environment = call.query("environment").unwrap_or_default();
    check_environment(environment)?;
    resources.retain(|resource| resource["spec"]["environment"]["id"] == environment);
    Ok(resources)
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
    let teams = (1..=TEAMS).map(|number| {
        environment(
            &format!("env-team{number:02}"),
            &format!("team-{number:02}"),
        )
    });
    std::iter::once(environment(ENVIRONMENT, ENVIRONMENT_NAME))
        .chain(teams)
        .collect()
}

fn clusters(call: &Call<'_>) -> Vec<Value> {
    let ready = json!({
        "display_name": CLUSTER_NAME,
        "availability": "SINGLE_ZONE",
        "cloud": CLOUD,
        "region": REGION,
        "config": { "kind": "Basic" },
        "kafka_bootstrap_endpoint": call.world.bootstrap,
        "http_endpoint": call.url,
        "environment": related("org/v2/environments", ENVIRONMENT),
    });
    let dedicated = json!({
        "display_name": "payments",
        "availability": "MULTI_ZONE",
        "cloud": "GCP",
        "region": "europe-west3",
        "config": { "kind": "Dedicated", "cku": 2, "zones": ["europe-west3-a", "europe-west3-b"] },
        "kafka_bootstrap_endpoint": "SASL_SSL://lkc-team01a.europe-west3.gcp.confluent.cloud:9092",
        "http_endpoint": "https://lkc-team01a.europe-west3.gcp.confluent.cloud",
        "environment": related("org/v2/environments", TEAM),
    });
    let unfinished = json!({
        "display_name": "payments-next",
        "environment": related("org/v2/environments", TEAM),
    });
    vec![
        cluster(CLUSTER, &ready, &json!({ "phase": "PROVISIONED" })),
        cluster(
            "lkc-team01a",
            &dedicated,
            &json!({ "phase": "PROVISIONED", "cku": 2 }),
        ),
        cluster(
            "lkc-team01b",
            &unfinished,
            &json!({ "phase": "PROVISIONING" }),
        ),
    ]
}

fn cluster(id: &str, spec: &Value, status: &Value) -> Value {
    let environment = spec["environment"]["id"].as_str().unwrap_or_default();
    json!({
        "api_version": "cmk/v2",
        "kind": "Cluster",
        "id": id,
        "metadata": metadata(&format!("environment={environment}/cloud-cluster={id}")),
        "spec": spec,
        "status": status,
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

fn compute_pools() -> Vec<Value> {
    vec![
        compute_pool(COMPUTE_POOL, "analytics", ENVIRONMENT, "PROVISIONED"),
        compute_pool("lfcp-team01a", "reports", TEAM, "PROVISIONED"),
        compute_pool("lfcp-team01b", "reports-next", TEAM, "PROVISIONING"),
    ]
}

fn compute_pool(id: &str, name: &str, environment: &str, phase: &str) -> Value {
    json!({
        "api_version": "fcpm/v2",
        "kind": "ComputePool",
        "id": id,
        "metadata": metadata(&format!("environment={environment}/flink-region={REGION}/compute-pool={id}")),
        "spec": {
            "display_name": name,
            "cloud": CLOUD,
            "region": REGION,
            "max_cfu": 10,
            "enable_ai": false,
            "environment": related("org/v2/environments", environment),
        },
        "status": { "phase": phase, "current_cfu": 1 },
    })
}
