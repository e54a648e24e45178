//! What the control plane says of its resources.

use serde::Deserialize;

/// An organization.
#[derive(Debug, Clone, Deserialize)]
pub struct Organization {
    /// Id, a UUID.
    pub id: String,
    /// The name people gave it.
    pub display_name: Option<String>,
    /// Since when it is there.
    #[serde(default)]
    pub metadata: Metadata,
}

/// An environment.
#[derive(Debug, Clone, Deserialize)]
pub struct Environment {
    /// Id, `env-…`.
    pub id: String,
    /// The name people gave it.
    pub display_name: Option<String>,
    /// Where it belongs and since when it is there.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its package of Stream Governance.
    pub stream_governance_config: Option<StreamGovernance>,
}

/// Stream Governance of an environment.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamGovernance {
    /// `ESSENTIALS` or `ADVANCED`.
    pub package: Option<String>,
}

/// What every resource says about itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Metadata {
    /// Its Confluent resource name, `crn://…`.
    pub resource_name: Option<String>,
    /// When it was made, RFC 3339.
    pub created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    pub updated_at: Option<String>,
    /// When it was deleted, RFC 3339; absent while it is there.
    pub deleted_at: Option<String>,
}

/// Another resource that one belongs to.
#[derive(Debug, Clone, Deserialize)]
pub struct Reference {
    /// Its id.
    pub id: Option<String>,
}

/// A Kafka cluster.
#[derive(Debug, Clone, Deserialize)]
pub struct Cluster {
    /// Id, `lkc-…`.
    pub id: String,
    /// What it should be.
    #[serde(default)]
    pub spec: ClusterSpec,
    /// What it is.
    #[serde(default)]
    pub status: ClusterStatus,
}

/// What a Kafka cluster should be.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ClusterSpec {
    /// The name people gave it.
    pub display_name: Option<String>,
    /// `SINGLE_ZONE`, `MULTI_ZONE`, `LOW` or `HIGH`.
    pub availability: Option<String>,
    /// `AWS`, `GCP` or `AZURE`.
    pub cloud: Option<String>,
    /// The region of the cloud.
    pub region: Option<String>,
    /// What is particular to its kind.
    pub config: Option<ClusterConfig>,
    /// Where Kafka clients connect; may have `SASL_SSL://` before the host. Absent until it is ready.
    pub kafka_bootstrap_endpoint: Option<String>,
    /// Where its REST API is. Absent until it is ready.
    pub http_endpoint: Option<String>,
    /// The environment it is in.
    pub environment: Option<Reference>,
}

/// What is particular to a kind of cluster.
#[derive(Debug, Clone, Deserialize)]
pub struct ClusterConfig {
    /// `Basic`, `Standard`, `Enterprise`, `Dedicated`, `Freight` or a newer one.
    pub kind: Option<String>,
    /// Confluent units for Kafka of a dedicated cluster.
    pub cku: Option<u32>,
    /// The zones of a dedicated cluster.
    pub zones: Option<Vec<String>>,
}

/// What a Kafka cluster is.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ClusterStatus {
    /// For example `PROVISIONED`.
    pub phase: Option<String>,
    /// Confluent units for Kafka it has now.
    pub cku: Option<u32>,
}

/// A schema registry.
#[derive(Debug, Clone, Deserialize)]
pub struct Registry {
    /// Id, `lsrc-…`.
    pub id: String,
    /// What it should be.
    #[serde(default)]
    pub spec: RegistrySpec,
}

/// What a schema registry should be.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RegistrySpec {
    /// Its URL. Absent until it is ready.
    pub http_endpoint: Option<String>,
}

/// A compute pool of Flink.
#[derive(Debug, Clone, Deserialize)]
pub struct ComputePool {
    /// Id, `lfcp-…`.
    pub id: String,
    /// What it should be.
    #[serde(default)]
    pub spec: ComputePoolSpec,
    /// What it is.
    #[serde(default)]
    pub status: ComputePoolStatus,
}

/// What a compute pool should be.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ComputePoolSpec {
    /// The name people gave it.
    pub display_name: Option<String>,
    /// `AWS`, `GCP` or `AZURE`.
    pub cloud: Option<String>,
    /// The region of the cloud.
    pub region: Option<String>,
    /// The most Confluent Flink units it may use.
    pub max_cfu: Option<u32>,
    /// The environment it is in.
    pub environment: Option<Reference>,
}

/// What a compute pool is.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ComputePoolStatus {
    /// For example `PROVISIONED`.
    pub phase: Option<String>,
    /// The Confluent Flink units it uses now.
    pub current_cfu: Option<u32>,
}
