//! What most tests begin with.

use mcp_confluent_tests::{Client, Cluster, Era, Person};
use serde_json::{Value, json};

/// Runs a test once in each protocol era, as `name::session` and `name::stateless`.
macro_rules! in_both_eras {
    ($(#[$note:meta])* async fn $name:ident($era:ident: Era) $body:block) => {
        $(#[$note])*
        mod $name {
            use super::*;

            async fn test($era: Era) $body

            #[tokio::test]
            async fn session() {
                test(Era::Session).await;
            }

            #[tokio::test]
            async fn stateless() {
                test(Era::Stateless).await;
            }
        }
    };
}
pub(crate) use in_both_eras;

/// A cluster and a client whose server is connected to it.
pub(crate) struct Fixture {
    pub(crate) cluster: Cluster,
    pub(crate) client: Client,
}

impl Fixture {
    /// With a person who says yes.
    pub(crate) async fn new(era: Era) -> Self {
        Self::with(era, &Person::accepts()).await
    }

    pub(crate) async fn with(era: Era, person: &Person) -> Self {
        let cluster = Cluster::start().await;
        let client = Client::start_with(&cluster.config(), era, person).await;
        Self { cluster, client }
    }

    /// Makes a topic and waits until it can be read and written.
    pub(crate) async fn topic(&self, stem: &str, partitions: u32) -> String {
        let name = self.cluster.name(stem);
        create_topic(&self.client, &name, partitions).await;
        name
    }

    /// Writes text records to partition 0.
    pub(crate) async fn produce(&self, topic: &str, values: &[&str]) {
        for value in values {
            let record =
                json!({ "topicName": topic, "partition": 0, "value": { "message": value } });
            self.client.data("produce-message", record).await;
        }
    }

    pub(crate) async fn topic_names(&self) -> Vec<String> {
        topic_names(&self.client).await
    }

    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Value,
    ) -> mcp_confluent_tests::ToolAnswer {
        self.client.call(tool, arguments).await
    }

    pub(crate) async fn data(&self, tool: &str, arguments: Value) -> Value {
        self.client.data(tool, arguments).await
    }
}

pub(crate) async fn create_topic(client: &Client, name: &str, partitions: u32) {
    let topics = json!([{ "topic": name, "numPartitions": partitions }]);
    client
        .data("create-topics", json!({ "topics": topics }))
        .await;
}

pub(crate) async fn topic_names(client: &Client) -> Vec<String> {
    let data = client.data("list-topics", json!({})).await;
    let topics = data["topics"]
        .as_array()
        .expect("list-topics gives a list")
        .iter();
    topics
        .map(|topic| {
            topic["name"]
                .as_str()
                .or(topic.as_str())
                .expect("a topic has a name")
                .to_owned()
        })
        .collect()
}
