//! A read in progress: fetching on a thread of its own, and putting the records together.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Call,
    error::{Access, Resource},
    ffi::{
        Fault,
        consume::{Polled, Session},
    },
    plan::Range,
    read::{Ended, Position, ReadRequest, ReadResult},
    reader::Reader,
    records::Record,
};
use crate::{
    client::call::cancelled,
    error::{Result, ToolError},
};

/// How long one look for records waits at most; giving a read up takes this long.
const SLICE: Duration = Duration::from_millis(50);

/// What is being read, and what has been.
pub(super) struct Reading {
    ranges: Vec<Range>,
    index: HashMap<(String, i32), usize>,
    /// How many records other than those of tails may still come.
    room: usize,
    max_records: usize,
    max_bytes: usize,
    bytes: usize,
    limit: Option<Ended>,
    /// How many records have come, for others to see.
    seen: Arc<AtomicUsize>,
}

impl Reading {
    pub(super) fn new(
        request: &ReadRequest,
        mut ranges: Vec<Range>,
        seen: Arc<AtomicUsize>,
    ) -> Self {
        let index = ranges
            .iter()
            .enumerate()
            .map(|(index, range)| ((range.topic.clone(), range.partition), index))
            .collect();
        let mut tails: HashMap<usize, usize> = HashMap::new();
        for tail in ranges.iter().filter_map(|range| range.tail.as_ref()) {
            tails.insert(tail.entry, tail.want);
        }
        let room = request.max_records.saturating_sub(tails.values().sum());
        let mut limit = None;
        if room == 0 {
            for range in ranges.iter_mut().filter(|range| range.tail.is_none()) {
                range.halted = true;
                limit = Some(Ended::MaxRecords);
            }
        }
        Self {
            ranges,
            index,
            room,
            max_records: request.max_records,
            max_bytes: request.max_bytes,
            bytes: 0,
            limit,
            seen,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.ranges.iter().all(Range::is_done)
    }

    /// Reads until there is nothing more to read, or a limit is met.
    pub(super) fn run(&mut self, reader: &Reader, call: &Call, until: Instant) -> Result<()> {
        loop {
            self.fetch(reader, call, until)?;
            if self.limit == Some(Ended::TimedOut) {
                return Ok(());
            }
            let further = self.ranges.iter_mut().map(Range::look_further_back);
            if !further.fold(false, |any, more| any | more) {
                return Ok(());
            }
        }
    }

    fn fetch(&mut self, reader: &Reader, call: &Call, until: Instant) -> Result<()> {
        let mut session =
            Session::new(reader).map_err(|fault| failed(fault, &self.ranges[0].topic))?;
        for range in self.ranges.iter().filter(|range| !range.is_done()) {
            session
                .start(&range.topic, range.partition, range.next)
                .map_err(|fault| failed(fault, &range.topic))?;
        }
        let mut down_since = None;
        while !self.is_over() {
            if call.is_cancelled() {
                return Err(cancelled("read records"));
            }
            let now = Instant::now();
            if now >= until {
                return self.timed_out(reader);
            }
            match session.poll(SLICE.min(until - now)) {
                Some(Polled::Record(record)) => self.take(&mut session, record),
                Some(Polled::End {
                    topic,
                    partition,
                    offset,
                }) => {
                    self.reached(&mut session, &topic, partition, offset);
                }
                Some(Polled::Failed { topic, fault }) => return Err(failed(fault, &topic)),
                None => {
                    reader.serve_events();
                    let check = reader.health.check(&mut down_since);
                    check.map_err(|error| error.context("read records"))?;
                }
            }
        }
        reader.health.answered();
        Ok(())
    }

    fn timed_out(&mut self, reader: &Reader) -> Result<()> {
        reader.serve_events();
        let nothing = self.ranges.iter().all(|range| range.records.is_empty());
        if nothing && reader.health.is_down() {
            return Err(reader.health.error().context("read records"));
        }
        self.limit = Some(Ended::TimedOut);
        Ok(())
    }

    /// Keeps a record, if it is one that was asked for.
    fn take(&mut self, session: &mut Session<'_>, record: Record) {
        let key = (record.topic.clone(), record.partition);
        let Some(&index) = self.index.get(&key) else {
            return;
        };
        let range = &mut self.ranges[index];
        if range.is_done() || record.offset < range.next {
            return;
        }
        if let Some(end) = range.end.filter(|&end| record.offset >= end) {
            range.next = end;
            session.stop(&key.0, key.1);
            return;
        }
        self.seen.fetch_add(1, Ordering::Relaxed);
        let size = record.size();
        if range.tail.is_none() {
            let first = self.room == self.max_records && self.bytes == 0;
            if self.bytes + size > self.max_bytes && !first {
                return self.halt(session, Ended::MaxBytes);
            }
            self.room -= 1;
        }
        range.next = record.offset + 1;
        let (complete, in_tail) = (range.is_complete(), range.tail.is_some());
        range.records.push_back(record);
        self.bytes += size;
        if let Some(tail) = &mut range.tail {
            // The newest are wanted, so the oldest make room.
            while self.bytes > self.max_bytes && range.records.len() > 1 {
                let Some(oldest) = range.records.pop_front() else {
                    break;
                };
                self.bytes -= oldest.size();
                self.limit = Some(Ended::MaxBytes);
                tail.cut = true;
            }
        }
        if complete {
            session.stop(&key.0, key.1);
        }
        if !in_tail && self.room == 0 {
            self.halt(session, Ended::MaxRecords);
        }
    }

    /// Ends the fetching of everything but tails.
    fn halt(&mut self, session: &mut Session<'_>, limit: Ended) {
        self.limit = Some(limit);
        for range in self.ranges.iter_mut().filter(|range| range.tail.is_none()) {
            if !range.is_done() {
                session.stop(&range.topic, range.partition);
            }
            range.halted = true;
        }
    }

    /// The end of a partition, as far as the broker lets it be read.
    fn reached(&mut self, session: &mut Session<'_>, topic: &str, partition: i32, offset: i64) {
        let Some(&index) = self.index.get(&(topic.to_owned(), partition)) else {
            return;
        };
        let range = &mut self.ranges[index];
        if range.is_done() {
            return;
        }
        if let Some(end) = range.end.filter(|&end| offset >= end) {
            range.next = end;
            session.stop(topic, partition);
        }
    }

    /// Puts the result together.
    pub(super) fn finish(mut self) -> ReadResult {
        let complete = self.ranges.iter().all(Range::is_complete);
        let ended = match self.limit {
            Some(limit) if !complete || limit == Ended::MaxBytes => limit,
            _ => Ended::ReachedEnd,
        };
        let positions = self.ranges.iter().map(position).collect();
        let mut tails: HashMap<usize, (usize, Vec<VecDeque<Record>>)> = HashMap::new();
        let mut queues = Vec::with_capacity(self.ranges.len());
        for range in &mut self.ranges {
            range.settle();
            let records = std::mem::take(&mut range.records);
            match &range.tail {
                Some(tail) => {
                    tails
                        .entry(tail.entry)
                        .or_insert((tail.want, Vec::new()))
                        .1
                        .push(records);
                }
                None => queues.push(records),
            }
        }
        for (want, partitions) in tails.into_values() {
            let mut merged = merge(partitions);
            merged.drain(..merged.len().saturating_sub(want));
            // Merged again below; one queue for each partition keeps every partition in its order.
            queues.push(merged.into());
        }
        ReadResult {
            records: merge(queues),
            ended,
            positions,
        }
    }
}

fn failed(fault: Fault, topic: &str) -> ToolError {
    fault.into_error(Access::Read, Resource::Topic(topic))
}

fn position(range: &Range) -> Position {
    // A tail goes on after the newest record, also when it was read in several steps.
    let next = if range.tail.is_some() {
        range.high
    } else {
        range.next
    };
    Position {
        topic: range.topic.clone(),
        partition: range.partition,
        next,
        end: range.high,
    }
}

/// Merges queues by time; within a queue the order stays.
fn merge(mut queues: Vec<VecDeque<Record>>) -> Vec<Record> {
    let time = |record: &Record| record.timestamp_ms.unwrap_or(i64::MIN);
    let mut heads: BinaryHeap<_> = queues
        .iter()
        .enumerate()
        .filter_map(|(index, queue)| Some(Reverse((time(queue.front()?), index))))
        .collect();
    let mut merged = Vec::with_capacity(queues.iter().map(VecDeque::len).sum());
    while let Some(Reverse((_, index))) = heads.pop() {
        merged.extend(queues[index].pop_front());
        if let Some(next) = queues[index].front() {
            heads.push(Reverse((time(next), index)));
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(partition: i32, offset: i64, time: i64) -> Record {
        Record {
            topic: "t".to_owned(),
            partition,
            offset,
            timestamp_ms: Some(time),
            timestamp_type: None,
            key: None,
            value: None,
            headers: Vec::new(),
        }
    }

    #[test]
    fn partitions_are_merged_by_time_and_stay_in_order() {
        let first = VecDeque::from([record(0, 0, 10), record(0, 1, 5), record(0, 2, 30)]);
        let second = VecDeque::from([record(1, 0, 7), record(1, 1, 20)]);
        let merged = merge(vec![first, second]);
        let order: Vec<_> = merged.iter().map(|r| (r.partition, r.offset)).collect();
        assert_eq!(order, [(1, 0), (0, 0), (0, 1), (1, 1), (0, 2)]);
    }
}
