//! A request of every kind in every version that is advertised, for tests.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Encodable, Request, StrBytes};
use uuid::Uuid;

use super::{APIS, Api};

/// Does something with every sample.
pub(crate) trait Visitor {
    fn visit<R: Request>(&mut self, api: &'static Api, version: i16, request: &R);
}

/// The frame of a request, without its length.
pub(crate) fn frame<R: Request>(correlation_id: i32, version: i16, request: &R) -> Bytes {
    let key = ApiKey::try_from(R::KEY).expect("a known key");
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation_id)
        .with_client_id(Some(text("tester")));
    let mut bytes = BytesMut::new();
    header
        .encode(&mut bytes, key.request_header_version(version))
        .expect("an encodable header");
    request
        .encode(&mut bytes, version)
        .expect("an encodable request");
    bytes.freeze()
}

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn topic() -> TopicName {
    TopicName(text("topic"))
}

fn group() -> GroupId {
    GroupId(text("group"))
}

fn id() -> TransactionalId {
    TransactionalId(text("id"))
}

/// A batch of one record.
pub(crate) fn records() -> Bytes {
    let mut builder = crate::storage::Builder::new(5);
    builder.push(
        5,
        Some(b"key"),
        Some(b"value"),
        &[("name".to_owned(), None)],
    );
    builder.finish().bytes().clone()
}

/// Shows every sample to `visitor`.
#[expect(clippy::too_many_lines, reason = "one entry for each kind of request")]
pub(crate) fn each(visitor: &mut impl Visitor) {
    /// Visits the versions of one kind of request, made by an expression of the version.
    macro_rules! sample {
        ($request:ident, |$version:ident| $make:expr) => {
            let api = APIS
                .iter()
                .find(|api| api.key as i16 == $request::KEY)
                .expect("an answered key");
            for $version in (api.min..=api.max).filter(|version| api.answers(*version)) {
                visitor.visit::<$request>(api, $version, &$make);
            }
        };
    }
    sample!(ApiVersionsRequest, |version| {
        let request = ApiVersionsRequest::default();
        if version < 3 {
            request
        } else {
            request
                .with_client_software_name(text("tests"))
                .with_client_software_version(text("1.0"))
        }
    });
    sample!(MetadataRequest, |version| {
        let topic = metadata_request::MetadataRequestTopic::default().with_name(Some(topic()));
        MetadataRequest::default()
            .with_topics(Some(vec![topic]))
            .with_allow_auto_topic_creation(true)
            .with_include_topic_authorized_operations(version >= 8)
    });
    sample!(CreateTopicsRequest, |_version| {
        use create_topics_request::{CreatableTopic, CreatableTopicConfig};
        let config = CreatableTopicConfig::default()
            .with_name(text("retention.ms"))
            .with_value(Some(text("5")));
        let topic = CreatableTopic::default()
            .with_name(topic())
            .with_num_partitions(2)
            .with_replication_factor(1)
            .with_configs(vec![config]);
        CreateTopicsRequest::default().with_topics(vec![topic])
    });
    sample!(ProduceRequest, |_version| {
        use produce_request::{PartitionProduceData, TopicProduceData};
        let partition = PartitionProduceData::default().with_records(Some(records()));
        let topic = TopicProduceData::default()
            .with_name(topic())
            .with_partition_data(vec![partition]);
        ProduceRequest::default()
            .with_acks(-1)
            .with_transactional_id(None)
            .with_topic_data(vec![topic])
    });
    sample!(FetchRequest, |version| {
        use fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
        let partition = FetchPartition::default()
            .with_partition_max_bytes(1000)
            .with_current_leader_epoch(-1);
        let partitions = FetchTopic::default()
            .with_topic(topic())
            .with_partitions(vec![partition]);
        let forgotten = ForgottenTopic::default()
            .with_topic(topic())
            .with_partitions(vec![1]);
        let request = FetchRequest::default()
            .with_max_bytes(1000)
            .with_isolation_level(1)
            .with_topics(vec![partitions]);
        let request = if version >= 7 {
            request.with_forgotten_topics_data(vec![forgotten])
        } else {
            request
        };
        if version >= 12 {
            request.with_cluster_id(Some(text("cluster")))
        } else {
            request
        }
    });
    sample!(ListOffsetsRequest, |_version| {
        use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
        let partition = ListOffsetsPartition::default()
            .with_timestamp(-1)
            .with_current_leader_epoch(-1);
        let topic = ListOffsetsTopic::default()
            .with_name(topic())
            .with_partitions(vec![partition]);
        ListOffsetsRequest::default().with_topics(vec![topic])
    });
    sample!(OffsetForLeaderEpochRequest, |_version| {
        use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
        let partition = OffsetForLeaderPartition::default().with_current_leader_epoch(-1);
        let topic = OffsetForLeaderTopic::default()
            .with_topic(topic())
            .with_partitions(vec![partition]);
        OffsetForLeaderEpochRequest::default().with_topics(vec![topic])
    });
    sample!(OffsetCommitRequest, |_version| {
        use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
        let partition =
            OffsetCommitRequestPartition::default().with_committed_metadata(Some(text("note")));
        let topic = OffsetCommitRequestTopic::default()
            .with_name(topic())
            .with_partitions(vec![partition]);
        OffsetCommitRequest::default()
            .with_group_id(group())
            .with_topics(vec![topic])
    });
    sample!(OffsetFetchRequest, |version| {
        use offset_fetch_request::{
            OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
        };
        if version >= 8 {
            let topics = OffsetFetchRequestTopics::default()
                .with_name(topic())
                .with_partition_indexes(vec![0, 1]);
            let group = OffsetFetchRequestGroup::default()
                .with_group_id(group())
                .with_topics(Some(vec![topics]));
            OffsetFetchRequest::default().with_groups(vec![group])
        } else {
            let topics = OffsetFetchRequestTopic::default()
                .with_name(topic())
                .with_partition_indexes(vec![0, 1]);
            OffsetFetchRequest::default()
                .with_group_id(group())
                .with_topics(Some(vec![topics]))
        }
    });
    sample!(OffsetDeleteRequest, |_version| {
        use offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
        let partitions = vec![OffsetDeleteRequestPartition::default()];
        let topic = OffsetDeleteRequestTopic::default()
            .with_name(topic())
            .with_partitions(partitions);
        OffsetDeleteRequest::default()
            .with_group_id(group())
            .with_topics(vec![topic])
    });
    sample!(FindCoordinatorRequest, |version| {
        if version >= 4 {
            FindCoordinatorRequest::default().with_coordinator_keys(vec![text("a"), text("b")])
        } else {
            FindCoordinatorRequest::default().with_key(text("a"))
        }
    });
    sample!(JoinGroupRequest, |version| {
        let protocol = join_group_request::JoinGroupRequestProtocol::default()
            .with_name(text("range"))
            .with_metadata(Bytes::from_static(b"metadata"));
        JoinGroupRequest::default()
            .with_group_id(GroupId(StrBytes::from_string(format!("joined-{version}"))))
            .with_session_timeout_ms(10_000)
            .with_protocol_type(text("consumer"))
            .with_group_instance_id((version >= 5).then(|| text("instance")))
            .with_protocols(vec![protocol])
    });
    sample!(SyncGroupRequest, |version| {
        let assignment = sync_group_request::SyncGroupRequestAssignment::default()
            .with_member_id(text("member"))
            .with_assignment(Bytes::from_static(b"assignment"));
        let request = SyncGroupRequest::default()
            .with_group_id(group())
            .with_member_id(text("member"))
            .with_assignments(vec![assignment]);
        if version >= 5 {
            request.with_protocol_name(Some(text("range")))
        } else {
            request
        }
    });
    sample!(HeartbeatRequest, |_version| {
        HeartbeatRequest::default()
            .with_group_id(group())
            .with_member_id(text("member"))
    });
    sample!(LeaveGroupRequest, |version| {
        let request = LeaveGroupRequest::default().with_group_id(group());
        if version >= 3 {
            let member =
                leave_group_request::MemberIdentity::default().with_member_id(text("member"));
            request.with_members(vec![member])
        } else {
            request.with_member_id(text("member"))
        }
    });
    sample!(DescribeGroupsRequest, |_version| {
        DescribeGroupsRequest::default().with_groups(vec![group()])
    });
    sample!(ListGroupsRequest, |version| {
        let request = ListGroupsRequest::default();
        if version >= 4 {
            request.with_states_filter(vec![text("Stable"), text("Empty")])
        } else {
            request
        }
    });
    sample!(DeleteGroupsRequest, |_version| {
        DeleteGroupsRequest::default().with_groups_names(vec![group()])
    });
    sample!(InitProducerIdRequest, |_version| {
        InitProducerIdRequest::default()
            .with_transactional_id(Some(id()))
            .with_transaction_timeout_ms(1000)
    });
    sample!(AddPartitionsToTxnRequest, |_version| {
        let topic = add_partitions_to_txn_request::AddPartitionsToTxnTopic::default()
            .with_name(topic())
            .with_partitions(vec![0, 1]);
        AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(id())
            .with_v3_and_below_topics(vec![topic])
    });
    sample!(AddOffsetsToTxnRequest, |_version| {
        AddOffsetsToTxnRequest::default()
            .with_transactional_id(id())
            .with_group_id(group())
    });
    sample!(TxnOffsetCommitRequest, |_version| {
        use txn_offset_commit_request::{
            TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
        };
        let partition = TxnOffsetCommitRequestPartition::default();
        let topic = TxnOffsetCommitRequestTopic::default()
            .with_name(topic())
            .with_partitions(vec![partition]);
        TxnOffsetCommitRequest::default()
            .with_transactional_id(id())
            .with_group_id(group())
            .with_topics(vec![topic])
    });
    sample!(EndTxnRequest, |_version| EndTxnRequest::default()
        .with_transactional_id(id()));
    sample!(DescribeConfigsRequest, |_version| {
        let resource = describe_configs_request::DescribeConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("topic"))
            .with_configuration_keys(Some(vec![text("retention.ms")]));
        DescribeConfigsRequest::default()
            .with_resources(vec![resource])
            .with_include_synonyms(true)
    });
    sample!(AlterConfigsRequest, |_version| {
        use alter_configs_request::{AlterConfigsResource, AlterableConfig};
        let config = AlterableConfig::default()
            .with_name(text("retention.ms"))
            .with_value(Some(text("7")));
        let resource = AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("topic"))
            .with_configs(vec![config]);
        AlterConfigsRequest::default().with_resources(vec![resource])
    });
    sample!(IncrementalAlterConfigsRequest, |_version| {
        use incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
        let config = AlterableConfig::default()
            .with_name(text("retention.ms"))
            .with_value(Some(text("7")));
        let resource = AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("topic"))
            .with_configs(vec![config]);
        IncrementalAlterConfigsRequest::default().with_resources(vec![resource])
    });
    sample!(CreatePartitionsRequest, |_version| {
        use create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
        let assignment = CreatePartitionsAssignment::default().with_broker_ids(vec![BrokerId(1)]);
        let topic = CreatePartitionsTopic::default()
            .with_name(topic())
            .with_count(3)
            .with_assignments(Some(vec![assignment]));
        CreatePartitionsRequest::default()
            .with_topics(vec![topic])
            .with_validate_only(true)
    });
    sample!(DeleteRecordsRequest, |_version| {
        use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
        let partition = DeleteRecordsPartition::default();
        let topic = DeleteRecordsTopic::default()
            .with_name(topic())
            .with_partitions(vec![partition]);
        DeleteRecordsRequest::default().with_topics(vec![topic])
    });
    sample!(CreateAclsRequest, |_version| {
        let creation = create_acls_request::AclCreation::default()
            .with_resource_type(2)
            .with_resource_name(text("topic"))
            .with_resource_pattern_type(3)
            .with_principal(text("User:bob"))
            .with_host(text("*"))
            .with_operation(3)
            .with_permission_type(3);
        CreateAclsRequest::default().with_creations(vec![creation])
    });
    sample!(DescribeAclsRequest, |_version| {
        DescribeAclsRequest::default()
            .with_resource_type_filter(1)
            .with_pattern_type_filter(2)
            .with_operation(1)
            .with_permission_type(1)
            .with_principal_filter(None)
    });
    sample!(DeleteAclsRequest, |_version| {
        let filter = delete_acls_request::DeleteAclsFilter::default()
            .with_resource_type_filter(1)
            .with_pattern_type_filter(1)
            .with_operation(1)
            .with_permission_type(1);
        DeleteAclsRequest::default().with_filters(vec![filter])
    });
    sample!(SaslHandshakeRequest, |_version| {
        SaslHandshakeRequest::default().with_mechanism(text("PLAIN"))
    });
    sample!(SaslAuthenticateRequest, |_version| {
        SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from_static(b"\0alice\0secret"))
    });
    sample!(DescribeUserScramCredentialsRequest, |_version| {
        let user =
            describe_user_scram_credentials_request::UserName::default().with_name(text("alice"));
        DescribeUserScramCredentialsRequest::default().with_users(Some(vec![user]))
    });
    sample!(AlterUserScramCredentialsRequest, |_version| {
        use alter_user_scram_credentials_request::{
            ScramCredentialDeletion, ScramCredentialUpsertion,
        };
        let deletion = ScramCredentialDeletion::default()
            .with_name(text("bob"))
            .with_mechanism(1);
        let upsertion = ScramCredentialUpsertion::default()
            .with_name(text("alice"))
            .with_mechanism(2)
            .with_iterations(4096)
            .with_salt(Bytes::from_static(b"salt"))
            .with_salted_password(Bytes::from_static(b"salted"));
        AlterUserScramCredentialsRequest::default()
            .with_deletions(vec![deletion])
            .with_upsertions(vec![upsertion])
    });
    sample!(DescribeClusterRequest, |version| {
        let request =
            DescribeClusterRequest::default().with_include_cluster_authorized_operations(true);
        if version >= 1 {
            request.with_endpoint_type(1)
        } else {
            request
        }
    });
    sample!(DescribeTopicPartitionsRequest, |_version| {
        use describe_topic_partitions_request::{Cursor, TopicRequest};
        let cursor = Cursor::default()
            .with_topic_name(topic())
            .with_partition_index(1);
        DescribeTopicPartitionsRequest::default()
            .with_topics(vec![TopicRequest::default().with_name(topic())])
            .with_response_partition_limit(10)
            .with_cursor(Some(cursor))
    });
    sample!(DeleteTopicsRequest, |version| {
        if version >= 6 {
            let topics = [Some(topic()), None].map(|name| {
                delete_topics_request::DeleteTopicState::default()
                    .with_name(name)
                    .with_topic_id(Uuid::nil())
            });
            DeleteTopicsRequest::default().with_topics(topics.to_vec())
        } else {
            DeleteTopicsRequest::default().with_topic_names(vec![topic()])
        }
    });
}

/// Every sample as a frame.
pub(crate) fn frames() -> Vec<Bytes> {
    struct Frames(Vec<Bytes>);

    impl Visitor for Frames {
        fn visit<R: Request>(&mut self, _api: &'static Api, version: i16, request: &R) {
            self.0.push(frame(1, version, request));
        }
    }

    let mut frames = Frames(Vec::new());
    each(&mut frames);
    frames.0
}
