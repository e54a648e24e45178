//! The log of one partition.

use std::collections::{HashMap, VecDeque};

use bytes::{Bytes, BytesMut};

use super::batch::Batch;
use super::producers::{Producers, SequenceError};
use super::{Builder, ControlKind};

/// Which records a reader sees (KIP-98).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    ReadUncommitted,
    ReadCommitted,
}

impl Isolation {
    pub(crate) fn from_wire(level: i8) -> Self {
        if level == 1 {
            Self::ReadCommitted
        } else {
            Self::ReadUncommitted
        }
    }
}

/// A transaction that was aborted in this partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aborted {
    pub(crate) producer_id: i64,
    pub(crate) first_offset: i64,
    /// The offset of the marker that ends it.
    pub(crate) last_offset: i64,
}

/// A record that was looked up by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
}

#[derive(Debug, Default)]
pub(crate) struct PartitionLog {
    batches: VecDeque<Batch>,
    start: i64,
    end: i64,
    size: usize,
    producers: Producers,
    /// The first offset of every transaction that is not ended, by producer.
    open: HashMap<i64, i64>,
    aborted: Vec<Aborted>,
}

impl PartitionLog {
    /// The first offset that can be read.
    pub(crate) fn start(&self) -> i64 {
        self.start
    }

    /// The offset of the next record: the high watermark, as there is one replica.
    pub(crate) fn end(&self) -> i64 {
        self.end
    }

    /// The bytes of all batches.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The first offset of the oldest open transaction, or the end.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        self.open
            .values()
            .copied()
            .min()
            .map_or(self.end, |first| first.max(self.start))
    }

    pub(crate) fn end_for(&self, isolation: Isolation) -> i64 {
        match isolation {
            Isolation::ReadUncommitted => self.end,
            Isolation::ReadCommitted => self.last_stable_offset(),
        }
    }

    /// Looks at a batch of an idempotent producer; `Some` is the offset of the same batch, sent
    /// again.
    pub(crate) fn check_sequence(&self, batch: &Batch) -> Result<Option<i64>, SequenceError> {
        if batch.producer_id() < 0 {
            Ok(None)
        } else {
            self.producers.check(batch)
        }
    }

    /// Appends a batch and gives its base offset.
    pub(crate) fn append(&mut self, batch: &Batch, append_time: Option<i64>) -> i64 {
        let base = self.end;
        let stored = batch.stored_at(base, append_time);
        if stored.producer_id() >= 0 && !stored.is_control() {
            self.producers.record(&stored, base);
            if stored.is_transactional() {
                self.open.entry(stored.producer_id()).or_insert(base);
            }
        }
        self.end = stored.last_offset() + 1;
        self.size += stored.bytes().len();
        self.batches.push_back(stored);
        base
    }

    /// Writes the marker that ends a transaction.
    pub(crate) fn end_transaction(
        &mut self,
        kind: ControlKind,
        now: i64,
        producer_id: i64,
        epoch: i16,
    ) {
        let offset = self.append(&Builder::control(kind, now, producer_id, epoch), None);
        self.producers.fence(producer_id, epoch);
        if let Some(first_offset) = self.open.remove(&producer_id)
            && kind == ControlKind::Abort
        {
            self.aborted.push(Aborted {
                producer_id,
                first_offset,
                last_offset: offset,
            });
        }
    }

    /// The batches from the one that holds `offset` on, up to `limit` (exclusive) and as many as fit
    /// into `max_bytes`; with `at_least_one`, the first even if it does not fit.
    ///
    /// Also gives the offset after the last record.
    pub(crate) fn read(
        &self,
        offset: i64,
        limit: i64,
        max_bytes: usize,
        at_least_one: bool,
    ) -> (Bytes, i64) {
        let first = self
            .batches
            .partition_point(|batch| batch.last_offset() < offset);
        let mut size = 0;
        let chosen = self
            .batches
            .range(first..)
            .enumerate()
            .take_while(|(index, batch)| {
                size += batch.bytes().len();
                batch.last_offset() < limit && (size <= max_bytes || (*index == 0 && at_least_one))
            });
        let mut chosen: Vec<&Batch> = chosen.map(|(_, batch)| batch).collect();
        let next = chosen
            .last()
            .map_or(offset, |batch| batch.last_offset() + 1);
        if let [one] = chosen[..] {
            return (one.bytes().clone(), next);
        }
        let mut bytes =
            BytesMut::with_capacity(chosen.iter().map(|batch| batch.bytes().len()).sum());
        for batch in chosen.drain(..) {
            bytes.extend_from_slice(batch.bytes());
        }
        (bytes.freeze(), next)
    }

    /// The aborted transactions that touch the offsets from `from` to before `to`.
    pub(crate) fn aborted_between(&self, from: i64, to: i64) -> Vec<Aborted> {
        self.aborted
            .iter()
            .filter(|it| it.last_offset >= from && it.first_offset < to)
            .copied()
            .collect()
    }

    /// The first record, before `limit`, that is not older than `timestamp`. In a compressed batch,
    /// which is not opened, it is the batch's first.
    pub(crate) fn first_not_older(&self, timestamp: i64, limit: i64) -> Option<Found> {
        self.batches
            .iter()
            .filter(|batch| batch.max_timestamp() >= timestamp)
            .find_map(|batch| {
                if batch.is_compressed() {
                    let found = Found {
                        offset: batch.base_offset(),
                        timestamp: batch.base_timestamp(),
                    };
                    return Some(Found {
                        offset: found.offset.max(self.start),
                        ..found
                    });
                }
                let records = batch.records().map_while(|record| record);
                let mut records = records.filter(|record| record.offset >= self.start);
                let record = records.find(|record| record.timestamp >= timestamp)?;
                Some(Found {
                    offset: record.offset,
                    timestamp: record.timestamp,
                })
            })
            .filter(|found| found.offset < limit)
    }

    /// The first of the records with the largest timestamp; of a compressed batch, its last.
    pub(crate) fn newest(&self) -> Option<Found> {
        // `max_by_key` gives the last of equal ones, and the first is wanted.
        let batch = self
            .batches
            .iter()
            .rev()
            .max_by_key(|batch| batch.max_timestamp())?;
        let timestamp = batch.max_timestamp();
        let exact = batch
            .records()
            .map_while(|record| record)
            .find(|record| record.timestamp == timestamp);
        let offset = match exact {
            Some(record) if !batch.is_compressed() => record.offset,
            _ => batch.last_offset(),
        };
        Some(Found { offset, timestamp })
    }

    /// Deletes the records before `offset`, which is not past the end. Batches go when all their
    /// records are gone.
    pub(crate) fn delete_before(&mut self, offset: i64) {
        self.start = self.start.max(offset);
        while self
            .batches
            .front()
            .is_some_and(|batch| batch.last_offset() < self.start)
        {
            if let Some(gone) = self.batches.pop_front() {
                self.size -= gone.bytes().len();
            }
        }
        self.aborted.retain(|it| it.last_offset >= self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_of(batches: &[&[i64]]) -> PartitionLog {
        let mut log = PartitionLog::default();
        for timestamps in batches {
            let mut builder = Builder::new(timestamps[0]);
            for timestamp in *timestamps {
                builder.push(*timestamp, None, Some(b"value"), &[]);
            }
            log.append(&builder.finish(), None);
        }
        log
    }

    #[test]
    fn reading_starts_with_the_batch_that_holds_the_offset() {
        let log = log_of(&[&[1, 2], &[3, 4], &[5]]);
        let (bytes, next) = log.read(3, log.end(), usize::MAX, true);
        assert_eq!(
            i64::from_be_bytes(bytes[..8].try_into().expect("eight bytes")),
            2
        );
        assert_eq!(next, 5);
    }

    #[test]
    fn the_first_batch_comes_even_if_it_is_too_large_and_only_when_asked() {
        let log = log_of(&[&[1], &[2]]);
        assert_eq!(log.read(0, log.end(), 1, true).1, 1);
        assert!(log.read(0, log.end(), 1, false).0.is_empty());
    }

    #[test]
    fn times_are_looked_up_record_by_record() {
        let log = log_of(&[&[10, 30, 20], &[40]]);
        assert_eq!(
            log.first_not_older(15, 4),
            Some(Found {
                offset: 1,
                timestamp: 30
            })
        );
        assert_eq!(
            log.first_not_older(31, 4),
            Some(Found {
                offset: 3,
                timestamp: 40
            })
        );
        assert_eq!(log.first_not_older(31, 3), None);
        assert_eq!(log.first_not_older(41, 4), None);
    }

    #[test]
    fn the_newest_record_is_the_first_of_the_largest_time() {
        assert_eq!(
            log_of(&[&[1, 9], &[9], &[3]]).newest(),
            Some(Found {
                offset: 1,
                timestamp: 9
            })
        );
        assert_eq!(log_of(&[]).newest(), None);
    }

    #[test]
    fn deleting_moves_the_start_and_drops_whole_batches() {
        let mut log = log_of(&[&[1, 2], &[3, 4]]);
        log.delete_before(1);
        assert_eq!((log.start(), log.read(1, 4, usize::MAX, true).1), (1, 4));
        let size = log.size();
        log.delete_before(2);
        assert!(log.size() < size);
        assert_eq!(
            log.first_not_older(0, 4),
            Some(Found {
                offset: 2,
                timestamp: 3
            })
        );
    }
}
