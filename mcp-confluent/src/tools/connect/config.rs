//! `create-connector`, `get-connector-config`, `update-connector-config`.

use std::collections::BTreeMap;

use super::shared::{ConnectorInfo, lines, refuse_masks, shown};
use crate::{prelude::*, tool::clients::needs};

/// How many changes a question lists.
const MAX_CHANGES: usize = 20;
/// How much of a value a question shows, in characters.
const MAX_VALUE: usize = 60;
/// What the service adds to every configuration by itself.
const OF_THE_SERVICE: [&str; 4] = [
    "cloud.environment",
    "cloud.provider",
    "kafka.endpoint",
    "kafka.region",
];

/// Create a connector in Confluent Cloud.
///
/// It uses the connection's Kafka API key unless the configuration has one.
#[confluent_tool(write, category = Connect, requires(needs::KAFKA_API_KEY))]
async fn create_connector(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
    /// Configuration, all values strings: `connector.class` and what it needs.
    connector_config: BTreeMap<String, String>,
) -> Result<ConnectorInfo> {
    let mut config = connector_config;
    name_it(&connector_name, &mut config)?;
    for (key, value) in [
        ("confluent.connector.type", "MANAGED"),
        ("confluent.custom.schema.registry.auto", "FALSE"),
    ] {
        config
            .entry(key.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    let signed_in = connect.client().sign_in(&mut config);
    refuse_masks(&config)?;
    let (client, call) = (connect.client(), connect.call());
    let made = client
        .create(call, connect.cluster(), &connector_name, &config)
        .await?;
    Ok(ConnectorInfo::of(&made, signed_in))
}

/// Checks what every configuration needs, and writes the name into it.
fn name_it(name: &str, config: &mut BTreeMap<String, String>) -> Result<()> {
    let mut problems = Vec::new();
    if config.get("connector.class").is_none_or(String::is_empty) {
        problems.push("`connectorConfig` needs `connector.class`".to_owned());
    }
    let named = config
        .entry("name".to_owned())
        .or_insert_with(|| name.to_owned());
    if named != name {
        problems.push(format!(
            "`name` in `connectorConfig` is {named:?}, and `connectorName` is {name:?}"
        ));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(ToolError::argument(problems.join("; ")))
}

/// Get the configuration of a connector, with secrets as `***`.
#[confluent_tool(read_only, category = Connect)]
pub(super) async fn get_connector_config(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<ConfigOfConnector> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    let config = client.config(call, connect.cluster(), name).await?;
    Ok(ConfigOfConnector {
        connector_name: name.to_owned(),
        config: shown(&config),
    })
}

/// Configuration of one connector.
#[confluent_type(text("Configuration of {}:\n{}", self.connector_name, lines(&self.config)))]
pub(super) struct ConfigOfConnector {
    /// Name of the connector.
    connector_name: String,
    /// Keys and values; secrets are shown as `***`.
    pub(super) config: BTreeMap<String, String>,
}

/// Replace the configuration of a connector; its tasks restart.
///
/// Keys left out are removed. Masked secrets are refused, except the Kafka API key, which becomes
/// the connection's.
#[confluent_tool(destructive, idempotent, category = Connect)]
async fn update_connector_config(
    connect: Connect,
    ask: Ask,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
    /// The whole new configuration, all values strings.
    connector_config: BTreeMap<String, String>,
) -> Result<ConnectorInfo> {
    let name = connector_name.trim();
    let (client, call, cluster) = (connect.client(), connect.call(), connect.cluster());
    let mut config = connector_config;
    name_it(name, &mut config)?;
    let signed_in = client.sign_in(&mut config);
    refuse_masks(&config)?;
    // The service would make a connector where there is none.
    let before = client.config(call, cluster, name).await?;
    let changes = changes(&shown(&before), &shown(&config));
    let key = if signed_in {
        " It will sign in to Kafka with the connection's API key."
    } else {
        ""
    };
    ask.confirm(format!(
        "Replace the configuration of the connector {name:?} and restart its tasks? {changes}{key}"
    ))
    .await?;
    let after = client.set_config(call, cluster, name, &config).await?;
    Ok(ConnectorInfo::of(&after, signed_in))
}

/// What a new configuration changes, in words; both are as they may be shown.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
    let short = |value: &str| -> String {
        let mut short: String = value
            .chars()
            .take(MAX_VALUE)
            .flat_map(char::escape_debug)
            .collect();
        if value.chars().nth(MAX_VALUE).is_some() {
            short.push('…');
        }
        short
    };
    let mut changes = Vec::new();
    for (key, value) in after {
        match before.get(key) {
            Some(old) if crate::policy::redact::is_masked(old) => {
                changes.push(format!("{key} is written anew"));
            }
            Some(old) if old != value => {
                changes.push(format!("{key}: {} becomes {}", short(old), short(value)));
            }
            Some(_) => {}
            None => changes.push(format!("{key} = {} is added", short(value))),
        }
    }
    let removed = before
        .keys()
        .filter(|key| !after.contains_key(*key) && !OF_THE_SERVICE.contains(&key.as_str()));
    changes.extend(removed.map(|key| format!("{key} is removed")));
    let more = changes.len().saturating_sub(MAX_CHANGES);
    changes.truncate(MAX_CHANGES);
    if more > 0 {
        changes.push(format!("and {more} more"));
    }
    if changes.is_empty() {
        return "Nothing in it changes.".to_owned();
    }
    format!("Changes: {}.", changes.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        let entries = entries.iter();
        entries
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_question_says_what_changes_and_no_secret() {
        let before = config(&[
            ("a", "1"),
            ("cloud.provider", "aws"),
            ("gone", "x"),
            ("p.password", "****************"),
            ("same", "s"),
        ]);
        let after = config(&[
            ("a", "2"),
            ("new", "n"),
            ("p.password", "hunter2"),
            ("same", "s"),
        ]);
        assert_eq!(
            changes(&shown(&before), &shown(&after)),
            "Changes: a: 1 becomes 2; new = n is added; p.password is written anew; gone is removed."
        );
        assert_eq!(changes(&after, &after), "Nothing in it changes.");
        let many = (0..25).map(|n| (format!("k{n:02}"), "v".repeat(100)));
        let text = changes(&BTreeMap::new(), &many.collect());
        assert!(text.ends_with("; and 5 more."), "{text}");
        assert!(text.len() < 2500, "{}", text.len());
    }

    #[test]
    fn a_configuration_has_a_class_and_one_name() {
        let mut wrong = config(&[("name", "b")]);
        let error = name_it("a", &mut wrong).unwrap_err();
        assert_eq!(
            error.message(),
            "`connectorConfig` needs `connector.class`; `name` in `connectorConfig` is \"b\", and \
             `connectorName` is \"a\""
        );
        let mut right = config(&[("connector.class", "X")]);
        name_it("a", &mut right).unwrap();
        assert_eq!(right["name"], "a");
    }
}
