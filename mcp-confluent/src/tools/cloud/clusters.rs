//! `list-clusters`.

use super::shared;
use crate::{client::cloud, prelude::*};

/// List the Kafka clusters of an environment, with their locations and endpoints.
#[confluent_tool(read_only, category = ConfluentCloud)]
async fn list_clusters(
    cloud: Cloud,
    environment: EnvironmentId,
    page: Page<100>,
) -> Result<Paged<Cluster>> {
    let (client, call) = (cloud.client(), cloud.call());
    let clusters = client.clusters(call, environment.as_str(), page.wanted());
    Ok(clusters.await?.into())
}

/// A Kafka cluster.
#[confluent_type(text("{}", self.prose()))]
struct Cluster {
    /// Id, `lkc-…`.
    id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Environment it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment_id: Option<String>,
    /// For example `PROVISIONED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// For example `Basic` or `Dedicated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// For example `SINGLE_ZONE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    availability: Option<String>,
    /// Cloud provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<String>,
    /// Region of the cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// Zones of a dedicated cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    zones: Option<Vec<String>>,
    /// Confluent units for Kafka.
    #[serde(skip_serializing_if = "Option::is_none")]
    cku: Option<u32>,
    /// Where Kafka clients connect, `host:port`; absent until it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap_servers: Option<String>,
    /// URL of its REST API; absent until it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    rest_endpoint: Option<String>,
}

impl From<cloud::Cluster> for Cluster {
    fn from(cluster: cloud::Cluster) -> Self {
        let cloud::ClusterSpec {
            display_name,
            availability,
            cloud,
            region,
            config,
            kafka_bootstrap_endpoint,
            http_endpoint,
            environment,
        } = cluster.spec;
        let (kind, cku, zones) =
            config.map_or((None, None, None), |it| (it.kind, it.cku, it.zones));
        // It comes with the protocol before it, or without.
        let brokers = kafka_bootstrap_endpoint.map(|endpoint| match endpoint.split_once("://") {
            Some((_, brokers)) => brokers.to_owned(),
            None => endpoint,
        });
        Self {
            id: cluster.id,
            name: display_name,
            environment_id: environment.and_then(|environment| environment.id),
            phase: cluster.status.phase,
            kind,
            availability,
            cloud,
            region,
            zones,
            cku: cluster.status.cku.or(cku),
            bootstrap_servers: brokers,
            rest_endpoint: http_endpoint,
        }
    }
}

impl Cluster {
    fn prose(&self) -> String {
        let facts = [
            self.kind.clone(),
            shared::place(self.cloud.as_deref(), self.region.as_deref()),
            self.phase.clone(),
            shared::fact("at", self.bootstrap_servers.as_ref()),
        ];
        shared::line(&self.id, self.name.as_deref(), facts)
    }
}
