//! `ListConsumerGroups`, `DescribeConsumerGroups` and `ListConsumerGroupOffsets`.

use std::{ptr, sync::Arc, time::Duration};

use rdkafka::bindings as rd;

use super::{
    Fault, Options, Owned, Queue, c_string, fault_of, items, partitions::entries, take_fault, text,
};
use crate::client::kafka::{
    control::Control,
    error::Code,
    groups::{Coordinator, GroupInfo, GroupListing, GroupState, GroupType, Member},
};

/// The groups that answered, and the brokers that did not.
pub(in super::super) struct Listing {
    pub(in super::super) groups: Vec<GroupListing>,
    pub(in super::super) faults: Vec<Fault>,
}

/// Lists consumer groups; empty filters let everything through.
///
/// # Source
/// KIP-518 (states) and KIP-848 (types).
pub(in super::super) async fn list(
    control: &Arc<Control>,
    states: &[GroupState],
    types: &[GroupType],
    timeout: Duration,
) -> Result<Listing, Fault> {
    let queue = {
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
            timeout,
        )?;
        let states: Vec<_> = states.iter().map(|&state| state_to_native(state)).collect();
        let types: Vec<_> = types.iter().map(|&kind| type_to_native(kind)).collect();
        let queue = Queue::new(control);
        // SAFETY: everything passed is alive during the calls, which copy what they keep; a returned
        // error is ours to free.
        unsafe {
            if !states.is_empty() {
                take_fault(rd::rd_kafka_AdminOptions_set_match_consumer_group_states(
                    options.0.pointer,
                    states.as_ptr(),
                    states.len(),
                ))?;
            }
            if !types.is_empty() {
                take_fault(rd::rd_kafka_AdminOptions_set_match_consumer_group_types(
                    options.0.pointer,
                    types.as_ptr(),
                    types.len(),
                ))?;
            }
            rd::rd_kafka_ListConsumerGroups(control.native(), options.0.pointer, queue.pointer);
        }
        queue
    };
    let answer = queue.answer().await;
    let (mut valid, mut failed) = (0, 0);
    // SAFETY: all that is read here borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_ListConsumerGroups_result)?;
        let groups = rd::rd_kafka_ListConsumerGroups_result_valid(result, &raw mut valid);
        let errors = rd::rd_kafka_ListConsumerGroups_result_errors(result, &raw mut failed);
        Ok(Listing {
            groups: items(groups, valid)
                .iter()
                .map(|&group| GroupListing {
                    id: text(rd::rd_kafka_ConsumerGroupListing_group_id(group)).unwrap_or_default(),
                    state: state_from_native(rd::rd_kafka_ConsumerGroupListing_state(group)),
                    group_type: type_from_native(rd::rd_kafka_ConsumerGroupListing_type(group)),
                    is_simple: rd::rd_kafka_ConsumerGroupListing_is_simple_consumer_group(group)
                        != 0,
                })
                .collect(),
            faults: items(errors, failed)
                .iter()
                .filter_map(|&error| fault_of(error))
                .collect(),
        })
    }
}

/// Describes one group: `Err` when the request failed or the broker refused this group.
///
/// # Source
/// `DescribeGroups` and, for groups of KIP-848, `ConsumerGroupDescribe`; librdkafka tries the newer one
/// first.
pub(in super::super) async fn describe(
    control: &Arc<Control>,
    group: &str,
    timeout: Duration,
) -> Result<Option<GroupInfo>, Fault> {
    let queue = {
        let name = c_string(group)?;
        let mut pointer = name.as_ptr();
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
            timeout,
        )?;
        let queue = Queue::new(control);
        // SAFETY: everything passed is alive during the call, which copies what it keeps.
        unsafe {
            rd::rd_kafka_DescribeConsumerGroups(
                control.native(),
                &raw mut pointer,
                1,
                options.0.pointer,
                queue.pointer,
            );
        }
        queue
    };
    let answer = queue.answer().await;
    let mut count = 0;
    // SAFETY: all that is read here borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_DescribeConsumerGroups_result)?;
        let groups = rd::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
        let Some(&group) = items(groups, count).first() else {
            return Ok(None);
        };
        match fault_of(rd::rd_kafka_ConsumerGroupDescription_error(group)) {
            Some(fault) => Err(fault),
            None => Ok(Some(description(group))),
        }
    }
}

/// # Safety
/// `group` must be valid.
unsafe fn description(group: *const rd::rd_kafka_ConsumerGroupDescription_t) -> GroupInfo {
    // SAFETY: the caller's promise; what the description holds lives as long as it does.
    unsafe {
        let members = rd::rd_kafka_ConsumerGroupDescription_member_count(group);
        GroupInfo {
            id: text(rd::rd_kafka_ConsumerGroupDescription_group_id(group)).unwrap_or_default(),
            state: state_from_native(rd::rd_kafka_ConsumerGroupDescription_state(group)),
            group_type: type_from_native(rd::rd_kafka_ConsumerGroupDescription_type(group)),
            is_simple: rd::rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(group) != 0,
            assignor: text(rd::rd_kafka_ConsumerGroupDescription_partition_assignor(
                group,
            ))
            .unwrap_or_default(),
            coordinator: coordinator(rd::rd_kafka_ConsumerGroupDescription_coordinator(group)),
            members: (0..members)
                .map(|index| member(rd::rd_kafka_ConsumerGroupDescription_member(group, index)))
                .collect(),
        }
    }
}

/// # Safety
/// `node` must be null or valid.
unsafe fn coordinator(node: *const rd::rd_kafka_Node_t) -> Option<Coordinator> {
    if node.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller promises that it is valid.
    unsafe {
        Some(Coordinator {
            id: rd::rd_kafka_Node_id(node),
            host: text(rd::rd_kafka_Node_host(node)).unwrap_or_default(),
            port: rd::rd_kafka_Node_port(node),
            rack: text(rd::rd_kafka_Node_rack(node)).filter(|rack| !rack.is_empty()),
        })
    }
}

/// # Safety
/// `member` must be valid.
unsafe fn member(member: *const rd::rd_kafka_MemberDescription_t) -> Member {
    // SAFETY: the caller's promise; the assignment lives as long as the member.
    unsafe {
        let assignment = rd::rd_kafka_MemberDescription_assignment(member);
        let partitions = if assignment.is_null() {
            ptr::null()
        } else {
            rd::rd_kafka_MemberAssignment_partitions(assignment)
        };
        Member {
            id: text(rd::rd_kafka_MemberDescription_consumer_id(member)).unwrap_or_default(),
            client_id: text(rd::rd_kafka_MemberDescription_client_id(member)).unwrap_or_default(),
            client_host: text(rd::rd_kafka_MemberDescription_host(member)).unwrap_or_default(),
            instance_id: text(rd::rd_kafka_MemberDescription_group_instance_id(member))
                .filter(|id| !id.is_empty()),
            assignment: entries(partitions)
                .map(|entry| (entry.topic(), entry.0.partition))
                .collect(),
        }
    }
}

/// One partition as the group's coordinator knows it.
pub(in super::super) struct CommittedEntry {
    pub(in super::super) topic: String,
    pub(in super::super) partition: i32,
    /// `None` where nothing is committed.
    pub(in super::super) offset: Option<i64>,
    pub(in super::super) metadata: Option<String>,
    pub(in super::super) leader_epoch: Option<i32>,
    pub(in super::super) code: Code,
}

/// Every offset a group has committed.
///
/// # Source
/// KIP-222, `ListConsumerGroupOffsets`.
pub(in super::super) async fn committed(
    control: &Arc<Control>,
    group: &str,
    timeout: Duration,
) -> Result<Vec<CommittedEntry>, Fault> {
    let queue = {
        let name = c_string(group)?;
        // SAFETY: the name is copied; a null list means all partitions; the object is ours.
        let request = unsafe {
            Owned::new(
                rd::rd_kafka_ListConsumerGroupOffsets_new(name.as_ptr(), ptr::null()),
                rd::rd_kafka_ListConsumerGroupOffsets_destroy,
            )
        };
        let request = request.ok_or_else(|| Fault::invalid("a group needs a name"))?;
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
            timeout,
        )?;
        let queue = Queue::new(control);
        let mut pointer = request.pointer;
        // SAFETY: everything passed is alive during the call, which copies what it keeps.
        unsafe {
            rd::rd_kafka_ListConsumerGroupOffsets(
                control.native(),
                &raw mut pointer,
                1,
                options.0.pointer,
                queue.pointer,
            );
        }
        queue
    };
    let answer = queue.answer().await;
    let mut count = 0;
    // SAFETY: all that is read here borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_ListConsumerGroupOffsets_result)?;
        let groups = rd::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &raw mut count);
        let Some(&group) = items(groups, count).first() else {
            return Ok(Vec::new());
        };
        if let Some(fault) = fault_of(rd::rd_kafka_group_result_error(group)) {
            return Err(fault);
        }
        Ok(entries(rd::rd_kafka_group_result_partitions(group))
            .map(|entry| CommittedEntry {
                topic: entry.topic(),
                partition: entry.0.partition,
                offset: (entry.0.offset >= 0).then_some(entry.0.offset),
                metadata: entry.metadata(),
                leader_epoch: entry.leader_epoch(),
                code: entry.code(),
            })
            .collect())
    }
}

fn state_to_native(state: GroupState) -> rd::rd_kafka_consumer_group_state_t {
    use rd::rd_kafka_consumer_group_state_t as State;
    match state {
        GroupState::Unknown => State::RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN,
        GroupState::PreparingRebalance => State::RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE,
        GroupState::CompletingRebalance => {
            State::RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE
        }
        GroupState::Stable => State::RD_KAFKA_CONSUMER_GROUP_STATE_STABLE,
        GroupState::Dead => State::RD_KAFKA_CONSUMER_GROUP_STATE_DEAD,
        GroupState::Empty => State::RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY,
    }
}

fn state_from_native(state: rd::rd_kafka_consumer_group_state_t) -> GroupState {
    use rd::rd_kafka_consumer_group_state_t as State;
    match state {
        State::RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE => GroupState::PreparingRebalance,
        State::RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE => {
            GroupState::CompletingRebalance
        }
        State::RD_KAFKA_CONSUMER_GROUP_STATE_STABLE => GroupState::Stable,
        State::RD_KAFKA_CONSUMER_GROUP_STATE_DEAD => GroupState::Dead,
        State::RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY => GroupState::Empty,
        _ => GroupState::Unknown,
    }
}

fn type_to_native(kind: GroupType) -> rd::rd_kafka_consumer_group_type_t {
    use rd::rd_kafka_consumer_group_type_t as Type;
    match kind {
        GroupType::Unknown => Type::RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN,
        GroupType::Classic => Type::RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC,
        GroupType::Consumer => Type::RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER,
    }
}

fn type_from_native(kind: rd::rd_kafka_consumer_group_type_t) -> GroupType {
    use rd::rd_kafka_consumer_group_type_t as Type;
    match kind {
        Type::RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC => GroupType::Classic,
        Type::RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER => GroupType::Consumer,
        _ => GroupType::Unknown,
    }
}
