//! `explain-disabled-tools`.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use crate::{
    connection::Connection,
    prelude::*,
    tool::gates::{Gap, Gates, gap_on, needs_no_connection},
};

/// Explain which tools are off on which connection, and why.
///
/// `config-help` tells how to enable them.
#[confluent_tool(read_only, category = Diagnostics)]
async fn explain_disabled_tools(
    gates: Gates,
    /// How to group them.
    #[arg(default = GroupBy::Reason, name = "group_by")]
    group_by: GroupBy,
) -> Result<DisabledTools> {
    let mut report = DisabledTools {
        group_by,
        operator_blocked: Vec::new(),
        experimental: Vec::new(),
        connections: Vec::new(),
        enabled_count: 0,
        disabled_count: 0,
    };
    for entry in gates.registry().iter() {
        match gates.server_gap(entry) {
            Some(Gap::Experimental) => report.experimental.push(entry.meta().name.to_owned()),
            Some(_) => report.operator_blocked.push(entry.meta().name.to_owned()),
            None => {}
        }
        if gates.gap(entry).is_none() {
            report.enabled_count += 1;
        } else {
            report.disabled_count += 1;
        }
    }
    let mut connections: Vec<_> = gates.connections().iter().collect();
    connections.sort_by(|a, b| a.id().cmp(b.id()));
    report.connections = connections
        .into_iter()
        .map(|connection| section(&gates, connection, group_by))
        .collect();
    Ok(report)
}

fn section(gates: &Gates, connection: &Connection, group_by: GroupBy) -> ConnectionGaps {
    let mut groups: BTreeMap<Cow<'_, str>, Vec<String>> = BTreeMap::new();
    let mut enabled_count = 0;
    let mut disabled_count = 0;
    for entry in gates
        .registry()
        .iter()
        .filter(|entry| gates.server_gap(entry).is_none())
    {
        let gap = if needs_no_connection(entry) {
            None
        } else {
            gap_on(entry, connection)
        };
        let Some(gap) = gap else {
            enabled_count += 1;
            continue;
        };
        disabled_count += 1;
        let key = match group_by {
            GroupBy::Reason => gap.reason(),
            GroupBy::Category => entry.meta().category.as_str().into(),
        };
        groups
            .entry(key)
            .or_default()
            .push(entry.meta().name.to_owned());
    }
    let group = |(key, tools): (Cow<'_, str>, _)| match group_by {
        GroupBy::Reason => DisabledGroup {
            reason: Some(key.into_owned()),
            category: None,
            tools,
        },
        GroupBy::Category => DisabledGroup {
            reason: None,
            category: Some(key.into_owned()),
            tools,
        },
    };
    ConnectionGaps {
        connection_id: connection.id().to_owned(),
        disabled_groups: groups.into_iter().map(group).collect(),
        enabled_count,
        disabled_count,
    }
}

/// How disabled tools are grouped.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
enum GroupBy {
    /// Reason.
    Reason,
    /// Category.
    Category,
}

/// Which tools are off, and why.
#[confluent_type(text("{}", self.prose()))]
struct DisabledTools {
    /// How the tools are grouped.
    group_by: GroupBy,
    /// Tools that the operator switched off for the whole server.
    operator_blocked: Vec<String>,
    /// Experimental tools, which are off for the whole server.
    experimental: Vec<String>,
    /// What is off on each connection, sorted by id.
    connections: Vec<ConnectionGaps>,
    /// How many tools can be called.
    enabled_count: usize,
    /// How many tools can be called on no connection.
    disabled_count: usize,
}

/// What is off on one connection.
#[confluent_type]
struct ConnectionGaps {
    /// The connection.
    connection_id: String,
    /// The tools that are off here, in groups.
    disabled_groups: Vec<DisabledGroup>,
    /// How many tools are on here, those that need no connection included.
    enabled_count: usize,
    /// How many tools are off here, without those that are off for the whole server.
    disabled_count: usize,
}

/// Tools that are off for one reason, or of one category.
#[confluent_type]
struct DisabledGroup {
    /// Why they are off, if they are grouped by reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What they work on, if they are grouped by category.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// The tools, sorted.
    tools: Vec<String>,
}

impl DisabledTools {
    fn prose(&self) -> String {
        let gapped = || {
            self.connections
                .iter()
                .filter(|section| section.disabled_count > 0)
        };
        let closing = format!(
            "{} tools are on, {} are off everywhere.",
            self.enabled_count, self.disabled_count
        );
        let nothing_to_say = self.operator_blocked.is_empty()
            && self.experimental.is_empty()
            && gapped().next().is_none();
        if self.connections.is_empty() && nothing_to_say {
            return format!("No connection is configured. {closing}");
        }
        if nothing_to_say {
            return format!(
                "All {} tools are on, on every connection.",
                self.enabled_count
            );
        }
        let mut text = String::new();
        // Writing to a `String` cannot fail, here and below.
        for (tools, what) in [
            (&self.operator_blocked, "Switched off by the operator"),
            (&self.experimental, "Experimental, and therefore off"),
        ] {
            if !tools.is_empty() {
                let _ = writeln!(text, "{what} ({}):", tools.len());
                text.extend(tools.iter().flat_map(|tool| ["  - ", tool, "\n"]));
                text.push('\n');
            }
        }
        for section in gapped() {
            let total = section.enabled_count + section.disabled_count;
            let _ = writeln!(
                text,
                "Connection \"{}\": {} of {total} tools are off.",
                section.connection_id.escape_debug(),
                section.disabled_count
            );
            for group in &section.disabled_groups {
                let key = group.reason.as_ref().or(group.category.as_ref());
                let key = key.map(String::as_str).unwrap_or_default();
                let _ = writeln!(text, "    {key} ({}):", group.tools.len());
                text.extend(group.tools.iter().flat_map(|tool| ["      - ", tool, "\n"]));
            }
            text.push('\n');
        }
        if self.connections.is_empty() {
            text.push_str("No connection is configured. ");
        }
        text + &closing
    }
}
