//! What happens when a variable in the file is not set.
//!
//! The smallest thing that can go without changing what the rest means is left out, with a
//! warning that names line and variable:
//!
//! - an optional id, name or REST endpoint of a service block (see [`OPTIONAL`]): that key;
//! - anything else in a service block: the block, as long as its connection has another block
//!   left. A block that is left out is never half there: it is not tried without its password, nor
//!   at a default address;
//! - the `description` of a connection;
//! - `telemetry` without its own `auth` goes with the `confluent_cloud` it would borrow it from;
//! - `server.http` and `server.auth` when only stdio is served, and `server.analytics`;
//! - an extension.
//!
//! Everywhere else it is an error. All of them are reported at once.

use super::{
    problems::{Place, Problems},
    yaml::{Entry, Node, Value},
};

/// How the warning about something that is left out begins.
pub(super) const LEFT_OUT: &str = "is left out, because ";

/// Keys of service blocks that only add something.
const OPTIONAL: [(&str, &str); 6] = [
    ("kafka", "rest_endpoint"),
    ("kafka", "cluster_id"),
    ("kafka", "env_id"),
    ("confluent_cloud", "organization_id"),
    ("flink", "catalog_name"),
    ("flink", "database_name"),
];

/// The blocks of a direct connection that stand for a service.
const SERVICES: [&str; 6] = [
    "kafka",
    "schema_registry",
    "confluent_cloud",
    "tableflow",
    "telemetry",
    "flink",
];

/// Decides about every unset variable below `root`: marks what is left out and reports.
pub(super) fn settle(root: &mut Node, problems: &mut Problems) {
    let stdio_only = stdio_only(root);
    for entry in entries_mut(root) {
        let mut path = vec![entry.key.clone()];
        match entry.key.as_str() {
            "connections" => {
                for connection in entries_mut(&mut entry.value) {
                    path.push(connection.key.trim().to_owned());
                    settle_connection(&mut connection.value, &mut path, problems);
                    path.pop();
                }
            }
            "server" => {
                for section in entries_mut(&mut entry.value) {
                    path.push(section.key.clone());
                    let unused = match section.key.as_str() {
                        "http" | "auth" => stdio_only,
                        "analytics" => true,
                        _ => false,
                    };
                    if unused {
                        leave_out(section, &path, problems);
                    } else {
                        refuse(&section.value, &mut path, problems);
                    }
                    path.pop();
                }
            }
            "extensions" => {
                for extension in entries_mut(&mut entry.value) {
                    path.push(extension.key.clone());
                    leave_out(extension, &path, problems);
                    path.pop();
                }
            }
            _ => refuse(&entry.value, &mut path, problems),
        }
    }
}

fn settle_connection(connection: &mut Node, path: &mut Vec<String>, problems: &mut Problems) {
    for entry in entries_mut(connection) {
        if let Some(service) = SERVICES.iter().find(|name| **name == entry.key) {
            path.push(entry.key.clone());
            leave_out_optional(service, &mut entry.value, path, problems);
            path.pop();
        }
    }
    let is_service = |entry: &Entry| SERVICES.contains(&entry.key.as_str());
    let has_unset = |entry: &Entry| !unset(&entry.value).is_empty();
    let borrows = |entry: &Entry| {
        entry.key == "telemetry"
            && entry.value.entry("auth").is_none()
            && connection.entry("confluent_cloud").is_some_and(has_unset)
    };
    let lost: Vec<String> = connection
        .entries()
        .iter()
        .filter(|entry| is_service(entry) && (has_unset(entry) || borrows(entry)))
        .map(|entry| entry.key.clone())
        .collect();
    let left = connection
        .entries()
        .iter()
        .filter(|entry| is_service(entry))
        .count()
        - lost.len();
    for entry in entries_mut(connection) {
        path.push(entry.key.clone());
        if left > 0 && lost.contains(&entry.key) {
            if unset(&entry.value).is_empty() {
                problems.warn(
                    &entry.place,
                    path,
                    format!("{LEFT_OUT}it borrows `auth` from `confluent_cloud`"),
                    "",
                );
                entry.set_aside = true;
            } else {
                leave_out(entry, path, problems);
            }
        } else if entry.key == "description" {
            leave_out(entry, path, problems);
        } else {
            refuse(&entry.value, path, problems);
        }
        path.pop();
    }
}

/// Leaves out the optional keys of a service block whose variables are not set.
fn leave_out_optional(
    service: &str,
    block: &mut Node,
    path: &mut Vec<String>,
    problems: &mut Problems,
) {
    let has_brokers = block.entry("bootstrap_servers").is_some();
    for entry in entries_mut(block) {
        let needed = entry.key == "rest_endpoint" && !has_brokers;
        if !needed && OPTIONAL.contains(&(service, entry.key.as_str())) {
            path.push(entry.key.clone());
            leave_out(entry, path, problems);
            path.pop();
        }
    }
    if let Value::Map(entries) = &mut block.value {
        entries.retain(|entry| !entry.set_aside);
    }
}

/// Leaves the entry out if a variable in it is not set.
fn leave_out(entry: &mut Entry, path: &[String], problems: &mut Problems) {
    for (place, names) in unset(&entry.value) {
        entry.set_aside = true;
        problems.warn(&place, path, format!("{LEFT_OUT}{}", not_set(names)), "");
    }
}

/// Reports every unset variable below `node`.
fn refuse(node: &Node, path: &mut Vec<String>, problems: &mut Problems) {
    match &node.value {
        Value::Unset(names) => {
            let name = names.first().map_or("NAME", String::as_str);
            let fix = format!("Set it, or give a default: `${{{name}:-text}}`.");
            problems.error(&node.place, path, not_set(names), fix);
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(format!("[{index}]"));
                refuse(item, path, problems);
                path.pop();
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                path.push(entry.key.clone());
                refuse(&entry.value, path, problems);
                path.pop();
            }
        }
        Value::Null | Value::Scalar(_) => {}
    }
}

/// Places and names of the unset variables below `node`.
fn unset(node: &Node) -> Vec<(Place, &[String])> {
    match &node.value {
        Value::Unset(names) => vec![(node.place.clone(), names.as_slice())],
        Value::List(items) => items.iter().flat_map(unset).collect(),
        Value::Map(entries) => entries
            .iter()
            .flat_map(|entry| unset(&entry.value))
            .collect(),
        Value::Null | Value::Scalar(_) => Vec::new(),
    }
}

fn not_set(names: &[String]) -> String {
    match names {
        [name] => format!("the variable {name} is not set"),
        names => format!("the variables {} are not set", names.join(" and ")),
    }
}

/// Whether the file serves nothing but stdio.
fn stdio_only(root: &Node) -> bool {
    let transports = root
        .entry("server")
        .and_then(|server| server.value.entry("transports"));
    match transports.map(|transports| &transports.value.value) {
        None => true,
        Some(Value::List(items)) => items.iter().all(|item| item.text() == Some("stdio")),
        Some(_) => false,
    }
}

fn entries_mut(node: &mut Node) -> &mut [Entry] {
    match &mut node.value {
        Value::Map(entries) => entries,
        _ => &mut [],
    }
}
