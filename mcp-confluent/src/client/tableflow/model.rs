//! What goes to Tableflow and comes from it.
//!
//! What the service may leave out is optional: one resource that is not finished must not hide the
//! others.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

/// Where tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The environment, `env-…`.
    pub environment: String,
    /// The Kafka cluster, `lkc-…`.
    pub cluster: String,
}

impl Place {
    /// `spec` with the place in it, as the body of a request.
    pub(super) fn body(&self, mut spec: Value) -> Value {
        let Self {
            environment,
            cluster,
        } = self;
        spec["environment"] = json!({ "id": environment });
        spec["kafka_cluster"] = json!({ "id": cluster, "environment": environment });
        json!({ "spec": spec })
    }
}

/// A region that has Tableflow.
#[derive(Debug, Clone, Deserialize)]
pub struct Region {
    /// Id.
    pub id: Option<String>,
    /// Cloud, for example `AWS`.
    pub cloud: Option<String>,
    /// Region of that cloud.
    pub region: Option<String>,
}

/// A topic that is a table too.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// What is wanted.
    pub spec: TableSpec,
    /// What became of it.
    #[serde(default)]
    pub status: Status,
    /// Since when it is there.
    #[serde(default)]
    pub metadata: Metadata,
}

/// How a topic is made a table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TableSpec {
    /// Name of the topic.
    pub display_name: Option<String>,
    /// Whether it is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
    /// Its settings.
    pub config: Option<TableConfig>,
    /// Where its files are.
    pub storage: Option<Storage>,
    /// `ICEBERG`, `DELTA`.
    pub table_formats: Option<Vec<String>>,
}

/// Settings of a table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TableConfig {
    /// How long snapshots are kept, in milliseconds, as a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_ms: Option<String>,
    /// What happens when a record does not fit: `SKIP` or `SUSPEND`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_failure_strategy: Option<String>,
    /// Whether small files are put together; the service says it.
    #[serde(skip_serializing)]
    pub enable_compaction: Option<bool>,
    /// Whether the table has partitions; the service says it.
    #[serde(skip_serializing)]
    pub enable_partitioning: Option<bool>,
}

/// Where the files of a table are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// `ByobAws` for a bucket of one's own, `Managed` for Confluent's.
    pub kind: String,
    /// The bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_name: Option<String>,
    /// Its region; the service says it.
    #[serde(skip_serializing)]
    pub bucket_region: Option<String>,
    /// The provider integration that may write there, `cspi-…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_integration_id: Option<String>,
}

/// An integration: a catalog that is told of the tables of a cluster.
#[derive(Debug, Clone, Deserialize)]
pub struct Integration {
    /// Id, `tci-…`.
    pub id: String,
    /// What is wanted.
    pub spec: IntegrationSpec,
    /// What became of it.
    #[serde(default)]
    pub status: Status,
    /// Since when it is there.
    #[serde(default)]
    pub metadata: Metadata,
}

/// How a catalog is told of tables.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IntegrationSpec {
    /// The name people gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether it is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
    /// The catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<CatalogConfig>,
}

/// A catalog: AWS Glue with a provider integration, or Snowflake with everything else.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CatalogConfig {
    /// `AwsGlue` or `Snowflake`.
    pub kind: String,
    /// The provider integration that may write to Glue, `cspi-…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_integration_id: Option<String>,
    /// URL of the Snowflake Open Catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Client id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Secret of the client; never read.
    #[serde(
        skip_deserializing,
        skip_serializing_if = "Option::is_none",
        serialize_with = "expose"
    )]
    pub client_secret: Option<SecretString>,
    /// Warehouse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<String>,
    /// Scope of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_scope: Option<String>,
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn expose<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(serializer)
}

/// What became of a table or an integration.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Status {
    /// For example `PENDING`, `RUNNING`, `CONNECTED`, `FAILED`.
    pub phase: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// When the catalog was told of tables last, RFC 3339.
    pub last_sync_at: Option<String>,
}

/// Since when something is there.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Metadata {
    /// When it was made, RFC 3339.
    pub created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    pub updated_at: Option<String>,
}
