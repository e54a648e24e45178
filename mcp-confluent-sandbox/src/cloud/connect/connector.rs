//! One connector.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::call::Result;
use super::super::errors::ApiError;
use super::super::time::rfc3339;
use super::super::world::{CLOUD, REGION};
use super::plugin::{self, Kind};
use crate::broker::{State as BrokerState, now};

const MASK: &str = "****************";
/// Where a task that cannot reach its database stops.
const TRACE: &str = "org.apache.kafka.connect.errors.ConnectException: java.sql.SQLException: The \
connection attempt failed.
\tat io.confluent.connect.jdbc.util.CachedConnectionProvider.getConnection(CachedConnectionProvider.java:59)
\tat io.confluent.connect.jdbc.sink.JdbcDbWriter.write(JdbcDbWriter.java:64)
\tat io.confluent.connect.jdbc.sink.JdbcSinkTask.put(JdbcSinkTask.java:90)
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:606)
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.poll(WorkerSinkTask.java:345)
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.iteration(WorkerSinkTask.java:247)
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.execute(WorkerSinkTask.java:216)
\tat org.apache.kafka.connect.runtime.WorkerTask.doRun(WorkerTask.java:226)
\tat org.apache.kafka.connect.runtime.WorkerTask.run(WorkerTask.java:281)
\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)
\tat java.base/java.lang.Thread.run(Thread.java:840)
";

#[derive(Debug)]
pub(super) struct Connector {
    /// `lcc-…`.
    pub(super) id: String,
    config: BTreeMap<String, String>,
    state: State,
    /// The next record of each topic and partition that a sink reads.
    positions: BTreeMap<(String, usize), i64>,
    /// Oldest first.
    pub(super) log: Vec<LogEntry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Until somebody has looked once.
    Provisioning,
    Running,
    Paused,
    Failed,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Failed => "FAILED",
        }
    }
}

/// A line of a connector's log.
#[derive(Debug, Clone)]
pub(in super::super) struct LogEntry {
    /// Milliseconds since 1970.
    pub(in super::super) time: i64,
    pub(in super::super) level: &'static str,
    pub(in super::super) task: Option<usize>,
    pub(in super::super) message: String,
    pub(in super::super) trace: Option<String>,
}

impl Connector {
    /// A connector that is being started; `config` has been checked.
    pub(super) fn new(id: String, config: BTreeMap<String, String>) -> Self {
        let mut connector = Self {
            id,
            config,
            state: State::Provisioning,
            positions: BTreeMap::new(),
            log: Vec::new(),
        };
        connector.write("INFO", "The connector was created");
        connector
    }

    /// A connector that has been there for a while, with its log.
    pub(super) fn settled(
        id: &str,
        config: BTreeMap<String, String>,
        positions: BTreeMap<(String, usize), i64>,
        log: Vec<LogEntry>,
    ) -> Self {
        let mut connector = Self {
            positions,
            log,
            ..Self::new(id.to_owned(), config)
        };
        connector.start();
        connector
    }

    pub(super) fn name(&self) -> &str {
        self.text("name")
    }

    fn text(&self, key: &str) -> &str {
        self.config.get(key).map_or("", String::as_str)
    }

    fn kind(&self) -> Kind {
        plugin::find(&self.config).map_or(Kind::Source, |plugin| plugin.kind)
    }

    fn write(&mut self, level: &'static str, message: &str) {
        self.log.push(LogEntry {
            time: now(),
            level,
            task: None,
            message: message.to_owned(),
            trace: None,
        });
    }

    /// The host that no connector can reach: names below `.invalid` are nobody's (RFC 2606).
    fn unreachable(&self) -> Option<&str> {
        ["connection.host", "database.hostname"]
            .into_iter()
            .map(|key| self.text(key))
            .find(|host| host.ends_with(".invalid"))
    }

    pub(super) fn trace(host: &str) -> String {
        format!("{TRACE}Caused by: java.net.UnknownHostException: {host}\n")
    }

    /// Runs, unless it cannot.
    fn start(&mut self) {
        let host = self.unreachable().map(str::to_owned);
        self.state = if host.is_some() {
            State::Failed
        } else {
            State::Running
        };
    }

    pub(super) fn pause(&mut self) {
        self.state = State::Paused;
        self.write("INFO", "The connector was paused");
    }

    pub(super) fn resume(&mut self) {
        if self.state == State::Paused {
            self.write("INFO", "The connector was resumed");
            self.start();
        }
    }

    /// A connector that is paused stays so.
    pub(super) fn restart(&mut self) {
        self.write("INFO", "The connector and its tasks were restarted");
        if self.state != State::Paused {
            self.start();
            self.tell_failure();
        }
    }

    pub(super) fn reconfigure(&mut self, config: BTreeMap<String, String>) {
        self.config = config;
        self.write("INFO", "The configuration was replaced");
        if self.state != State::Paused {
            self.start();
            self.tell_failure();
        }
    }

    fn tell_failure(&mut self) {
        if let Some(host) = self.unreachable().map(str::to_owned) {
            self.log.push(LogEntry {
                time: now(),
                level: "ERROR",
                task: Some(0),
                message: format!("Task failed: {host} is not known"),
                trace: Some(Self::trace(&host)),
            });
        }
    }

    /// Starts a sink at these offsets.
    pub(super) fn seek(&mut self, offsets: &Value) {
        for entry in offsets.as_array().into_iter().flatten() {
            let partition = &entry["partition"];
            if let (Some(topic), Some(index), Some(offset)) = (
                partition["kafka_topic"].as_str(),
                partition["kafka_partition"].as_u64(),
                entry["offset"]["kafka_offset"].as_i64(),
            ) {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                self.positions.insert((topic.to_owned(), index), offset);
            }
        }
    }

    /// Moves a sink that runs to the end of its topics, and nobody beyond.
    pub(super) fn advance(&mut self, broker: &BrokerState) {
        if self.kind() != Kind::Sink {
            return;
        }
        let topics: Vec<String> = plugin::topics(&self.config).map(str::to_owned).collect();
        for topic in topics {
            let partitions = broker.topics.get(&topic).map(|it| it.partitions.iter());
            for (index, log) in partitions.into_iter().flatten().enumerate() {
                let position = self.positions.entry((topic.clone(), index)).or_default();
                *position = if self.state == State::Running {
                    log.end()
                } else {
                    log.end().min(*position)
                };
            }
        }
    }

    /// The configuration with the service's own keys and without secrets.
    pub(super) fn shown_config(&self) -> Value {
        let own = [
            ("cloud.environment", "prod".to_owned()),
            ("cloud.provider", CLOUD.to_ascii_lowercase()),
            ("kafka.region", REGION.to_owned()),
            (
                "kafka.endpoint",
                format!("SASL_SSL://pkc-shop01.{REGION}.aws.confluent.cloud:9092"),
            ),
        ];
        let own = own.map(|(key, value)| (key.to_owned(), Value::from(value)));
        let given = self.config.iter().map(|(key, value)| {
            let value = if plugin::is_secret(key) { MASK } else { value };
            (key.clone(), value.into())
        });
        Value::Object(own.into_iter().chain(given).collect())
    }

    /// How many tasks it has.
    fn task_count(&self) -> usize {
        if self.state == State::Provisioning {
            return 0;
        }
        self.text("tasks.max").parse().unwrap_or(1)
    }

    pub(super) fn info(&self) -> Value {
        let tasks =
            (0..self.task_count()).map(|task| json!({ "connector": self.name(), "task": task }));
        json!({
            "name": self.name(),
            "type": self.kind().as_str(),
            "config": self.shown_config(),
            "tasks": tasks.collect::<Vec<_>>(),
        })
    }

    pub(super) fn tasks(&self) -> Value {
        let tasks = (0..self.task_count()).map(|task| {
            json!({
                "id": { "connector": self.name(), "task": task },
                "config": self.shown_config(),
            })
        });
        tasks.collect()
    }

    /// The state; a connector that is being started runs from the next look on.
    pub(super) fn status(&mut self) -> Value {
        let failed = (self.state == State::Failed)
            .then(|| self.unreachable())
            .flatten();
        let trace = failed.map(Self::trace).unwrap_or_default();
        let tasks = (0..self.task_count()).map(|task| {
            json!({
                "id": task,
                "state": self.state.as_str(),
                "worker_id": self.name(),
                "msg": trace,
            })
        });
        let errors = failed.map(|host| json!({ "error": format!("The host {host} is not known") }));
        let summary = failed.map_or_else(String::new, |host| {
            format!("The connector cannot reach its database: the host {host} is not known.")
        });
        let status = json!({
            "name": self.name(),
            "type": self.kind().as_str(),
            "connector": {
                "state": self.state.as_str(),
                "worker_id": self.name(),
                "trace": trace,
            },
            "tasks": tasks.collect::<Vec<_>>(),
            "errors_from_trace": errors.into_iter().collect::<Vec<_>>(),
            "validation_errors": [],
            "override_message": summary,
            "is_csfle_error": false,
        });
        if self.state == State::Provisioning {
            self.start();
        }
        status
    }

    pub(super) fn offsets(&self, broker: &BrokerState) -> Value {
        let offsets: Vec<Value> = match self.kind() {
            Kind::Sink => {
                let positions = self.positions.iter();
                let positions = positions.map(|((topic, partition), offset)| {
                    json!({
                        "partition": { "kafka_topic": topic, "kafka_partition": partition },
                        "offset": { "kafka_offset": offset },
                    })
                });
                positions.collect()
            }
            Kind::Source => {
                let topic = broker.topics.get(self.text("kafka.topic"));
                let partitions = topic.into_iter().flat_map(|it| &it.partitions);
                let written: i64 = partitions.map(crate::storage::PartitionLog::end).sum();
                vec![json!({
                    "partition": { "task.id": 0 },
                    "offset": { "current.iteration": written },
                })]
            }
        };
        json!({
            "id": self.id,
            "name": self.name(),
            "offsets": offsets,
            "metadata": { "observed_at": rfc3339(now()) },
        })
    }

    pub(super) fn recommendations(&self) -> Result<Value> {
        let host = self.unreachable().filter(|_| self.state == State::Failed);
        let host = host.ok_or_else(|| {
            ApiError::bad_request(
                "Could not generate recommendations as error stack trace is not available for the connector",
            )
        })?;
        Ok(json!({
            "error": null,
            "event_id": format!("{}_{}", self.id, now() / 1000),
            "recommendations": [
                format!("Correct the host name {host} in the configuration of the connector."),
                "Check that the host is published in DNS and can be reached from the connector's network.",
                "Restart the connector after the change.",
            ],
        }))
    }
}
