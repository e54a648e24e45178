//! `FindCoordinator`, `ListGroups`, `DescribeGroups` and `DeleteGroups`.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{
    BrokerId, DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest,
    DescribeGroupsResponse, FindCoordinatorRequest, FindCoordinatorResponse, GroupId,
    ListGroupsRequest, ListGroupsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::{Group, Member, Phase};
use crate::broker::{Broker, Call, HOST, NODE, Refusal, State};
use crate::security::{Operation, Resource};

impl Broker {
    pub(crate) fn find_coordinator(
        &self,
        call: &Call<'_>,
        request: &FindCoordinatorRequest,
    ) -> FindCoordinatorResponse {
        let state = self.state.lock();
        if call.version >= 4 {
            let coordinators = request.coordinator_keys.iter().map(|key| {
                let coordinator = Coordinator::default()
                    .with_key(key.clone())
                    .with_error_message(None);
                match check_coordinator(&state, call, request.key_type, key) {
                    Ok(()) => coordinator
                        .with_node_id(NODE)
                        .with_host(StrBytes::from_static_str(HOST))
                        .with_port(i32::from(call.peer.port)),
                    Err(refusal) => coordinator
                        .with_node_id(BrokerId(-1))
                        .with_port(-1)
                        .with_error_code(refusal.code.code())
                        .with_error_message(refusal.message.map(StrBytes::from_string)),
                }
            });
            return FindCoordinatorResponse::default().with_coordinators(coordinators.collect());
        }
        let response = FindCoordinatorResponse::default().with_error_message(None);
        match check_coordinator(&state, call, request.key_type, &request.key) {
            Ok(()) => response
                .with_node_id(NODE)
                .with_host(StrBytes::from_static_str(HOST))
                .with_port(i32::from(call.peer.port)),
            Err(refusal) => response
                .with_node_id(BrokerId(-1))
                .with_port(-1)
                .with_error_code(refusal.code.code())
                .with_error_message(refusal.message.map(StrBytes::from_string)),
        }
    }

    pub(crate) fn list_groups(
        &self,
        call: &Call<'_>,
        request: &ListGroupsRequest,
    ) -> ListGroupsResponse {
        let state = self.state.lock();
        let all = state
            .security
            .allows(call.peer, Operation::Describe, Resource::Cluster);
        let wanted = |filter: &[StrBytes], value: &str| {
            filter.is_empty() || filter.iter().any(|it| it.eq_ignore_ascii_case(value))
        };
        let groups = state
            .groups
            .iter()
            .filter(|(id, _)| {
                all || state
                    .security
                    .allows(call.peer, Operation::Describe, Resource::Group(id))
            })
            .filter(|(_, group)| wanted(&request.states_filter, group.phase.name()))
            .filter(|_| wanted(&request.types_filter, GROUP_TYPE))
            .map(|(id, group)| {
                ListedGroup::default()
                    .with_group_id(group_id(id))
                    .with_protocol_type(StrBytes::from_string(group.protocol_type.clone()))
                    .with_group_state(StrBytes::from_static_str(group.phase.name()))
                    .with_group_type(StrBytes::from_static_str(GROUP_TYPE))
            });
        ListGroupsResponse::default().with_groups(groups.collect())
    }

    pub(crate) fn describe_groups(
        &self,
        call: &Call<'_>,
        request: &DescribeGroupsRequest,
    ) -> DescribeGroupsResponse {
        let state = self.state.lock();
        let groups = request.groups.iter().map(|id| {
            let described = DescribedGroup::default()
                .with_group_id(id.clone())
                .with_error_message(None)
                .with_authorized_operations(i32::MIN);
            if let Err(denied) = state.authorize(call, Operation::Describe, Resource::Group(id)) {
                return described.with_error_code(denied.code());
            }
            let Some(group) = state.groups.get(id) else {
                let dead = described.with_group_state(StrBytes::from_static_str("Dead"));
                if call.version < 6 {
                    return dead;
                }
                let message = format!("Group {} not found.", id.as_str());
                return dead
                    .with_error_code(ResponseError::GroupIdNotFound.code())
                    .with_error_message(Some(StrBytes::from_string(message)));
            };
            let described = if request.include_authorized_operations {
                let operations = state
                    .security
                    .authorized_operations(call.peer, Resource::Group(id));
                described.with_authorized_operations(operations)
            } else {
                described
            };
            group.describe(described)
        });
        DescribeGroupsResponse::default().with_groups(groups.collect())
    }

    pub(crate) fn delete_groups(
        &self,
        call: &Call<'_>,
        request: &DeleteGroupsRequest,
    ) -> DeleteGroupsResponse {
        let mut state = self.state.lock();
        let results = request.groups_names.iter().map(|id| {
            let deleted = delete(&mut state, call, id);
            DeletableGroupResult::default()
                .with_group_id(id.clone())
                .with_error_code(deleted.err().map_or(0, |error| error.code()))
        });
        DeleteGroupsResponse::default().with_results(results.collect())
    }
}

/// The type that lists give to groups of the classic protocol.
const GROUP_TYPE: &str = "classic";

fn group_id(id: &str) -> GroupId {
    GroupId(StrBytes::from_string(id.to_owned()))
}

/// Kinds of coordinators: of a consumer group, and of a transactional id.
const GROUP_COORDINATOR: i8 = 0;
const TRANSACTION_COORDINATOR: i8 = 1;

fn check_coordinator(state: &State, call: &Call<'_>, kind: i8, key: &str) -> Result<(), Refusal> {
    let resource = match kind {
        GROUP_COORDINATOR => Resource::Group(key),
        TRANSACTION_COORDINATOR => Resource::TransactionalId(key),
        other => {
            return Err(Refusal::new(
                ResponseError::InvalidRequest,
                format!("Unknown coordinator type {other}"),
            ));
        }
    };
    state
        .authorize(call, Operation::Describe, resource)
        .map_err(Refusal::denied)
}

fn delete(state: &mut State, call: &Call<'_>, id: &str) -> Result<(), ResponseError> {
    state.authorize(call, Operation::Delete, Resource::Group(id))?;
    if id.is_empty() {
        return Err(ResponseError::InvalidGroupId);
    }
    match state.groups.get(id).map(Group::phase) {
        None => Err(ResponseError::GroupIdNotFound),
        Some(Phase::Empty) => {
            state.groups.by_id.remove(id);
            Ok(())
        }
        Some(_) => Err(ResponseError::NonEmptyGroup),
    }
}

impl Group {
    fn describe(&self, described: DescribedGroup) -> DescribedGroup {
        // Before a group is stable there is neither an elected protocol nor an assignment to show.
        let protocol = self
            .protocol
            .as_deref()
            .filter(|_| self.phase == Phase::Stable);
        let text = |text: &str| StrBytes::from_string(text.to_owned());
        let mut members: Vec<&Member> = self.members.iter().collect();
        members.sort_unstable_by_key(|member| member.order);
        let members = members.into_iter().map(|member| {
            let known = DescribedGroupMember::default()
                .with_member_id(text(&member.id))
                .with_group_instance_id(member.instance.as_deref().map(text))
                .with_client_id(text(&member.client_id))
                .with_client_host(text(&member.host));
            match protocol {
                None => known,
                Some(protocol) => known
                    .with_member_metadata(member.metadata(protocol).clone())
                    .with_member_assignment(member.assignment.clone()),
            }
        });
        described
            .with_group_state(StrBytes::from_static_str(self.phase.name()))
            .with_protocol_type(text(&self.protocol_type))
            .with_protocol_data(text(protocol.unwrap_or_default()))
            .with_members(members.collect())
    }
}
