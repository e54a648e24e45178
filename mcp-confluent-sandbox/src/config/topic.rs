//! The keys of a topic, as Kafka 4.3 has them.

use super::{Definition, Kind, Overrides, Rule, topic_values};
use crate::broker::State;

const POLICIES: &[&str] = &["compact", "delete"];
const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const TIMESTAMP_TYPES: &[&str] = &["CreateTime", "LogAppendTime"];

const NEVER: &str = "9223372036854775807";

const fn key(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    rule: Rule,
    fallback: Option<&'static str>,
) -> Definition {
    Definition {
        name,
        kind,
        default: Some(default),
        rule,
        fallback,
        read_only: false,
    }
}

/// Every key that a topic can have.
pub(crate) static TOPIC: &[Definition] = &[
    key(
        "cleanup.policy",
        Kind::List,
        "delete",
        Rule::OneOf(POLICIES),
        Some("log.cleanup.policy"),
    ),
    key(
        "compression.gzip.level",
        Kind::Int,
        "-1",
        Rule::Level(1, 9, -1),
        Some("compression.gzip.level"),
    ),
    key(
        "compression.lz4.level",
        Kind::Int,
        "9",
        Rule::Level(1, 17, 9),
        Some("compression.lz4.level"),
    ),
    key(
        "compression.type",
        Kind::Text,
        "producer",
        Rule::OneOf(CODECS),
        Some("compression.type"),
    ),
    key(
        "compression.zstd.level",
        Kind::Int,
        "3",
        Rule::Level(-131_072, 22, 3),
        Some("compression.zstd.level"),
    ),
    key(
        "delete.retention.ms",
        Kind::Long,
        "86400000",
        Rule::AtLeast(0),
        Some("log.cleaner.delete.retention.ms"),
    ),
    key(
        "file.delete.delay.ms",
        Kind::Long,
        "60000",
        Rule::AtLeast(0),
        Some("log.segment.delete.delay.ms"),
    ),
    key(
        "flush.messages",
        Kind::Long,
        NEVER,
        Rule::AtLeast(1),
        Some("log.flush.interval.messages"),
    ),
    key(
        "flush.ms",
        Kind::Long,
        NEVER,
        Rule::AtLeast(0),
        Some("log.flush.interval.ms"),
    ),
    key(
        "follower.replication.throttled.replicas",
        Kind::List,
        "",
        Rule::Any,
        None,
    ),
    key(
        "index.interval.bytes",
        Kind::Int,
        "4096",
        Rule::AtLeast(0),
        Some("log.index.interval.bytes"),
    ),
    key(
        "leader.replication.throttled.replicas",
        Kind::List,
        "",
        Rule::Any,
        None,
    ),
    key(
        "local.retention.bytes",
        Kind::Long,
        "-2",
        Rule::AtLeast(-2),
        Some("log.local.retention.bytes"),
    ),
    key(
        "local.retention.ms",
        Kind::Long,
        "-2",
        Rule::AtLeast(-2),
        Some("log.local.retention.ms"),
    ),
    key(
        "max.compaction.lag.ms",
        Kind::Long,
        NEVER,
        Rule::AtLeast(1),
        Some("log.cleaner.max.compaction.lag.ms"),
    ),
    key(
        "max.message.bytes",
        Kind::Int,
        "1048588",
        Rule::AtLeast(0),
        Some("message.max.bytes"),
    ),
    key(
        "message.timestamp.after.max.ms",
        Kind::Long,
        "3600000",
        Rule::AtLeast(0),
        Some("log.message.timestamp.after.max.ms"),
    ),
    key(
        "message.timestamp.before.max.ms",
        Kind::Long,
        NEVER,
        Rule::AtLeast(0),
        Some("log.message.timestamp.before.max.ms"),
    ),
    key(
        "message.timestamp.type",
        Kind::Text,
        "CreateTime",
        Rule::OneOf(TIMESTAMP_TYPES),
        Some("log.message.timestamp.type"),
    ),
    key(
        "min.cleanable.dirty.ratio",
        Kind::Double,
        "0.5",
        Rule::Ratio,
        Some("log.cleaner.min.cleanable.ratio"),
    ),
    key(
        "min.compaction.lag.ms",
        Kind::Long,
        "0",
        Rule::AtLeast(0),
        Some("log.cleaner.min.compaction.lag.ms"),
    ),
    key(
        "min.insync.replicas",
        Kind::Int,
        "1",
        Rule::AtLeast(1),
        Some("min.insync.replicas"),
    ),
    key(
        "preallocate",
        Kind::Boolean,
        "false",
        Rule::Any,
        Some("log.preallocate"),
    ),
    key(
        "remote.log.copy.disable",
        Kind::Boolean,
        "false",
        Rule::Any,
        None,
    ),
    key(
        "remote.log.delete.on.disable",
        Kind::Boolean,
        "false",
        Rule::Any,
        None,
    ),
    key(
        "remote.storage.enable",
        Kind::Boolean,
        "false",
        Rule::Any,
        None,
    ),
    key(
        "retention.bytes",
        Kind::Long,
        "-1",
        Rule::AtLeast(-1),
        Some("log.retention.bytes"),
    ),
    key(
        "retention.ms",
        Kind::Long,
        "604800000",
        Rule::AtLeast(-1),
        Some("log.retention.ms"),
    ),
    key(
        "segment.bytes",
        Kind::Int,
        "1073741824",
        Rule::AtLeast(1_048_576),
        Some("log.segment.bytes"),
    ),
    key(
        "segment.index.bytes",
        Kind::Int,
        "10485760",
        Rule::AtLeast(4),
        Some("log.index.size.max.bytes"),
    ),
    key(
        "segment.jitter.ms",
        Kind::Long,
        "0",
        Rule::AtLeast(0),
        Some("log.roll.jitter.ms"),
    ),
    key(
        "segment.ms",
        Kind::Long,
        "604800000",
        Rule::AtLeast(1),
        Some("log.roll.ms"),
    ),
    key(
        "unclean.leader.election.enable",
        Kind::Boolean,
        "false",
        Rule::Any,
        Some("unclean.leader.election.enable"),
    ),
];

/// Checks all settings of one topic together; the error is Kafka's message.
pub(crate) fn check_topic(overrides: &Overrides) -> Result<(), String> {
    for (name, value) in overrides {
        let definition = TOPIC.iter().find(|it| it.name == name);
        definition
            .ok_or_else(|| format!("Unknown topic config name: {name}"))?
            .check(value)?;
    }
    let number = |name: &str| {
        overrides
            .get(name)
            .and_then(|value| value.trim().parse::<i64>().ok())
    };
    if let (Some(min), Some(max)) = (
        number("min.compaction.lag.ms"),
        number("max.compaction.lag.ms"),
    ) && min > max
    {
        return Err(format!(
            "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
        ));
    }
    if overrides
        .get("remote.storage.enable")
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    {
        return Err("Tiered Storage functionality is disabled in the broker. Topic cannot be configured with \
                    remote log storage."
            .to_owned());
    }
    Ok(())
}

/// Whose clock a record's timestamp is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimestampType {
    CreateTime,
    LogAppendTime,
}

/// The settings of a topic that this broker acts upon, resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopicConfigs {
    pub(crate) max_message_bytes: usize,
    pub(crate) timestamp_type: TimestampType,
    pub(crate) timestamp_after_max_ms: i64,
    pub(crate) timestamp_before_max_ms: i64,
    pub(crate) compacted: bool,
    /// Whether old records are deleted by time or size.
    pub(crate) deleted: bool,
}

impl TopicConfigs {
    pub(crate) fn of(state: &State, overrides: &Overrides) -> Self {
        let text = |name: &str| {
            let definition = TOPIC.iter().find(|definition| definition.name == name);
            let value = definition.and_then(|it| {
                let values = topic_values(state, overrides, it).into_iter().next();
                values
                    .map(|(_, value, _)| value)
                    .or_else(|| it.default.map(str::to_owned))
            });
            value.unwrap_or_default()
        };
        let number = |name: &str| text(name).trim().parse::<i64>().unwrap_or(i64::MAX);
        let policy = text("cleanup.policy");
        Self {
            max_message_bytes: usize::try_from(number("max.message.bytes")).unwrap_or(0),
            timestamp_type: match text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            timestamp_after_max_ms: number("message.timestamp.after.max.ms"),
            timestamp_before_max_ms: number("message.timestamp.before.max.ms"),
            compacted: super::list(&policy).contains(&"compact"),
            deleted: super::list(&policy).contains(&"delete"),
        }
    }
}
