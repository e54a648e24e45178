//! The keys of the broker: those that topics fall back to, and the ones that people look at most.

use super::{Definition, Kind, Rule};

const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    read_only: bool,
) -> Definition {
    Definition {
        name,
        kind,
        default,
        rule: Rule::Any,
        fallback: None,
        read_only,
    }
}

/// A key that is only read when the broker starts.
const fn fixed(name: &'static str, kind: Kind, default: Option<&'static str>) -> Definition {
    key(name, kind, default, true)
}

/// A key that can be changed while the broker runs.
const fn dynamic(name: &'static str, kind: Kind, default: Option<&'static str>) -> Definition {
    key(name, kind, default, false)
}

/// The keys of the broker that are shown.
pub(crate) static BROKER: &[Definition] = &[
    fixed("advertised.listeners", Kind::List, None),
    fixed("authorizer.class.name", Kind::Text, Some("")),
    fixed("auto.create.topics.enable", Kind::Boolean, Some("true")),
    fixed("auto.leader.rebalance.enable", Kind::Boolean, Some("true")),
    dynamic("background.threads", Kind::Int, Some("10")),
    fixed("broker.rack", Kind::Text, None),
    fixed("broker.id", Kind::Int, Some("-1")),
    dynamic("compression.gzip.level", Kind::Int, Some("-1")),
    dynamic("compression.lz4.level", Kind::Int, Some("9")),
    dynamic("compression.type", Kind::Text, Some("producer")),
    dynamic("compression.zstd.level", Kind::Int, Some("3")),
    fixed("connections.max.idle.ms", Kind::Long, Some("600000")),
    fixed("connections.max.reauth.ms", Kind::Long, Some("0")),
    fixed("default.replication.factor", Kind::Int, Some("1")),
    fixed("delete.topic.enable", Kind::Boolean, Some("true")),
    fixed("fetch.max.bytes", Kind::Int, Some("57671680")),
    fixed("group.initial.rebalance.delay.ms", Kind::Int, Some("3000")),
    fixed("group.max.session.timeout.ms", Kind::Int, Some("1800000")),
    fixed("group.max.size", Kind::Int, Some("2147483647")),
    fixed("group.min.session.timeout.ms", Kind::Int, Some("6000")),
    fixed(
        "leader.imbalance.check.interval.seconds",
        Kind::Long,
        Some("300"),
    ),
    dynamic(
        "log.cleaner.delete.retention.ms",
        Kind::Long,
        Some("86400000"),
    ),
    fixed("log.cleaner.enable", Kind::Boolean, Some("true")),
    dynamic(
        "log.cleaner.max.compaction.lag.ms",
        Kind::Long,
        Some("9223372036854775807"),
    ),
    dynamic("log.cleaner.min.cleanable.ratio", Kind::Double, Some("0.5")),
    dynamic("log.cleaner.min.compaction.lag.ms", Kind::Long, Some("0")),
    dynamic("log.cleaner.threads", Kind::Int, Some("1")),
    dynamic("log.cleanup.policy", Kind::List, Some("delete")),
    dynamic(
        "log.flush.interval.messages",
        Kind::Long,
        Some("9223372036854775807"),
    ),
    dynamic("log.flush.interval.ms", Kind::Long, None),
    dynamic("log.index.interval.bytes", Kind::Int, Some("4096")),
    dynamic("log.index.size.max.bytes", Kind::Int, Some("10485760")),
    dynamic("log.local.retention.bytes", Kind::Long, Some("-2")),
    dynamic("log.local.retention.ms", Kind::Long, Some("-2")),
    dynamic(
        "log.message.timestamp.after.max.ms",
        Kind::Long,
        Some("3600000"),
    ),
    dynamic(
        "log.message.timestamp.before.max.ms",
        Kind::Long,
        Some("9223372036854775807"),
    ),
    dynamic("log.message.timestamp.type", Kind::Text, Some("CreateTime")),
    dynamic("log.preallocate", Kind::Boolean, Some("false")),
    dynamic("log.retention.bytes", Kind::Long, Some("-1")),
    fixed(
        "log.retention.check.interval.ms",
        Kind::Long,
        Some("300000"),
    ),
    fixed("log.retention.hours", Kind::Int, Some("168")),
    fixed("log.retention.minutes", Kind::Int, None),
    dynamic("log.retention.ms", Kind::Long, None),
    fixed("log.roll.hours", Kind::Int, Some("168")),
    dynamic("log.roll.jitter.ms", Kind::Long, None),
    dynamic("log.roll.ms", Kind::Long, None),
    dynamic("log.segment.bytes", Kind::Int, Some("1073741824")),
    dynamic("log.segment.delete.delay.ms", Kind::Long, Some("60000")),
    dynamic("max.connections", Kind::Int, Some("2147483647")),
    dynamic("max.connections.per.ip", Kind::Int, Some("2147483647")),
    dynamic("message.max.bytes", Kind::Int, Some("1048588")),
    dynamic("min.insync.replicas", Kind::Int, Some("1")),
    dynamic("num.io.threads", Kind::Int, Some("8")),
    dynamic("num.network.threads", Kind::Int, Some("3")),
    fixed("num.partitions", Kind::Int, Some("1")),
    dynamic("num.replica.fetchers", Kind::Int, Some("1")),
    fixed("offset.metadata.max.bytes", Kind::Int, Some("4096")),
    fixed("offsets.retention.minutes", Kind::Int, Some("10080")),
    fixed("offsets.topic.num.partitions", Kind::Int, Some("50")),
    fixed("offsets.topic.replication.factor", Kind::Short, Some("3")),
    fixed("queued.max.requests", Kind::Int, Some("500")),
    fixed("replica.lag.time.max.ms", Kind::Long, Some("30000")),
    fixed("request.timeout.ms", Kind::Int, Some("30000")),
    fixed("node.id", Kind::Int, None),
    fixed("process.roles", Kind::List, None),
    dynamic("listeners", Kind::List, Some("PLAINTEXT://:9092")),
    dynamic("sasl.enabled.mechanisms", Kind::List, Some("GSSAPI")),
    dynamic("sasl.jaas.config", Kind::Password, None),
    fixed("socket.receive.buffer.bytes", Kind::Int, Some("102400")),
    fixed("socket.request.max.bytes", Kind::Int, Some("104857600")),
    fixed("socket.send.buffer.bytes", Kind::Int, Some("102400")),
    dynamic("ssl.keystore.password", Kind::Password, None),
    fixed("transaction.max.timeout.ms", Kind::Int, Some("900000")),
    fixed(
        "transaction.state.log.num.partitions",
        Kind::Int,
        Some("50"),
    ),
    fixed(
        "transaction.state.log.replication.factor",
        Kind::Short,
        Some("3"),
    ),
    fixed(
        "transactional.id.expiration.ms",
        Kind::Int,
        Some("604800000"),
    ),
    dynamic(
        "unclean.leader.election.enable",
        Kind::Boolean,
        Some("false"),
    ),
];
