//! What a partition remembers of its idempotent and transactional producers (KIP-98).

use std::collections::{HashMap, VecDeque};

use super::batch::{Batch, sequence_after};

/// As many batches are remembered for each producer as it may have in flight.
const REMEMBERED_BATCHES: usize = 5;
/// Producers that a partition remembers; the longest silent one is forgotten first.
const MAX_PRODUCERS: usize = 10_000;

/// Why a batch of an idempotent producer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SequenceError {
    OutOfOrder,
    StaleEpoch,
}

#[derive(Debug, Default)]
pub(super) struct Producers {
    by_id: HashMap<i64, Producer>,
    clock: u64,
}

#[derive(Debug)]
struct Producer {
    epoch: i16,
    batches: VecDeque<Appended>,
    used: u64,
}

#[derive(Debug)]
struct Appended {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
}

impl Producers {
    /// Looks at a batch before it is appended. `Some` is the offset at which the same batch was
    /// appended before.
    pub(super) fn check(&self, batch: &Batch) -> Result<Option<i64>, SequenceError> {
        let Some(producer) = self.by_id.get(&batch.producer_id()) else {
            // Nothing is known of this producer any more: Kafka takes any sequence (KIP-360).
            return Ok(None);
        };
        if batch.producer_epoch() < producer.epoch {
            return Err(SequenceError::StaleEpoch);
        }
        let first = batch.base_sequence();
        if batch.producer_epoch() > producer.epoch {
            return if first == 0 {
                Ok(None)
            } else {
                Err(SequenceError::OutOfOrder)
            };
        }
        let last = batch.last_sequence();
        if let Some(same) = producer
            .batches
            .iter()
            .find(|it| it.first_sequence == first && it.last_sequence == last)
        {
            return Ok(Some(same.base_offset));
        }
        match producer.batches.back() {
            Some(previous) if sequence_after(previous.last_sequence, 1) != first => {
                Err(SequenceError::OutOfOrder)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn record(&mut self, batch: &Batch, base_offset: i64) {
        let used = self.tick();
        let producer = self.entry(batch.producer_id(), batch.producer_epoch(), used);
        if producer.batches.len() == REMEMBERED_BATCHES {
            producer.batches.pop_front();
        }
        producer.batches.push_back(Appended {
            first_sequence: batch.base_sequence(),
            last_sequence: batch.last_sequence(),
            base_offset,
        });
        self.forget_oldest();
    }

    /// Takes over the epoch of a transaction marker, which fences older ones.
    pub(super) fn fence(&mut self, producer_id: i64, epoch: i16) {
        let used = self.tick();
        self.entry(producer_id, epoch, used);
        self.forget_oldest();
    }

    fn entry(&mut self, producer_id: i64, epoch: i16, used: u64) -> &mut Producer {
        let producer = self.by_id.entry(producer_id).or_insert_with(|| Producer {
            epoch,
            batches: VecDeque::new(),
            used,
        });
        if epoch > producer.epoch {
            producer.epoch = epoch;
            producer.batches.clear();
        }
        producer.used = used;
        producer
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn forget_oldest(&mut self) {
        if self.by_id.len() <= MAX_PRODUCERS {
            return;
        }
        if let Some(oldest) = self
            .by_id
            .iter()
            .min_by_key(|(_, producer)| producer.used)
            .map(|(id, _)| *id)
        {
            self.by_id.remove(&oldest);
        }
    }
}
