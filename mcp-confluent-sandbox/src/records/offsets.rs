//! `ListOffsets` and `OffsetForLeaderEpoch`.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{
    ListOffsetsRequest, ListOffsetsResponse, OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
};

use super::fetch::check_leader_epoch;
use crate::broker::{Broker, Call, State};
use crate::security::{Operation, Resource};
use crate::storage::{Found, Isolation};

/// Timestamps that ask for a place instead of a time.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;

impl Broker {
    pub(crate) fn list_offsets(
        &self,
        call: &Call<'_>,
        request: &ListOffsetsRequest,
    ) -> ListOffsetsResponse {
        let state = self.state.lock();
        let isolation = Isolation::from_wire(request.isolation_level);
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|partition| {
                let result = ListOffsetsPartitionResponse::default()
                    .with_partition_index(partition.partition_index);
                match look_up(&state, call, &topic.name, partition, isolation) {
                    Ok(Some(found)) => result
                        .with_offset(found.offset)
                        .with_timestamp(found.timestamp)
                        // There is no place for it in older versions.
                        .with_leader_epoch(if call.version >= 4 { 0 } else { -1 }),
                    Ok(None) => result,
                    Err(code) => result.with_error_code(code.code()),
                }
            });
            ListOffsetsTopicResponse::default()
                .with_name(topic.name.clone())
                .with_partitions(partitions.collect())
        });
        ListOffsetsResponse::default().with_topics(topics.collect())
    }

    pub(crate) fn offset_for_leader_epoch(
        &self,
        call: &Call<'_>,
        request: &OffsetForLeaderEpochRequest,
    ) -> OffsetForLeaderEpochResponse {
        let state = self.state.lock();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|partition| {
                let result = EpochEndOffset::default().with_partition(partition.partition);
                let end = state
                    .authorize(call, Operation::Describe, Resource::Topic(&topic.topic))
                    .and_then(|()| check_leader_epoch(partition.current_leader_epoch))
                    .and_then(|()| state.topics.partition(&topic.topic, partition.partition));
                match end {
                    Ok(log) if partition.leader_epoch == 0 => {
                        result.with_leader_epoch(0).with_end_offset(log.end())
                    }
                    Ok(_) => result.with_leader_epoch(-1).with_end_offset(-1),
                    Err(code) => result
                        .with_error_code(code.code())
                        .with_leader_epoch(-1)
                        .with_end_offset(-1),
                }
            });
            OffsetForLeaderTopicResult::default()
                .with_topic(topic.topic.clone())
                .with_partitions(partitions.collect())
        });
        OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
    }
}

fn look_up(
    state: &State,
    call: &Call<'_>,
    topic: &str,
    partition: &ListOffsetsPartition,
    isolation: Isolation,
) -> Result<Option<Found>, ResponseError> {
    state.authorize(call, Operation::Describe, Resource::Topic(topic))?;
    let log = state.topics.partition(topic, partition.partition_index)?;
    check_leader_epoch(partition.current_leader_epoch)?;
    let limit = log.end_for(isolation);
    let place = |offset| {
        Some(Found {
            offset,
            timestamp: -1,
        })
    };
    Ok(match partition.timestamp {
        LATEST => place(limit),
        EARLIEST | EARLIEST_LOCAL => place(log.start()),
        MAX_TIMESTAMP => log.newest(),
        LATEST_TIERED => None,
        timestamp if timestamp < 0 => return Err(ResponseError::UnsupportedVersion),
        timestamp => log.first_not_older(timestamp, limit),
    })
}
