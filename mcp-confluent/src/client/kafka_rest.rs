//! Topic configuration through Kafka's REST API (v3), for clusters whose brokers cannot be reached.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    http::{Call, HttpClient, HttpSettings, Request},
    kafka::{
        KafkaSettings,
        configs::{self, ConfigChange, ConfigEntry, ConfigOperation, ConfigSource, ConfigSynonym},
    },
};
use crate::{config::KafkaBlock, error::Result};

/// A cluster behind its REST API.
pub struct KafkaRestClient {
    http: HttpClient,
    settings: KafkaSettings,
}

impl KafkaRestClient {
    /// A client of the REST API at `endpoint`; nothing is read or opened before the first call. Of the
    /// `settings`, what may not be changed counts.
    ///
    /// # Errors
    /// The endpoint is no URL, or a credential cannot be sent.
    pub fn new(endpoint: &str, block: &KafkaBlock, settings: KafkaSettings) -> Result<Self> {
        let mut http = HttpSettings::new("Kafka REST API", "kafka", endpoint);
        http.auth.clone_from(&block.rest_auth);
        http.tls.clone_from(&block.tls);
        http.read_only = settings.read_only;
        Ok(Self {
            http: HttpClient::new(http)?,
            settings,
        })
    }

    /// Every setting of a topic, sorted by key:
    /// `GET /kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs`.
    pub async fn topic_config(
        &self,
        call: &Call,
        cluster: &str,
        topic: &str,
    ) -> Result<Vec<ConfigEntry>> {
        let request = Request::get("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs")
            .path("cluster_id", cluster)
            .path("topic_name", topic);
        let listed: List = self.http.fetch(call, request).await?;
        let mut entries: Vec<_> = listed.data.into_iter().map(ConfigEntry::from).collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Changes single settings of a topic, or with `validate_only` only asks whether the cluster would:
    /// `POST /kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs:alter`. Either all changes are
    /// made or none.
    ///
    /// Returns the changed settings as the cluster has them afterwards: nothing when only validating,
    /// or where these credentials may not look.
    pub async fn alter_topic_config(
        &self,
        call: &Call,
        cluster: &str,
        topic: &str,
        changes: &[ConfigChange],
        validate_only: bool,
    ) -> Result<Vec<ConfigEntry>> {
        if !validate_only {
            let doing = "change its configuration";
            self.settings.check_unprotected(doing, topic)?;
        }
        configs::check_changes(changes)?;
        let data: Vec<_> = changes.iter().map(change).collect();
        let request =
            Request::post("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs:alter")
                .path("cluster_id", cluster)
                .path("topic_name", topic)
                .json(&json!({ "data": data, "validate_only": validate_only }));
        if validate_only {
            self.http.send(call, request.reads_only()).await?;
            return Ok(Vec::new());
        }
        // Setting a value twice is the same as setting it once.
        let once = |change: &ConfigChange| {
            matches!(
                change.operation,
                ConfigOperation::Set(_) | ConfigOperation::Delete
            )
        };
        let request = if changes.iter().all(once) {
            request.repeatable()
        } else {
            request
        };
        self.http.send(call, request).await?;
        let after = self.topic_config(call, cluster, topic).await;
        let mut after = after.unwrap_or_default();
        after.retain(|entry| changes.iter().any(|change| change.name == entry.name));
        Ok(after)
    }
}

impl fmt::Debug for KafkaRestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaRestClient")
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

fn change(change: &ConfigChange) -> Value {
    let (operation, value) = match &change.operation {
        ConfigOperation::Set(value) => ("SET", Some(value)),
        ConfigOperation::Delete => ("DELETE", None),
        ConfigOperation::Append(value) => ("APPEND", Some(value)),
        ConfigOperation::Subtract(value) => ("SUBTRACT", Some(value)),
    };
    let mut change = json!({ "name": change.name, "operation": operation });
    if let Some(value) = value {
        change["value"] = value.as_str().into();
    }
    change
}

#[derive(Deserialize)]
struct List {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    value: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    is_sensitive: bool,
    #[serde(default)]
    is_read_only: bool,
    #[serde(default)]
    synonyms: Vec<Synonym>,
}

#[derive(Deserialize)]
struct Synonym {
    name: String,
    value: Option<String>,
    #[serde(default)]
    source: String,
}

impl From<Entry> for ConfigEntry {
    fn from(entry: Entry) -> Self {
        let synonyms = entry.synonyms.into_iter().map(|synonym| ConfigSynonym {
            name: synonym.name,
            value: synonym.value,
            source: source(&synonym.source),
        });
        Self {
            name: entry.name,
            value: entry.value,
            source: source(&entry.source),
            is_sensitive: entry.is_sensitive,
            is_read_only: entry.is_read_only,
            synonyms: synonyms.collect(),
        }
    }
}

fn source(name: &str) -> ConfigSource {
    match name {
        "DYNAMIC_TOPIC_CONFIG" => ConfigSource::Topic,
        "DYNAMIC_BROKER_CONFIG" => ConfigSource::Broker,
        "DYNAMIC_DEFAULT_BROKER_CONFIG" => ConfigSource::Cluster,
        "STATIC_BROKER_CONFIG" => ConfigSource::BrokerFile,
        "DEFAULT_CONFIG" => ConfigSource::Default,
        _ => ConfigSource::Unknown,
    }
}
