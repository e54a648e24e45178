//! Record batches of format 2 (<https://kafka.apache.org/documentation/#recordbatch>).
//!
//! A batch is kept as it came; only the fields that a broker assigns are written into it. Records
//! are read one by one where the broker has to look at them, and only when they are not compressed.

use bytes::{Bytes, BytesMut};

/// The bytes before the first record.
pub(super) const HEADER: usize = 61;
/// The bytes before those that the batch's own length counts.
pub(super) const BEFORE_LENGTH: usize = 12;
/// What the checksum covers starts here.
pub(super) const CHECKED_FROM: usize = 21;

const COMPRESSION: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
pub(super) const TRANSACTIONAL: i16 = 0x10;
pub(super) const CONTROL: i16 = 0x20;

/// Why records cannot be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// The bytes are damaged: `CORRUPT_MESSAGE`.
    Corrupt(String),
    /// The bytes are a batch that no broker takes: `INVALID_RECORD`.
    Record(String),
    /// An older format: `UNSUPPORTED_FOR_MESSAGE_FORMAT`.
    Format(String),
}

/// What the broker needs to know of a record that it does not rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Glance {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) has_key: bool,
}

/// One complete batch.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(super) bytes: Bytes,
}

impl Batch {
    /// Reads what a producer sent for one partition, which has to be exactly one batch.
    pub(crate) fn read(bytes: &Bytes) -> Result<Self, Invalid> {
        if bytes.len() < HEADER {
            let format = bytes.get(16).copied().unwrap_or(2);
            return Err(if format < 2 {
                old_format(format)
            } else {
                Invalid::Corrupt("the batch is cut short".into())
            });
        }
        if bytes[16] != 2 {
            return Err(old_format(bytes[16]));
        }
        let batch = Self {
            bytes: bytes.clone(),
        };
        let length = usize::try_from(batch.i32_at(8))
            .map_err(|_| Invalid::Corrupt("the batch's length is negative".into()))?;
        let complete = length.saturating_add(BEFORE_LENGTH);
        if complete > bytes.len() || complete < HEADER {
            return Err(Invalid::Corrupt(
                "the batch's length does not fit its bytes".into(),
            ));
        }
        if complete < bytes.len() {
            return Err(Invalid::Record(
                "a produce request holds exactly one batch for each partition".into(),
            ));
        }
        if batch.checksum() != crc32c::crc32c(&bytes[CHECKED_FROM..]) {
            return Err(Invalid::Corrupt("the batch's checksum is wrong".into()));
        }
        let (count, last) = (batch.i32_at(57), batch.i32_at(23));
        if count < 1 || last != count - 1 {
            return Err(Invalid::Record(format!(
                "{count} records end at offset delta {last}"
            )));
        }
        if batch.is_control() {
            return Err(Invalid::Record(
                "clients are not allowed to write control records".into(),
            ));
        }
        if batch.compression() > 4 {
            return Err(Invalid::Record(format!(
                "unknown compression type {}",
                batch.compression()
            )));
        }
        if !batch.is_compressed() {
            batch.check_records(count)?;
        }
        Ok(batch)
    }

    fn check_records(&self, count: i32) -> Result<(), Invalid> {
        let mut expected = 0..i64::from(count);
        let base = self.base_offset();
        for record in self.records() {
            let record = record.ok_or_else(|| Invalid::Record("a record is cut short".into()))?;
            if expected.next() != record.offset.checked_sub(base) {
                return Err(Invalid::Record(
                    "offsets in the batch are not consecutive".into(),
                ));
            }
        }
        if expected.is_empty() {
            Ok(())
        } else {
            Err(Invalid::Record(
                "the batch holds fewer records than it says".into(),
            ))
        }
    }

    /// The batch with the fields that the broker assigns: base offset, leader epoch and, for topics
    /// that keep the time of appending, that time.
    ///
    /// The bytes are copied, so that a batch does not keep the whole request in memory.
    pub(crate) fn stored_at(&self, base_offset: i64, append_time: Option<i64>) -> Self {
        let mut bytes = BytesMut::from(&self.bytes[..]);
        bytes[..8].copy_from_slice(&base_offset.to_be_bytes());
        bytes[12..16].copy_from_slice(&0_i32.to_be_bytes());
        if let Some(time) = append_time {
            let attributes = self.attributes() | LOG_APPEND_TIME;
            bytes[21..23].copy_from_slice(&attributes.to_be_bytes());
            bytes[35..43].copy_from_slice(&time.to_be_bytes());
            let checksum = crc32c::crc32c(&bytes[CHECKED_FROM..]);
            bytes[17..21].copy_from_slice(&checksum.to_be_bytes());
        }
        Self {
            bytes: bytes.freeze(),
        }
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(crate) fn base_offset(&self) -> i64 {
        self.i64_at(0)
    }

    pub(crate) fn last_offset(&self) -> i64 {
        self.base_offset()
            .saturating_add(i64::from(self.i32_at(23)))
    }

    pub(crate) fn base_timestamp(&self) -> i64 {
        self.i64_at(27)
    }

    pub(crate) fn max_timestamp(&self) -> i64 {
        self.i64_at(35)
    }

    pub(crate) fn producer_id(&self) -> i64 {
        self.i64_at(43)
    }

    pub(crate) fn producer_epoch(&self) -> i16 {
        i16::from_be_bytes([self.bytes[51], self.bytes[52]])
    }

    pub(crate) fn base_sequence(&self) -> i32 {
        self.i32_at(53)
    }

    pub(crate) fn last_sequence(&self) -> i32 {
        sequence_after(self.base_sequence(), self.i32_at(23))
    }

    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes() & TRANSACTIONAL != 0
    }

    pub(crate) fn is_control(&self) -> bool {
        self.attributes() & CONTROL != 0
    }

    pub(crate) fn is_compressed(&self) -> bool {
        self.compression() != 0
    }

    /// The records, or nothing that can be trusted if they are compressed. `None` is a record that
    /// cannot be read; it is the last item.
    pub(crate) fn records(&self) -> impl Iterator<Item = Option<Glance>> {
        let base = self.base_offset();
        let base_timestamp = self.base_timestamp();
        let append_time = (self.attributes() & LOG_APPEND_TIME != 0).then(|| self.max_timestamp());
        let mut rest = &self.bytes[HEADER..];
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let record = read_record(&mut rest);
            if record.is_none() {
                rest = &[];
            }
            Some(
                record.map(|(timestamp_delta, offset_delta, has_key)| Glance {
                    offset: base.saturating_add(offset_delta),
                    timestamp: append_time
                        .unwrap_or_else(|| base_timestamp.saturating_add(timestamp_delta)),
                    has_key,
                }),
            )
        })
    }

    fn attributes(&self) -> i16 {
        i16::from_be_bytes([self.bytes[21], self.bytes[22]])
    }

    fn compression(&self) -> i16 {
        self.attributes() & COMPRESSION
    }

    fn checksum(&self) -> u32 {
        self.i32_at(17).cast_unsigned()
    }

    fn i32_at(&self, at: usize) -> i32 {
        i32::from_be_bytes([
            self.bytes[at],
            self.bytes[at + 1],
            self.bytes[at + 2],
            self.bytes[at + 3],
        ])
    }

    fn i64_at(&self, at: usize) -> i64 {
        (i64::from(self.i32_at(at)) << 32) | i64::from(self.i32_at(at + 4).cast_unsigned())
    }
}

fn old_format(format: u8) -> Invalid {
    Invalid::Format(format!(
        "record batches of format {format} are not taken, only of format 2"
    ))
}

/// The sequence number `count` records after `sequence`; they wrap to 0.
pub(crate) fn sequence_after(sequence: i32, count: i32) -> i32 {
    let sum = i64::from(sequence) + i64::from(count);
    let wrapped = sum % (i64::from(i32::MAX) + 1);
    i32::try_from(wrapped).unwrap_or(0)
}

/// Reads one record: its timestamp delta, its offset delta and whether it has a key.
fn read_record(rest: &mut &[u8]) -> Option<(i64, i64, bool)> {
    let length = usize::try_from(varint(rest)?).ok()?;
    let (mut record, after) = rest.split_at_checked(length)?;
    *rest = after;
    record.split_off_first()?;
    let timestamp_delta = varint(&mut record)?;
    let offset_delta = varint(&mut record)?;
    let has_key = skip_nullable(&mut record)?;
    skip_nullable(&mut record)?;
    for _ in 0..u32::try_from(varint(&mut record)?).ok()? {
        let name = usize::try_from(varint(&mut record)?).ok()?;
        record = record.split_at_checked(name)?.1;
        skip_nullable(&mut record)?;
    }
    record
        .is_empty()
        .then_some((timestamp_delta, offset_delta, has_key))
}

/// Skips bytes that may be null and says whether they were there.
fn skip_nullable(rest: &mut &[u8]) -> Option<bool> {
    match varint(rest)? {
        -1 => Some(false),
        length => {
            *rest = rest.split_at_checked(usize::try_from(length).ok()?)?.1;
            Some(true)
        }
    }
}

/// A zigzag-encoded number of up to ten bytes.
fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = *rest.split_off_first()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Builder, ControlKind};

    fn two_records() -> Batch {
        let mut builder = Builder::new(1000);
        builder.push(
            1000,
            Some(b"k"),
            Some(b"v"),
            &[("h".into(), Some(b"1".to_vec())), ("h".into(), None)],
        );
        builder.push(990, None, None, &[]);
        builder.finish()
    }

    #[test]
    fn a_written_batch_is_read_back() {
        let batch = Batch::read(two_records().bytes())
            .expect("readable")
            .stored_at(7, None);
        assert_eq!(
            (
                batch.base_offset(),
                batch.last_offset(),
                batch.max_timestamp()
            ),
            (7, 8, 1000)
        );
        let records: Vec<_> = batch
            .records()
            .map(|record| record.expect("readable"))
            .collect();
        assert_eq!(
            records,
            [
                Glance {
                    offset: 7,
                    timestamp: 1000,
                    has_key: true
                },
                Glance {
                    offset: 8,
                    timestamp: 990,
                    has_key: false
                },
            ]
        );
    }

    #[test]
    fn the_time_of_appending_replaces_the_records_times_and_keeps_the_checksum_right() {
        let stored = two_records().stored_at(0, Some(5000));
        assert!(
            stored
                .records()
                .all(|record| record.is_some_and(|record| record.timestamp == 5000))
        );
        assert!(Batch::read(stored.bytes()).is_ok());
    }

    #[test]
    fn a_damaged_batch_is_refused() {
        let good = two_records();
        for at in CHECKED_FROM..good.bytes().len() {
            let mut bytes = BytesMut::from(&good.bytes()[..]);
            bytes[at] ^= 1;
            assert!(Batch::read(&bytes.freeze()).is_err(), "byte {at}");
        }
        for cut in 0..good.bytes().len() {
            assert!(
                Batch::read(&good.bytes().slice(..cut)).is_err(),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn two_batches_and_control_batches_are_refused() {
        let good = two_records();
        let twice = Bytes::from([&good.bytes()[..], good.bytes()].concat());
        assert!(matches!(Batch::read(&twice), Err(Invalid::Record(_))));
        let control = Builder::control(ControlKind::Commit, 1, 5, 0);
        assert!(matches!(
            Batch::read(control.bytes()),
            Err(Invalid::Record(_))
        ));
    }

    #[test]
    fn sequence_numbers_wrap_to_zero() {
        assert_eq!(sequence_after(5, 3), 8);
        assert_eq!(sequence_after(i32::MAX, 1), 0);
        assert_eq!(sequence_after(i32::MAX - 1, 3), 1);
    }
}
