//! What can be measured.

use serde_json::{Value, json};

use crate::cloud::world::{CLUSTER, COMPUTE_POOL, REGISTRY};

/// How the value of a minute comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// So much or up to a quarter more happened in the minute.
    Counter(u32),
    /// It stood at so much or up to a quarter more.
    Gauge(u32),
    /// A time, so many milliseconds before the end of the minute.
    Watermark(u32),
}

#[derive(Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    about: &'static str,
    unit: &'static str,
    pub(super) kind: Kind,
    /// What can be filtered and grouped by, besides the ids of its resources.
    pub(super) labels: &'static [&'static str],
}

#[derive(Debug)]
pub(super) struct Resource {
    pub(super) name: &'static str,
    about: &'static str,
    /// Labels with the value they have here; those without one take any that a filter names.
    pub(super) labels: &'static [(&'static str, Option<&'static str>)],
    /// How the names of its metrics begin.
    prefixes: &'static [&'static str],
}

pub(super) const RESOURCES: [Resource; 6] = [
    Resource {
        name: "kafka",
        about: "A Kafka cluster.",
        labels: &[("kafka.id", Some(CLUSTER))],
        prefixes: &["io.confluent.kafka.server/"],
    },
    Resource {
        name: "connector",
        about: "A connector.",
        labels: &[("connector.id", None)],
        prefixes: &["io.confluent.kafka.connect/"],
    },
    Resource {
        name: "compute_pool",
        about: "A compute pool of Flink.",
        labels: &[("compute_pool.id", Some(COMPUTE_POOL))],
        prefixes: &["io.confluent.flink/"],
    },
    Resource {
        name: "flink_statement",
        about: "A Flink statement.",
        labels: &[("flink_statement.name", None)],
        prefixes: &["io.confluent.flink/"],
    },
    Resource {
        name: "schema_registry",
        about: "A schema registry.",
        labels: &[("schema_registry.id", Some(REGISTRY))],
        prefixes: &["io.confluent.kafka.schema_registry/"],
    },
    Resource {
        name: "ksql",
        about: "A ksqlDB cluster.",
        labels: &[("ksql.id", None)],
        prefixes: &["io.confluent.kafka.ksql/"],
    },
];

macro_rules! metrics {
    ($($name:literal $kind:expr, $unit:literal, $labels:expr, $about:literal;)*) => {
        pub(super) const METRICS: &[Metric] = &[$(Metric {
            name: concat!("io.confluent.", $name),
            about: $about,
            unit: $unit,
            kind: $kind,
            labels: &$labels,
        }),*];
    };
}

use Kind::{Counter, Gauge, Watermark};

metrics! {
    "kafka.server/received_bytes" Counter(48_000), "By", ["topic", "partition"], "Bytes of records received.";
    "kafka.server/sent_bytes" Counter(96_000), "By", ["topic", "partition"], "Bytes of records sent.";
    "kafka.server/received_records" Counter(240), "1", ["topic", "partition"], "Records received.";
    "kafka.server/sent_records" Counter(480), "1", ["topic", "partition"], "Records sent.";
    "kafka.server/retained_bytes" Gauge(7_200_000), "By", ["topic", "partition"], "Bytes of records kept.";
    "kafka.server/consumer_lag_offsets" Gauge(12), "1", ["topic", "consumer_group_id"], "How far a group is behind the end of a partition.";
    "kafka.server/request_count" Counter(900), "1", ["type", "principal_id"], "Requests received.";
    "kafka.server/request_bytes" Counter(64_000), "By", ["type", "principal_id"], "Bytes of requests.";
    "kafka.server/response_bytes" Counter(128_000), "By", ["type", "principal_id"], "Bytes of responses.";
    "kafka.server/active_connection_count" Gauge(8), "1", ["principal_id"], "Connections that are open.";
    "kafka.server/partition_count" Gauge(16), "1", [], "Partitions.";
    "kafka.server/successful_authentication_count" Counter(4), "1", ["principal_id"], "Authentications that succeeded.";
    "kafka.server/cluster_load_percent" Gauge(20), "%", [], "How busy the cluster is.";
    "kafka.connect/received_records" Counter(120), "1", [], "Records a sink connector received.";
    "kafka.connect/sent_records" Counter(120), "1", [], "Records a source connector sent.";
    "kafka.connect/dead_letter_queue_records" Counter(0), "1", [], "Records that went to the dead letter queue.";
    "kafka.schema_registry/schema_count" Gauge(12), "1", [], "Schemas that are registered.";
    "kafka.schema_registry/request_count" Counter(30), "1", [], "Requests received.";
    "kafka.ksql/streaming_unit_count" Gauge(4), "1", [], "Streaming units.";
    "flink/num_records_in" Counter(240), "1", ["flink_task.id"], "Records received.";
    "flink/num_records_out" Counter(60), "1", ["flink_task.id"], "Records emitted.";
    "flink/pending_records" Gauge(150), "1", ["flink_task.id"], "Records not read yet.";
    "flink/num_late_records_in" Counter(0), "1", ["flink_task.id"], "Records behind the watermark.";
    "flink/max_input_lateness_milliseconds" Gauge(900), "ms", ["flink_task.id"], "Lateness of the latest record.";
    "flink/current_input_watermark_milliseconds" Watermark(2_000), "ms", ["flink_task.id"], "Watermark received.";
    "flink/current_output_watermark_milliseconds" Watermark(5_000), "ms", ["flink_task.id"], "Watermark emitted.";
    "flink/statement_utilization/current_cfus" Gauge(1), "1", [], "CFUs in use.";
    "flink/compute_pool_utilization/current_cfus" Gauge(1), "1", [], "CFUs of the pool in use.";
    "flink/operator/state_size_bytes" Gauge(4_000_000), "By", ["flink_task.id", "flink_operator.id"], "Size of the state.";
    "flink/operator/current_input_watermark_ms" Watermark(2_000), "ms", ["flink_task.id", "flink_operator.id"], "Watermark received by an operator.";
    "flink/operator/current_output_watermark_ms" Watermark(5_000), "ms", ["flink_task.id", "flink_operator.id"], "Watermark emitted by an operator.";
    "flink/task/num_records_in" Counter(120), "1", ["flink_task.id"], "Records a task received.";
    "flink/task/num_records_out" Counter(60), "1", ["flink_task.id"], "Records a task emitted.";
    "flink/task/busy_time_ms_per_second" Gauge(400), "ms", ["flink_task.id"], "How long a task worked.";
    "flink/task/idle_time_ms_per_second" Gauge(300), "ms", ["flink_task.id"], "How long a task had nothing to do.";
    "flink/task/backpressure_time_ms_per_second" Gauge(240), "ms", ["flink_task.id"], "How long a task waited for those after it.";
}

impl Metric {
    fn belongs_to(&self) -> impl Iterator<Item = &'static Resource> {
        RESOURCES
            .iter()
            .filter(|resource| resource.prefixes.iter().any(|it| self.name.starts_with(it)))
    }

    /// The kinds of resources it is measured at.
    pub(super) fn resources(&self) -> impl Iterator<Item = &'static str> {
        self.belongs_to().map(|resource| resource.name)
    }

    /// What identifies those resources: labels with the value they have here.
    pub(super) fn resource_labels(
        &self,
    ) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        self.belongs_to()
            .flat_map(|resource| resource.labels.iter().copied())
    }

    pub(super) fn descriptor(&self) -> Value {
        let kind = match self.kind {
            Kind::Counter(_) => "COUNTER_INT64",
            Kind::Gauge(_) | Kind::Watermark(_) => "GAUGE_INT64",
        };
        let labels = self.labels.iter().map(|label| json!({
            "key": label, "description": format!("The {}.", label.replace(['_', '.'], " ")), "exportable": true,
        }));
        json!({
            "name": self.name,
            "description": self.about,
            "type": kind,
            "unit": self.unit,
            "lifecycle_stage": "GENERAL_AVAILABILITY",
            "exportable": true,
            "labels": labels.collect::<Vec<_>>(),
            "resources": self.resources().collect::<Vec<_>>(),
        })
    }
}

impl Resource {
    pub(super) fn descriptor(&self) -> Value {
        let labels = self.labels.iter().map(|(label, _)| {
            json!({ "key": label, "description": format!("The {}.", label.replace(['_', '.'], " ")) })
        });
        json!({
            "type": self.name,
            "description": self.about,
            "labels": labels.collect::<Vec<_>>(),
        })
    }
}
