//! Reading partitions without a consumer group.
//!
//! This is librdkafka's simple consumer: it fetches the partitions it is told to, from the offsets
//! it is told to. It needs no `group.id`, finds no coordinator, and commits nothing, so a group cannot
//! appear. The consumer interface that `rdkafka` wraps has all three.

use std::{collections::HashMap, ffi::c_int, ptr, time::Duration};

use rdkafka::{bindings as rd, consumer::Consumer as _};

use super::{Fault, Owned, c_string, code_at, text};
use crate::client::kafka::{
    error::Code,
    reader::Reader,
    records::{Header, Record, TimestampType},
};

/// What came next.
pub(in super::super) enum Polled {
    /// A record.
    Record(Record),
    /// The end of a partition: nothing follows before this offset.
    End {
        topic: String,
        partition: i32,
        offset: i64,
    },
    /// The partition cannot be read.
    Failed { topic: String, fault: Fault },
}

/// The partitions being read through one client; reading stops when it is dropped.
pub(in super::super) struct Session<'a> {
    reader: &'a Reader,
    // Partitions are stopped before their topic goes, and topics before the queue: see `Drop`.
    started: Vec<(String, i32)>,
    topics: HashMap<String, Owned<rd::rd_kafka_topic_t>>,
    queue: Owned<rd::rd_kafka_queue_t>,
}

impl<'a> Session<'a> {
    pub(in super::super) fn new(reader: &'a Reader) -> Result<Self, Fault> {
        // SAFETY: the client lives as long as `reader`, which the session borrows; the queue is ours.
        let queue = unsafe {
            Owned::new(
                rd::rd_kafka_queue_new(reader.consumer.client().native_ptr()),
                rd::rd_kafka_queue_destroy,
            )
        };
        let queue = queue.ok_or_else(|| Fault::invalid("no queue to read into"))?;
        Ok(Self {
            reader,
            started: Vec::new(),
            topics: HashMap::new(),
            queue,
        })
    }

    /// Begins to fetch a partition at `offset`.
    pub(in super::super) fn start(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> Result<(), Fault> {
        if !self.topics.contains_key(topic) {
            let name = c_string(topic)?;
            // SAFETY: the client is alive, a null configuration means the default one, and the name
            // is copied; the topic is ours.
            let handle = unsafe {
                Owned::new(
                    rd::rd_kafka_topic_new(
                        self.reader.consumer.client().native_ptr(),
                        name.as_ptr(),
                        ptr::null_mut(),
                    ),
                    rd::rd_kafka_topic_destroy,
                )
            };
            let handle =
                handle.ok_or_else(|| Fault::invalid(format!("`{topic}` is not a topic name")))?;
            self.topics.insert(topic.to_owned(), handle);
        }
        // SAFETY: topic and queue are alive; the partition is stopped before either goes.
        let result = unsafe {
            rd::rd_kafka_consume_start_queue(
                self.topics[topic].pointer,
                partition,
                offset,
                self.queue.pointer,
            )
        };
        if result != 0 {
            return Err(Fault::invalid(format!(
                "partition {partition} of topic `{topic}` cannot be read from offset {offset}"
            )));
        }
        self.started.push((topic.to_owned(), partition));
        Ok(())
    }

    /// Stops fetching a partition, so that nothing more of it arrives.
    pub(in super::super) fn stop(&mut self, topic: &str, partition: i32) {
        self.started
            .retain(|(t, p)| !(t == topic && *p == partition));
        if let Some(handle) = self.topics.get(topic) {
            // SAFETY: the topic is alive; the call waits for the client's own thread only, which
            // answers at once whatever the broker does.
            unsafe { rd::rd_kafka_consume_stop(handle.pointer, partition) };
        }
    }

    /// The next record or event, or `None` when nothing came within `wait`.
    pub(in super::super) fn poll(&self, wait: Duration) -> Option<Polled> {
        let wait = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the queue is alive, and the message is ours.
        let message = unsafe {
            Owned::new(
                rd::rd_kafka_consume_queue(self.queue.pointer, wait),
                rd::rd_kafka_message_destroy,
            )
        }?;
        // SAFETY: the message lives until the end of this function; everything taken is copied.
        Some(unsafe { polled(message.pointer) })
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        for (topic, partition) in self.started.drain(..) {
            if let Some(handle) = self.topics.get(&topic) {
                // SAFETY: the topic is alive until the fields are dropped, after this.
                unsafe { rd::rd_kafka_consume_stop(handle.pointer, partition) };
            }
        }
    }
}

/// # Safety
/// `message` must be valid.
unsafe fn polled(message: *mut rd::rd_kafka_message_t) -> Polled {
    // SAFETY: the caller's promise; an error code is read through its own field, see `code_at`.
    unsafe {
        let topic = if (*message).rkt.is_null() {
            String::new()
        } else {
            text(rd::rd_kafka_topic_name((*message).rkt)).unwrap_or_default()
        };
        let (partition, offset) = ((*message).partition, (*message).offset);
        match code_at(&raw const (*message).err) {
            Code::NONE => {}
            Code::PARTITION_END => {
                return Polled::End {
                    topic,
                    partition,
                    offset,
                };
            }
            code => {
                // The text of an error takes the place of the payload.
                let message = bytes((*message).payload.cast(), (*message).len)
                    .map(|text| String::from_utf8_lossy(&text).into_owned());
                return Polled::Failed {
                    topic,
                    fault: Fault { code, message },
                };
            }
        }
        let mut kind = rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        let timestamp = rd::rd_kafka_message_timestamp(message, &raw mut kind);
        let timestamp_type = match kind {
            rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_CREATE_TIME => {
                Some(TimestampType::CreateTime)
            }
            rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME => {
                Some(TimestampType::LogAppendTime)
            }
            rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE => None,
        };
        Polled::Record(Record {
            topic,
            partition,
            offset,
            timestamp_ms: (timestamp >= 0 && timestamp_type.is_some()).then_some(timestamp),
            timestamp_type,
            key: bytes((*message).key.cast(), (*message).key_len),
            value: bytes((*message).payload.cast(), (*message).len),
            headers: headers(message),
        })
    }
}

/// A copy of a key, value or header value; `None` for a null pointer, which is what Kafka's null is.
///
/// # Safety
/// `pointer` must be null or point to `length` readable bytes.
unsafe fn bytes(pointer: *const u8, length: usize) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    (!pointer.is_null()).then(|| unsafe { std::slice::from_raw_parts(pointer, length) }.to_vec())
}

/// # Safety
/// `message` must be valid.
unsafe fn headers(message: *const rd::rd_kafka_message_t) -> Vec<Header> {
    let mut list = ptr::null_mut();
    let mut headers = Vec::new();
    // SAFETY: the caller's promise; the list belongs to the message, and so do names and values,
    // which are copied. Both functions return only codes of librdkafka's own.
    unsafe {
        let none = rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
        if rd::rd_kafka_message_headers(message, &raw mut list) != none {
            return headers;
        }
        let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
        while rd::rd_kafka_header_get_all(
            list,
            headers.len(),
            &raw mut name,
            &raw mut value,
            &raw mut size,
        ) == none
        {
            headers.push(Header {
                name: text(name).unwrap_or_default(),
                value: bytes(value.cast(), size),
            });
        }
    }
    headers
}
