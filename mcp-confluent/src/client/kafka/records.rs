//! Records, as they are read and written.

/// One header of a record. The same name may occur several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value; `None` is Kafka's null.
    pub value: Option<Vec<u8>>,
}

/// Who set a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer.
    CreateTime,
    /// The broker, when it appended the record.
    LogAppendTime,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset within the partition.
    pub offset: i64,
    /// Milliseconds since 1970; `None` where the record has none.
    pub timestamp_ms: Option<i64>,
    /// Who set the timestamp.
    pub timestamp_type: Option<TimestampType>,
    /// The key; `None` is Kafka's null, which is not the empty key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers, in their order.
    pub headers: Vec<Header>,
}

impl Record {
    /// About how much memory the record takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|h| h.name.len() + h.value.as_ref().map_or(0, Vec::len))
            .sum();
        size_of::<Self>()
            + self.key.as_ref().map_or(0, Vec::len)
            + self.value.as_ref().map_or(0, Vec::len)
            + headers
    }
}

/// A record to write.
#[derive(Debug, Clone, Default)]
pub struct NewRecord {
    /// Topic.
    pub topic: String,
    /// Partition; by the key, or any where there is none, if left out.
    pub partition: Option<i32>,
    /// The key; `None` is Kafka's null.
    pub key: Option<Vec<u8>>,
    /// The value; `None` writes a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers, in their order.
    pub headers: Vec<Header>,
    /// Milliseconds since 1970; now if left out. Zero cannot be written: librdkafka takes it for
    /// "now".
    pub timestamp_ms: Option<i64>,
}

/// Where a record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Partition.
    pub partition: i32,
    /// Offset within the partition.
    pub offset: i64,
    /// Milliseconds since 1970 that the broker keeps for the record.
    pub timestamp_ms: Option<i64>,
}
