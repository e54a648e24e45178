//! `consume-messages`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    decode::{Decoder, Format},
    records::{self, Consumed},
    timestamp::Timestamp,
};
use crate::{
    client::kafka::read::{self, ReadEntry, ReadRequest},
    prelude::*,
};

/// How long before its deadline a call stops reading, to have time to answer.
const MARGIN: Duration = Duration::from_millis(500);

/// Read records from topics.
///
/// Returns once it has `maxMessages` or all there were; only `latest` waits for new ones. Joins no
/// group, commits nothing. To continue, pass `next` of the answer as `topics`.
///
/// Records with a registered schema are decoded, or shown in base64 with the reason why not.
#[confluent_tool(read_only, long_running, category = Kafka)]
async fn consume_messages(
    cx: &ToolContext,
    kafka: Kafka,
    registry: Option<SchemaRegistry>,
    /// Topics to read.
    #[arg(length = 1..=100)]
    topics: Vec<TopicToRead>,
    /// Maximum number of records.
    #[arg(default = 10, range = 1..)]
    max_messages: u32,
    /// Longest wait, in milliseconds.
    #[arg(default = 10_000, range = 1..)]
    timeout_ms: u32,
    /// How to decode values.
    #[arg(default)]
    value_format: Format,
    /// How to decode keys.
    #[arg(default)]
    key_format: Format,
) -> Result<Consumed> {
    let safety = &cx.inner().gates.config().safety;
    let limit = safety.max_result_bytes;
    let entries = topics
        .iter()
        .enumerate()
        .map(|(index, topic)| topic.entry(index));
    let tails = topics
        .iter()
        .all(|topic| matches!(topic.start, Start::Tail(_)));
    let request = ReadRequest {
        entries: entries.collect::<Result<_>>()?,
        max_records: usize::try_from(max_messages).unwrap_or(usize::MAX),
        max_bytes: limit,
        timeout: Duration::from_millis(timeout_ms.into())
            .min(kafka.call().remaining().saturating_sub(MARGIN)),
    };
    let seen = Arc::new(AtomicUsize::new(0));
    let reading = kafka.client().read_counting(kafka.call(), &request, &seen);
    let so_far = || seen.load(Ordering::Relaxed);
    let progress = cx.progress();
    let read = progress
        .watch(Box::pin(reading), request.max_records, "records", so_far)
        .await?;
    let decoder = match registry {
        Some(registry) => {
            let call = registry.call().at_most(safety.default_timeout);
            let client = registry.client();
            Decoder::new(client, &call, &read.records, key_format, value_format).await?
        }
        None => Decoder::default(),
    };
    records::fit(read, decoder, limit, tails).await
}

/// A topic to read.
#[confluent_type]
pub(super) struct TopicToRead {
    /// Name of the topic.
    #[arg(length = 1..)]
    pub(super) name: String,
    /// Partition; by default all.
    #[arg(range = 0..)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) partition: Option<i32>,
    /// Where to begin.
    #[arg(default = Start::Earliest)]
    pub(super) start: Start,
}

/// Where to begin.
#[confluent_type]
pub(super) enum Start {
    /// Oldest record.
    Earliest,
    /// After the newest record.
    Latest,
    /// At this offset.
    Offset(Offset),
    /// From this time on.
    Timestamp(Timestamp),
    /// The last n records.
    Tail(#[arg(range = 1..)] u32),
}

/// An offset.
#[confluent_type]
#[serde(untagged)]
pub(super) enum Offset {
    /// As text.
    Text(#[arg(pattern = "^[0-9]+$")] String),
    /// As a number.
    Number(#[arg(range = 0..)] i64),
}

impl TopicToRead {
    fn entry(&self, index: usize) -> Result<ReadEntry> {
        let what = |key: &str| format!("topics[{index}].start.{key}");
        let start = match &self.start {
            Start::Earliest => read::Start::Earliest,
            Start::Latest => read::Start::Latest,
            Start::Offset(Offset::Number(offset)) => read::Start::Offset(*offset),
            Start::Offset(Offset::Text(text)) => {
                read::Start::Offset(text.parse().map_err(|_| {
                    ToolError::argument(format!(
                        "`{}` must be an offset, which has at most 63 bits",
                        what("offset")
                    ))
                })?)
            }
            Start::Timestamp(time) => {
                read::Start::Timestamp(time.milliseconds(&what("timestamp"))?)
            }
            Start::Tail(count) => read::Start::Tail(*count),
        };
        Ok(ReadEntry {
            topic: self.name.clone(),
            partition: self.partition,
            start,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn start(topic: Value) -> Result<read::Start> {
        let topic: TopicToRead = serde_json::from_value(topic)?;
        topic.entry(3).map(|entry| entry.start)
    }

    #[test]
    fn beginnings_are_written_as_in_the_reference() {
        for (written, expected) in [
            (json!({"name": "t"}), read::Start::Earliest),
            (
                json!({"name": "t", "start": "earliest"}),
                read::Start::Earliest,
            ),
            (json!({"name": "t", "start": "latest"}), read::Start::Latest),
            (
                json!({"name": "t", "start": {"offset": "17"}}),
                read::Start::Offset(17),
            ),
            (
                json!({"name": "t", "start": {"offset": "9223372036854775807"}}),
                read::Start::Offset(i64::MAX),
            ),
            (
                json!({"name": "t", "start": {"offset": 17}}),
                read::Start::Offset(17),
            ),
            (
                json!({"name": "t", "start": {"timestamp": 5}}),
                read::Start::Timestamp(5),
            ),
            (
                json!({"name": "t", "start": {"timestamp": "1970-01-01T00:00:01Z"}}),
                read::Start::Timestamp(1000),
            ),
            (
                json!({"name": "t", "start": {"tail": 3}}),
                read::Start::Tail(3),
            ),
        ] {
            assert_eq!(start(written.clone()).unwrap(), expected, "{written}");
        }
        let error = start(json!({"name": "t", "start": {"offset": "9223372036854775808"}}));
        assert!(
            error
                .unwrap_err()
                .message()
                .contains("`topics[3].start.offset`")
        );
    }
}
