//! A broker to test with, and shorthands.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use mcp_confluent::{
    Result,
    client::kafka::{
        Call, KafkaClient, KafkaSettings,
        read::{ReadEntry, ReadRequest, ReadResult, Start},
        records::NewRecord,
        topics::NewTopic,
    },
};
use mcp_confluent_sandbox::{Sandbox, SandboxOptions};

/// Names a broker to use instead of a sandbox.
const BOOTSTRAP: &str = "MCP_CONFLUENT_TEST_BOOTSTRAP";

/// A broker, and a client of it.
pub(crate) struct Cluster {
    pub(crate) client: KafkaClient,
    pub(crate) servers: String,
    /// Ends with the test.
    _sandbox: Option<Sandbox>,
}

impl Cluster {
    /// The broker that the environment names, or a sandbox of its own.
    pub(crate) async fn start() -> Self {
        let sandbox = match std::env::var(BOOTSTRAP) {
            Ok(_) => None,
            Err(_) => Some(Sandbox::start(SandboxOptions::new()).await.unwrap()),
        };
        let servers = match &sandbox {
            Some(sandbox) => sandbox.bootstrap_servers(),
            None => std::env::var(BOOTSTRAP).unwrap(),
        };
        Self {
            client: client(&servers),
            servers,
            _sandbox: sandbox,
        }
    }

    /// Creates a topic with a name that no other test uses.
    pub(crate) async fn topic(&self, partitions: i32) -> String {
        let name = unique("topic");
        let topic = NewTopic {
            name: name.clone(),
            partitions: Some(partitions),
            ..NewTopic::default()
        };
        let mut outcomes = self
            .client
            .create_topics(&call(), &[topic], false)
            .await
            .unwrap();
        outcomes.remove(0).result.unwrap();
        name
    }

    /// Writes values to a partition, with timestamps that grow by one from `time`.
    pub(crate) async fn write(&self, topic: &str, partition: i32, time: i64, values: &[&str]) {
        for (value, time) in values.iter().zip(time..) {
            let record = NewRecord {
                topic: topic.to_owned(),
                partition: Some(partition),
                value: Some(value.as_bytes().to_vec()),
                timestamp_ms: Some(time),
                ..NewRecord::default()
            };
            self.client.produce(&call(), &record).await.unwrap();
        }
    }

    /// Reads a topic, up to 1000 records.
    pub(crate) async fn read(&self, topic: &str, start: Start) -> Result<ReadResult> {
        self.client
            .read(&call(), &request(topic, None, start))
            .await
    }
}

/// A client of a broker without encryption and authentication.
pub(crate) fn client(servers: &str) -> KafkaClient {
    KafkaClient::new(settings(&[("bootstrap.servers", servers)]))
}

/// The settings of a connection where everything is allowed.
pub(crate) fn settings(properties: &[(&str, &str)]) -> KafkaSettings {
    KafkaSettings {
        connection: "test".to_owned(),
        properties: properties
            .iter()
            .map(|&(k, v)| (k.to_owned(), v.into()))
            .collect(),
        tokens: None,
        read_only: false,
        protected_topics: Vec::new(),
    }
}

/// A call with more time than any test should need.
pub(crate) fn call() -> Call {
    Call::within(Duration::from_secs(30))
}

/// A name that no other test, and no other run on the same broker, uses.
pub(crate) fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}-{}-{number}", std::process::id())
}

pub(crate) fn request(topic: &str, partition: Option<i32>, start: Start) -> ReadRequest {
    ReadRequest {
        entries: vec![ReadEntry {
            topic: topic.to_owned(),
            partition,
            start,
        }],
        max_records: 1000,
        max_bytes: 1 << 20,
        timeout: Duration::from_secs(20),
    }
}

/// The values of records as text.
pub(crate) fn values(result: &ReadResult) -> Vec<&str> {
    result
        .records
        .iter()
        .map(|record| std::str::from_utf8(record.value.as_ref().unwrap()).unwrap())
        .collect()
}
