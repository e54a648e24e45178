//! `tools`: which tools are on, which are off, and why. `--list-tools`: every tool there is.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::{Failure, complain, lists::Lists, print, setup::Ready, style::Style};
use crate::tool::{
    effect::Effect,
    gates::{Gates, gap_on, needs_no_connection},
    meta::Meta,
    registry::{Entry, Registry},
    toolbox::as_listed,
};

/// How much of a description a line shows.
const SUMMARY: usize = 120;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Every tool there is, whatever the configuration says; as JSON, in the form of `tools/list`.
    #[arg(long)]
    pub(super) all: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(ready: &Ready, arguments: &Arguments) -> Result<(), Failure> {
    let gates = ready.toolbox.gates();
    if arguments.json {
        let tools: Vec<_> = gates
            .registry()
            .iter()
            .map(|entry| described(gates, entry))
            .collect();
        return print(&format!("{:#}\n", json!({ "tools": tools })));
    }
    print(&page(gates, Style::stdout()))
}

/// Every tool there is, without a look at any configuration.
pub(super) fn catalogue(lists: Lists, json: bool) -> Result<(), Failure> {
    let registry =
        Registry::collect().map_err(|duplicates| Failure::Usage(duplicates.to_string()))?;
    let (filter, notices) = lists.filter(&registry)?;
    for notice in &notices {
        complain(notice);
    }
    let entries = registry
        .iter()
        .filter(|entry| filter.permits(entry.meta().name));
    if json {
        let tools: Vec<_> = entries.map(as_listed).collect();
        return print(&format!("{:#}\n", json!({ "tools": tools })));
    }
    let tools = entries.map(Entry::meta);
    print(&by_category(tools, Style::stdout(), |style, meta| {
        format!(
            "  {}: {}\n",
            style.good(meta.name),
            summary(meta.description)
        )
    }))
}

fn page(gates: &Gates, style: Style) -> String {
    let on = gates
        .registry()
        .iter()
        .filter(|entry| gates.gap(entry).is_none());
    let width = gates
        .registry()
        .iter()
        .map(|entry| entry.meta().name.len())
        .max()
        .unwrap_or_default();
    let mut page = by_category(on.map(Entry::meta), style, |style, meta| {
        let padding = width - meta.name.len();
        let changes = match meta.effect {
            Effect::ReadOnly => ' ',
            Effect::Write => 'w',
            Effect::Destructive => 'd',
        };
        let first = meta.description.lines().next().unwrap_or_default();
        format!(
            "  {}{:padding$} {changes} {}\n",
            style.good(meta.name),
            "",
            summary(first)
        )
    });
    if page.is_empty() {
        page.push_str("No tool is on.\n");
    } else {
        page.push_str("\nw: changes something, d: can destroy something\n");
    }
    // Writing to a `String` cannot fail, here and below.
    let mut everywhere: BTreeMap<Cow<'_, str>, Vec<&str>> = BTreeMap::new();
    for entry in gates.registry().iter() {
        if let Some(gap) = gates.server_gap(entry) {
            everywhere
                .entry(gap.reason())
                .or_default()
                .push(entry.meta().name);
        }
    }
    for (reason, names) in &everywhere {
        let _ = write!(page, "\n{} {reason}:\n", style.bad("Off everywhere:"));
        page.push_str(&wrapped(names));
    }
    for connection in gates.connections() {
        let mut off: BTreeMap<Cow<'_, str>, Vec<&str>> = BTreeMap::new();
        for entry in gates.registry().iter() {
            if gates.server_gap(entry).is_none()
                && !needs_no_connection(entry)
                && let Some(gap) = gap_on(entry, connection)
            {
                off.entry(gap.reason()).or_default().push(entry.meta().name);
            }
        }
        for (reason, names) in &off {
            let place = gates.config().place_of(&["connections", connection.id()]);
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            let id = connection.id().escape_debug();
            let _ = write!(
                page,
                "\n{} {reason}:\n",
                style.bad(format!("Off on `{id}`{place}:"))
            );
            page.push_str(&wrapped(names));
        }
    }
    if gates.connections().is_empty() {
        page.push_str(
            "\nNo connection is configured: `mcp-confluent init` writes a file to start from.\n",
        );
    }
    page
}

fn by_category(
    tools: impl Iterator<Item = &'static Meta>,
    style: Style,
    line: impl Fn(Style, &Meta) -> String,
) -> String {
    let mut categories: BTreeMap<&str, String> = BTreeMap::new();
    for meta in tools {
        categories
            .entry(meta.category.as_str())
            .or_default()
            .push_str(&line(style, meta));
    }
    let blocks: Vec<_> = categories
        .into_iter()
        .map(|(category, lines)| format!("{}\n{lines}", style.heading(format!("{category}:"))))
        .collect();
    blocks.join("\n")
}

/// One line of at most [`SUMMARY`] characters.
fn summary(description: &str) -> String {
    let line = description.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SUMMARY) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// Names with commas between them, in lines of at most a hundred characters.
fn wrapped(names: &[&str]) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for (index, name) in names.iter().enumerate() {
        if line.len() + name.len() > 96 {
            text.extend(["  ", line.trim_end(), "\n"]);
            line.clear();
        }
        line.push_str(name);
        line.push_str(if index + 1 < names.len() { ", " } else { "" });
    }
    text.extend(["  ", &line, "\n"]);
    text
}

fn described(gates: &Gates, entry: &Entry) -> Value {
    let meta = entry.meta();
    let reason = gates.gap(entry).map(|gap| gap.reason());
    let connections: serde_json::Map<String, Value> = gates
        .connections()
        .iter()
        .filter(|_| !needs_no_connection(entry))
        .map(|connection| {
            let gap = gates
                .server_gap(entry)
                .or_else(|| gap_on(entry, connection));
            let reason = gap.map(|gap| gap.reason());
            (
                connection.id().to_owned(),
                json!({ "enabled": reason.is_none(), "reason": reason }),
            )
        })
        .collect();
    json!({
        "name": meta.name,
        "title": meta.title,
        "category": meta.category.as_str(),
        "effect": match meta.effect {
            Effect::ReadOnly => "read_only",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
        },
        "description": meta.description,
        "package": meta.package,
        "enabled": reason.is_none(),
        "reason": reason,
        "connections": connections,
    })
}
