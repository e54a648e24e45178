//! `Fetch`: answered when there is enough to read, or when the reader has waited long enough.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::FetchPartition;
use kafka_protocol::messages::fetch_response::{
    AbortedTransaction, FetchableTopicResponse, PartitionData,
};
use kafka_protocol::messages::{BrokerId, FetchRequest, FetchResponse, ProducerId};
use tokio::time::{Instant, timeout_at};

use crate::broker::{Broker, Call, State};
use crate::security::{Operation, Resource};
use crate::storage::Isolation;

/// What one answer holds at most (`fetch.max.bytes` of the broker).
const MAX_BYTES: i32 = 55 * 1024 * 1024;
/// A reader waits no longer than this, whatever it asks for.
const MAX_WAIT: Duration = Duration::from_mins(10);

impl Broker {
    pub(crate) async fn fetch(&self, call: &Call<'_>, request: &FetchRequest) -> FetchResponse {
        if request.session_id != 0 {
            // Answers never open a session (KIP-227), so there is none to continue.
            return FetchResponse::default()
                .with_error_code(ResponseError::FetchSessionIdNotFound.code());
        }
        let wait =
            Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(MAX_WAIT);
        let deadline = Instant::now() + wait;
        let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
        loop {
            let appended = self.appended.notified();
            tokio::pin!(appended);
            // Registered before reading, so that what is appended in between is not missed.
            appended.as_mut().enable();
            let answer = read(&self.state.lock(), call, request);
            let done = answer.bytes >= min_bytes || answer.failed || Instant::now() >= deadline;
            if done || timeout_at(deadline, appended).await.is_err() {
                return answer.response;
            }
        }
    }
}

struct Answer {
    response: FetchResponse,
    bytes: usize,
    failed: bool,
}

fn read(state: &State, call: &Call<'_>, request: &FetchRequest) -> Answer {
    let isolation = Isolation::from_wire(request.isolation_level);
    let mut room = usize::try_from(request.max_bytes.min(MAX_BYTES)).unwrap_or(0);
    let mut answer = Answer {
        response: FetchResponse::default(),
        bytes: 0,
        failed: false,
    };
    for topic in &request.topics {
        let mut result = FetchableTopicResponse::default().with_topic(topic.topic.clone());
        for partition in &topic.partitions {
            let data = match read_partition(
                state,
                call,
                &topic.topic,
                partition,
                isolation,
                room,
                answer.bytes == 0,
            ) {
                Ok(data) => data,
                Err(code) => {
                    answer.failed = true;
                    failed(code)
                }
            };
            let bytes = data.records.as_ref().map_or(0, Bytes::len);
            room = room.saturating_sub(bytes);
            answer.bytes += bytes;
            result
                .partitions
                .push(data.with_partition_index(partition.partition));
        }
        answer.response.responses.push(result);
    }
    answer
}

fn failed(code: ResponseError) -> PartitionData {
    PartitionData::default()
        .with_error_code(code.code())
        .with_high_watermark(-1)
        .with_last_stable_offset(-1)
        .with_log_start_offset(-1)
        .with_preferred_read_replica(BrokerId(-1))
        .with_records(Some(Bytes::new()))
}

fn read_partition(
    state: &State,
    call: &Call<'_>,
    topic: &str,
    partition: &FetchPartition,
    isolation: Isolation,
    room: usize,
    first: bool,
) -> Result<PartitionData, ResponseError> {
    state.authorize(call, Operation::Read, Resource::Topic(topic))?;
    let log = state.topics.partition(topic, partition.partition)?;
    check_leader_epoch(partition.current_leader_epoch)?;
    let offset = partition.fetch_offset;
    if !(log.start()..=log.end()).contains(&offset) {
        return Err(ResponseError::OffsetOutOfRange);
    }
    let limit = log.end_for(isolation);
    let max_bytes = usize::try_from(partition.partition_max_bytes)
        .unwrap_or(0)
        .min(room);
    let (records, next) = log.read(offset, limit, max_bytes, first);
    let aborted = (isolation == Isolation::ReadCommitted).then(|| {
        let aborted = log.aborted_between(offset, next).into_iter();
        let aborted = aborted.map(|it| {
            AbortedTransaction::default()
                .with_producer_id(ProducerId(it.producer_id))
                .with_first_offset(it.first_offset)
        });
        aborted.collect()
    });
    Ok(PartitionData::default()
        .with_high_watermark(log.end())
        .with_last_stable_offset(log.last_stable_offset())
        .with_log_start_offset(log.start())
        .with_aborted_transactions(aborted)
        .with_preferred_read_replica(BrokerId(-1))
        .with_records(Some(records)))
}

/// The leader of every partition is in epoch 0, for ever.
pub(super) fn check_leader_epoch(epoch: i32) -> Result<(), ResponseError> {
    if epoch > 0 {
        Err(ResponseError::UnknownLeaderEpoch)
    } else {
        Ok(())
    }
}
