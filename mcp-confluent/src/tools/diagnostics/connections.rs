//! `list-configured-connections` and `describe-configured-connection`.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use super::card::{self, Card};
use crate::{
    connection::Connection,
    prelude::*,
    tool::gates::{Gap, Gates, gap_on, needs_no_connection},
};

/// List the configured connections: the ids for `connectionId`, and the tools that work on each.
#[confluent_tool(read_only, category = Diagnostics)]
async fn list_configured_connections(gates: Gates) -> Result<ConfiguredConnections> {
    let connections = gates.connections().iter().map(|connection| {
        let listed = ListedConnection {
            description: connection.description().map(str::to_owned),
            read_only: connection.is_read_only(),
            enabled_tools: names(gates.served_by(connection)),
        };
        (connection.id().to_owned(), listed)
    });
    Ok(ConfiguredConnections {
        connections: connections.collect(),
    })
}

fn names(tools: Vec<&'static str>) -> Vec<String> {
    tools.into_iter().map(str::to_owned).collect()
}

/// The configured connections.
#[confluent_type(text("{}", self.prose()))]
struct ConfiguredConnections {
    /// The connections by id.
    connections: BTreeMap<String, ListedConnection>,
}

/// One connection.
#[confluent_type]
struct ListedConnection {
    /// What its owner wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whether nothing can be changed through it.
    read_only: bool,
    /// The tools that work on it, sorted; those that need no connection are not repeated here.
    enabled_tools: Vec<String>,
}

impl ConfiguredConnections {
    fn prose(&self) -> String {
        let mut text = match self.connections.len() {
            0 => return "No connection is configured.".to_owned(),
            1 => "1 connection is configured.\n".to_owned(),
            count => format!("{count} connections are configured.\n"),
        };
        for (id, connection) in &self.connections {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\n\"{}\"", id.escape_debug());
            if let Some(description) = &connection.description {
                let _ = write!(text, " \"{}\"", description.escape_debug());
            }
            if connection.read_only {
                text.push_str(" (read-only)");
            }
            let tools = &connection.enabled_tools;
            let _ = match tools.len() {
                0 => write!(text, ": no tools"),
                count => write!(text, ": {count} tools: {}", tools.join(", ")),
            };
        }
        text
    }
}

/// Describe a configured connection: its endpoints, and the tools that are on and off.
#[confluent_tool(read_only, category = Diagnostics)]
pub(super) async fn describe_configured_connection(
    gates: Gates,
    named: Named,
) -> Result<ConnectionCard> {
    let connection = &named.0;
    let mut disabled_tools: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in gates
        .registry()
        .iter()
        .filter(|entry| !needs_no_connection(entry))
    {
        let gap = gates
            .server_gap(entry)
            .or_else(|| gap_on(entry, connection));
        if let Some(gap) = gap {
            let tools = disabled_tools.entry(gap.reason().into_owned()).or_default();
            tools.push(entry.meta().name.to_owned());
        }
    }
    let Card {
        kind,
        ccloud_env,
        kafka_debug,
        blocks,
    } = card::of(connection.config());
    Ok(ConnectionCard {
        connection_id: connection.id().to_owned(),
        kind,
        description: connection.description().map(str::to_owned),
        ccloud_env,
        kafka_debug,
        read_only: connection.is_read_only(),
        protected_topics: connection
            .config()
            .protected_topics
            .iter()
            .map(|glob| glob.as_str().to_owned())
            .collect(),
        blocks,
        enabled_tools: names(gates.served_by(connection)),
        disabled_tools,
    })
}

/// The connection whose id the call names.
///
/// It has an argument of its own because the tool is about a connection and does not work on one:
/// any id may be asked for, also one that serves no tool.
pub(super) struct Named(pub(super) Arc<Connection>);

impl FromContext for Named {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = &[ArgSpec::new::<String>(
        "connectionId",
        "From `list-configured-connections`.",
    )];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let gates = Gates::from_context(cx).await?;
        let id = cx
            .argument("connectionId")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        let id = id.trim();
        if let Some(connection) = gates
            .connections()
            .iter()
            .find(|connection| connection.id() == id)
        {
            return Ok(Self(connection.clone()));
        }
        let mut ids: Vec<_> = gates
            .connections()
            .iter()
            .map(|it| format!("\"{}\"", it.id().escape_debug()))
            .collect();
        ids.sort();
        let ids = if ids.is_empty() {
            "none".to_owned()
        } else {
            ids.join(", ")
        };
        let id: String = id.chars().take(80).flat_map(char::escape_debug).collect();
        Err(ToolError::not_found(format!(
            "there is no connection \"{id}\"; configured are: {ids}"
        )))
    }
}

/// One connection.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct ConnectionCard {
    /// The connection.
    connection_id: String,
    /// `direct` (addresses and credentials for each service) or `oauth` (a sign-in).
    #[arg(name = "type")]
    kind: String,
    /// What its owner wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Which Confluent Cloud a sign-in goes to.
    #[arg(name = "ccloud_env")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ccloud_env: Option<String>,
    /// librdkafka debug contexts of a connection with a sign-in.
    #[arg(name = "kafka_debug")]
    #[serde(skip_serializing_if = "Option::is_none")]
    kafka_debug: Option<String>,
    /// Whether nothing can be changed through it.
    read_only: bool,
    /// Patterns of the topics that no tool may write to, change or delete here.
    protected_topics: Vec<String>,
    /// The services it reaches: what may be shown of each block, under the names of the
    /// configuration file.
    blocks: BTreeMap<String, BTreeMap<String, String>>,
    /// The tools that work on it, sorted.
    enabled_tools: Vec<String>,
    /// The tools that do not work on it, by the reason.
    disabled_tools: BTreeMap<String, Vec<String>>,
}

impl ConnectionCard {
    fn prose(&self) -> String {
        let read_only = if self.read_only { ", read-only" } else { "" };
        let id = self.connection_id.escape_debug();
        let mut text = format!("Connection \"{id}\" ({}{read_only})", self.kind);
        if let Some(description) = &self.description {
            text.push_str(": ");
            text.extend(description.escape_debug());
        }
        text.push('\n');
        if self.blocks.is_empty() {
            text.push_str("It reaches no service.\n");
        }
        // Writing to a `String` cannot fail, here and below.
        for (block, fields) in &self.blocks {
            let _ = writeln!(text, "{block}:");
            for (key, value) in fields {
                let _ = writeln!(text, "  {key}: {}", value.escape_debug());
            }
        }
        let _ = match self.enabled_tools.len() {
            0 => writeln!(text, "No tool works on it."),
            count => writeln!(
                text,
                "{count} tools work on it: {}",
                self.enabled_tools.join(", ")
            ),
        };
        let read_only = Gap::ReadOnly.reason();
        if let Some(tools) = self.disabled_tools.get(&*read_only) {
            let _ = writeln!(
                text,
                "Writing is off because it is read-only: {}",
                tools.join(", ")
            );
        }
        for (reason, tools) in &self.disabled_tools {
            if *reason != read_only {
                let _ = writeln!(text, "{} tools are off: {reason}", tools.len());
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}
