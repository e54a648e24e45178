//! `create-tableflow-topic`, `update-tableflow-topic` and `delete-tableflow-topic`.

use std::collections::BTreeMap;

use super::{shared::NamedPlace, topics::TableflowTopic};
use crate::{
    client::tableflow::{Place, Storage, TableChanges, TableConfig, TableSpec},
    prelude::*,
};

/// Seven days.
const RETENTION_MS: &str = "604800000";
const STRATEGY: &str = "SUSPEND";
const BYOB: &str = "ByobAws";

/// Have Tableflow make an Iceberg or Delta table of a topic.
#[confluent_tool(write, category = Tableflow)]
async fn create_tableflow_topic(
    tableflow: Tableflow,
    cluster: CloudCluster,
    /// The table.
    tableflow_topic_config: NewTable,
) -> Result<TableflowTopic> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let NewTable {
        display_name,
        storage,
        suspended,
        config,
        table_formats,
    } = tableflow_topic_config;
    let config = config.unwrap_or_default();
    let spec = TableSpec {
        display_name: Some(display_name),
        suspended,
        config: Some(TableConfig {
            retention_ms: Some(config.retention_ms.unwrap_or_else(|| RETENTION_MS.into())),
            record_failure_strategy: Some(
                config
                    .record_failure_strategy
                    .unwrap_or_else(|| STRATEGY.into()),
            ),
            ..TableConfig::default()
        }),
        storage: Some(storage.checked()?),
        table_formats: Some(table_formats),
    };
    let place = Place::from(cluster);
    Ok(client.create_table(call, &place, &spec).await?.into())
}

/// A table to make.
#[confluent_type]
struct NewTable {
    /// Name of the topic.
    #[arg(length = 1.., name = "display_name")]
    display_name: String,
    /// Where its files go.
    storage: TableStorage,
    /// Only `false`.
    suspended: Option<bool>,
    /// Settings.
    config: Option<TableSettings>,
    /// `ICEBERG`, `DELTA`.
    #[arg(default = vec!["ICEBERG".to_owned()], length = 1.., name = "table_formats")]
    table_formats: Vec<String>,
}

/// Where the files of a table go.
#[confluent_type]
struct TableStorage {
    /// `ByobAws`, your own bucket, or `Managed`, Confluent's.
    #[arg(default = BYOB.to_owned(), pattern = "^(ByobAws|Managed)$")]
    kind: String,
    /// For `ByobAws`.
    #[arg(name = "bucket_name")]
    bucket_name: Option<String>,
    /// For `ByobAws`: `cspi-…`.
    #[arg(name = "provider_integration_id")]
    provider_integration_id: Option<String>,
}

impl TableStorage {
    /// The storage, if all is said that its kind needs; what Confluent's storage has no use for is left
    /// out.
    fn checked(self) -> Result<Storage> {
        if self.kind != BYOB {
            return Ok(Storage {
                kind: self.kind,
                ..Storage::default()
            });
        }
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let bucket_name = given(self.bucket_name);
        let provider_integration_id = given(self.provider_integration_id);
        if bucket_name.is_none() || provider_integration_id.is_none() {
            return Err(ToolError::argument(
                "`storage` of the kind `ByobAws` needs `bucket_name` and `provider_integration_id`",
            )
            .hint("give both, or use Confluent's storage: `{\"kind\": \"Managed\"}`"));
        }
        Ok(Storage {
            kind: self.kind,
            bucket_name,
            bucket_region: None,
            provider_integration_id,
        })
    }
}

/// Settings of a table.
#[confluent_type]
#[derive(Default)]
struct TableSettings {
    /// For snapshots: at least `86400000`; new tables: `604800000`.
    #[arg(pattern = "^[0-9]+$", name = "retention_ms")]
    retention_ms: Option<String>,
    /// `SUSPEND` (new tables) or `SKIP`.
    #[arg(name = "record_failure_strategy")]
    record_failure_strategy: Option<String>,
}

/// Change or restart the Tableflow table of a topic.
///
/// What is left out stays as it is; the storage cannot change.
#[confluent_tool(write, idempotent, category = Tableflow)]
async fn update_tableflow_topic(
    tableflow: Tableflow,
    place: NamedPlace,
    /// Name of the topic.
    #[arg(length = 1.., name = "display_name")]
    display_name: String,
    /// What to change.
    tableflow_topic_config: TableUpdate,
) -> Result<TableflowTopic> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let NamedPlace(place) = place;
    let current = client.table(call, &place, &display_name).await?.spec;
    let storage = tableflow_topic_config.storage.unwrap_or_default();
    if current
        .storage
        .as_ref()
        .is_some_and(|there| differs(&storage, there))
    {
        let message =
            format!("the storage of the Tableflow topic `{display_name}` cannot be changed");
        return Err(ToolError::argument(message)
            .hint("leave `storage` out, or delete the Tableflow topic and create it again"));
    }
    let config = tableflow_topic_config.config.unwrap_or_default();
    let changes = TableChanges {
        suspended: tableflow_topic_config.suspended,
        config: TableConfig {
            retention_ms: config.retention_ms,
            record_failure_strategy: config.record_failure_strategy,
            ..TableConfig::default()
        },
        table_formats: tableflow_topic_config.table_formats,
    };
    let updated = client
        .update_table(call, &place, &display_name, &current, changes)
        .await?;
    Ok(updated.into())
}

/// Whether the storage that is asked for is another than the one that is there.
fn differs(asked: &BTreeMap<String, String>, there: &Storage) -> bool {
    let there = [
        ("kind", Some(&there.kind)),
        ("bucketname", there.bucket_name.as_ref()),
        (
            "providerintegrationid",
            there.provider_integration_id.as_ref(),
        ),
    ];
    asked.iter().any(|(key, value)| {
        let key = key.replace('_', "").to_lowercase();
        let known = there.iter().find(|(name, _)| *name == key);
        known.is_some_and(|(_, there)| there.is_some_and(|there| there != value))
    })
}

/// What is to be different about a table.
#[confluent_type]
struct TableUpdate {
    /// Cannot be changed.
    storage: Option<BTreeMap<String, String>>,
    /// `{id}`.
    environment: Option<BTreeMap<String, String>>,
    /// `{id}`.
    #[arg(name = "kafka_cluster")]
    kafka_cluster: Option<BTreeMap<String, String>>,
    /// `false` restarts it.
    suspended: Option<bool>,
    /// Settings.
    config: Option<TableSettings>,
    /// `ICEBERG`, `DELTA`.
    #[arg(length = 1.., name = "table_formats")]
    table_formats: Option<Vec<String>>,
}

/// Stop the Tableflow table of a topic; topic and records stay.
#[confluent_tool(
    destructive,
    category = Tableflow,
    confirm = "Stop making a table of the topic {display_name:?}? Its table is no longer updated, and goes with Confluent's storage."
)]
async fn delete_tableflow_topic(
    tableflow: Tableflow,
    cluster: CloudCluster,
    /// Name of the topic.
    #[arg(length = 1.., name = "display_name")]
    display_name: String,
) -> Result<TableflowTopicDeleted> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let place = Place::from(cluster);
    client.delete_table(call, &place, &display_name).await?;
    Ok(TableflowTopicDeleted { display_name })
}

/// A topic that is no table any more.
#[confluent_type(text("Tableflow makes no table of `{}` any more.", self.display_name))]
struct TableflowTopicDeleted {
    /// Name of the topic.
    display_name: String,
}
