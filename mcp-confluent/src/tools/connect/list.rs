//! `list-connectors`.

use super::shared::has_failed;
use crate::{client::connect::ConnectorStatus, prelude::*};

/// List the connectors of a Confluent Cloud cluster with their state.
#[confluent_tool(read_only, category = Connect)]
async fn list_connectors(connect: Connect) -> Result<ConnectorList> {
    let found = connect
        .client()
        .connectors(connect.call(), connect.cluster());
    let connectors = found.await?.into_iter().map(ConnectorSummary::from);
    Ok(ConnectorList {
        connectors: connectors.collect(),
    })
}

/// Connectors of one cluster.
#[confluent_type(text("{}", self.prose()))]
struct ConnectorList {
    /// The connectors, sorted by name.
    connectors: Vec<ConnectorSummary>,
}

/// One connector.
#[confluent_type]
struct ConnectorSummary {
    /// Name.
    name: String,
    /// `source` or `sink`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(name = "type")]
    kind: Option<String>,
    /// State, for example `RUNNING`, `PAUSED` or `FAILED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// How many tasks it has.
    tasks: usize,
    /// How many of them have failed.
    failed_tasks: usize,
}

impl From<ConnectorStatus> for ConnectorSummary {
    fn from(status: ConnectorStatus) -> Self {
        let failed = status
            .tasks
            .iter()
            .filter(|task| task.state.as_deref().is_some_and(has_failed));
        Self {
            failed_tasks: failed.count(),
            tasks: status.tasks.len(),
            name: status.name,
            kind: status.kind,
            state: status.connector.state,
        }
    }
}

impl ConnectorList {
    fn prose(&self) -> String {
        if self.connectors.is_empty() {
            return "No connectors.".to_owned();
        }
        let lines: Vec<_> = self
            .connectors
            .iter()
            .map(|connector| {
                let kind = connector.kind.as_deref().unwrap_or("connector");
                let state = connector.state.as_deref().unwrap_or("state unknown");
                let failed = match connector.failed_tasks {
                    0 => String::new(),
                    failed => format!(", {failed} of {} tasks failed", connector.tasks),
                };
                format!("{} ({kind}): {state}{failed}", connector.name)
            })
            .collect();
        lines.join("\n")
    }
}
