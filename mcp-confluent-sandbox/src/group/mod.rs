//! Consumer groups of the classic protocol
//! (<https://kafka.apache.org/protocol#The_Messages_JoinGroup>).

mod admin;
mod join;
mod members;
mod membership;
mod offsets;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ConsumerProtocolSubscription, SyncGroupResponse};
use kafka_protocol::protocol::Decodable;
use tokio::time::Instant;

pub(crate) use members::{Member, Members};
pub(crate) use offsets::Committed;

/// How long a first rebalance waits for further members (`group.initial.rebalance.delay.ms`, which
/// is three seconds by default in Kafka and nothing in test clusters).
pub(crate) const INITIAL_REBALANCE_DELAY: Duration = Duration::from_millis(20);
/// The shortest session timeout (`group.min.session.timeout.ms`; six seconds by default in Kafka).
pub(crate) const MIN_SESSION_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest session timeout (`group.max.session.timeout.ms`).
pub(crate) const MAX_SESSION_TIMEOUT: Duration = Duration::from_mins(30);

/// Groups that are kept, and members of one group.
const MAX_GROUPS: usize = 10_000;
const MAX_MEMBERS: usize = 1_000;

/// Every group by its id.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    by_id: BTreeMap<String, Group>,
}

/// Where a group is in its life; a group that is not there is `Dead`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// No members.
    #[default]
    Empty,
    /// Members are asked to join again.
    PreparingRebalance,
    /// All have joined; the leader has not sent the assignments.
    CompletingRebalance,
    /// Members work.
    Stable,
}

impl Phase {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// A topic and a partition of it.
pub(crate) type Place = (String, i32);

#[derive(Debug, Default)]
pub(crate) struct Group {
    phase: Phase,
    generation: i32,
    /// `consumer`, or what else its first member said; empty if it only has offsets.
    protocol_type: String,
    protocol: Option<String>,
    leader: Option<String>,
    members: Members,
    /// Ids that were given out, but have not joined, and until when they may (KIP-394).
    pending: HashMap<String, Instant>,
    /// When the members that have not joined are given up.
    rebalance_deadline: Option<Instant>,
    /// Whether the rebalance waits for further members even if all have joined.
    initial_rebalance: bool,
    offsets: BTreeMap<Place, Committed>,
    /// Offsets of open transactions, by producer.
    transactional: HashMap<i64, BTreeMap<Place, Committed>>,
}

impl Groups {
    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.by_id.get_mut(id)
    }

    /// The group of this id, created if there is room.
    pub(crate) fn get_or_create(&mut self, id: &str) -> Result<&mut Group, ResponseError> {
        if id.is_empty() {
            return Err(ResponseError::InvalidGroupId);
        }
        if self.by_id.len() >= MAX_GROUPS && !self.by_id.contains_key(id) {
            return Err(ResponseError::PolicyViolation);
        }
        Ok(self.by_id.entry(id.to_owned()).or_default())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Group)> {
        self.by_id.iter().map(|(id, group)| (id.as_str(), group))
    }

    /// Drops what groups have committed for a topic that is deleted.
    pub(crate) fn forget_topic(&mut self, topic: &str) {
        for group in self.by_id.values_mut() {
            group.offsets.retain(|(name, _), _| name != topic);
            for offsets in group.transactional.values_mut() {
                offsets.retain(|(name, _), _| name != topic);
            }
        }
    }

    /// Lets deadlines take effect that have come, and gives the next one.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Instant> {
        self.by_id
            .values_mut()
            .filter_map(|group| group.expire(now))
            .min()
    }
}

impl Group {
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// The topics that members are subscribed to; `None` if they do not say so in a known way.
    fn subscribed_topics(&self) -> Option<Vec<String>> {
        let protocol = self.protocol.as_deref()?;
        let mut topics = Vec::new();
        for member in self.members.iter() {
            topics.extend(subscription(member.metadata(protocol))?);
        }
        (self.protocol_type == "consumer").then_some(topics)
    }

    fn expire(&mut self, now: Instant) -> Option<Instant> {
        self.pending.retain(|_, deadline| *deadline > now);
        for member in self.members.expired(now) {
            self.remove(&member, now);
        }
        if self.phase == Phase::PreparingRebalance {
            if self
                .rebalance_deadline
                .is_some_and(|deadline| deadline <= now)
            {
                self.complete_rebalance(now);
            } else {
                self.complete_if_all_joined(now);
            }
        }
        let rebalance = self
            .rebalance_deadline
            .filter(|_| self.phase == Phase::PreparingRebalance);
        let members = self.members.iter().map(|member| member.deadline);
        self.pending
            .values()
            .copied()
            .chain(members)
            .chain(rebalance)
            .min()
    }

    /// Removes a member and lets the others share its work.
    fn remove(&mut self, member_id: &str, now: Instant) {
        self.pending.remove(member_id);
        if self.members.remove(member_id).is_none() {
            return;
        }
        if self.leader.as_deref() == Some(member_id) {
            self.leader = self.members.first_joined();
        }
        match self.phase {
            Phase::Stable | Phase::CompletingRebalance => self.prepare_rebalance(now),
            Phase::PreparingRebalance => self.complete_if_all_joined(now),
            Phase::Empty => {}
        }
    }

    /// Asks all members to join again.
    fn prepare_rebalance(&mut self, now: Instant) {
        let initial = self.phase == Phase::Empty;
        if self.phase == Phase::CompletingRebalance {
            for member in self.members.iter_mut() {
                member.answer_sync(&failed_sync(ResponseError::RebalanceInProgress));
            }
        }
        self.phase = Phase::PreparingRebalance;
        self.initial_rebalance = initial;
        let wait = if initial {
            INITIAL_REBALANCE_DELAY
        } else {
            self.members.longest_rebalance_timeout()
        };
        self.rebalance_deadline = Some(now + wait);
        self.complete_if_all_joined(now);
    }

    fn complete_if_all_joined(&mut self, now: Instant) {
        if !self.initial_rebalance && self.pending.is_empty() && self.members.all_joined() {
            self.complete_rebalance(now);
        }
    }
}

fn failed_sync(code: ResponseError) -> SyncGroupResponse {
    // Null is not allowed before version 5, where both are new.
    SyncGroupResponse::default()
        .with_error_code(code.code())
        .with_protocol_type(None)
        .with_protocol_name(None)
}

/// The topics in a consumer's subscription.
fn subscription(metadata: &Bytes) -> Option<Vec<String>> {
    let mut bytes = metadata.clone();
    let version = i16::from_be_bytes([*metadata.first()?, *metadata.get(1)?]);
    let count = i32::from_be_bytes(metadata.get(2..6)?.try_into().ok()?);
    // The decoder reserves room for as many topics as the member says there are.
    if usize::try_from(count).ok()? > metadata.len() {
        return None;
    }
    let _version = bytes.split_to(2);
    // Later versions only append fields.
    let subscription = ConsumerProtocolSubscription::decode(&mut bytes, version.min(0)).ok()?;
    Some(
        subscription
            .topics
            .iter()
            .map(ToString::to_string)
            .collect(),
    )
}
