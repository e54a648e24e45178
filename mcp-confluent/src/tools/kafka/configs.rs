//! Topic configuration.

use crate::{
    client::kafka::configs::{self, ConfigOperation},
    prelude::*,
    tool::clients::TopicConfigs,
};

/// Get the configuration of a topic: every key with value, source, and whether it is the default.
#[confluent_tool(read_only, category = Kafka)]
async fn get_topic_config(
    topics: TopicConfigs,
    /// Its name.
    #[arg(length = 1..)]
    topic_name: String,
    /// Only keys that are set for this topic.
    #[arg(default)]
    only_overrides: bool,
) -> Result<TopicConfig> {
    let mut entries = topics.get(&topic_name).await?;
    if only_overrides {
        entries.retain(|entry| entry.source == configs::ConfigSource::Topic);
    }
    Ok(TopicConfig {
        topic_name,
        configs: entries.into_iter().map(ConfigEntry::from).collect(),
    })
}

/// Configuration of one topic.
#[confluent_type(text("{}", self.prose()))]
struct TopicConfig {
    /// Name of the topic.
    topic_name: String,
    /// The keys, sorted.
    configs: Vec<ConfigEntry>,
}

/// One key of a topic's configuration.
#[confluent_type]
struct ConfigEntry {
    /// Key, for example `retention.ms`.
    name: String,
    /// Value; null where the broker keeps it secret.
    value: Option<String>,
    /// Where the value comes from.
    source: ConfigSource,
    /// Whether nobody has set it anywhere.
    is_default: bool,
    /// Whether it is a secret.
    is_sensitive: bool,
    /// Whether it cannot be changed.
    is_read_only: bool,
    /// The value that holds when the topic's own is reset, where the broker tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_value: Option<String>,
}

/// Where a value comes from.
#[confluent_type]
#[derive(Copy, PartialEq)]
enum ConfigSource {
    /// Set for this topic.
    Topic,
    /// Set for one broker at run time.
    Broker,
    /// Set for all brokers at run time.
    Cluster,
    /// Set in the configuration file of a broker.
    BrokerFile,
    /// Kafka's own default.
    Default,
    /// Somewhere this server does not know.
    Unknown,
}

impl From<configs::ConfigSource> for ConfigSource {
    fn from(source: configs::ConfigSource) -> Self {
        match source {
            configs::ConfigSource::Topic => Self::Topic,
            configs::ConfigSource::Broker => Self::Broker,
            configs::ConfigSource::Cluster => Self::Cluster,
            configs::ConfigSource::BrokerFile => Self::BrokerFile,
            configs::ConfigSource::Default => Self::Default,
            configs::ConfigSource::Unknown => Self::Unknown,
        }
    }
}

impl From<configs::ConfigEntry> for ConfigEntry {
    fn from(entry: configs::ConfigEntry) -> Self {
        // The synonyms are in the order they win: what is not the topic's own comes next.
        let default = entry
            .synonyms
            .iter()
            .find(|synonym| synonym.source != configs::ConfigSource::Topic)
            .and_then(|synonym| synonym.value.clone());
        Self {
            is_default: entry.is_default(),
            default_value: default.filter(|_| !entry.is_sensitive),
            name: entry.name,
            value: entry.value.filter(|_| !entry.is_sensitive),
            source: entry.source.into(),
            is_sensitive: entry.is_sensitive,
            is_read_only: entry.is_read_only,
        }
    }
}

impl ConfigEntry {
    fn line(&self) -> String {
        let value = self.value.as_deref().unwrap_or("(secret)");
        let note = match (self.source, &self.default_value) {
            (ConfigSource::Topic, Some(default)) => {
                format!(" (set for this topic; otherwise {default})")
            }
            (ConfigSource::Topic, None) => " (set for this topic)".to_owned(),
            (ConfigSource::Default, _) => String::new(),
            _ => " (set for the brokers)".to_owned(),
        };
        format!("{} = {value}{note}", self.name)
    }
}

impl TopicConfig {
    fn prose(&self) -> String {
        if self.configs.is_empty() {
            return format!(
                "Nothing is set for {}; the brokers' defaults hold.",
                self.topic_name
            );
        }
        let lines: Vec<_> = self.configs.iter().map(ConfigEntry::line).collect();
        format!(
            "Configuration of {}:\n{}",
            self.topic_name,
            lines.join("\n")
        )
    }
}

/// Change the configuration of a topic.
///
/// Only the listed keys change. Shorter retention or another cleanup policy can delete records.
#[confluent_tool(destructive, idempotent, category = Kafka)]
async fn alter_topic_config(
    topics: TopicConfigs,
    ask: Ask,
    /// Its name.
    #[arg(length = 1..)]
    topic_name: String,
    /// What to change.
    #[arg(length = 1..=100)]
    topic_configs: Vec<ConfigChange>,
    /// Only check with the broker.
    #[arg(default)]
    validate_only: bool,
) -> Result<ConfigChanged> {
    let listed = changes(&topic_configs)?;
    let summary: Vec<_> = topic_configs.iter().map(ConfigChange::words).collect();
    let summary = summary.join(", ");
    if !validate_only {
        // A refusal of the broker comes before the question, so that nobody agrees in vain.
        topics.alter(&topic_name, &listed, true).await?;
        ask.confirm(format!(
            "Change the configuration of topic {topic_name}: {summary}?"
        ))
        .await?;
    }
    let after = topics.alter(&topic_name, &listed, validate_only).await?;
    Ok(ConfigChanged {
        topic_name,
        summary,
        validated_only: validate_only,
        configs: after.into_iter().map(ConfigEntry::from).collect(),
    })
}

/// A change to one key.
#[confluent_type]
struct ConfigChange {
    /// Key, for example `retention.ms`.
    #[arg(length = 1..)]
    name: String,
    /// New value; not needed to delete.
    value: Option<String>,
    /// What to do.
    operation: Operation,
}

/// What to do with a key.
#[confluent_type]
#[derive(Copy, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    /// Set.
    Set,
    /// Back to the brokers' value.
    Delete,
}

impl ConfigChange {
    fn words(&self) -> String {
        match (self.operation, &self.value) {
            (Operation::Set, Some(value)) => format!("{} = {value}", self.name),
            _ => format!("{} back to the brokers' value", self.name),
        }
    }
}

fn changes(wanted: &[ConfigChange]) -> Result<Vec<configs::ConfigChange>> {
    let without: Vec<_> = wanted
        .iter()
        .filter(|change| change.operation == Operation::Set && change.value.is_none())
        .map(|change| format!("`{}`", change.name))
        .collect();
    if !without.is_empty() {
        return Err(ToolError::argument(format!(
            "SET needs a `value`: {}",
            without.join(", ")
        )));
    }
    Ok(wanted
        .iter()
        .map(|change| configs::ConfigChange {
            name: change.name.clone(),
            operation: match (change.operation, &change.value) {
                (Operation::Set, Some(value)) => ConfigOperation::Set(value.clone()),
                _ => ConfigOperation::Delete,
            },
        })
        .collect())
}

/// What was changed.
#[confluent_type(text("{}", self.prose()))]
struct ConfigChanged {
    /// Name of the topic.
    topic_name: String,
    /// The changes in words.
    summary: String,
    /// Whether it was only checked.
    validated_only: bool,
    /// The changed keys as the cluster has them now; empty when only checked.
    configs: Vec<ConfigEntry>,
}

impl ConfigChanged {
    fn prose(&self) -> String {
        if self.validated_only {
            return format!(
                "{} would accept: {}. Nothing was changed.",
                self.topic_name, self.summary
            );
        }
        format!("Changed {}: {}", self.topic_name, self.summary)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        client::http::tests::server::{Reply, Seen, Server},
        tools::testing::Tools,
    };

    fn change(operation: Operation, value: Option<&str>) -> ConfigChange {
        ConfigChange {
            name: "retention.ms".to_owned(),
            value: value.map(str::to_owned),
            operation,
        }
    }

    #[test]
    fn set_needs_a_value_and_delete_does_not() {
        assert!(changes(&[change(Operation::Set, None)]).is_err());
        let deleted = changes(&[change(Operation::Delete, Some("ignored"))]).unwrap();
        assert_eq!(deleted[0].operation, ConfigOperation::Delete);
    }

    /// The tools of a connection that knows only the REST API of `server`.
    fn rest(server: &Server, more: &str) -> Tools {
        Tools::on(&[
            format!(
                "kafka: {{rest_endpoint: '{}', auth: {{type: api_key, key: k, secret: s}}{more}}}",
                server.url
            ),
            "protected_topics: ['__*']".to_owned(),
        ])
    }

    #[tokio::test]
    async fn without_brokers_the_rest_api_is_used() {
        let server = Server::start(|seen| {
            if seen.line.starts_with("POST") {
                return Reply::with(204, &[], "");
            }
            let of_topic = json!({"name": "retention.ms", "value": "1000", "source": "DYNAMIC_TOPIC_CONFIG",
                "synonyms": [
                    {"name": "retention.ms", "value": "1000", "source": "DYNAMIC_TOPIC_CONFIG"},
                    {"name": "log.retention.ms", "value": "5", "source": "DEFAULT_CONFIG"},
                ]});
            let default = json!({"name": "cleanup.policy", "value": "delete", "source": "DEFAULT_CONFIG"});
            Reply::json(200, &json!({"data": [of_topic, default]}))
        })
        .await;
        let tools = rest(&server, ", cluster_id: lkc-mine");
        let (config, _) = tools
            .ok("get-topic-config", json!({"topicName": "a/b"}))
            .await;
        assert_eq!(config["configs"][0]["name"], "cleanup.policy");
        assert_eq!(config["configs"][1]["source"], "topic");
        assert_eq!(config["configs"][1]["defaultValue"], "5");
        let change = json!({
            "topicName": "orders",
            "topicConfigs": [
                {"name": "retention.ms", "value": "1000", "operation": "SET"},
                {"name": "cleanup.policy", "value": "", "operation": "DELETE"},
            ],
            "cluster_id": "lkc-other",
        });
        let (changed, _) = tools.ok("alter-topic-config", change).await;
        assert_eq!(changed["configs"][1]["value"], "1000");
        let seen = server.seen();
        let lines: Vec<_> = seen
            .iter()
            .map(|seen| seen.line.trim_end_matches(" HTTP/1.1"))
            .collect();
        let orders = "/kafka/v3/clusters/lkc-other/topics/orders/configs";
        assert_eq!(
            lines,
            [
                "GET /kafka/v3/clusters/lkc-mine/topics/a%2Fb/configs".to_owned(),
                format!("POST {orders}:alter"),
                format!("POST {orders}:alter"),
                format!("GET {orders}"),
            ]
        );
        assert_eq!(seen[0].header("authorization"), Some("Basic azpz"));
        let body = |seen: &Seen| serde_json::from_str::<serde_json::Value>(&seen.body).unwrap();
        assert_eq!(body(&seen[1])["validate_only"], true);
        assert_eq!(
            body(&seen[2]),
            json!({"validate_only": false, "data": [
                {"name": "retention.ms", "operation": "SET", "value": "1000"},
                {"name": "cleanup.policy", "operation": "DELETE"},
            ]})
        );
    }

    #[tokio::test]
    async fn the_rest_api_needs_a_cluster_and_keeps_what_is_protected() {
        let server = Server::start(|_| Reply::with(204, &[], "")).await;
        let error = rest(&server, "")
            .error("get-topic-config", json!({"topicName": "orders"}))
            .await;
        assert!(error.contains("`clusterId` must be given"), "{error}");
        assert!(server.seen().is_empty());
        let change = json!([{"name": "retention.ms", "operation": "DELETE", "value": ""}]);
        let arguments =
            json!({"topicName": "__internal", "topicConfigs": change, "clusterId": "lkc-1"});
        let error = rest(&server, "")
            .error("alter-topic-config", arguments)
            .await;
        assert!(error.contains("protected by the pattern `__*`"), "{error}");
        let posted = server
            .seen()
            .into_iter()
            .filter(|seen| seen.body.contains("false"));
        assert_eq!(posted.count(), 0);
    }
}
