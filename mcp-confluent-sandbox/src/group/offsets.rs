//! `OffsetCommit`, `OffsetFetch`, `OffsetDelete` and `TxnOffsetCommit`.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
    OffsetFetchRequest, OffsetFetchResponse, TopicName, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
};
use kafka_protocol::protocol::StrBytes;
use tokio::time::Instant;

use super::{Group, Phase, Place};
use crate::broker::{Broker, Call, State};
use crate::security::{Operation, Resource};
use crate::topics::topic_name;

/// The longest text that goes with an offset (`offset.metadata.max.bytes`).
const MAX_METADATA: usize = 4096;

/// An offset that a group has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: String,
}

impl Committed {
    pub(crate) fn at(offset: i64) -> Self {
        Self {
            offset,
            leader_epoch: -1,
            metadata: String::new(),
        }
    }

    /// What is answered where nothing is committed.
    fn nothing() -> Self {
        Self::at(-1)
    }
}

/// An offset to commit: topic, partition, offset, leader epoch, metadata.
type Offer<'a> = (&'a TopicName, i32, i64, i32, Option<&'a StrBytes>);

impl Broker {
    pub(crate) fn offset_commit(
        &self,
        call: &Call<'_>,
        request: &OffsetCommitRequest,
    ) -> OffsetCommitResponse {
        let mut state = self.state.lock();
        let refused = state
            .authorize(call, Operation::Read, Resource::Group(&request.group_id))
            .and_then(|()| check_commit(&mut state, request))
            .err();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|it| {
                let offer = (
                    &topic.name,
                    it.partition_index,
                    it.committed_offset,
                    it.committed_leader_epoch,
                    it.committed_metadata.as_ref(),
                );
                let checked = refused.map_or_else(|| check_offer(&state, call, offer), Err);
                let stored = checked.and_then(|(place, committed)| {
                    let group = state.groups.get_or_create(&request.group_id)?;
                    group.offsets.insert(place, committed);
                    Ok(())
                });
                OffsetCommitResponsePartition::default()
                    .with_partition_index(it.partition_index)
                    .with_error_code(stored.err().map_or(0, |error| error.code()))
            });
            OffsetCommitResponseTopic::default()
                .with_name(topic.name.clone())
                .with_partitions(partitions.collect())
        });
        OffsetCommitResponse::default().with_topics(topics.collect())
    }

    pub(crate) fn txn_offset_commit(
        &self,
        call: &Call<'_>,
        request: &TxnOffsetCommitRequest,
    ) -> TxnOffsetCommitResponse {
        let mut state = self.state.lock();
        let transactional_id = Resource::TransactionalId(&request.transactional_id);
        let refused = state
            .authorize(call, Operation::Write, transactional_id)
            .and_then(|()| {
                state.authorize(call, Operation::Read, Resource::Group(&request.group_id))
            })
            .and_then(|()| {
                let producer = (request.producer_id.0, request.producer_epoch);
                state.transactions.check_group(
                    &request.transactional_id,
                    producer,
                    &request.group_id,
                )
            })
            .and_then(|()| check_transactional_commit(&state, request))
            .err();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|it| {
                let offer = (
                    &topic.name,
                    it.partition_index,
                    it.committed_offset,
                    it.committed_leader_epoch,
                    it.committed_metadata.as_ref(),
                );
                let checked = refused.map_or_else(|| check_offer(&state, call, offer), Err);
                let stored = checked.and_then(|(place, committed)| {
                    let group = state.groups.get_or_create(&request.group_id)?;
                    group
                        .transactional
                        .entry(request.producer_id.0)
                        .or_default()
                        .insert(place, committed);
                    Ok(())
                });
                TxnOffsetCommitResponsePartition::default()
                    .with_partition_index(it.partition_index)
                    .with_error_code(stored.err().map_or(0, |error| error.code()))
            });
            TxnOffsetCommitResponseTopic::default()
                .with_name(topic.name.clone())
                .with_partitions(partitions.collect())
        });
        TxnOffsetCommitResponse::default().with_topics(topics.collect())
    }

    pub(crate) fn offset_fetch(
        &self,
        call: &Call<'_>,
        request: &OffsetFetchRequest,
    ) -> OffsetFetchResponse {
        let state = self.state.lock();
        if call.version >= 8 {
            let groups = request.groups.iter().map(|group| {
                let wanted = group.topics.as_ref().map(|topics| {
                    topics
                        .iter()
                        .map(|topic| (topic.name.clone(), topic.partition_indexes.clone()))
                        .collect()
                });
                let response =
                    OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone());
                match fetch(
                    &state,
                    call,
                    &group.group_id,
                    wanted,
                    request.require_stable,
                ) {
                    Err(code) => response.with_error_code(code.code()),
                    Ok(topics) => response
                        .with_topics(topics.into_iter().map(Fetched::into_group_answer).collect()),
                }
            });
            return OffsetFetchResponse::default().with_groups(groups.collect());
        }
        let wanted = |topics: &Vec<
            kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic,
        >| {
            topics
                .iter()
                .map(|topic| (topic.name.clone(), topic.partition_indexes.clone()))
                .collect::<Vec<_>>()
        };
        let wanted = request.topics.as_ref().map(wanted);
        match fetch(
            &state,
            call,
            &request.group_id,
            wanted.clone(),
            request.require_stable,
        ) {
            Ok(topics) => OffsetFetchResponse::default()
                .with_topics(topics.into_iter().map(Fetched::into_answer).collect()),
            Err(code) if call.version >= 2 => {
                OffsetFetchResponse::default().with_error_code(code.code())
            }
            Err(code) => {
                // Version 1 has no place for an error of the whole group.
                let failed = wanted
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(name, partitions)| Fetched {
                        name,
                        partitions: partitions
                            .into_iter()
                            .map(|index| (index, Committed::nothing(), code.code()))
                            .collect(),
                    });
                OffsetFetchResponse::default()
                    .with_topics(failed.map(Fetched::into_answer).collect())
            }
        }
    }

    pub(crate) fn offset_delete(
        &self,
        call: &Call<'_>,
        request: &OffsetDeleteRequest,
    ) -> OffsetDeleteResponse {
        let mut state = self.state.lock();
        let subscribed = state
            .authorize(call, Operation::Delete, Resource::Group(&request.group_id))
            .and_then(|()| deletable(&state, &request.group_id));
        let subscribed = match subscribed {
            Ok(subscribed) => subscribed,
            Err(code) => return OffsetDeleteResponse::default().with_error_code(code.code()),
        };
        let topics = request.topics.iter().map(|topic| {
            let name = topic.name.as_str();
            let refused = state
                .authorize(call, Operation::Read, Resource::Topic(name))
                .and_then(|()| {
                    let is_subscribed = subscribed.iter().any(|it| it == name);
                    if is_subscribed {
                        Err(ResponseError::GroupSubscribedToTopic)
                    } else {
                        Ok(())
                    }
                });
            let partitions = topic.partitions.iter().map(|partition| {
                let index = partition.partition_index;
                let deleted =
                    refused.and_then(|()| state.topics.partition(name, index).map(|_| ()));
                if deleted.is_ok()
                    && let Some(group) = state.groups.get_mut(&request.group_id)
                {
                    group.offsets.remove(&(name.to_owned(), index));
                }
                OffsetDeleteResponsePartition::default()
                    .with_partition_index(index)
                    .with_error_code(deleted.err().map_or(0, |error| error.code()))
            });
            OffsetDeleteResponseTopic::default()
                .with_name(topic.name.clone())
                .with_partitions(partitions.collect())
        });
        OffsetDeleteResponse::default().with_topics(topics.collect())
    }
}

impl Group {
    /// Commits an offset on behalf of nobody.
    pub(crate) fn set_offset(&mut self, topic: &str, partition: i32, offset: i64) {
        self.offsets
            .insert((topic.to_owned(), partition), Committed::at(offset));
    }

    pub(crate) fn set_protocol_type(&mut self, protocol_type: &str) {
        protocol_type.clone_into(&mut self.protocol_type);
    }

    /// Lets the offsets of a producer's transaction take effect, or forgets them.
    pub(crate) fn end_transaction(&mut self, producer_id: i64, commit: bool) {
        let offsets = self.transactional.remove(&producer_id).unwrap_or_default();
        if commit {
            self.offsets.extend(offsets);
        }
    }
}

fn check_commit(state: &mut State, request: &OffsetCommitRequest) -> Result<(), ResponseError> {
    let generation = request.generation_id_or_member_epoch;
    let Some(group) = state.groups.get_mut(&request.group_id) else {
        // Offsets may be kept for a group that no one is a member of.
        return if request.group_id.is_empty() {
            Err(ResponseError::InvalidGroupId)
        } else if generation < 0 {
            Ok(())
        } else {
            Err(ResponseError::IllegalGeneration)
        };
    };
    if generation < 0 && group.phase == Phase::Empty {
        return Ok(());
    }
    group.check_member(
        &request.member_id,
        request.group_instance_id.as_deref(),
        generation,
    )?;
    if group.phase == Phase::CompletingRebalance {
        return Err(ResponseError::RebalanceInProgress);
    }
    if let Some(member) = group.members.get_mut(&request.member_id) {
        member.touch(Instant::now());
    }
    Ok(())
}

fn check_transactional_commit(
    state: &State,
    request: &TxnOffsetCommitRequest,
) -> Result<(), ResponseError> {
    let claims_nothing = request.generation_id < 0 && request.member_id.is_empty();
    match state.groups.get(&request.group_id) {
        _ if claims_nothing => Ok(()),
        None => Err(ResponseError::IllegalGeneration),
        Some(group) => group.check_member(
            &request.member_id,
            request.group_instance_id.as_deref(),
            request.generation_id,
        ),
    }
}

fn check_offer(
    state: &State,
    call: &Call<'_>,
    offer: Offer<'_>,
) -> Result<(Place, Committed), ResponseError> {
    let (topic, index, offset, leader_epoch, metadata) = offer;
    state.authorize(call, Operation::Read, Resource::Topic(topic))?;
    state.topics.partition(topic, index)?;
    let metadata = metadata.map(ToString::to_string).unwrap_or_default();
    if metadata.len() > MAX_METADATA {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    Ok((
        (topic.to_string(), index),
        Committed {
            offset,
            leader_epoch,
            metadata,
        },
    ))
}

/// What a group has committed for the partitions of a topic, each with an error code.
struct Fetched {
    name: TopicName,
    partitions: Vec<(i32, Committed, i16)>,
}

impl Fetched {
    fn into_answer(self) -> OffsetFetchResponseTopic {
        let partitions = self.partitions.into_iter().map(|(index, committed, code)| {
            OffsetFetchResponsePartition::default()
                .with_partition_index(index)
                .with_committed_offset(committed.offset)
                .with_committed_leader_epoch(committed.leader_epoch)
                .with_metadata(Some(StrBytes::from_string(committed.metadata)))
                .with_error_code(code)
        });
        OffsetFetchResponseTopic::default()
            .with_name(self.name)
            .with_partitions(partitions.collect())
    }

    fn into_group_answer(self) -> OffsetFetchResponseTopics {
        let partitions = self.partitions.into_iter().map(|(index, committed, code)| {
            OffsetFetchResponsePartitions::default()
                .with_partition_index(index)
                .with_committed_offset(committed.offset)
                .with_committed_leader_epoch(committed.leader_epoch)
                .with_metadata(Some(StrBytes::from_string(committed.metadata)))
                .with_error_code(code)
        });
        OffsetFetchResponseTopics::default()
            .with_name(self.name)
            .with_partitions(partitions.collect())
    }
}

/// The offsets of the wanted partitions, or of all that have one.
fn fetch(
    state: &State,
    call: &Call<'_>,
    group: &str,
    wanted: Option<Vec<(TopicName, Vec<i32>)>>,
    require_stable: bool,
) -> Result<Vec<Fetched>, ResponseError> {
    state.authorize(call, Operation::Describe, Resource::Group(group))?;
    let group = state.groups.get(group);
    let all = wanted.is_none();
    let wanted = wanted.unwrap_or_else(|| {
        let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for (topic, index) in group.iter().flat_map(|group| group.offsets.keys()) {
            topics.entry(topic).or_default().push(*index);
        }
        topics
            .into_iter()
            .map(|(topic, partitions)| (topic_name(topic), partitions))
            .collect()
    });
    let fetched = wanted.into_iter().filter_map(|(name, partitions)| {
        let denied = state
            .authorize(call, Operation::Describe, Resource::Topic(&name))
            .err();
        if all && denied.is_some() {
            return None;
        }
        let partitions = partitions.into_iter().map(|index| {
            let place = (name.to_string(), index);
            let unstable = group.is_some_and(|group| {
                group
                    .transactional
                    .values()
                    .any(|it| it.contains_key(&place))
            });
            let code = denied
                .or((unstable && require_stable).then_some(ResponseError::UnstableOffsetCommit));
            let committed = group
                .and_then(|group| group.offsets.get(&place))
                .filter(|_| code.is_none());
            (
                index,
                committed.cloned().unwrap_or_else(Committed::nothing),
                code.map_or(0, |code| code.code()),
            )
        });
        Some(Fetched {
            partitions: partitions.collect(),
            name,
        })
    });
    Ok(fetched.collect())
}

/// The topics whose offsets must not be deleted, if others may be.
fn deletable(state: &State, id: &str) -> Result<Vec<String>, ResponseError> {
    if id.is_empty() {
        return Err(ResponseError::InvalidGroupId);
    }
    let group = state.groups.get(id).ok_or(ResponseError::GroupIdNotFound)?;
    match group.phase {
        Phase::Empty => Ok(Vec::new()),
        _ => group
            .subscribed_topics()
            .ok_or(ResponseError::NonEmptyGroup),
    }
}
