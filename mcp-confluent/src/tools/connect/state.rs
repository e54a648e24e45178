//! `get-connector-status`, `get-connector-tasks`.

use std::collections::BTreeMap;

use super::shared::{shown, trace_head};
use crate::{client::connect, prelude::*};

/// Get the state of a connector and its tasks, with failure traces, and its id.
#[confluent_tool(read_only, category = Connect)]
pub(super) async fn get_connector_status(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<StatusOfConnector> {
    let name = connector_name.trim();
    let (client, call, cluster) = (connect.client(), connect.call(), connect.cluster());
    let (status, id) = tokio::join!(
        client.status(call, cluster, name),
        client.id(call, cluster, name)
    );
    let status = status?;
    Ok(StatusOfConnector {
        connector_name: name.to_owned(),
        // The state is worth more than the id.
        connector_id: id.ok().flatten(),
        kind: status.kind,
        state: status.connector.state.unwrap_or_else(unknown),
        worker_id: status.connector.worker_id,
        trace: trace_head(status.connector.trace.as_deref()),
        tasks: status.tasks.into_iter().map(StateOfTask::from).collect(),
    })
}

fn unknown() -> String {
    "UNKNOWN".to_owned()
}

/// State of one connector.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct StatusOfConnector {
    /// Name of the connector.
    pub(super) connector_name: String,
    /// Id, `lcc-…`; logs and metrics go by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    connector_id: Option<String>,
    /// `source` or `sink`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(name = "type")]
    kind: Option<String>,
    /// `RUNNING`, `PAUSED`, `FAILED`, `PROVISIONING`, `DEGRADED`, …
    pub(super) state: String,
    /// Who runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_id: Option<String>,
    /// Start of the trace of its failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    /// Its tasks.
    tasks: Vec<StateOfTask>,
}

/// State of one task.
#[confluent_type]
struct StateOfTask {
    /// Number, from 0.
    id: i64,
    /// `RUNNING`, `PAUSED`, `FAILED`, `UNASSIGNED`, …
    state: String,
    /// Who runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_id: Option<String>,
    /// Start of what it says of its failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl From<connect::TaskState> for StateOfTask {
    fn from(task: connect::TaskState) -> Self {
        let message = task.msg.filter(|text| !text.trim().is_empty());
        Self {
            id: task.id,
            state: task.state.unwrap_or_else(unknown),
            worker_id: task.worker_id,
            message: trace_head(message.or(task.trace).as_deref()),
        }
    }
}

impl StatusOfConnector {
    fn prose(&self) -> String {
        let id = self.connector_id.as_deref().unwrap_or("id unknown");
        let mut text = format!("{} ({id}): {}", self.connector_name, self.state);
        for task in &self.tasks {
            text.push_str(&format!("\ntask {}: {}", task.id, task.state));
        }
        let messages = self.tasks.iter().filter_map(|task| task.message.as_ref());
        if let Some(trace) = self.trace.iter().chain(messages).next() {
            text.push('\n');
            text.push_str(trace);
        }
        text
    }
}

/// Get the tasks of a connector and their configuration.
#[confluent_tool(read_only, category = Connect)]
async fn get_connector_tasks(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<TasksOfConnector> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    let tasks = client.tasks(call, connect.cluster(), name).await?;
    let tasks = tasks.iter().map(|task| ConfiguredTask {
        id: task.id.task,
        config: shown(&task.config),
    });
    Ok(TasksOfConnector {
        connector_name: name.to_owned(),
        tasks: tasks.collect(),
    })
}

/// Tasks of one connector.
#[confluent_type(text("{}", self.prose()))]
struct TasksOfConnector {
    /// Name of the connector.
    connector_name: String,
    /// Its tasks.
    tasks: Vec<ConfiguredTask>,
}

/// One task.
#[confluent_type]
struct ConfiguredTask {
    /// Number, from 0.
    id: i64,
    /// Configuration; secrets are shown as `***`.
    config: BTreeMap<String, String>,
}

impl TasksOfConnector {
    fn prose(&self) -> String {
        let name = &self.connector_name;
        if self.tasks.is_empty() {
            return format!("{name} has no tasks yet.");
        }
        let mut text = format!("{name} has {} tasks.", self.tasks.len());
        let first = &self.tasks[0].config;
        for task in &self.tasks {
            // Tasks mostly share their configuration.
            let own = task
                .config
                .iter()
                .filter(|entry| task.id == self.tasks[0].id || first.get(entry.0) != Some(entry.1));
            text.push_str(&format!("\ntask {}:", task.id));
            for (key, value) in own {
                text.push_str(&format!("\n  {key} = {value}"));
            }
        }
        text
    }
}
