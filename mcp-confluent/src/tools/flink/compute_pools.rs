//! `list-compute-pools`.

use crate::{client::cloud, prelude::*, tools::cloud::shared};

/// List the Flink compute pools of an environment.
#[confluent_tool(read_only, category = Flink)]
async fn list_compute_pools(
    cloud: Cloud,
    environment: EnvironmentId,
    page: Page<100>,
) -> Result<Paged<ComputePool>> {
    let (client, call) = (cloud.client(), cloud.call());
    let pools = client.compute_pools(call, environment.as_str(), page.wanted());
    Ok(pools.await?.into())
}

/// A compute pool.
#[confluent_type(text("{}", self.prose()))]
struct ComputePool {
    /// Id, `lfcp-…`.
    id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Environment it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment_id: Option<String>,
    /// Cloud provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<String>,
    /// Region of the cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// For example `PROVISIONED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// Confluent Flink units it uses now.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_cfu: Option<u32>,
    /// Most Confluent Flink units it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_cfu: Option<u32>,
}

impl From<cloud::ComputePool> for ComputePool {
    fn from(pool: cloud::ComputePool) -> Self {
        let cloud::ComputePoolSpec {
            display_name,
            cloud,
            region,
            max_cfu,
            environment,
        } = pool.spec;
        Self {
            id: pool.id,
            name: display_name,
            environment_id: environment.and_then(|environment| environment.id),
            cloud,
            region,
            phase: pool.status.phase,
            current_cfu: pool.status.current_cfu,
            max_cfu,
        }
    }
}

impl ComputePool {
    fn prose(&self) -> String {
        let units = match (self.current_cfu, self.max_cfu) {
            (Some(current), Some(most)) => Some(format!("{current} of {most} CFU")),
            (None, Some(most)) => Some(format!("at most {most} CFU")),
            _ => None,
        };
        let place = shared::place(self.cloud.as_deref(), self.region.as_deref());
        let facts = [place, self.phase.clone(), units];
        shared::line(&self.id, self.name.as_deref(), facts)
    }
}
