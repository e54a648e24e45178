//! `list-tableflow-regions`, `list-tableflow-topics` and `read-tableflow-topic`.

use super::shared::LenientPage;
use crate::{
    client::tableflow::{self, Place, Table},
    prelude::*,
};

/// List the cloud regions with Tableflow.
#[confluent_tool(read_only, category = Tableflow)]
async fn list_tableflow_regions(
    tableflow: Tableflow,
    page: Page<100>,
    /// Only those of this cloud, such as `AWS`.
    cloud: Option<String>,
) -> Result<Paged<Region>> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let cloud = cloud.map(|cloud| cloud.trim().to_uppercase());
    let cloud = cloud.as_deref().filter(|cloud| !cloud.is_empty());
    Ok(client.regions(call, cloud, page.wanted()).await?.into())
}

/// A region.
#[confluent_type(text("{} {}", self.cloud, self.region))]
struct Region {
    /// Cloud, for example `AWS`.
    cloud: String,
    /// Name of the region there.
    region: String,
}

impl From<tableflow::Region> for Region {
    fn from(region: tableflow::Region) -> Self {
        Self {
            cloud: region.cloud.unwrap_or_default(),
            region: region.region.or(region.id).unwrap_or_default(),
        }
    }
}

/// List the topics with a Tableflow table.
#[confluent_tool(read_only, category = Tableflow)]
async fn list_tableflow_topics(
    tableflow: Tableflow,
    cluster: CloudCluster,
    page: LenientPage,
) -> Result<Paged<TableflowTopic>> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let place = Place::from(cluster);
    Ok(client.tables(call, &place, page.wanted()).await?.into())
}

/// Get the Tableflow settings of a topic and its status.
#[confluent_tool(read_only, category = Tableflow)]
async fn read_tableflow_topic(
    tableflow: Tableflow,
    cluster: CloudCluster,
    /// Name of the topic.
    #[arg(length = 1.., name = "display_name")]
    display_name: String,
) -> Result<TableflowTopic> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let place = Place::from(cluster);
    Ok(client.table(call, &place, &display_name).await?.into())
}

/// A topic that is a table too.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct TableflowTopic {
    /// Name of the topic.
    display_name: String,
    /// How it goes, for example `PENDING` or `RUNNING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    /// Whether it is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended: Option<bool>,
    /// Formats of the table: `ICEBERG`, `DELTA`.
    table_formats: Vec<String>,
    /// Where its files are.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<StorageDetails>,
    /// How long snapshots are kept, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_ms: Option<String>,
    /// What happens when a record does not fit: `SKIP` or `SUSPEND`.
    #[serde(skip_serializing_if = "Option::is_none")]
    record_failure_strategy: Option<String>,
    /// Whether small files are put together.
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_compaction: Option<bool>,
    /// Whether the table has partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_partitioning: Option<bool>,
    /// When it was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

/// Where the files of a table are.
#[confluent_type]
struct StorageDetails {
    /// `Managed` or `ByobAws`.
    kind: String,
    /// Bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_name: Option<String>,
    /// Region of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_region: Option<String>,
    /// Provider integration, `cspi-…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_integration_id: Option<String>,
}

impl From<Table> for TableflowTopic {
    fn from(table: Table) -> Self {
        let Table {
            spec,
            status,
            metadata,
        } = table;
        let config = spec.config.unwrap_or_default();
        Self {
            display_name: spec.display_name.unwrap_or_default(),
            phase: status.phase,
            error_message: status.error_message.filter(|text| !text.is_empty()),
            suspended: spec.suspended,
            table_formats: spec.table_formats.unwrap_or_default(),
            storage: spec.storage.map(|storage| StorageDetails {
                kind: storage.kind,
                bucket_name: storage.bucket_name,
                bucket_region: storage.bucket_region,
                provider_integration_id: storage.provider_integration_id,
            }),
            retention_ms: config.retention_ms,
            record_failure_strategy: config.record_failure_strategy,
            enable_compaction: config.enable_compaction,
            enable_partitioning: config.enable_partitioning,
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
        }
    }
}

impl TableflowTopic {
    fn prose(&self) -> String {
        let mut facts = vec![self.display_name.clone()];
        facts.extend(self.phase.clone());
        if self.suspended == Some(true) {
            facts.push("suspended".to_owned());
        }
        if !self.table_formats.is_empty() {
            facts.push(self.table_formats.join(" and "));
        }
        if let Some(storage) = &self.storage {
            let bucket = storage.bucket_name.as_ref();
            facts.push(match bucket {
                Some(bucket) => format!("{} storage in {bucket}", storage.kind),
                None => format!("{} storage", storage.kind),
            });
        }
        if let Some(retention) = &self.retention_ms {
            facts.push(format!("snapshots kept {retention} ms"));
        }
        if let Some(strategy) = &self.record_failure_strategy {
            facts.push(format!("on a bad record {strategy}"));
        }
        if let Some(error) = &self.error_message {
            facts.push(format!("error: {error}"));
        }
        facts.join(", ")
    }
}
