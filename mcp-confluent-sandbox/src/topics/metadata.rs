//! `Metadata`, `DescribeCluster` and `DescribeTopicPartitions`.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    DescribeClusterRequest, DescribeClusterResponse, DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse, MetadataRequest, MetadataResponse,
};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::admin::{DEFAULT_PARTITIONS, topic_name};
use super::{Topic, check_name};
use crate::broker::{Broker, Call, HOST, NODE, State};
use crate::config::Overrides;
use crate::security::{Operation, Resource};

/// What answers say about authorized operations that were not asked for.
const NOT_ASKED: i32 = i32::MIN;

/// Partitions in one answer to `DescribeTopicPartitions` (`max.request.partition.size.limit`).
const MAX_DESCRIBED_PARTITIONS: usize = 2000;

impl Broker {
    pub(crate) fn metadata(&self, call: &Call<'_>, request: &MetadataRequest) -> MetadataResponse {
        let mut state = self.state.lock();
        let with_operations = request.include_topic_authorized_operations;
        // Version 0 had no null: there, an empty list asks for all.
        let wanted = request
            .topics
            .as_ref()
            .filter(|topics| call.version > 0 || !topics.is_empty());
        let topics = match wanted {
            None => state
                .topics
                .iter()
                .filter(|(name, _)| {
                    state
                        .security
                        .allows(call.peer, Operation::Describe, Resource::Topic(name))
                })
                .map(|(name, topic)| described(&state, call, name, topic, with_operations))
                .collect(),
            Some(wanted) => {
                let auto_create = self.auto_create_topics
                    && (request.allow_auto_topic_creation || call.version < 4);
                let topics = wanted.iter().map(|topic| match &topic.name {
                    Some(name) => named(&mut state, call, name, auto_create, with_operations),
                    None => identified(&state, call, topic.topic_id, with_operations),
                });
                topics.collect()
            }
        };
        let broker = MetadataResponseBroker::default()
            .with_node_id(NODE)
            .with_host(StrBytes::from_static_str(HOST))
            .with_port(i32::from(call.peer.port))
            .with_rack(None);
        let operations = if request.include_cluster_authorized_operations {
            state
                .security
                .authorized_operations(call.peer, Resource::Cluster)
        } else {
            NOT_ASKED
        };
        MetadataResponse::default()
            .with_brokers(vec![broker])
            .with_cluster_id(Some(StrBytes::from_string(self.cluster_id.clone())))
            .with_controller_id(NODE)
            .with_cluster_authorized_operations(operations)
            .with_topics(topics)
    }

    pub(crate) fn describe_cluster(
        &self,
        call: &Call<'_>,
        request: &DescribeClusterRequest,
    ) -> DescribeClusterResponse {
        let response = DescribeClusterResponse::default()
            .with_error_message(None)
            .with_cluster_authorized_operations(NOT_ASKED);
        if request.endpoint_type > 1 {
            let message = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type \
                           CONTROLLER";
            return response
                .with_error_code(ResponseError::MismatchedEndpointType.code())
                .with_error_message(Some(StrBytes::from_static_str(message)));
        }
        let broker = DescribeClusterBroker::default()
            .with_broker_id(NODE)
            .with_host(StrBytes::from_static_str(HOST))
            .with_port(i32::from(call.peer.port))
            .with_rack(None);
        let state = self.state.lock();
        let operations = if request.include_cluster_authorized_operations {
            state
                .security
                .authorized_operations(call.peer, Resource::Cluster)
        } else {
            NOT_ASKED
        };
        response
            .with_cluster_id(StrBytes::from_string(self.cluster_id.clone()))
            .with_controller_id(NODE)
            .with_brokers(vec![broker])
            .with_cluster_authorized_operations(operations)
    }

    pub(crate) fn describe_topic_partitions(
        &self,
        call: &Call<'_>,
        request: &DescribeTopicPartitionsRequest,
    ) -> DescribeTopicPartitionsResponse {
        let state = self.state.lock();
        let mut names: Vec<&str> = if request.topics.is_empty() {
            let may_see = |name: &str| {
                state
                    .security
                    .allows(call.peer, Operation::Describe, Resource::Topic(name))
            };
            state
                .topics
                .iter()
                .map(|(name, _)| name)
                .filter(|name| may_see(name))
                .collect()
        } else {
            request
                .topics
                .iter()
                .map(|topic| topic.name.as_str())
                .collect()
        };
        names.sort_unstable();
        names.dedup();
        let cursor = request.cursor.as_ref();
        names.retain(|name| cursor.is_none_or(|cursor| *name >= cursor.topic_name.as_str()));
        let limit = usize::try_from(request.response_partition_limit).unwrap_or(0);
        let mut room = limit.clamp(1, MAX_DESCRIBED_PARTITIONS);
        let mut response = DescribeTopicPartitionsResponse::default().with_next_cursor(None);
        for name in names {
            let first = cursor
                .filter(|it| it.topic_name.as_str() == name)
                .map_or(0, |it| it.partition_index.max(0));
            if room == 0 {
                let cursor = Cursor::default()
                    .with_topic_name(topic_name(name))
                    .with_partition_index(first);
                return response.with_next_cursor(Some(cursor));
            }
            let (topic, next) = partitions_of(&state, call, name, first, room);
            room -= topic.partitions.len();
            response.topics.push(topic);
            if let Some(index) = next {
                let cursor = Cursor::default()
                    .with_topic_name(topic_name(name))
                    .with_partition_index(index);
                return response.with_next_cursor(Some(cursor));
            }
        }
        response
    }
}

fn named(
    state: &mut State,
    call: &Call<'_>,
    name: &str,
    auto_create: bool,
    operations: bool,
) -> MetadataResponseTopic {
    let failed = |code: ResponseError| failed(Some(name), Uuid::nil(), code);
    if let Err(denied) = state.authorize(call, Operation::Describe, Resource::Topic(name)) {
        return failed(denied);
    }
    if let Some(topic) = state.topics.get(name) {
        return described(state, call, name, topic, operations);
    }
    if !auto_create {
        let code = check_name(name)
            .err()
            .map_or(ResponseError::UnknownTopicOrPartition, |refusal| {
                refusal.code
            });
        return failed(code);
    }
    let may_create = state
        .security
        .allows(call.peer, Operation::Create, Resource::Cluster)
        || state
            .security
            .allows(call.peer, Operation::Create, Resource::Topic(name));
    if !may_create {
        return failed(ResponseError::TopicAuthorizationFailed);
    }
    if let Err(refusal) = state.topics.check_new(name, DEFAULT_PARTITIONS) {
        return failed(refusal.code);
    }
    state
        .topics
        .create(name, DEFAULT_PARTITIONS, Overrides::new());
    match state.topics.get(name) {
        Some(topic) => described(state, call, name, topic, operations),
        None => failed(ResponseError::UnknownTopicOrPartition),
    }
}

fn identified(state: &State, call: &Call<'_>, id: Uuid, operations: bool) -> MetadataResponseTopic {
    let known = state
        .topics
        .name_of(id)
        .and_then(|name| Some((name, state.topics.get(name)?)));
    match known {
        None => failed(None, id, ResponseError::UnknownTopicId),
        // An id is not to be found out about by those who may not see the topic.
        Some((name, _))
            if !state
                .security
                .allows(call.peer, Operation::Describe, Resource::Topic(name)) =>
        {
            failed(None, id, ResponseError::TopicAuthorizationFailed)
        }
        Some((name, topic)) => described(state, call, name, topic, operations),
    }
}

fn failed(name: Option<&str>, id: Uuid, code: ResponseError) -> MetadataResponseTopic {
    MetadataResponseTopic::default()
        .with_error_code(code.code())
        .with_name(name.map(topic_name))
        .with_topic_id(id)
        .with_topic_authorized_operations(NOT_ASKED)
}

fn described(
    state: &State,
    call: &Call<'_>,
    name: &str,
    topic: &Topic,
    operations: bool,
) -> MetadataResponseTopic {
    let operations = if operations {
        state
            .security
            .authorized_operations(call.peer, Resource::Topic(name))
    } else {
        NOT_ASKED
    };
    let partitions = (0..).take(topic.partitions.len()).map(|index| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(NODE)
            .with_leader_epoch(0)
            .with_replica_nodes(vec![NODE])
            .with_isr_nodes(vec![NODE])
    });
    MetadataResponseTopic::default()
        .with_name(Some(topic_name(name)))
        .with_topic_id(topic.id)
        .with_topic_authorized_operations(operations)
        .with_partitions(partitions.collect())
}

/// Up to `room` partitions of a topic, and the index of the first that is left out.
fn partitions_of(
    state: &State,
    call: &Call<'_>,
    name: &str,
    first: i32,
    room: usize,
) -> (DescribeTopicPartitionsResponseTopic, Option<i32>) {
    let response = DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(topic_name(name)))
        .with_topic_id(Uuid::nil());
    let failed = |code: ResponseError| {
        (
            response
                .clone()
                .with_error_code(code.code())
                .with_topic_authorized_operations(NOT_ASKED),
            None,
        )
    };
    if let Err(denied) = state.authorize(call, Operation::Describe, Resource::Topic(name)) {
        return failed(denied);
    }
    let Some(topic) = state.topics.get(name) else {
        let code = check_name(name)
            .err()
            .map_or(ResponseError::UnknownTopicOrPartition, |refusal| {
                refusal.code
            });
        return failed(code);
    };
    let count = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
    let indexes: Vec<i32> = (first..count).take(room).collect();
    let next = indexes
        .last()
        .map(|last| last + 1)
        .filter(|next| *next < count);
    let partitions = indexes.into_iter().map(|index| {
        DescribeTopicPartitionsResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(NODE)
            .with_leader_epoch(0)
            .with_replica_nodes(vec![NODE])
            .with_isr_nodes(vec![NODE])
            .with_eligible_leader_replicas(None)
            .with_last_known_elr(None)
    });
    let operations = state
        .security
        .authorized_operations(call.peer, Resource::Topic(name));
    let topic = response
        .with_topic_id(topic.id)
        .with_topic_authorized_operations(operations)
        .with_partitions(partitions.collect());
    (topic, next)
}
