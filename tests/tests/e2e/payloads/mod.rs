//! Records with schemas: JSON in, Confluent's wire format on the topic, JSON out.

mod reading;
mod refused;
mod writing;

use mcp_confluent_tests::{Client, Cluster, Config, Era, Registry, ToolAnswer};
use serde_json::{Value, json};

use crate::support::create_topic;

pub(super) const POINT: &str =
    r#"{"type":"record","name":"Point","namespace":"geo","fields":[{"name":"x","type":"long"}]}"#;
pub(super) const JSON_SCHEMA: &str = r#"{"$schema":"http://json-schema.org/draft-07/schema#","title":"shop.Order","type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false}"#;
pub(super) const PROTO: &str = "syntax = \"proto3\";\npackage shop;\nmessage First { int64 x = 1; }\nmessage Second { First inner = 1; map<string, int64> counts = 2; }\n";

/// A cluster, a registry, and a server that is connected to both.
pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) registry: Registry,
    pub(super) client: Client,
}

impl World {
    /// With the registry of the environment, if it names one.
    pub(super) async fn start(era: Era) -> Self {
        Self::with(era, Registry::start().await).await
    }

    /// With a registry that has GUIDs and can be stopped.
    pub(super) async fn embedded(era: Era) -> Self {
        Self::with(era, Registry::embedded().await).await
    }

    async fn with(era: Era, registry: Registry) -> Self {
        let cluster = Cluster::start().await;
        let config = Config::new().connection("main", registry.beside(cluster.plain()));
        let client = Client::start(&config, era).await;
        Self {
            cluster,
            registry,
            client,
        }
    }

    /// Makes a topic of one partition.
    pub(super) async fn topic(&self, stem: &str) -> String {
        let name = self.cluster.name(stem);
        create_topic(&self.client, &name, 1).await;
        name
    }

    pub(super) async fn call(&self, tool: &str, arguments: Value) -> ToolAnswer {
        self.client.call(tool, arguments).await
    }

    /// Writes a record.
    pub(super) async fn produce(&self, topic: &str, mut record: Value) -> Value {
        record["topicName"] = json!(topic);
        self.client.data("produce-message", record).await
    }

    /// Fails to write a record.
    pub(super) async fn refused(&self, topic: &str, mut record: Value) -> ToolAnswer {
        record["topicName"] = json!(topic);
        let answer = self.call("produce-message", record).await;
        assert!(answer.is_error(), "went well: {}", answer.text());
        answer
    }

    /// All records of a topic.
    pub(super) async fn read(&self, topic: &str) -> Vec<Value> {
        let topics = json!({ "topics": [{ "name": topic }], "maxMessages": 100 });
        let mut read = self.client.data("consume-messages", topics).await;
        serde_json::from_value(read["records"].take()).unwrap()
    }

    /// Registers a schema.
    pub(super) async fn register(&self, subject: &str, kind: &str, schema: &str) -> Value {
        let arguments = json!({ "subject": subject, "schemaType": kind, "schema": schema });
        self.client.data("create-schema", arguments).await
    }

    /// Asserts that the topic is empty, and that no subject is called after it.
    pub(super) async fn assert_untouched(&self, topic: &str) {
        let offsets = json!({ "topicName": topic });
        let offsets = self.client.data("get-partition-offsets", offsets).await;
        assert_eq!(offsets["partitions"][0]["highWatermark"], "0", "{offsets}");
        let prefix = json!({ "subjectPrefix": topic });
        let listed = self.client.data("list-schemas", prefix).await;
        assert!(!listed.to_string().contains(topic), "{listed}");
    }
}
