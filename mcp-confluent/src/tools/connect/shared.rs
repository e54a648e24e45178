//! What several of these tools take or return.

use std::collections::BTreeMap;

use crate::{
    client::connect::{self, ConnectorConfig},
    policy::redact,
    prelude::*,
};

/// How much of a trace is shown.
const TRACE_LINES: usize = 10;
const TRACE_CHARS: usize = 800;

/// States in which nothing is wrong.
const SOUND: [&str; 7] = [
    "RUNNING",
    "PAUSED",
    "PROVISIONING",
    "RESTARTING",
    "STOPPED",
    "UNASSIGNED",
    "NONE",
];

/// Whether something is wrong with what is in this state.
pub(super) fn has_failed(state: &str) -> bool {
    !SOUND.contains(&state)
}

/// A configuration as it may be shown.
pub(super) fn shown(config: &ConnectorConfig) -> BTreeMap<String, String> {
    let entries = config.iter();
    entries
        .map(|(key, value)| (key.clone(), redact::value(key, value).into_owned()))
        .collect()
}

/// The start of a trace; `None` where there is none.
pub(super) fn trace_head(trace: Option<&str>) -> Option<String> {
    let trace = trace?.trim_end();
    if trace.is_empty() {
        return None;
    }
    let trace = redact::text(trace);
    let lines: Vec<_> = trace.lines().take(TRACE_LINES).collect();
    let mut head: String = lines.join("\n").chars().take(TRACE_CHARS).collect();
    if head.len() < trace.len() {
        head.push_str("\n… (cut)");
    }
    Some(head)
}

/// A connector as it is configured.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct ConnectorInfo {
    /// Name.
    pub(super) name: String,
    /// `source` or `sink`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(name = "type")]
    pub(super) kind: Option<String>,
    /// Configuration; secrets are shown as `***`.
    pub(super) config: BTreeMap<String, String>,
    /// How many tasks it has by now.
    pub(super) tasks: usize,
    /// Whether it signs in to Kafka with the API key of the connection.
    pub(super) uses_connection_key: bool,
}

impl ConnectorInfo {
    pub(super) fn of(connector: &connect::Connector, uses_connection_key: bool) -> Self {
        Self {
            name: connector.name.clone(),
            kind: connector.kind.clone(),
            config: shown(&connector.config),
            tasks: connector.tasks.len(),
            uses_connection_key,
        }
    }

    fn prose(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("connector");
        let key = if self.uses_connection_key {
            "; it signs in to Kafka with the connection's API key"
        } else {
            ""
        };
        format!(
            "{} ({kind}) is configured{key}. get-connector-status shows when it runs.\n{}",
            self.name,
            lines(&self.config)
        )
    }
}

/// A configuration, one key a line.
pub(super) fn lines(config: &BTreeMap<String, String>) -> String {
    let lines: Vec<_> = config
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    lines.join("\n")
}

/// Refuses masks in a configuration that is about to be written.
pub(super) fn refuse_masks(config: &ConnectorConfig) -> Result<()> {
    let masked: Vec<_> = config
        .iter()
        .filter(|(_, value)| redact::is_masked(value))
        .map(|(key, _)| format!("`{key}`"))
        .collect();
    if masked.is_empty() {
        return Ok(());
    }
    Err(ToolError::argument(format!(
        "nothing was changed: {} would be replaced by asterisks, which stand for a secret that is not \
         shown",
        masked.join(", ")
    ))
    .hint("ask the person for the real values; what is left out is removed from the connector"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_cut_after_ten_lines_or_eight_hundred_characters() {
        assert_eq!(trace_head(None), None);
        assert_eq!(trace_head(Some(" \n")), None);
        assert_eq!(trace_head(Some("a\n\tb\n")).as_deref(), Some("a\n\tb"));
        let long = (0..30).map(|line| format!("line {line}\n"));
        let head = trace_head(Some(&long.collect::<String>())).unwrap();
        assert_eq!(head.lines().count(), 11);
        assert!(head.ends_with("line 9\n… (cut)"), "{head}");
        let head = trace_head(Some(&"é".repeat(900))).unwrap();
        assert_eq!(head, format!("{}\n… (cut)", "é".repeat(800)));
        let head = trace_head(Some("at jdbc:x?password=hunter2")).unwrap();
        assert_eq!(head, "at jdbc:x?password=***");
    }

    #[test]
    fn every_mask_is_named() {
        let config = |entries: &[(&str, &str)]| -> ConnectorConfig {
            let entries = entries.iter();
            entries
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let error = refuse_masks(&config(&[
            ("a.password", "****************"),
            ("b.url", "x://***@h"),
            ("name", "n"),
        ]))
        .unwrap_err();
        assert!(
            error.message().contains("`a.password`, `b.url` would be"),
            "{error}"
        );
        assert!(refuse_masks(&config(&[("a.password", "real")])).is_ok());
    }
}
