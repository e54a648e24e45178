//! Lists of partitions.

use std::{ffi::c_int, slice};

use rdkafka::bindings as rd;

use super::{Fault, Owned, c_string, code_at, text};
use crate::client::kafka::error::Code;

/// A list of partitions this side owns.
pub(super) struct PartitionList(Owned<rd::rd_kafka_topic_partition_list_t>);

impl PartitionList {
    /// A list with an offset for each partition.
    pub(super) fn new<'a>(
        entries: impl ExactSizeIterator<Item = (&'a str, i32, i64)>,
    ) -> Result<Self, Fault> {
        let size = c_int::try_from(entries.len()).unwrap_or(c_int::MAX);
        // SAFETY: the list is ours from here on.
        let list = unsafe {
            Owned::new(
                rd::rd_kafka_topic_partition_list_new(size),
                rd::rd_kafka_topic_partition_list_destroy,
            )
        };
        let list = Self(list.ok_or_else(|| Fault::invalid("no room for the list of partitions"))?);
        for (topic, partition, offset) in entries {
            let topic = c_string(topic)?;
            // SAFETY: the list is alive; the topic's name is copied; the new entry stays valid until
            // the next one is added.
            unsafe {
                let entry = rd::rd_kafka_topic_partition_list_add(
                    list.0.pointer,
                    topic.as_ptr(),
                    partition,
                );
                (*entry).offset = offset;
            }
        }
        Ok(list)
    }

    pub(super) fn pointer(&self) -> *mut rd::rd_kafka_topic_partition_list_t {
        self.0.pointer
    }
}

/// One entry of a list that librdkafka returned.
pub(super) struct Entry<'a>(pub(super) &'a rd::rd_kafka_topic_partition_t);

impl Entry<'_> {
    pub(super) fn topic(&self) -> String {
        // SAFETY: the name of an entry is a C string that lives as long as the entry.
        unsafe { text(self.0.topic) }.unwrap_or_default()
    }

    pub(super) fn code(&self) -> Code {
        // SAFETY: a field of a living entry.
        unsafe { code_at(&raw const self.0.err) }
    }

    /// What the consumer saved beside the offset; `None` where there is nothing.
    pub(super) fn metadata(&self) -> Option<String> {
        if self.0.metadata.is_null() || self.0.metadata_size == 0 {
            return None;
        }
        // SAFETY: librdkafka gives the length of the bytes the pointer leads to.
        let bytes =
            unsafe { slice::from_raw_parts(self.0.metadata.cast::<u8>(), self.0.metadata_size) };
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The leader epoch of the offset; `None` where it is unknown.
    pub(super) fn leader_epoch(&self) -> Option<i32> {
        // SAFETY: a living entry, which is only read.
        let epoch = unsafe { rd::rd_kafka_topic_partition_get_leader_epoch(self.0) };
        (epoch >= 0).then_some(epoch)
    }
}

/// The entries of a list that librdkafka returned.
///
/// # Safety
/// `list` must be null or valid for `'a`.
pub(super) unsafe fn entries<'a>(
    list: *const rd::rd_kafka_topic_partition_list_t,
) -> impl Iterator<Item = Entry<'a>> {
    let entries: &'a [_] = if list.is_null() {
        &[]
    } else {
        // SAFETY: the caller's promise; `cnt` is the number of entries in `elems`.
        unsafe {
            super::items(
                (*list).elems,
                usize::try_from((*list).cnt).unwrap_or_default(),
            )
        }
    };
    entries.iter().map(Entry)
}
