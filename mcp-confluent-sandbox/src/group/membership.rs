//! `SyncGroup`, `Heartbeat` and `LeaveGroup`.

use std::collections::HashMap;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{
    HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest,
    SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Group, Phase, failed_sync};
use crate::broker::{Broker, Call};
use crate::security::{Operation, Resource};

/// The answer to a sync: at once, or when the leader has sent the assignments.
enum Synced {
    Now(SyncGroupResponse),
    Later(oneshot::Receiver<SyncGroupResponse>),
}

impl Broker {
    pub(crate) async fn sync_group(
        &self,
        call: &Call<'_>,
        request: &SyncGroupRequest,
    ) -> SyncGroupResponse {
        let synced = {
            let mut state = self.state.lock();
            state
                .authorize(call, Operation::Read, Resource::Group(&request.group_id))
                .and_then(|()| {
                    let group = state
                        .groups
                        .get_mut(&request.group_id)
                        .ok_or(ResponseError::UnknownMemberId)?;
                    group.sync(request, Instant::now())
                })
        };
        self.rescheduled.notify_one();
        match synced {
            Ok(Synced::Now(response)) => response,
            Ok(Synced::Later(answer)) => answer
                .await
                .unwrap_or_else(|_| failed_sync(ResponseError::UnknownMemberId)),
            Err(code) => failed_sync(code),
        }
    }

    pub(crate) fn heartbeat(
        &self,
        call: &Call<'_>,
        request: &HeartbeatRequest,
    ) -> HeartbeatResponse {
        let mut state = self.state.lock();
        let beaten = state
            .authorize(call, Operation::Read, Resource::Group(&request.group_id))
            .and_then(|()| {
                let group = state
                    .groups
                    .get_mut(&request.group_id)
                    .ok_or(ResponseError::UnknownMemberId)?;
                let instance = request.group_instance_id.as_deref();
                group.check_member(&request.member_id, instance, request.generation_id)?;
                if let Some(member) = group.members.get_mut(&request.member_id) {
                    member.touch(Instant::now());
                }
                if group.phase == Phase::PreparingRebalance {
                    Err(ResponseError::RebalanceInProgress)
                } else {
                    Ok(())
                }
            });
        HeartbeatResponse::default().with_error_code(beaten.err().map_or(0, |error| error.code()))
    }

    pub(crate) fn leave_group(
        &self,
        call: &Call<'_>,
        request: &LeaveGroupRequest,
    ) -> LeaveGroupResponse {
        let mut state = self.state.lock();
        if let Err(denied) =
            state.authorize(call, Operation::Read, Resource::Group(&request.group_id))
        {
            return LeaveGroupResponse::default().with_error_code(denied.code());
        }
        let now = Instant::now();
        let mut leave = |member: &MemberIdentity| {
            let group = state
                .groups
                .get_mut(&request.group_id)
                .ok_or(ResponseError::UnknownMemberId)?;
            group.leave(&member.member_id, member.group_instance_id.as_deref(), now)
        };
        let response = if call.version < 3 {
            let member = MemberIdentity::default()
                .with_member_id(request.member_id.clone())
                .with_group_instance_id(None);
            LeaveGroupResponse::default()
                .with_error_code(leave(&member).err().map_or(0, |error| error.code()))
        } else {
            let members = request.members.iter().map(|member| {
                MemberResponse::default()
                    .with_member_id(member.member_id.clone())
                    .with_group_instance_id(member.group_instance_id.clone())
                    .with_error_code(leave(member).err().map_or(0, |error| error.code()))
            });
            LeaveGroupResponse::default().with_members(members.collect())
        };
        drop(state);
        self.rescheduled.notify_one();
        response
    }
}

impl Group {
    /// Checks that the instance of a static member is this member.
    pub(super) fn check_instance(
        &self,
        instance: &str,
        member_id: &str,
    ) -> Result<(), ResponseError> {
        match self.members.of_instance(instance) {
            None => Err(ResponseError::UnknownMemberId),
            Some(member) if member.id != member_id => Err(ResponseError::FencedInstanceId),
            Some(_) => Ok(()),
        }
    }

    /// Checks that a request comes from a member of the present generation.
    pub(super) fn check_member(
        &self,
        member_id: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        if let Some(instance) = instance {
            self.check_instance(instance, member_id)?;
        }
        if !self.members.contains(member_id) {
            return Err(ResponseError::UnknownMemberId);
        }
        if generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        Ok(())
    }

    fn sync(&mut self, request: &SyncGroupRequest, now: Instant) -> Result<Synced, ResponseError> {
        let id = request.member_id.as_str();
        self.check_member(
            id,
            request.group_instance_id.as_deref(),
            request.generation_id,
        )?;
        let same_type = request
            .protocol_type
            .as_deref()
            .is_none_or(|it| it == self.protocol_type);
        let same_protocol = request
            .protocol_name
            .as_deref()
            .is_none_or(|it| Some(it) == self.protocol.as_deref());
        if !same_type || !same_protocol {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        match self.phase {
            Phase::Empty => Err(ResponseError::UnknownMemberId),
            Phase::PreparingRebalance => Err(ResponseError::RebalanceInProgress),
            Phase::Stable => Ok(Synced::Now(self.synced(id))),
            Phase::CompletingRebalance => {
                let (sender, receiver) = oneshot::channel();
                if let Some(member) = self.members.get_mut(id) {
                    member.touch(now);
                    member.syncing = Some(sender);
                }
                if self.leader.as_deref() == Some(id) {
                    self.assign(request, now);
                }
                Ok(Synced::Later(receiver))
            }
        }
    }

    /// Takes the leader's assignments and hands them out.
    fn assign(&mut self, request: &SyncGroupRequest, now: Instant) {
        let assignments: HashMap<&str, &Bytes> = request
            .assignments
            .iter()
            .map(|it| (it.member_id.as_str(), &it.assignment))
            .collect();
        for member in self.members.iter_mut() {
            member.assignment = assignments
                .get(member.id.as_str())
                .copied()
                .cloned()
                .unwrap_or_default();
        }
        self.phase = Phase::Stable;
        let ids: Vec<String> = self
            .members
            .iter()
            .map(|member| member.id.clone())
            .collect();
        for id in ids {
            let answer = self.synced(&id);
            if let Some(member) = self.members.get_mut(&id)
                && member.syncing.is_some()
            {
                member.touch(now);
                member.answer_sync(&answer);
            }
        }
    }

    fn synced(&self, id: &str) -> SyncGroupResponse {
        let assignment = self
            .members
            .iter()
            .find(|member| member.id == id)
            .map(|member| member.assignment.clone());
        SyncGroupResponse::default()
            .with_protocol_type(Some(StrBytes::from_string(self.protocol_type.clone())))
            .with_protocol_name(self.protocol.clone().map(StrBytes::from_string))
            .with_assignment(assignment.unwrap_or_default())
    }

    /// A member leaves, or is made to leave by its instance alone.
    fn leave(
        &mut self,
        member_id: &str,
        instance: Option<&str>,
        now: Instant,
    ) -> Result<(), ResponseError> {
        let id = match instance {
            Some(instance) => {
                let member = self
                    .members
                    .of_instance(instance)
                    .ok_or(ResponseError::UnknownMemberId)?;
                if !member_id.is_empty() && member.id != member_id {
                    return Err(ResponseError::FencedInstanceId);
                }
                member.id.clone()
            }
            None => member_id.to_owned(),
        };
        if self.pending.remove(&id).is_some() {
            if self.phase == Phase::PreparingRebalance {
                self.complete_if_all_joined(now);
            }
            return Ok(());
        }
        if !self.members.contains(&id) {
            return Err(ResponseError::UnknownMemberId);
        }
        self.remove(&id, now);
        Ok(())
    }
}
