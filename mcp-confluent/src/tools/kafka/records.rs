//! Records as a result: shown, and kept within the size of a result.

use std::{fmt::Write as _, panic::resume_unwind};

use serde_json::Value;
use tokio::{
    runtime::Handle,
    task::{spawn_blocking, yield_now},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    consume::{Offset, Start, TopicToRead},
    decode::{self, Decoder, RecordSchema},
    payload::{self, Encoding, Shown},
    timestamp,
};
use crate::{
    client::kafka::{
        read::{self, Position, ReadResult},
        records::Record,
    },
    codec::Part,
    prelude::*,
};

/// Records that were read.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct Consumed {
    /// The records: of one partition in its order, of several merged by time.
    records: Vec<ConsumedRecord>,
    /// Why there are not more.
    ended: Ended,
    /// How many records may be left in the partitions that were read. Counts offsets, some of which
    /// can be without a record.
    remaining: i64,
    /// Where to go on: pass it as `topics`. Only partitions where something is left.
    next: Vec<TopicToRead>,
}

/// Why a read ended.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
enum Ended {
    /// Everything that was there when the read began has been read.
    ReachedEnd,
    /// As many records as were asked for.
    MaxMessages,
    /// More would be larger than a result may be.
    MaxBytes,
    /// The time was up.
    TimedOut,
}

/// One record.
#[confluent_type]
struct ConsumedRecord {
    /// Name of the topic.
    topic: String,
    /// Partition.
    partition: i32,
    /// Offset in the partition, as text: it can be larger than what a JSON number holds exactly.
    offset: String,
    /// Timestamp, ISO 8601 in UTC; absent where the record has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    /// Key, in the form that `keyEncoding` names.
    key: Value,
    /// How the key is shown.
    key_encoding: Encoding,
    /// Schema that the key names.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_schema: Option<RecordSchema>,
    /// Why the key could not be decoded, or what is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_problem: Option<String>,
    /// Value, in the form that `valueEncoding` names.
    value: Value,
    /// How the value is shown.
    value_encoding: Encoding,
    /// Schema that the value names.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_schema: Option<RecordSchema>,
    /// Why the value could not be decoded, or what is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_problem: Option<String>,
    /// Headers, in their order; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<ConsumedHeader>,
    /// What is not shown whole, because the record is larger than a result may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cut: Vec<String>,
}

/// One header of a record.
#[confluent_type]
struct ConsumedHeader {
    /// Name.
    name: String,
    /// Value, in the form that `encoding` names.
    value: Value,
    /// How the value is shown.
    encoding: Encoding,
}

/// Bytes kept for what stands around the records.
const AROUND: usize = 512;
/// Bytes of one entry of `next` with a topic name of usual length.
const NEXT: usize = 96;
/// The most entries of `next`.
const MAX_NEXT: usize = 100;
/// The most headers of a record that is too large.
const MAX_HEADERS: usize = 16;
/// Of a key, value or header, this much is shown rather than one more header.
const LITTLE: usize = 16;
/// Below this, names and reasons say nothing any more.
const READABLE: usize = 100;

/// Shows as many records as fit into `limit` bytes; with `newest`, the last ones, otherwise the first.
///
/// What records hold comes from elsewhere, and may take long to decode: so this is done where no
/// other call waits for it, and ends between two records when nobody waits for it any more.
pub(super) async fn fit(
    read: ReadResult,
    decoder: Decoder,
    limit: usize,
    newest: bool,
) -> Result<Consumed> {
    let ended = CancellationToken::new();
    let _end = ended.clone().drop_guard();
    let runtime = Handle::current();
    let work = async move {
        let shown = show(read, &decoder, limit, newest);
        ended.run_until_cancelled(shown).await
    }
    .in_current_span();
    match spawn_blocking(move || runtime.block_on(work)).await {
        Ok(Some(consumed)) => Ok(consumed),
        Ok(None) => Err(ToolError::new(
            ErrorKind::Cancelled,
            "the call was cancelled",
        )),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => Err(ToolError::internal(error.to_string())),
        },
    }
}

/// The work of [`fit`]; lets others have their turn before each record.
async fn show(read: ReadResult, decoder: &Decoder, limit: usize, newest: bool) -> Consumed {
    let ReadResult {
        records,
        ended,
        mut positions,
    } = read;
    let reserved = AROUND + NEXT * positions.len().min(MAX_NEXT);
    let mut room = limit.saturating_sub(reserved).max(limit / 4);
    let mut ended = Ended::from(ended);
    let count = records.len();
    let order: Box<dyn Iterator<Item = &Record> + Send> = if newest {
        Box::new(records.iter().rev())
    } else {
        Box::new(records.iter())
    };
    let mut shown = Vec::with_capacity(count);
    for record in order {
        yield_now().await;
        let record = ReadRecord {
            record,
            key: decoder.read(record, Part::Key).await,
            value: decoder.read(record, Part::Value).await,
        };
        let mut next = ConsumedRecord::new(&record, usize::MAX, usize::MAX);
        let mut size = next.size();
        if size > room && !shown.is_empty() {
            ended = Ended::MaxBytes;
            break;
        }
        if size > room {
            // Shown even if it is still too large, as nobody would come past it otherwise.
            next = ConsumedRecord::cut_to(&record, room);
            size = next.size();
        }
        // The comma.
        room = room.saturating_sub(size + 1);
        shown.push(next);
    }
    if newest {
        shown.reverse();
    } else {
        for dropped in records[shown.len()..].iter().rev() {
            step_back(&mut positions, dropped);
        }
    }
    let remaining = positions.iter().map(left).sum();
    let next = positions
        .iter()
        .filter(|position| left(position) > 0)
        .take(MAX_NEXT);
    Consumed {
        records: shown,
        ended,
        remaining,
        next: next.map(go_on).collect(),
    }
}

/// A record that was read but is not shown will be read again.
fn step_back(positions: &mut [Position], dropped: &Record) {
    let found = positions.iter_mut().find(|position| {
        position.topic == dropped.topic && position.partition == dropped.partition
    });
    if let Some(position) = found {
        position.next = dropped.offset;
    }
}

fn left(position: &Position) -> i64 {
    (position.end - position.next).max(0)
}

fn go_on(position: &Position) -> TopicToRead {
    TopicToRead {
        name: position.topic.clone(),
        partition: Some(position.partition),
        start: Start::Offset(Offset::Text(position.next.to_string())),
    }
}

impl From<read::Ended> for Ended {
    fn from(ended: read::Ended) -> Self {
        match ended {
            read::Ended::ReachedEnd => Self::ReachedEnd,
            read::Ended::MaxRecords => Self::MaxMessages,
            read::Ended::MaxBytes => Self::MaxBytes,
            read::Ended::TimedOut => Self::TimedOut,
        }
    }
}

/// A record whose key and value have been read.
struct ReadRecord<'r> {
    record: &'r Record,
    key: decode::Half<'r>,
    value: decode::Half<'r>,
}

impl ConsumedRecord {
    /// Shows at most about `limit` bytes of the key, of the value and of each header, and so many
    /// headers. What else can be long is shortened to no less than [`READABLE`].
    fn new(read: &ReadRecord<'_>, limit: usize, headers: usize) -> Self {
        let ReadRecord { record, key, value } = read;
        let mut cut = Vec::new();
        let mut note = |what: &str, shown: Shown| {
            if let Some(bytes) = shown.cut_from {
                let of = match shown.encoding {
                    Encoding::Schema => "bytes of JSON",
                    _ => "bytes",
                };
                cut.push(format!("{what} has {bytes} {of}"));
            }
            shown
        };
        let shown_key = note("the key", key.show(limit));
        let shown_value = note("the value", value.show(limit));
        let shown_headers = record
            .headers
            .iter()
            .take(headers)
            .map(|header| {
                let shown = note("a header", payload::show(header.value.as_deref(), limit));
                let name = header.name.chars().take(limit).collect();
                ConsumedHeader {
                    name,
                    value: shown.value,
                    encoding: shown.encoding,
                }
            })
            .collect();
        if record.headers.len() > headers {
            cut.push(format!("there are {} headers", record.headers.len()));
        }
        let readable = limit.max(READABLE);
        let schema = |half: &decode::Half<'_>| {
            let schema = half.schema.as_ref();
            schema.map(|schema| schema.with_names_within(readable))
        };
        let problem = |half: &decode::Half<'_>| {
            let problem = half.problem.as_deref();
            problem.map(|problem| problem.chars().take(readable).collect())
        };
        Self {
            topic: record.topic.clone(),
            partition: record.partition,
            offset: record.offset.to_string(),
            timestamp: record.timestamp_ms.map(timestamp::iso),
            key: shown_key.value,
            key_encoding: shown_key.encoding,
            key_schema: schema(key),
            key_problem: problem(key),
            value: shown_value.value,
            value_encoding: shown_value.encoding,
            value_schema: schema(value),
            value_problem: problem(value),
            headers: shown_headers,
            cut,
        }
    }

    /// Shows as much of a record as fits into `room` bytes, or else as little as can be.
    fn cut_to(record: &ReadRecord<'_>, room: usize) -> Self {
        let (mut limit, mut headers) = (room, MAX_HEADERS);
        loop {
            let shown = Self::new(record, limit, headers);
            if shown.size() <= room || (limit, headers) == (0, 0) {
                return shown;
            }
            if limit > LITTLE {
                limit /= 2;
            } else if headers > 0 {
                headers /= 2;
            } else {
                limit = 0;
            }
        }
    }

    /// Bytes of its JSON.
    fn size(&self) -> usize {
        self.json().len()
    }

    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Consumed {
    fn prose(&self) -> String {
        let mut text = match self.records.len() {
            0 => "No records".to_owned(),
            1 => "1 record".to_owned(),
            count => format!("{count} records"),
        };
        text.push_str(match self.ended {
            Ended::ReachedEnd => "; the end is reached.",
            Ended::MaxMessages => ", as many as were asked for.",
            Ended::MaxBytes => ", as many as fit into one result.",
            Ended::TimedOut => "; then the time was up.",
        });
        for record in &self.records {
            text.push('\n');
            text.push_str(&record.json());
        }
        if !self.next.is_empty() {
            let next = serde_json::to_string(&self.next).unwrap_or_default();
            // Writing to a `String` cannot fail.
            let _ = write!(
                text,
                "\nUp to {} more: call again with `topics` {next}",
                self.remaining
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, pin::pin};

    use serde_json::json;

    use super::*;
    use crate::client::kafka::records::Header;

    fn record(partition: i32, offset: i64, value: &[u8]) -> Record {
        Record {
            topic: "t".to_owned(),
            partition,
            offset,
            timestamp_ms: Some(1_700_000_000_000),
            timestamp_type: None,
            key: None,
            value: Some(value.to_vec()),
            headers: Vec::new(),
        }
    }

    fn position(partition: i32, next: i64, end: i64) -> Position {
        Position {
            topic: "t".to_owned(),
            partition,
            next,
            end,
        }
    }

    fn read(records: Vec<Record>, positions: Vec<Position>) -> ReadResult {
        ReadResult {
            records,
            ended: read::Ended::ReachedEnd,
            positions,
        }
    }

    fn bytes(consumed: &Consumed) -> usize {
        serde_json::to_string(consumed).unwrap().len()
    }

    #[tokio::test]
    async fn a_record_is_shown_whole() {
        let record = Record {
            key: Some(b"k".to_vec()),
            headers: vec![
                Header {
                    name: "a".to_owned(),
                    value: Some(b"1".to_vec()),
                },
                Header {
                    name: "a".to_owned(),
                    value: None,
                },
            ],
            ..record(0, 7, br#"{"id": 1}"#)
        };
        let shown = fit(
            read(vec![record], vec![position(0, 8, 8)]),
            Decoder::default(),
            10_000,
            false,
        )
        .await
        .unwrap();
        let expected = json!({
            "records": [{
                "topic": "t", "partition": 0, "offset": "7",
                "timestamp": "2023-11-14T22:13:20.000Z",
                "key": "k", "keyEncoding": "utf8",
                "value": {"id": 1}, "valueEncoding": "json",
                "headers": [
                    {"name": "a", "value": "1", "encoding": "utf8"},
                    {"name": "a", "value": null, "encoding": "none"}
                ]
            }],
            "ended": "reachedEnd", "remaining": 0, "next": []
        });
        assert_eq!(serde_json::to_value(&shown).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_call_can_end_between_two_records() {
        let records = (0..2).map(|offset| record(0, offset, b"a")).collect();
        let decoder = Decoder::default();
        let mut work = pin!(show(
            read(records, vec![position(0, 2, 2)]),
            &decoder,
            10_000,
            false
        ));
        for _ in 0..2 {
            tokio::select! {
                biased;
                _ = &mut work => panic!("both records were read in one go"),
                () = ready(()) => {}
            }
        }
        assert_eq!(work.await.records.len(), 2);
    }

    #[tokio::test]
    async fn what_does_not_fit_is_read_next_time() {
        let records = (0..20).flat_map(|offset| {
            [
                record(0, offset, &[b'x'; 100]),
                record(1, offset, &[b'y'; 100]),
            ]
        });
        let all = read(
            records.collect(),
            vec![position(0, 20, 25), position(1, 20, 20)],
        );
        let shown = fit(all, Decoder::default(), 4_000, false).await.unwrap();
        assert!(bytes(&shown) <= 4_000, "{}", bytes(&shown));
        assert_eq!(shown.ended, Ended::MaxBytes);
        let count = shown.records.len();
        assert!(count > 5, "{count}");
        // Record for record the two partitions took turns.
        let next = serde_json::to_value(&shown.next).unwrap();
        assert_eq!(next[0]["start"]["offset"], count.div_ceil(2).to_string());
        assert_eq!(next[1]["start"]["offset"], (count / 2).to_string());
        assert_eq!(shown.remaining, 45 - i64::try_from(count).unwrap());
    }

    #[tokio::test]
    async fn of_the_newest_the_oldest_go() {
        let records = (0..50)
            .map(|offset| record(0, offset, &[b'x'; 100]))
            .collect();
        let shown = fit(
            read(records, vec![position(0, 50, 50)]),
            Decoder::default(),
            4_000,
            true,
        )
        .await
        .unwrap();
        assert_eq!(shown.records.last().unwrap().offset, "49");
        assert_eq!(shown.ended, Ended::MaxBytes);
        assert!(shown.records.len() < 50 && shown.next.is_empty());
    }

    #[tokio::test]
    async fn a_record_that_is_too_large_is_cut_and_says_so() {
        let headers = vec![
            Header {
                name: "h".repeat(300),
                value: Some(vec![1; 300])
            };
            1000
        ];
        for value in [vec![b'x'; 1 << 20], vec![0xff; 1 << 20], vec![1; 1 << 20]] {
            let large = Record {
                headers: headers.clone(),
                ..record(0, 0, &value)
            };
            let shown = fit(
                read(vec![large], vec![position(0, 1, 1)]),
                Decoder::default(),
                10_000,
                false,
            )
            .await
            .unwrap();
            assert!(bytes(&shown) <= 10_000, "{}", bytes(&shown));
            let cut = shown.records[0].cut.join(", ");
            assert!(cut.contains("the value has 1048576 bytes"), "{cut}");
            assert!(cut.contains("there are 1000 headers"), "{cut}");
            assert!(shown.next.is_empty());
        }
    }

    #[tokio::test]
    async fn a_result_of_any_size_comes_past_a_record() {
        let header = Header {
            name: "n".repeat(30),
            value: Some(vec![0xff; 300]),
        };
        let large = Record {
            key: Some(vec![0xff; 300]),
            headers: vec![header; 20],
            ..record(0, 0, &[0xff; 300])
        };
        let positions: Vec<_> = (0..50).map(|partition| position(partition, 1, 2)).collect();
        for limit in [1, 500, 2_000] {
            let records = vec![large.clone(), record(1, 0, &[b'a'; 500])];
            let all = read(records, positions.clone());
            let shown = fit(all, Decoder::default(), limit, false).await.unwrap();
            let [first] = shown.records.as_slice() else {
                panic!("{} records with {limit} bytes", shown.records.len());
            };
            assert!(first.size() <= 500, "{}", first.json());
            assert_eq!(shown.ended, Ended::MaxBytes);
            let next = serde_json::to_value(&shown.next).unwrap();
            assert_eq!(next[0]["start"]["offset"], "1", "{next}");
            assert_eq!(next[1]["start"]["offset"], "0", "{next}");
        }
    }

    #[test]
    fn reasons_and_names_of_schemas_are_cut_too() {
        let record = record(0, 0, &[0; 300]);
        let half = || {
            let mut half = decode::Half::unread(&[0; 300], "r".repeat(10_000));
            half.schema = Some(RecordSchema::with_names(&"s".repeat(10_000)));
            half
        };
        let read = ReadRecord {
            record: &record,
            key: half(),
            value: half(),
        };
        let whole = ConsumedRecord::new(&read, usize::MAX, usize::MAX).size();
        assert!(whole > 60_000, "{whole}");
        for (room, most) in [(20_000, 20_000), (2_000, 2_000), (1, 700)] {
            let size = ConsumedRecord::cut_to(&read, room).size();
            assert!(size <= most, "{size} for {room}");
        }
    }

    #[tokio::test]
    async fn prose_says_how_to_go_on() {
        let result = ReadResult {
            ended: read::Ended::MaxRecords,
            ..read(vec![record(0, 0, b"a")], vec![position(0, 1, 5)])
        };
        let prose = fit(result, Decoder::default(), 10_000, false)
            .await
            .unwrap()
            .prose();
        assert!(
            prose.starts_with("1 record, as many as were asked for.\n{\"topic\":\"t\","),
            "{prose}"
        );
        let go_on = r#"Up to 4 more: call again with `topics` [{"name":"t","partition":0,"start":{"offset":"1"}}]"#;
        assert!(prose.ends_with(go_on), "{prose}");
    }
}
