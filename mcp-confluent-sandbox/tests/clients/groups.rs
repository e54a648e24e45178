//! Consumer groups.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    DescribeGroupsRequest, GroupId, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, ListGroupsRequest, OffsetDeleteRequest, OffsetFetchRequest,
    SyncGroupRequest, offset_delete_request, offset_fetch_request,
};
use mcp_confluent_sandbox::{Record, Sandbox};
use rdkafka::admin::AdminOptions;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::support::{
    Connection, PATIENCE, admin, consumer_config, eventually, sandbox, text, topic_name,
};

fn group_id(id: &str) -> GroupId {
    GroupId(text(id))
}

fn describe(connection: &mut Connection, group: &str) -> DescribedGroup {
    let request = DescribeGroupsRequest::default().with_groups(vec![group_id(group)]);
    connection.ask(5, &request).groups.remove(0)
}

fn subscriber(sandbox: &Sandbox, group: &str) -> BaseConsumer {
    let mut config = consumer_config(sandbox, group);
    config
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "50")
        .set("topic.metadata.refresh.interval.ms", "1000");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    consumer.subscribe(&["t"]).expect("subscribed");
    consumer
}

fn assigned(consumer: &BaseConsumer) -> usize {
    consumer.assignment().expect("an assignment").count()
}

#[tokio::test]
async fn members_share_the_partitions() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 4).expect("created");
    let mut connection = Connection::to(&sandbox);

    let first = subscriber(&sandbox, "g");
    eventually("the first member has all", || {
        let _message = first.poll(Duration::from_millis(10));
        (assigned(&first) == 4).then_some(())
    });
    let second = subscriber(&sandbox, "g");
    eventually("both have half", || {
        let _messages = (
            first.poll(Duration::from_millis(10)),
            second.poll(Duration::from_millis(10)),
        );
        (assigned(&first) == 2 && assigned(&second) == 2).then_some(())
    });
    let described = eventually("the group is stable", || {
        let described = describe(&mut connection, "g");
        (described.group_state.as_str() == "Stable").then_some(described)
    });
    assert_eq!(
        (
            described.protocol_type.as_str(),
            described.protocol_data.as_str()
        ),
        ("consumer", "range")
    );
    assert_eq!(described.members.len(), 2);
    assert!(described.members.iter().all(|member| {
        member.client_host.as_str() == "/127.0.0.1" && !member.member_assignment.is_empty()
    }));

    let delete = || async {
        let deleted = admin(&sandbox)
            .delete_groups(&["g"], &AdminOptions::new())
            .await;
        deleted
            .expect("answered")
            .remove(0)
            .map_err(|(_, code)| code)
    };
    assert_eq!(delete().await, Err(RDKafkaErrorCode::NonEmptyGroup));
    drop(second);
    eventually("the first member has all again", || {
        let _message = first.poll(Duration::from_millis(10));
        (assigned(&first) == 4).then_some(())
    });
    drop(first);
    assert_eq!(describe(&mut connection, "g").group_state.as_str(), "Empty");
    assert_eq!(delete().await, Ok("g".to_owned()));
    assert_eq!(describe(&mut connection, "g").group_state.as_str(), "Dead");
    assert_eq!(delete().await, Err(RDKafkaErrorCode::GroupIdNotFound));
}

#[tokio::test]
async fn offsets_are_kept() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 2).expect("created");
    sandbox
        .produce("t", 1, &[Record::new("a"), Record::new("b")])
        .expect("room");
    let consumer: BaseConsumer = consumer_config(&sandbox, "g").create().expect("a consumer");
    let mut offsets = TopicPartitionList::new();
    offsets
        .add_partition_offset("t", 1, Offset::Offset(2))
        .expect("an offset");
    consumer
        .commit(&offsets, CommitMode::Sync)
        .expect("committed");
    let mut wanted = TopicPartitionList::new();
    wanted.add_partition("t", 0);
    wanted.add_partition("t", 1);
    let committed = consumer
        .committed_offsets(wanted, PATIENCE)
        .expect("answered");
    let offsets: Vec<_> = committed
        .elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::offset)
        .collect();
    assert_eq!(offsets, [Offset::Invalid, Offset::Offset(2)]);

    let mut connection = Connection::to(&sandbox);
    let group = offset_fetch_request::OffsetFetchRequestGroup::default()
        .with_group_id(group_id("g"))
        .with_topics(None);
    let all = OffsetFetchRequest::default().with_groups(vec![group]);
    let fetched = connection.ask(8, &all).groups.remove(0).topics;
    assert_eq!(fetched.len(), 1);
    assert_eq!(fetched[0].partitions.len(), 1);
    assert_eq!(
        (
            fetched[0].partitions[0].partition_index,
            fetched[0].partitions[0].committed_offset
        ),
        (1, 2)
    );

    let partition =
        offset_delete_request::OffsetDeleteRequestPartition::default().with_partition_index(1);
    let topic = offset_delete_request::OffsetDeleteRequestTopic::default()
        .with_name(topic_name("t"))
        .with_partitions(vec![partition]);
    let delete = OffsetDeleteRequest::default()
        .with_group_id(group_id("g"))
        .with_topics(vec![topic]);
    assert_eq!(
        connection.ask(0, &delete).topics[0].partitions[0].error_code,
        0
    );
    assert!(connection.ask(8, &all).groups[0].topics.is_empty());
}

#[tokio::test]
async fn groups_are_listed_by_state() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    sandbox.commit_offset("idle", "t", 0, 0).expect("committed");
    let mut connection = Connection::to(&sandbox);
    join_alone(&mut connection, "busy");
    let mut list = |states: &[&str]| {
        let filter = states.iter().map(|state| text(state)).collect();
        let listed = connection.ask(5, &ListGroupsRequest::default().with_states_filter(filter));
        assert!(
            listed
                .groups
                .iter()
                .all(|group| group.group_type.as_str() == "classic")
        );
        listed
            .groups
            .iter()
            .map(|group| group.group_id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["busy", "idle"]);
    assert_eq!(list(&["Empty"]), ["idle"]);
    assert_eq!(list(&["CompletingRebalance", "Stable"]), ["busy"]);
    assert!(list(&["Dead"]).is_empty());
}

fn join(group: &str, member: &str, instance: Option<&str>) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol::default()
        .with_name(text("range"))
        .with_metadata(Bytes::from_static(b"\0\0\0\0\0\0"));
    JoinGroupRequest::default()
        .with_group_id(group_id(group))
        .with_member_id(text(member))
        .with_group_instance_id(instance.map(text))
        .with_session_timeout_ms(1000)
        .with_rebalance_timeout_ms(5000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol])
}

/// Joins as a client does: the first answer only gives the member's id.
fn join_alone(connection: &mut Connection, group: &str) -> JoinGroupResponse {
    let told = connection.ask(5, &join(group, "", None));
    assert_eq!(told.error_code, ResponseError::MemberIdRequired.code());
    let joined = connection.ask(5, &join(group, &told.member_id, None));
    assert_eq!(joined.error_code, 0);
    joined
}

fn sync(
    connection: &mut Connection,
    group: &str,
    joined: &JoinGroupResponse,
    assignment: &'static [u8],
) -> (i16, Bytes) {
    let assignment = SyncGroupRequestAssignment::default()
        .with_member_id(joined.member_id.clone())
        .with_assignment(Bytes::from_static(assignment));
    let request = SyncGroupRequest::default()
        .with_group_id(group_id(group))
        .with_generation_id(joined.generation_id)
        .with_member_id(joined.member_id.clone())
        .with_assignments(vec![assignment]);
    let response = connection.ask(3, &request);
    (response.error_code, response.assignment)
}

fn heartbeat(connection: &mut Connection, group: &str, joined: &JoinGroupResponse) -> i16 {
    let request = HeartbeatRequest::default()
        .with_group_id(group_id(group))
        .with_generation_id(joined.generation_id)
        .with_member_id(joined.member_id.clone());
    connection.ask(3, &request).error_code
}

#[tokio::test]
async fn a_silent_member_is_out_after_its_session() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    let joined = join_alone(&mut connection, "g");
    assert_eq!(sync(&mut connection, "g", &joined, b"work").0, 0);
    assert_eq!(heartbeat(&mut connection, "g", &joined), 0);
    eventually("the group is empty", || {
        (describe(&mut connection, "g").group_state.as_str() == "Empty").then_some(())
    });
    assert_eq!(
        heartbeat(&mut connection, "g", &joined),
        ResponseError::UnknownMemberId.code()
    );
}

#[tokio::test]
async fn a_rebalance_is_seen_by_those_who_work() {
    let sandbox = sandbox().await;
    let (mut old, mut new) = (Connection::to(&sandbox), Connection::to(&sandbox));
    let first = join_alone(&mut old, "g");
    assert_eq!(
        sync(&mut old, "g", &first, b"all"),
        (0, Bytes::from_static(b"all"))
    );

    let told = new.ask(5, &join("g", "", None));
    new.send(5, &join("g", &told.member_id, None))
        .expect("sent");
    eventually("the rebalance has begun", || {
        let code = heartbeat(&mut old, "g", &first);
        (code == ResponseError::RebalanceInProgress.code()).then_some(())
    });
    assert_eq!(
        describe(&mut old, "g").group_state.as_str(),
        "PreparingRebalance"
    );
    let again = old.ask(5, &join("g", &first.member_id, None));
    let second = new.receive::<JoinGroupRequest>(5).expect("joined");
    assert_eq!((again.error_code, second.error_code), (0, 0));
    assert_eq!(
        (again.generation_id, second.generation_id),
        (first.generation_id + 1, first.generation_id + 1)
    );
    assert_eq!((again.members.len(), second.members.len()), (2, 0));
    assert_eq!(
        heartbeat(&mut old, "g", &first),
        ResponseError::IllegalGeneration.code()
    );
}

#[tokio::test]
async fn a_static_member_that_comes_again_keeps_its_work() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    let first = connection.ask(5, &join("g", "", Some("one")));
    assert_eq!(sync(&mut connection, "g", &first, b"work").0, 0);
    let again = connection.ask(5, &join("g", "", Some("one")));
    assert_eq!(
        (again.error_code, again.generation_id),
        (0, first.generation_id)
    );
    assert_ne!(again.member_id, first.member_id);
    assert_eq!(
        sync(&mut connection, "g", &again, b""),
        (0, Bytes::from_static(b"work"))
    );

    let fenced = connection.ask(5, &join("g", &first.member_id, Some("one")));
    assert_eq!(fenced.error_code, ResponseError::FencedInstanceId.code());
    let member = MemberIdentity::default()
        .with_member_id(text(""))
        .with_group_instance_id(Some(text("one")));
    let leave = LeaveGroupRequest::default()
        .with_group_id(group_id("g"))
        .with_members(vec![member]);
    assert_eq!(connection.ask(4, &leave).members[0].error_code, 0);
    assert_eq!(describe(&mut connection, "g").group_state.as_str(), "Empty");
}

#[tokio::test]
async fn joins_that_cannot_be_are_refused() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    let first = join_alone(&mut connection, "g");
    let mut code = |request: &JoinGroupRequest| connection.ask(5, request).error_code;
    assert_eq!(
        code(&join("", "", None)),
        ResponseError::InvalidGroupId.code()
    );
    assert_eq!(
        code(&join("g", "stranger", None)),
        ResponseError::UnknownMemberId.code()
    );
    let hurried = join("g", "", None).with_session_timeout_ms(10);
    assert_eq!(code(&hurried), ResponseError::InvalidSessionTimeout.code());
    let other = join("g", "", None).with_protocol_type(text("connect"));
    assert_eq!(
        code(&other),
        ResponseError::InconsistentGroupProtocol.code()
    );
    assert_eq!(sync(&mut connection, "g", &first, b"work").0, 0);
}
