//! Writing record batches: for records that do not come over the wire, and the markers that end
//! transactions.

use bytes::{BufMut, BytesMut};

use super::batch::{BEFORE_LENGTH, Batch, CHECKED_FROM, CONTROL, HEADER, TRANSACTIONAL};
use super::record::Header;

fn put_varint(bytes: &mut BytesMut, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        bytes.put_u8(u8::try_from(rest & 0x7f).unwrap_or_default() | 0x80);
        rest >>= 7;
    }
    bytes.put_u8(u8::try_from(rest).unwrap_or_default());
}

fn put_nullable(bytes: &mut BytesMut, value: Option<&[u8]>) {
    match value {
        None => put_varint(bytes, -1),
        Some(value) => {
            put_varint(bytes, i64::try_from(value.len()).unwrap_or_default());
            bytes.put_slice(value);
        }
    }
}

/// What a control record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ControlKind {
    Abort,
    Commit,
}

/// Writes a batch.
#[derive(Debug)]
pub(crate) struct Builder {
    records: BytesMut,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
    attributes: i16,
    producer: (i64, i16),
    sequence: i32,
}

impl Builder {
    /// A batch of records without compression; `first_timestamp` is that of its first record.
    pub(crate) fn new(first_timestamp: i64) -> Self {
        Self {
            records: BytesMut::new(),
            count: 0,
            base_timestamp: first_timestamp,
            max_timestamp: first_timestamp,
            attributes: 0,
            producer: (-1, -1),
            sequence: -1,
        }
    }

    /// The batch that ends a transaction in one partition.
    pub(crate) fn control(
        kind: ControlKind,
        timestamp: i64,
        producer_id: i64,
        producer_epoch: i16,
    ) -> Batch {
        let mut builder = Self::new(timestamp);
        builder.attributes = TRANSACTIONAL | CONTROL;
        builder.producer = (producer_id, producer_epoch);
        let key = match kind {
            ControlKind::Abort => [0, 0, 0, 0],
            ControlKind::Commit => [0, 0, 0, 1],
        };
        // Version 0 and the coordinator's epoch.
        let value = [0_u8; 6];
        builder.push(timestamp, Some(&key), Some(&value), &[]);
        builder.finish()
    }

    /// A batch of an idempotent producer.
    #[cfg(test)]
    pub(crate) fn by_producer(id: i64, epoch: i16, sequence: i32) -> Self {
        let mut builder = Self::new(0);
        builder.producer = (id, epoch);
        builder.sequence = sequence;
        builder
    }

    pub(crate) fn push(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) {
        let mut record = BytesMut::new();
        record.put_u8(0);
        put_varint(&mut record, timestamp.saturating_sub(self.base_timestamp));
        put_varint(&mut record, i64::from(self.count));
        put_nullable(&mut record, key);
        put_nullable(&mut record, value);
        put_varint(
            &mut record,
            i64::try_from(headers.len()).unwrap_or_default(),
        );
        for (name, value) in headers {
            put_nullable(&mut record, Some(name.as_bytes()));
            put_nullable(&mut record, value.as_deref());
        }
        put_varint(
            &mut self.records,
            i64::try_from(record.len()).unwrap_or_default(),
        );
        self.records.put_slice(&record);
        self.count += 1;
        self.max_timestamp = self.max_timestamp.max(timestamp);
    }

    /// The bytes of the records so far.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn finish(self) -> Batch {
        let mut bytes = BytesMut::with_capacity(HEADER + self.records.len());
        bytes.put_i64(0);
        bytes.put_i32(
            i32::try_from(HEADER - BEFORE_LENGTH + self.records.len()).unwrap_or(i32::MAX),
        );
        bytes.put_i32(0);
        bytes.put_i8(2);
        bytes.put_u32(0);
        bytes.put_i16(self.attributes);
        bytes.put_i32(self.count - 1);
        bytes.put_i64(self.base_timestamp);
        bytes.put_i64(self.max_timestamp);
        bytes.put_i64(self.producer.0);
        bytes.put_i16(self.producer.1);
        bytes.put_i32(self.sequence);
        bytes.put_i32(self.count);
        bytes.put_slice(&self.records);
        let checksum = crc32c::crc32c(&bytes[CHECKED_FROM..]);
        bytes[17..21].copy_from_slice(&checksum.to_be_bytes());
        Batch {
            bytes: bytes.freeze(),
        }
    }
}
