//! `Produce`.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};
use kafka_protocol::protocol::StrBytes;

use crate::broker::{Broker, Call, Refusal, State, now};
use crate::config::{TimestampType, TopicConfigs};
use crate::security::{Operation, Resource};
use crate::storage::{Batch, Builder, Invalid, Record, SequenceError};

/// Records go into batches of about this many bytes when they do not come over the wire.
const BATCH_BYTES: usize = 256 * 1024;

/// What became of the records for one partition.
struct Appended {
    offset: i64,
    append_time: Option<i64>,
    log_start: i64,
}

/// Why the records for one partition were not appended.
struct Rejected {
    refusal: Refusal,
    /// The record that is to blame.
    record: Option<i32>,
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            record: None,
        }
    }
}

impl From<ResponseError> for Rejected {
    fn from(code: ResponseError) -> Self {
        Refusal::from(code).into()
    }
}

impl From<Invalid> for Rejected {
    fn from(invalid: Invalid) -> Self {
        let (code, message) = match invalid {
            Invalid::Corrupt(message) => (ResponseError::CorruptMessage, message),
            Invalid::Record(message) => (ResponseError::InvalidRecord, message),
            Invalid::Format(message) => (ResponseError::UnsupportedForMessageFormat, message),
        };
        Refusal::new(code, message).into()
    }
}

impl Broker {
    pub(crate) fn produce(&self, call: &Call<'_>, request: &ProduceRequest) -> ProduceResponse {
        let mut state = self.state.lock();
        let transactional_id = request.transactional_id.as_deref();
        let denied = transactional_id.and_then(|id| {
            state
                .authorize(call, Operation::Write, Resource::TransactionalId(id))
                .err()
        });
        let bad_acks = !(-1..=1).contains(&request.acks);
        let refused = denied.or(bad_acks.then_some(ResponseError::InvalidRequiredAcks));
        let mut appended = false;
        let topics = request.topic_data.iter().map(|topic| {
            let partitions = topic.partition_data.iter().map(|partition| {
                let result = PartitionProduceResponse::default()
                    .with_index(partition.index)
                    .with_error_message(None);
                let outcome = match refused {
                    Some(code) => Err(code.into()),
                    None => append(
                        &mut state,
                        call,
                        &topic.name,
                        partition.index,
                        partition.records.as_ref(),
                    ),
                };
                match outcome {
                    Ok(outcome) => {
                        appended = true;
                        result
                            .with_base_offset(outcome.offset)
                            .with_log_append_time_ms(outcome.append_time.unwrap_or(-1))
                            .with_log_start_offset(outcome.log_start)
                    }
                    Err(rejected) => rejected.describe(result),
                }
            });
            TopicProduceResponse::default()
                .with_name(topic.name.clone())
                .with_partition_responses(partitions.collect())
        });
        let response = ProduceResponse::default().with_responses(topics.collect());
        drop(state);
        if appended {
            self.appended.notify_waiters();
        }
        response
    }
}

impl Rejected {
    fn describe(self, result: PartitionProduceResponse) -> PartitionProduceResponse {
        let message = self.refusal.message.map(StrBytes::from_string);
        let records = self.record.map(|index| {
            BatchIndexAndErrorMessage::default()
                .with_batch_index(index)
                .with_batch_index_error_message(message.clone())
        });
        result
            .with_error_code(self.refusal.code.code())
            .with_base_offset(-1)
            .with_log_append_time_ms(-1)
            .with_log_start_offset(-1)
            .with_record_errors(records.into_iter().collect())
            .with_error_message(message)
    }
}

fn append(
    state: &mut State,
    call: &Call<'_>,
    topic: &str,
    index: i32,
    records: Option<&Bytes>,
) -> Result<Appended, Rejected> {
    state.authorize(call, Operation::Write, Resource::Topic(topic))?;
    let configs = match state.topics.get(topic) {
        Some(known) => TopicConfigs::of(state, &known.overrides),
        None => return Err(ResponseError::UnknownTopicOrPartition.into()),
    };
    let log = state.topics.partition(topic, index)?;
    let records = records.filter(|records| !records.is_empty());
    let records = records.ok_or_else(|| {
        Refusal::new(ResponseError::InvalidRecord, "the request holds no records")
    })?;
    let batch = Batch::read(records)?;
    if batch.bytes().len() > configs.max_message_bytes {
        let message = format!(
            "The record batch size in the append to {topic}-{index} is {} bytes which exceeds the maximum configured \
             value of {}.",
            batch.bytes().len(),
            configs.max_message_bytes
        );
        return Err(Refusal::new(ResponseError::MessageTooLarge, message).into());
    }
    check_records(&batch, &configs, topic, index)?;
    match log.check_sequence(&batch) {
        Ok(None) => {}
        Ok(Some(offset)) => {
            return Ok(Appended {
                offset,
                append_time: None,
                log_start: log.start(),
            });
        }
        Err(SequenceError::OutOfOrder) => {
            let message = format!(
                "Out of order sequence number for producer {} at partition {topic}-{index}: {} (incoming seq. number)",
                batch.producer_id(),
                batch.base_sequence()
            );
            return Err(Refusal::new(ResponseError::OutOfOrderSequenceNumber, message).into());
        }
        Err(SequenceError::StaleEpoch) => return Err(ResponseError::InvalidProducerEpoch.into()),
    }
    if batch.is_transactional() {
        state.transactions.check_append(
            batch.producer_id(),
            batch.producer_epoch(),
            topic,
            index,
        )?;
    }
    let append_time = (configs.timestamp_type == TimestampType::LogAppendTime).then(now);
    let offset = state.topics.append(topic, index, &batch, append_time)?;
    let log_start = state.topics.partition(topic, index)?.start();
    Ok(Appended {
        offset,
        append_time,
        log_start,
    })
}

/// Checks what a topic's settings say about its records.
fn check_records(
    batch: &Batch,
    configs: &TopicConfigs,
    topic: &str,
    index: i32,
) -> Result<(), Rejected> {
    if configs.timestamp_type == TimestampType::CreateTime && batch.max_timestamp() >= 0 {
        let latest = now().saturating_add(configs.timestamp_after_max_ms);
        let earliest = now().saturating_sub(configs.timestamp_before_max_ms);
        if batch.max_timestamp() > latest || batch.base_timestamp() < earliest {
            let message = format!(
                "Timestamp {} of message with offset 0 is out of range. The timestamp should be within [{earliest}, \
                 {latest}]",
                batch.max_timestamp()
            );
            let refusal = Refusal::new(ResponseError::InvalidTimestamp, message);
            return Err(Rejected {
                refusal,
                record: Some(0),
            });
        }
    }
    if configs.compacted && !batch.is_compressed() {
        let keyless = batch
            .records()
            .flatten()
            .zip(0..)
            .find(|(record, _)| !record.has_key);
        if let Some((_, record)) = keyless {
            let message = format!(
                "Compacted topic cannot accept message without key in topic partition {topic}-{index}."
            );
            let refusal = Refusal::new(ResponseError::InvalidRecord, message);
            return Err(Rejected {
                refusal,
                record: Some(record),
            });
        }
    }
    Ok(())
}

/// Appends records that did not come over the wire and gives the offset of the first.
pub(crate) fn append_records(
    state: &mut State,
    topic: &str,
    index: i32,
    records: &[Record],
) -> Result<i64, Refusal> {
    let first_offset = state.topics.partition(topic, index)?.end();
    let now = now();
    let mut records = records.iter().peekable();
    while let Some(first) = records.peek() {
        let mut builder = Builder::new(first.timestamp.unwrap_or(now));
        while let Some(record) = records.next_if(|_| builder.len() < BATCH_BYTES) {
            let timestamp = record.timestamp.unwrap_or(now);
            builder.push(
                timestamp,
                record.key.as_deref(),
                record.value.as_deref(),
                &record.headers,
            );
        }
        state.topics.append(topic, index, &builder.finish(), None)?;
    }
    Ok(first_offset)
}
