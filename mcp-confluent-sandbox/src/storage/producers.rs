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

#[cfg(test)]
mod tests {
    use super::super::Builder;
    use super::*;

    fn batch(epoch: i16, sequence: i32, count: usize) -> Batch {
        let mut builder = Builder::by_producer(7, epoch, sequence);
        for _ in 0..count {
            builder.push(0, None, Some(b"value"), &[]);
        }
        builder.finish()
    }

    fn after(batches: &[Batch]) -> Producers {
        let mut producers = Producers::default();
        for (offset, batch) in (0..).zip(batches) {
            producers.record(batch, offset);
        }
        producers
    }

    #[test]
    fn sequences_have_to_go_on() {
        let producers = after(&[batch(0, 0, 3), batch(0, 3, 1)]);
        assert_eq!(producers.check(&batch(0, 4, 2)), Ok(None));
        for wrong in [5, 3, 2] {
            assert_eq!(
                producers.check(&batch(0, wrong, 2)),
                Err(SequenceError::OutOfOrder),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_batch_that_comes_again_has_its_first_offset() {
        let batches: Vec<_> = (0..7).map(|sequence| batch(0, sequence, 1)).collect();
        let producers = after(&batches);
        assert_eq!(producers.check(&batches[2]), Ok(Some(2)));
        assert_eq!(producers.check(&batches[6]), Ok(Some(6)));
        // Only as many are remembered as can be in flight.
        assert_eq!(producers.check(&batches[1]), Err(SequenceError::OutOfOrder));
    }

    #[test]
    fn a_new_epoch_starts_again_and_fences_the_old_one() {
        let producers = after(&[batch(0, 0, 5), batch(1, 0, 1)]);
        assert_eq!(producers.check(&batch(1, 1, 1)), Ok(None));
        assert_eq!(producers.check(&batch(2, 0, 1)), Ok(None));
        assert_eq!(
            producers.check(&batch(2, 9, 1)),
            Err(SequenceError::OutOfOrder)
        );
        assert_eq!(
            producers.check(&batch(0, 5, 1)),
            Err(SequenceError::StaleEpoch)
        );
    }

    #[test]
    fn of_an_unknown_producer_every_sequence_is_taken() {
        assert_eq!(Producers::default().check(&batch(0, 42, 1)), Ok(None));
    }
}
