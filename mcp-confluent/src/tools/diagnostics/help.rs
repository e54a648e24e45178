//! `config-help`.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use crate::{
    config::ConfigSource,
    connection::Connection,
    prelude::*,
    tool::{
        gates::{Gap, Gates, left_out, missing_on, needs_no_connection},
        registry::Entry,
    },
};

/// Tell what to add to the configuration to enable a tool, by connection.
///
/// The operator has to add it and restart the server.
#[confluent_tool(read_only, category = Diagnostics)]
async fn config_help(
    gates: Gates,
    /// Such as `list-topics`.
    #[arg(length = 1..)]
    tool: String,
) -> Result<ConfigHelp> {
    let name = tool.trim();
    let Some(entry) = gates.registry().get(name) else {
        let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
        let meant = gates.registry().nearest(name);
        let meant = meant
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(
            ToolError::not_found(format!("there is no tool `{shown}`{meant}"))
                .hint("`explain-disabled-tools` names every tool that is off"),
        );
    };
    let server_gap = gates.server_gap(entry);
    let mut help = ConfigHelp {
        tool: entry.meta().name.to_owned(),
        already_enabled: gates.gap(entry).is_none(),
        note: server_gap.as_ref().map(|gap| how_to_switch_on(gap, entry)),
        suggested_yaml: None,
        connections: BTreeMap::new(),
    };
    if needs_no_connection(entry) {
        return Ok(help);
    }
    if gates.connections().is_empty() {
        help.suggested_yaml = first_connection(entry);
        help.note
            .get_or_insert_with(|| "No connection is configured yet.".to_owned());
    }
    for connection in gates.connections() {
        let mut here = on_connection(&gates, entry, connection);
        here.enabled &= server_gap.is_none();
        help.connections.insert(connection.id().to_owned(), here);
    }
    Ok(help)
}

fn on_connection(gates: &Gates, entry: &Entry, connection: &Connection) -> ConnectionHelp {
    let meta = entry.meta();
    let mut missing = missing_on(entry, connection);
    let mut states: Vec<Cow<'_, str>> = Vec::new();
    let mut notes = Vec::new();
    let mut suggested_yaml = None;
    if !missing.is_empty() && connection.config().services().is_none() {
        states.push(Gap::SignIn.reason());
        notes.push("Use a connection of `type: direct` with keys for it.".to_owned());
    } else if !missing.is_empty() {
        missing.retain(|requirement| {
            let Some(reason) = left_out(requirement, connection).map(|it| it.to_string().into())
            else {
                return true;
            };
            if !states.contains(&reason) {
                states.push(reason);
            }
            false
        });
        if !states.is_empty() {
            notes.push(
                "It is written in the configuration: set the variable where the server is started, such as in \
                 `env` of the client's entry, and restart the server."
                    .to_owned(),
            );
        }
        let reasons = missing
            .iter()
            .map(|requirement| requirement.reason().into());
        states.extend(reasons);
        let fragment = merged(
            missing
                .iter()
                .filter_map(|requirement| requirement.fragment()),
        );
        if !missing.is_empty() {
            notes.extend(where_to_write(gates, connection, &fragment));
        }
        suggested_yaml = Some(fragment)
            .filter(|fragment| !fragment.is_empty())
            .map(|fragment| below_connection(connection.id(), &printed(&fragment)));
    }
    if connection.is_read_only() && meta.always_changes() {
        states.push(Gap::ReadOnly.reason());
        notes.push("The tool changes something: it needs `read_only: false`.".to_owned());
    }
    if !connection.config().allows_tool(meta.name) {
        states.push(Gap::ConnectionFilter.reason());
        notes.push(format!(
            "Name `{}` in `allow_tools` of the connection, and not in `block_tools`.",
            meta.name
        ));
    }
    ConnectionHelp {
        enabled: states.is_empty(),
        current_state: (!states.is_empty()).then(|| states.join("; ")),
        suggested_yaml,
        note: (!notes.is_empty()).then(|| notes.join(" ")),
    }
}

fn how_to_switch_on(gap: &Gap, entry: &Entry) -> String {
    match gap {
        Gap::Experimental => {
            "The tool is experimental: it is on with `experimental: true` under `tools:`."
                .to_owned()
        }
        _ => format!(
            "The operator switched it off for the whole server: {}. Its category is `{}`.",
            gap.reason(),
            entry.meta().category.as_str()
        ),
    }
}

/// What stands in the configuration already where `fragment` would be written.
fn where_to_write(gates: &Gates, connection: &Connection, fragment: &[Key]) -> Option<String> {
    let config = gates.config();
    if *config.source() == ConfigSource::Environment {
        let mut variables = Vec::new();
        variables_of(fragment, &mut variables);
        return (!variables.is_empty()).then(|| {
            format!(
                "The configuration comes from variables: set {}.",
                variables.join(", ")
            )
        });
    }
    let above = config.place_of(&["connections", connection.id()])?;
    let blocks: Vec<_> = fragment
        .iter()
        .filter_map(|key| {
            let name = key.line.trim_end_matches(':');
            let place = config.place_of(&["connections", connection.id(), name])?;
            (place != above).then(|| format!("`{name}` stands at {place}: add the keys there."))
        })
        .collect();
    if blocks.is_empty() {
        return Some(format!("The connection stands at {above}."));
    }
    Some(blocks.join(" "))
}

/// The names in `${NAME}`, each once.
fn variables_of(keys: &[Key], variables: &mut Vec<String>) {
    for key in keys {
        for part in key.line.split("${").skip(1) {
            let name = part.split('}').next().unwrap_or_default().to_owned();
            if !variables.contains(&name) {
                variables.push(name);
            }
        }
        variables_of(&key.below, variables);
    }
}

/// One line of a YAML fragment and what is indented below it.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    line: String,
    below: Vec<Key>,
}

/// Several fragments as one: a key that stands in two of them stands once.
fn merged<'f>(fragments: impl Iterator<Item = &'f str>) -> Vec<Key> {
    let mut root = Vec::new();
    for fragment in fragments {
        let lines: Vec<_> = fragment
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        add(&mut root, &lines);
    }
    root
}

fn add(to: &mut Vec<Key>, lines: &[&str]) {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some(first) = lines.first() else { return };
    let level = indent(first);
    let mut rest = lines;
    while let Some((head, after)) = rest.split_first() {
        let below = after.iter().take_while(|line| indent(line) > level).count();
        let index = to
            .iter()
            .position(|key| key.line == head.trim())
            .unwrap_or_else(|| {
                to.push(Key {
                    line: head.trim().to_owned(),
                    below: Vec::new(),
                });
                to.len() - 1
            });
        add(&mut to[index].below, &after[..below]);
        rest = &after[below..];
    }
}

fn printed(keys: &[Key]) -> String {
    let mut text = String::new();
    for Key { line, below } in keys {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{line}");
        text.push_str(&indented(&printed(below), 2));
    }
    text
}

fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    let words = text.lines().flat_map(|line| [&indent, line, "\n"]);
    words.collect()
}

fn below_connection(id: &str, fragment: &str) -> String {
    let plain = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !matches!(id, "true" | "false" | "null");
    let id = if plain {
        id.to_owned()
    } else {
        serde_json::Value::from(id).to_string()
    };
    format!("connections:\n  {id}:\n{}", indented(fragment, 4))
}

/// A whole connection that serves the tool.
fn first_connection(entry: &Entry) -> Option<String> {
    let fragment = merged(
        entry
            .meta()
            .requirements()
            .filter_map(Requirement::fragment),
    );
    let services = printed(&fragment);
    (!services.is_empty()).then(|| below_connection("local", &format!("type: direct\n{services}")))
}

/// What a tool needs.
#[confluent_type(text("{}", self.prose()))]
struct ConfigHelp {
    /// The tool.
    tool: String,
    /// Whether it can be called now, on at least one connection.
    already_enabled: bool,
    /// What concerns the whole server.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// A first connection to write, where none is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_yaml: Option<String>,
    /// What concerns each connection, by id; empty for a tool that needs none.
    connections: BTreeMap<String, ConnectionHelp>,
}

/// What a tool needs on one connection.
#[confluent_type]
struct ConnectionHelp {
    /// Whether it can be called there.
    enabled: bool,
    /// Why not: everything that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_state: Option<String>,
    /// What to add to the configuration file.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_yaml: Option<String>,
    /// Where to add it, or what else to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl ConfigHelp {
    fn prose(&self) -> String {
        let tool = &self.tool;
        let on = self
            .connections
            .values()
            .filter(|here| here.enabled)
            .count();
        let mut text = match (self.already_enabled, self.connections.len() - on) {
            (true, 0) if self.connections.is_empty() => {
                format!("`{tool}` is on; it needs no connection.\n")
            }
            (true, 0) => format!("`{tool}` is on, on every connection.\n"),
            (true, off) => {
                format!(
                    "`{tool}` is on, but not on {off} of {} connections.\n",
                    self.connections.len()
                )
            }
            (false, _) => format!("`{tool}` is off.\n"),
        };
        text.extend(self.note.iter().flat_map(|note| [note, "\n"]));
        if let Some(yaml) = &self.suggested_yaml {
            text.extend(["A first connection:\n\n", &indented(yaml, 4)]);
        }
        for (id, here) in &self.connections {
            let Some(state) = &here.current_state else {
                continue;
            };
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "\nConnection \"{}\": {state}.", id.escape_debug());
            if let Some(yaml) = &here.suggested_yaml {
                text.extend(["Add:\n\n", &indented(yaml, 4), "\n"]);
            }
            text.extend(here.note.iter().flat_map(|note| [note, "\n"]));
        }
        if self.suggested_yaml.is_some()
            || self
                .connections
                .values()
                .any(|it| it.suggested_yaml.is_some())
        {
            text.push_str("\nThen restart the server.");
        }
        text.truncate(text.trim_end().len());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_that_share_keys_become_one() {
        let both = merged(
            [
                "kafka:\n  rest_endpoint: ${KAFKA_REST_ENDPOINT}",
                "kafka:\n  auth:\n    type: api_key\n    key: ${KAFKA_API_KEY}",
                "kafka:\n  auth:\n    type: api_key\n    key: ${KAFKA_API_KEY}\n\ntelemetry:\n  auth:\n    type: api_key",
            ]
            .into_iter(),
        );
        assert_eq!(
            below_connection("my id", &printed(&both)),
            "connections:\n  \"my id\":\n    kafka:\n      rest_endpoint: ${KAFKA_REST_ENDPOINT}\n      auth:\n        \
             type: api_key\n        key: ${KAFKA_API_KEY}\n    telemetry:\n      auth:\n        type: api_key\n"
        );
        let mut variables = Vec::new();
        variables_of(&both, &mut variables);
        assert_eq!(variables, ["KAFKA_REST_ENDPOINT", "KAFKA_API_KEY"]);
    }
}
