//! `CreateTopics`, `DeleteTopics`, `CreatePartitions` and `DeleteRecords`.

use std::collections::HashMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult,
};
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteRecordsRequest, DeleteRecordsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    TopicName,
};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::{MAX_PARTITIONS_PER_REQUEST, check_name};
use crate::broker::{Broker, Call, NODE_ID, Refusal, State};
use crate::config::{Kind, Overrides, Source, TOPIC, TopicConfigs, check_topic, topic_values};
use crate::security::{Operation, Resource};

/// The partitions of a topic if none are named (`num.partitions`).
pub(crate) const DEFAULT_PARTITIONS: usize = 1;

impl Broker {
    pub(crate) fn create_topics(
        &self,
        call: &Call<'_>,
        request: &CreateTopicsRequest,
    ) -> CreateTopicsResponse {
        let mut state = self.state.lock();
        let mut times: HashMap<&str, usize> = HashMap::new();
        for topic in &request.topics {
            *times.entry(topic.name.as_str()).or_default() += 1;
        }
        let wanted = request
            .topics
            .iter()
            .map(|it| usize::try_from(it.num_partitions).unwrap_or(1));
        let too_many = wanted.fold(0, usize::saturating_add) > MAX_PARTITIONS_PER_REQUEST;
        let results = request.topics.iter().map(|topic| {
            let outcome = if times
                .get(topic.name.as_str())
                .is_some_and(|times| *times > 1)
            {
                Err(Refusal::new(
                    ResponseError::InvalidRequest,
                    "Duplicate topic name.",
                ))
            } else if too_many {
                let message = "Excessively large number of partitions per request.";
                Err(Refusal::new(ResponseError::PolicyViolation, message))
            } else {
                create(&mut state, call, topic, request.validate_only)
            };
            match outcome {
                Ok(created) => created_result(&state, call, topic, &created),
                Err(refusal) => CreatableTopicResult::default()
                    .with_name(topic.name.clone())
                    .with_error_code(refusal.code.code())
                    .with_error_message(refusal.message.map(StrBytes::from_string))
                    .with_configs(None)
                    .with_num_partitions(-1)
                    .with_replication_factor(-1),
            }
        });
        CreateTopicsResponse::default().with_topics(results.collect())
    }

    pub(crate) fn delete_topics(
        &self,
        call: &Call<'_>,
        request: &DeleteTopicsRequest,
    ) -> DeleteTopicsResponse {
        let mut state = self.state.lock();
        let named = request
            .topic_names
            .iter()
            .map(|name| (Some(name.clone()), Uuid::nil()));
        let wanted = named.chain(
            request
                .topics
                .iter()
                .map(|topic| (topic.name.clone(), topic.topic_id)),
        );
        let results = wanted.map(|(name, id)| {
            let result = DeletableTopicResult::default().with_error_message(None);
            let known = match &name {
                Some(name) => Some(name.to_string()),
                None => state.topics.name_of(id).map(str::to_owned),
            };
            let Some(known) = known else {
                let code = ResponseError::UnknownTopicId.code();
                return result
                    .with_name(None)
                    .with_topic_id(id)
                    .with_error_code(code);
            };
            let (code, message) = Refusal::split(delete(&mut state, call, &known));
            result
                .with_name(Some(topic_name(&known)))
                .with_topic_id(id)
                .with_error_code(code)
                .with_error_message(message)
        });
        let response = DeleteTopicsResponse::default().with_responses(results.collect());
        drop(state);
        // Readers that wait for records of a deleted topic have to be told.
        self.appended.notify_waiters();
        response
    }

    pub(crate) fn create_partitions(
        &self,
        call: &Call<'_>,
        request: &CreatePartitionsRequest,
    ) -> CreatePartitionsResponse {
        let mut state = self.state.lock();
        let results = request.topics.iter().map(|topic| {
            let (code, message) =
                Refusal::split(grow(&mut state, call, topic, request.validate_only));
            CreatePartitionsTopicResult::default()
                .with_name(topic.name.clone())
                .with_error_code(code)
                .with_error_message(message)
        });
        CreatePartitionsResponse::default().with_results(results.collect())
    }

    pub(crate) fn delete_records(
        &self,
        call: &Call<'_>,
        request: &DeleteRecordsRequest,
    ) -> DeleteRecordsResponse {
        let mut state = self.state.lock();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|partition| {
                let deleted = delete_records(
                    &mut state,
                    call,
                    &topic.name,
                    partition.partition_index,
                    partition.offset,
                );
                DeleteRecordsPartitionResult::default()
                    .with_partition_index(partition.partition_index)
                    .with_low_watermark(deleted.unwrap_or(-1))
                    .with_error_code(deleted.err().map_or(0, |error| error.code()))
            });
            DeleteRecordsTopicResult::default()
                .with_name(topic.name.clone())
                .with_partitions(partitions.collect())
        });
        DeleteRecordsResponse::default().with_topics(topics.collect())
    }
}

pub(crate) fn topic_name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_owned()))
}

/// A topic that was, or could be, created.
struct Created {
    id: Uuid,
    partitions: usize,
    overrides: Overrides,
}

fn create(
    state: &mut State,
    call: &Call<'_>,
    topic: &CreatableTopic,
    validate_only: bool,
) -> Result<Created, Refusal> {
    let name = topic.name.as_str();
    let may_create = state
        .security
        .allows(call.peer, Operation::Create, Resource::Cluster)
        || state
            .security
            .allows(call.peer, Operation::Create, Resource::Topic(name));
    if !may_create {
        return Err(Refusal::new(
            ResponseError::TopicAuthorizationFailed,
            "Authorization failed.",
        ));
    }
    let partitions = partition_count(topic)?;
    let overrides = topic.configs.iter().map(|config| {
        let missing = || {
            format!(
                "Null value not supported for topic configs: {}",
                config.name.as_str()
            )
        };
        let value = config
            .value
            .as_ref()
            .ok_or_else(|| Refusal::new(ResponseError::InvalidConfig, missing()))?;
        Ok((config.name.to_string(), value.to_string()))
    });
    let overrides = overrides.collect::<Result<Overrides, Refusal>>()?;
    state.topics.check_new(name, partitions)?;
    check_topic(&overrides)
        .map_err(|message| Refusal::new(ResponseError::InvalidConfig, message))?;
    let id = if validate_only {
        Uuid::nil()
    } else {
        state.topics.create(name, partitions, overrides.clone())
    };
    Ok(Created {
        id,
        partitions,
        overrides,
    })
}

fn partition_count(topic: &CreatableTopic) -> Result<usize, Refusal> {
    if !topic.assignments.is_empty() {
        return assigned_partitions(topic);
    }
    match topic.replication_factor {
        -1 | 1 => {}
        factor if factor < 1 => {
            let message =
                "Replication factor must be larger than 0, or -1 to use the default value.";
            return Err(Refusal::new(
                ResponseError::InvalidReplicationFactor,
                message,
            ));
        }
        factor => {
            let message = format!(
                "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot \
                 be reached because only 1 broker(s) are registered."
            );
            return Err(Refusal::new(
                ResponseError::InvalidReplicationFactor,
                message,
            ));
        }
    }
    match topic.num_partitions {
        -1 => Ok(DEFAULT_PARTITIONS),
        count if count < 1 => {
            let message = "Number of partitions was set to an invalid non-positive value.";
            Err(Refusal::new(ResponseError::InvalidPartitions, message))
        }
        count => Ok(usize::try_from(count).unwrap_or(DEFAULT_PARTITIONS)),
    }
}

/// The number of partitions of a topic whose replicas are assigned by hand.
fn assigned_partitions(topic: &CreatableTopic) -> Result<usize, Refusal> {
    if topic.num_partitions != -1 || topic.replication_factor != -1 {
        let message = "A manual partition assignment was specified, but numPartitions or replicationFactor was not \
                       set to -1.";
        return Err(Refusal::new(ResponseError::InvalidRequest, message));
    }
    let mut indexes: Vec<_> = topic
        .assignments
        .iter()
        .map(|assignment| assignment.partition_index)
        .collect();
    indexes.sort_unstable();
    if indexes
        .iter()
        .zip(0..)
        .any(|(index, expected)| *index != expected)
    {
        let message = "Partitions should be a consecutive 0-based integer sequence.";
        return Err(Refusal::new(
            ResponseError::InvalidReplicaAssignment,
            message,
        ));
    }
    let here = |brokers: &[kafka_protocol::messages::BrokerId]| matches!(brokers, [broker] if broker.0 == NODE_ID);
    if !topic
        .assignments
        .iter()
        .all(|assignment| here(&assignment.broker_ids))
    {
        let message =
            format!("The manual partition assignment names a broker other than {NODE_ID}.");
        return Err(Refusal::new(
            ResponseError::InvalidReplicaAssignment,
            message,
        ));
    }
    Ok(indexes.len())
}

fn created_result(
    state: &State,
    call: &Call<'_>,
    topic: &CreatableTopic,
    created: &Created,
) -> CreatableTopicResult {
    let result = CreatableTopicResult::default()
        .with_name(topic.name.clone())
        .with_topic_id(created.id)
        .with_error_message(None);
    if let Err(denied) = state.authorize(
        call,
        Operation::DescribeConfigs,
        Resource::Topic(&topic.name),
    ) {
        return result
            .with_topic_config_error_code(denied.code())
            .with_configs(None)
            .with_num_partitions(-1)
            .with_replication_factor(-1);
    }
    let configs = TOPIC.iter().map(|definition| {
        let value = topic_values(state, &created.overrides, definition)
            .into_iter()
            .next();
        let (value, source) = match value {
            Some((_, value, source)) => (value, source),
            None => (
                definition.default.unwrap_or_default().to_owned(),
                Source::Default,
            ),
        };
        CreatableTopicConfigs::default()
            .with_name(StrBytes::from_static_str(definition.name))
            .with_value(Some(StrBytes::from_string(value)))
            .with_config_source(source as i8)
            .with_is_sensitive(definition.kind == Kind::Password)
    });
    result
        .with_num_partitions(i32::try_from(created.partitions).unwrap_or(i32::MAX))
        .with_replication_factor(1)
        // Older versions do not carry them, and they are many.
        .with_configs(if call.version >= 5 {
            Some(configs.collect())
        } else {
            None
        })
}

fn delete(state: &mut State, call: &Call<'_>, name: &str) -> Result<(), Refusal> {
    if !state
        .security
        .allows(call.peer, Operation::Describe, Resource::Topic(name))
    {
        return Err(ResponseError::TopicAuthorizationFailed.into());
    }
    let known = state.topics.get(name).is_some();
    if !known {
        return Err(ResponseError::UnknownTopicOrPartition.into());
    }
    state.authorize(call, Operation::Delete, Resource::Topic(name))?;
    state.topics.delete(name);
    state.groups.forget_topic(name);
    state.transactions.forget_topic(name);
    Ok(())
}

fn grow(
    state: &mut State,
    call: &Call<'_>,
    topic: &CreatePartitionsTopic,
    validate_only: bool,
) -> Result<(), Refusal> {
    let name = topic.name.as_str();
    state.authorize(call, Operation::Alter, Resource::Topic(name))?;
    check_name(name)?;
    let Some(known) = state.topics.get(name) else {
        return Err(ResponseError::UnknownTopicOrPartition.into());
    };
    let invalid = |message: String| Err(Refusal::new(ResponseError::InvalidPartitions, message));
    let current = known.partitions.len();
    let count = usize::try_from(topic.count).unwrap_or(0);
    if count == current {
        return invalid(format!("Topic already has {current} partition(s)."));
    }
    if count < current {
        return invalid(format!(
            "The topic {name} currently has {current} partition(s); {} would not be an increase.",
            topic.count
        ));
    }
    let new = count - current;
    if let Some(assignments) = &topic.assignments {
        let here = |brokers: &[kafka_protocol::messages::BrokerId]| matches!(brokers, [broker] if broker.0 == NODE_ID);
        if assignments.len() != new
            || !assignments
                .iter()
                .all(|assignment| here(&assignment.broker_ids))
        {
            let message = format!(
                "Each of the {new} new partition(s) is assigned to the broker {NODE_ID} or to none."
            );
            return Err(Refusal::new(
                ResponseError::InvalidReplicaAssignment,
                message,
            ));
        }
    }
    if new > MAX_PARTITIONS_PER_REQUEST {
        let message = "Excessively large number of partitions per request.";
        return Err(Refusal::new(ResponseError::PolicyViolation, message));
    }
    state.topics.check_partitions(new)?;
    if !validate_only {
        state.topics.grow(name, count);
    }
    Ok(())
}

/// Deletes the records before `offset`, or all for -1, and gives the first offset that is left.
fn delete_records(
    state: &mut State,
    call: &Call<'_>,
    topic: &str,
    index: i32,
    offset: i64,
) -> Result<i64, ResponseError> {
    state.authorize(call, Operation::Delete, Resource::Topic(topic))?;
    let known = state
        .topics
        .get(topic)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    if !TopicConfigs::of(state, &known.overrides).deleted {
        return Err(ResponseError::PolicyViolation);
    }
    let end = state.topics.partition(topic, index)?.end();
    let offset = if offset == -1 { end } else { offset };
    if !(0..=end).contains(&offset) {
        return Err(ResponseError::OffsetOutOfRange);
    }
    state.topics.change(topic, index, |log| {
        log.delete_before(offset);
        log.start()
    })
}
