//! What Connect says of connectors. What it may leave out is optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::ConnectorConfig;

/// A connector as it is configured.
#[derive(Debug, Clone, Deserialize)]
pub struct Connector {
    /// Its name.
    pub name: String,
    /// `source` or `sink`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its configuration.
    #[serde(default)]
    pub config: ConnectorConfig,
    /// Its tasks, as far as they exist yet.
    #[serde(default, deserialize_with = "or_default")]
    pub tasks: Vec<Value>,
}

/// How a connector and its tasks are.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ConnectorStatus {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// `source` or `sink`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The connector itself.
    #[serde(default, deserialize_with = "or_default")]
    pub connector: ConnectorState,
    /// Its tasks.
    #[serde(default, deserialize_with = "or_default")]
    pub tasks: Vec<TaskState>,
    /// What the service says instead of [`ConnectorStatus::error_summary`].
    pub override_message: Option<String>,
    /// What the service makes of the errors.
    pub error_summary: Option<String>,
    /// What is wrong with the configuration, as `key: reason`.
    #[serde(default, deserialize_with = "texts")]
    pub validation_errors: Vec<String>,
    /// What the service read in the traces.
    #[serde(default, deserialize_with = "texts")]
    pub errors_from_trace: Vec<String>,
    /// More about the errors, in the service's own shape.
    #[serde(default)]
    pub error_details: Value,
    /// Whether it is about field-level encryption.
    pub is_csfle_error: Option<bool>,
    /// Whether the plugin is still maintained.
    pub plugin_lifecycle: Option<String>,
}

/// The state of a connector itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ConnectorState {
    /// `RUNNING`, `PAUSED`, `FAILED`, `PROVISIONING`, …
    pub state: Option<String>,
    /// Who runs it.
    pub worker_id: Option<String>,
    /// Where it failed.
    pub trace: Option<String>,
}

/// The state of a task.
#[derive(Debug, Clone, Deserialize)]
pub struct TaskState {
    /// Number, from 0.
    pub id: i64,
    /// `RUNNING`, `PAUSED`, `FAILED`, `UNASSIGNED`, …
    pub state: Option<String>,
    /// Who runs it.
    pub worker_id: Option<String>,
    /// What it says.
    pub msg: Option<String>,
    /// Where it failed.
    pub trace: Option<String>,
}

/// A task as it is configured.
#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    /// Which one.
    pub id: TaskId,
    /// Its configuration.
    #[serde(default)]
    pub config: ConnectorConfig,
}

/// Which task.
#[derive(Debug, Clone, Deserialize)]
pub struct TaskId {
    /// Number, from 0.
    pub task: i64,
}

/// How far a connector is.
#[derive(Debug, Clone, Deserialize)]
pub struct ConnectorOffsets {
    /// The connector's id, `lcc-…`.
    pub id: Option<String>,
    /// One for each partition of what is read.
    #[serde(default, deserialize_with = "or_default")]
    pub offsets: Vec<Offset>,
    /// When this was so.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: OffsetsMetadata,
}

/// When offsets were looked at.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct OffsetsMetadata {
    /// RFC 3339.
    pub observed_at: Option<String>,
}

/// A place in what is read; the shape is the connector's own.
#[derive(Debug, Clone, Deserialize)]
pub struct Offset {
    /// The part that is read, for a sink `kafka_topic` and `kafka_partition`.
    #[serde(default, deserialize_with = "or_default")]
    pub partition: BTreeMap<String, Value>,
    /// The place in it, for a sink `kafka_offset`.
    #[serde(default, deserialize_with = "or_default")]
    pub offset: BTreeMap<String, Value>,
}

/// What the service advises.
#[derive(Debug, Clone, Deserialize)]
pub struct Advice {
    /// Why there is none.
    pub error: Option<String>,
    /// What the advice was made for.
    pub event_id: Option<String>,
    /// The advice.
    #[serde(default, deserialize_with = "texts")]
    pub recommendations: Vec<String>,
}

fn or_default<'de, D, T>(value: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

/// Texts, or objects that hold one: services do not agree on the shape.
fn texts<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let values: Vec<Value> = or_default(value)?;
    Ok(values.into_iter().filter_map(text).collect())
}

fn text(value: Value) -> Option<String> {
    let of = |fields: &Map<String, Value>| {
        let keys = ["error", "message", "errorMessage"];
        let found = keys.iter().find_map(|key| fields.get(*key)?.as_str());
        found.map(str::to_owned)
    };
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Object(fields) => {
            Some(of(&fields).unwrap_or_else(|| Value::Object(fields).to_string()))
        }
        other => Some(other.to_string()),
    }
}
