//! Topic configuration.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    Call, Effect, KafkaClient,
    error::{Access, Resource},
    ffi,
};
use crate::error::{Result, ToolError};

/// One setting of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Key, for example `retention.ms`.
    pub name: String,
    /// The value in force; `None` where the broker does not tell it, because it is secret.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether the value is a secret.
    pub is_sensitive: bool,
    /// Whether it cannot be changed.
    pub is_read_only: bool,
    /// Every place that gives a value, the one in force first.
    pub synonyms: Vec<ConfigSynonym>,
}

impl ConfigEntry {
    /// Whether nobody has set it anywhere.
    pub fn is_default(&self) -> bool {
        self.source == ConfigSource::Default
    }
}

/// One place that gives a setting a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// The key in that place, for example `log.retention.ms`.
    pub name: String,
    /// The value there.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

/// Where a value comes from.
///
/// Precedence (KIP-226): the first that is set wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
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
    /// Somewhere this client does not know.
    Unknown,
}

/// A change to one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// Key.
    pub name: String,
    /// What to do with it.
    pub operation: ConfigOperation,
}

/// What to do with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOperation {
    /// Give it this value.
    Set(String),
    /// Go back to what the brokers have.
    Delete,
    /// Add to a setting that is a list.
    Append(String),
    /// Take out of a setting that is a list.
    Subtract(String),
}

impl ConfigOperation {
    /// Whether the setting looks as if the change had been made.
    fn is_visible_in(&self, entry: &ConfigEntry) -> bool {
        let value = entry.value.as_deref();
        let mut items = value.unwrap_or_default().split(',').map(str::trim);
        match self {
            Self::Set(wanted) => entry.is_sensitive || value == Some(wanted),
            Self::Delete => entry.source != ConfigSource::Topic,
            Self::Append(item) => items.any(|found| found == item),
            Self::Subtract(item) => items.all(|found| found != item),
        }
    }
}

/// Refuses what no cluster can make sense of.
pub(in crate::client) fn check_changes(changes: &[ConfigChange]) -> Result<()> {
    for (index, change) in changes.iter().enumerate() {
        if changes[..index]
            .iter()
            .any(|earlier| earlier.name == change.name)
        {
            return Err(ToolError::argument(format!(
                "setting `{}` is changed twice in one call",
                change.name.escape_debug()
            )));
        }
    }
    if changes.is_empty() {
        return Err(ToolError::argument("name at least one setting to change"));
    }
    Ok(())
}

/// How long to wait for a change to be known everywhere before answering anyway. A broker may write a
/// value in another way than it was given, so waiting longer may be in vain.
const PATIENCE: Duration = Duration::from_secs(1);

impl KafkaClient {
    /// Every setting of a topic, sorted by key.
    pub async fn topic_config(&self, call: &Call, topic: &str) -> Result<Vec<ConfigEntry>> {
        let resource = Resource::Topic(topic);
        let doing = format!("get the configuration of {resource}");
        let described = self
            .run(
                call,
                Effect::Reads,
                "describe_configs",
                &doing,
                |control, timeout| async move {
                    ffi::configs::describe(&control, topic, timeout).await
                },
            )
            .await?;
        let mut entries =
            described.map_err(|fault| fault.into_error(Access::DescribeConfigs, resource))?;
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Changes single settings of a topic, or with `validate_only` only asks whether the cluster would.
    /// Either all changes are made or none.
    ///
    /// Returns the changed settings as the cluster has them afterwards: nothing when only validating,
    /// or where these credentials may not look.
    pub async fn alter_topic_config(
        &self,
        call: &Call,
        topic: &str,
        changes: &[ConfigChange],
        validate_only: bool,
    ) -> Result<Vec<ConfigEntry>> {
        if !validate_only {
            let doing = "change its configuration";
            self.settings()
                .check_writable("change the configuration of a topic")?;
            self.settings().check_unprotected(doing, topic)?;
        }
        check_changes(changes)?;
        let resource = Resource::Topic(topic);
        let doing = format!("change the configuration of {resource}");
        let altered = self
            .run(
                call,
                Effect::Writes,
                "alter_configs",
                &doing,
                |control, timeout| async move {
                    ffi::configs::alter(&control, topic, changes, validate_only, timeout).await
                },
            )
            .await?;
        altered.map_err(|fault| fault.into_error(Access::AlterConfigs, resource))?;
        if validate_only {
            return Ok(Vec::new());
        }
        Ok(self.settled_config(call, topic, changes).await)
    }

    /// The changed settings, once the broker that answers knows of the change: it may learn of it
    /// later than the controller, which made it.
    async fn settled_config(
        &self,
        call: &Call,
        topic: &str,
        changes: &[ConfigChange],
    ) -> Vec<ConfigEntry> {
        let patience = Instant::now() + PATIENCE.min(call.remaining() / 2);
        loop {
            let Ok(mut entries) = self.topic_config(call, topic).await else {
                return Vec::new();
            };
            entries.retain(|entry| changes.iter().any(|change| change.name == entry.name));
            let shows = |change: &ConfigChange| {
                let found = entries.iter().find(|entry| entry.name == change.name);
                found.is_none_or(|entry| change.operation.is_visible_in(entry))
            };
            if changes.iter().all(shows) || Instant::now() >= patience {
                return entries;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}
