//! `JoinGroup` and the end of a rebalance.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Group, MAX_MEMBERS, MAX_SESSION_TIMEOUT, MIN_SESSION_TIMEOUT, Member, Phase};
use crate::broker::{Broker, Call};
use crate::security::{Operation, Resource};

/// The answer to a join: at once, or when the rebalance is over.
enum Joined {
    Now(JoinGroupResponse),
    Later(oneshot::Receiver<JoinGroupResponse>),
}

impl Broker {
    pub(crate) async fn join_group(
        &self,
        call: &Call<'_>,
        request: &JoinGroupRequest,
    ) -> JoinGroupResponse {
        let joined = {
            let mut state = self.state.lock();
            match state.authorize(call, Operation::Read, Resource::Group(&request.group_id)) {
                Err(denied) => Err(denied),
                Ok(()) => check_session(request).and_then(|()| {
                    let known = state.groups.get(&request.group_id).is_some();
                    if !known && !request.member_id.is_empty() {
                        return Err(ResponseError::UnknownMemberId);
                    }
                    state.groups.get_or_create(&request.group_id)?.join(
                        call,
                        request,
                        Instant::now(),
                    )
                }),
            }
        };
        self.rescheduled.notify_one();
        let failed = |code| failed(call.version, &request.member_id, code);
        match joined {
            Ok(Joined::Now(response)) => response,
            Ok(Joined::Later(answer)) => answer
                .await
                .unwrap_or_else(|_| failed(ResponseError::UnknownMemberId)),
            Err(code) => failed(code),
        }
    }
}

fn check_session(request: &JoinGroupRequest) -> Result<(), ResponseError> {
    let session = duration(request.session_timeout_ms);
    if (MIN_SESSION_TIMEOUT..=MAX_SESSION_TIMEOUT).contains(&session) {
        Ok(())
    } else {
        Err(ResponseError::InvalidSessionTimeout)
    }
}

fn duration(milliseconds: i32) -> Duration {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}

fn failed(version: i16, member_id: &StrBytes, code: ResponseError) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(code.code())
        .with_generation_id(-1)
        .with_protocol_type(None)
        // Null is new in version 7.
        .with_protocol_name(if version >= 7 {
            None
        } else {
            Some(StrBytes::new())
        })
        .with_member_id(member_id.clone())
}

impl Group {
    fn join(
        &mut self,
        call: &Call<'_>,
        request: &JoinGroupRequest,
        now: Instant,
    ) -> Result<Joined, ResponseError> {
        let id = request.member_id.as_str();
        let speaks = request
            .protocols
            .iter()
            .map(|protocol| protocol.name.as_str());
        let same_type =
            self.members.is_empty() || self.protocol_type == request.protocol_type.as_str();
        if request.protocol_type.is_empty()
            || request.protocols.is_empty()
            || !same_type
            || !self
                .members
                .can_speak(self.replaced_by(request).unwrap_or(id), speaks)
        {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        if self.members.len() + self.pending.len() >= MAX_MEMBERS && !self.members.contains(id) {
            return Err(ResponseError::GroupMaxSizeReached);
        }
        if id.is_empty() {
            return Ok(self.join_without_id(call, request, now));
        }
        if let Some(instance) = request.group_instance_id.as_deref() {
            self.check_instance(instance, id)?;
        }
        if self.pending.remove(id).is_some() {
            return Ok(self.add(call, request, id, now));
        }
        if !self.members.contains(id) {
            return Err(ResponseError::UnknownMemberId);
        }
        Ok(self.rejoin(request, id, now))
    }

    /// The member that a static member without an id takes the place of.
    fn replaced_by(&self, request: &JoinGroupRequest) -> Option<&str> {
        let instance = request
            .group_instance_id
            .as_deref()
            .filter(|_| request.member_id.is_empty())?;
        self.members
            .of_instance(instance)
            .map(|member| member.id.as_str())
    }

    fn join_without_id(
        &mut self,
        call: &Call<'_>,
        request: &JoinGroupRequest,
        now: Instant,
    ) -> Joined {
        let Some(instance) = request.group_instance_id.as_deref() else {
            let id = format!("{}-{}", call.client_id, random_id());
            if call.version < 4 {
                return self.add(call, request, &id, now);
            }
            // A client that went away before it learnt its id is not to hold up the group (KIP-394).
            self.pending
                .insert(id.clone(), now + duration(request.session_timeout_ms));
            let response = failed(
                call.version,
                &StrBytes::from_string(id),
                ResponseError::MemberIdRequired,
            );
            return Joined::Now(response);
        };
        let id = format!("{instance}-{}", random_id());
        let Some(old) = self
            .members
            .of_instance(instance)
            .map(|member| member.id.clone())
        else {
            return self.add(call, request, &id, now);
        };
        self.take_place(call, request, &old, &id, now);
        if self.phase == Phase::Stable && self.members.elect_protocol() == self.protocol {
            // A static member that comes again gets its assignment back without a rebalance.
            let mut response = self.joined(&id);
            if self.leader.as_deref() == Some(&id) {
                if call.version >= 9 {
                    response.skip_assignment = true;
                } else {
                    response.leader = StrBytes::from_string(old);
                    response.members.clear();
                }
            }
            return Joined::Now(response);
        }
        self.wait_to_join(&id, now)
    }

    /// Gives the place of the static member `old` to the same instance under a new id.
    fn take_place(
        &mut self,
        call: &Call<'_>,
        request: &JoinGroupRequest,
        old: &str,
        new: &str,
        now: Instant,
    ) {
        if let Some(member) = self.members.get_mut(old) {
            let fenced = ResponseError::FencedInstanceId;
            member.answer_join(failed(
                call.version,
                &StrBytes::from_string(old.to_owned()),
                fenced,
            ));
            member.answer_sync(&super::failed_sync(fenced));
            update(member, request, now);
            call.client_id.clone_into(&mut member.client_id);
            member.host = host(call);
        }
        self.members.rename(old, new);
        if self.leader.as_deref() == Some(old) {
            self.leader = Some(new.to_owned());
        }
    }

    fn add(
        &mut self,
        call: &Call<'_>,
        request: &JoinGroupRequest,
        id: &str,
        now: Instant,
    ) -> Joined {
        let mut member = Member {
            id: id.to_owned(),
            instance: request.group_instance_id.as_ref().map(ToString::to_string),
            client_id: call.client_id.to_owned(),
            host: host(call),
            session_timeout: Duration::ZERO,
            rebalance_timeout: Duration::ZERO,
            protocols: Vec::new(),
            assignment: Bytes::new(),
            deadline: now,
            joining: None,
            syncing: None,
            order: 0,
        };
        update(&mut member, request, now);
        self.members.add(member);
        self.leader.get_or_insert_with(|| id.to_owned());
        request
            .protocol_type
            .as_str()
            .clone_into(&mut self.protocol_type);
        self.wait_to_join(id, now)
    }

    /// A member joins again, under the id that it has.
    fn rejoin(&mut self, request: &JoinGroupRequest, id: &str, now: Instant) -> Joined {
        let is_leader = self.leader.as_deref() == Some(id);
        let mut changed = false;
        if let Some(member) = self.members.get_mut(id) {
            let protocols = request
                .protocols
                .iter()
                .map(|it| (it.name.as_str(), &it.metadata));
            changed = !protocols.eq(member
                .protocols
                .iter()
                .map(|(name, metadata)| (name.as_str(), metadata)));
            update(member, request, now);
        }
        let as_it_was = match self.phase {
            // The answer may have been lost on the way.
            Phase::CompletingRebalance => !changed,
            // A leader joins again to make everybody do so.
            Phase::Stable => !changed && !is_leader,
            Phase::PreparingRebalance | Phase::Empty => false,
        };
        if as_it_was {
            Joined::Now(self.joined(id))
        } else {
            self.wait_to_join(id, now)
        }
    }

    /// Lets a member wait for the end of a rebalance, and starts one if there is none.
    fn wait_to_join(&mut self, id: &str, now: Instant) -> Joined {
        let (sender, receiver) = oneshot::channel();
        if let Some(member) = self.members.get_mut(id) {
            member.joining = Some(sender);
        }
        if self.phase == Phase::PreparingRebalance {
            self.complete_if_all_joined(now);
        } else {
            self.prepare_rebalance(now);
        }
        Joined::Later(receiver)
    }

    /// Ends a rebalance: those who have not joined are out, the others learn of the new generation.
    pub(super) fn complete_rebalance(&mut self, now: Instant) {
        let missing: Vec<String> = self
            .members
            .iter()
            .filter(|member| member.joining.is_none() && member.instance.is_none())
            .map(|member| member.id.clone())
            .collect();
        for id in missing {
            self.members.remove(&id);
        }
        self.rebalance_deadline = None;
        self.initial_rebalance = false;
        self.generation = self.generation.wrapping_add(1).max(1);
        let leader_is_here = self
            .members
            .iter()
            .any(|it| Some(&it.id) == self.leader.as_ref() && it.joining.is_some());
        if !leader_is_here {
            let joined = self
                .members
                .iter()
                .filter(|member| member.joining.is_some());
            let first = joined
                .min_by_key(|member| member.order)
                .map(|member| member.id.clone());
            self.leader = first.or_else(|| self.members.first_joined());
        }
        self.protocol = self.members.elect_protocol();
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            return;
        }
        self.phase = Phase::CompletingRebalance;
        let ids: Vec<String> = self
            .members
            .iter()
            .map(|member| member.id.clone())
            .collect();
        for id in ids {
            let answer = self.joined(&id);
            if let Some(member) = self.members.get_mut(&id) {
                member.assignment = Bytes::new();
                member.touch(now);
                member.answer_join(answer);
            }
        }
    }

    /// What a member is told of the generation; the leader is told of all members.
    fn joined(&self, id: &str) -> JoinGroupResponse {
        let text = |text: &str| StrBytes::from_string(text.to_owned());
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let leader = self.leader.as_deref().unwrap_or_default();
        let members = self.members.iter().filter(|_| leader == id).map(|member| {
            JoinGroupResponseMember::default()
                .with_member_id(text(&member.id))
                .with_group_instance_id(member.instance.as_deref().map(text))
                .with_metadata(member.metadata(protocol).clone())
        });
        JoinGroupResponse::default()
            .with_generation_id(self.generation)
            .with_protocol_type(Some(text(&self.protocol_type)))
            .with_protocol_name(Some(text(protocol)))
            .with_leader(text(leader))
            .with_member_id(text(id))
            .with_members(members.collect())
    }
}

fn update(member: &mut Member, request: &JoinGroupRequest, now: Instant) {
    member.session_timeout = duration(request.session_timeout_ms);
    // Version 0 has one timeout for both.
    let rebalance = if request.rebalance_timeout_ms < 0 {
        request.session_timeout_ms
    } else {
        request.rebalance_timeout_ms
    };
    member.rebalance_timeout = duration(rebalance);
    member.protocols = request
        .protocols
        .iter()
        .map(|it| (it.name.to_string(), it.metadata.clone()))
        .collect();
    member.touch(now);
}

/// A member's address, in the form that Kafka shows it in.
fn host(call: &Call<'_>) -> String {
    format!("/{}", call.peer.host)
}

fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}
