//! Reading records: where to begin, when to stop.
//!
//! A read assigns the partitions itself and joins no consumer group. It looks at the ends of the
//! partitions first, and is over as soon as it has what was asked for or has reached those ends.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use tokio::{task::spawn_blocking, time::Instant};

use super::{Call, KafkaClient, reading::Reading, records::Record};
use crate::{
    error::{Result, ToolError},
    observe::Outside,
};

/// Where to begin in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record still kept.
    Earliest,
    /// After the newest record: only what is written from now on is read.
    Latest,
    /// At this offset, which must be between the oldest and the newest record. Without a partition: in
    /// every partition that has it.
    Offset(i64),
    /// At the first record at or after this moment, in milliseconds since 1970.
    Timestamp(i64),
    /// At the last so many records. Without a partition: the newest of the whole topic.
    Tail(u32),
}

/// What to read.
#[derive(Debug, Clone)]
pub struct ReadEntry {
    /// Topic.
    pub topic: String,
    /// Only this partition; all of them if left out.
    pub partition: Option<i32>,
    /// Where to begin.
    pub start: Start,
}

/// What to read, and how much of it.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// Topics and partitions; no partition may be named twice.
    pub entries: Vec<ReadEntry>,
    /// The most records to return.
    pub max_records: usize,
    /// The most bytes to return. One record is returned however large it is.
    pub max_bytes: usize,
    /// How long to wait for records; what has been read until then is returned. The deadline of the
    /// call, which is an error, should be later.
    pub timeout: Duration,
}

/// Why a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything that was there when the read began has been read.
    ReachedEnd,
    /// As many records as were asked for.
    MaxRecords,
    /// As many bytes as were asked for.
    MaxBytes,
    /// The time was up.
    TimedOut,
}

/// Where the next read of a partition would go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// The offset to begin with.
    pub next: i64,
    /// The end of the partition when the read began.
    pub end: i64,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct ReadResult {
    /// Records: of one partition in its order, of several merged by time.
    pub records: Vec<Record>,
    /// Why there are not more.
    pub ended: Ended,
    /// Where to go on, for each partition that was read, by topic and partition.
    pub positions: Vec<Position>,
}

impl KafkaClient {
    /// Reads records without joining a consumer group, and leaves no trace in the cluster.
    pub async fn read(&self, call: &Call, request: &ReadRequest) -> Result<ReadResult> {
        self.read_counting(call, request, &Arc::default()).await
    }

    /// The same; `seen` is how many records have come so far.
    pub async fn read_counting(
        &self,
        call: &Call,
        request: &ReadRequest,
        seen: &Arc<AtomicUsize>,
    ) -> Result<ReadResult> {
        let until = (Instant::now() + request.timeout).min(call.deadline());
        let ranges = self.plan(call, request).await?;
        let mut reading = Reading::new(request, ranges, seen.clone());
        if reading.is_over() {
            // Nothing to fetch, so there is no need for a client.
            return Ok(reading.finish());
        }
        let token = self.token(call, "read records").await?;
        let readers = self.inner.readers.clone();
        // When this future is dropped, the thread stops reading.
        let (call, _abandon) = call.guarded();
        let reading = spawn_blocking(move || {
            let mut reader = readers.take()?;
            if let Some((tokens, token)) = &token {
                reader.sign_in(tokens, token)?;
            }
            let result = reading.run(&reader, &call, until);
            if let Some((tokens, _)) = token.filter(|_| reader.health.is_refused()) {
                tokens.refused();
            }
            if !reader.health.is_down() {
                readers.give_back(reader);
            }
            result.map(|()| reading.finish())
        });
        let asked = Outside::kafka("poll");
        let read = reading
            .await
            .map_err(|error| ToolError::internal(error.to_string()))?;
        let fault = read.as_ref().err().map(|error| error.kind().as_str());
        asked.end(None, fault);
        read
    }
}
