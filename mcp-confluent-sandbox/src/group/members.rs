//! The members of a group.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::{JoinGroupResponse, SyncGroupResponse};
use tokio::sync::oneshot;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Member {
    pub(super) id: String,
    /// What makes it a static member (KIP-345).
    pub(super) instance: Option<String>,
    pub(super) client_id: String,
    pub(super) host: String,
    pub(super) session_timeout: Duration,
    pub(super) rebalance_timeout: Duration,
    /// The protocols it speaks, the one that it likes best first, and its data for each.
    pub(super) protocols: Vec<(String, Bytes)>,
    pub(super) assignment: Bytes,
    /// When it is taken for dead unless it is heard of.
    pub(super) deadline: Instant,
    pub(super) joining: Option<oneshot::Sender<JoinGroupResponse>>,
    pub(super) syncing: Option<oneshot::Sender<SyncGroupResponse>>,
    /// Members that joined earlier have smaller numbers.
    pub(super) order: u64,
}

impl Member {
    /// Its data for a protocol.
    pub(super) fn metadata(&self, protocol: &str) -> &Bytes {
        static NOTHING: Bytes = Bytes::new();
        self.protocols
            .iter()
            .find(|(name, _)| name == protocol)
            .map_or(&NOTHING, |(_, metadata)| metadata)
    }

    pub(super) fn touch(&mut self, now: Instant) {
        self.deadline = now + self.session_timeout;
    }

    /// Answers the join that it waits for, if it still does.
    pub(super) fn answer_join(&mut self, answer: JoinGroupResponse) {
        if let Some(joining) = self.joining.take() {
            // Nobody listens any more if the connection is gone.
            let _gone = joining.send(answer);
        }
    }

    pub(super) fn answer_sync(&mut self, answer: &SyncGroupResponse) {
        if let Some(syncing) = self.syncing.take() {
            let _gone = syncing.send(answer.clone());
        }
    }

    /// Whether the coordinator, and not the member, is the one that is waited for.
    fn is_waiting(&self) -> bool {
        self.joining
            .as_ref()
            .is_some_and(|joining| !joining.is_closed())
            || self
                .syncing
                .as_ref()
                .is_some_and(|syncing| !syncing.is_closed())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Members {
    by_id: BTreeMap<String, Member>,
    next_order: u64,
}

impl Members {
    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Member> {
        self.by_id.get_mut(id)
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.by_id.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.by_id.values_mut()
    }

    pub(super) fn of_instance(&self, instance: &str) -> Option<&Member> {
        self.iter()
            .find(|member| member.instance.as_deref() == Some(instance))
    }

    pub(super) fn add(&mut self, mut member: Member) {
        member.order = self.next_order;
        self.next_order += 1;
        self.by_id.insert(member.id.clone(), member);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Member> {
        self.by_id.remove(id)
    }

    /// Gives a static member, that came again, a new id. Its order stays.
    pub(super) fn rename(&mut self, old: &str, new: &str) {
        if let Some(mut member) = self.by_id.remove(old) {
            new.clone_into(&mut member.id);
            self.by_id.insert(new.to_owned(), member);
        }
    }

    pub(super) fn first_joined(&self) -> Option<String> {
        self.iter()
            .min_by_key(|member| member.order)
            .map(|member| member.id.clone())
    }

    pub(super) fn all_joined(&self) -> bool {
        self.iter().all(|member| member.joining.is_some())
    }

    pub(super) fn longest_rebalance_timeout(&self) -> Duration {
        self.iter()
            .map(|member| member.rebalance_timeout)
            .max()
            .unwrap_or_default()
    }

    /// The members that were not heard of in time; those that wait for an answer get more.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<String> {
        let mut expired = Vec::new();
        for member in self
            .by_id
            .values_mut()
            .filter(|member| member.deadline <= now)
        {
            if member.is_waiting() {
                member.touch(now);
            } else {
                expired.push(member.id.clone());
            }
        }
        expired
    }

    /// The protocol that all members speak and that most like best.
    pub(super) fn elect_protocol(&self) -> Option<String> {
        let common = |name: &str| {
            self.iter()
                .all(|member| member.protocols.iter().any(|(other, _)| other == name))
        };
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.iter() {
            if let Some((name, _)) = member.protocols.iter().find(|(name, _)| common(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes
            .into_iter()
            .max_by_key(|(_, votes)| *votes)
            .map(|(name, _)| name.to_owned())
    }

    /// Whether a member that speaks these protocols has one in common with all others.
    pub(super) fn can_speak<'a>(
        &self,
        but: &str,
        protocols: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let mut others = self.iter().filter(|member| member.id != but).peekable();
        if others.peek().is_none() {
            return true;
        }
        let others: Vec<&Member> = others.collect();
        let speaks =
            |member: &&Member, name: &str| member.protocols.iter().any(|(other, _)| other == name);
        protocols
            .into_iter()
            .any(|name| others.iter().all(|member| speaks(member, name)))
    }
}
