//! Consumer groups: which there are, who is in them, what they have committed and how far behind they
//! are.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use super::{
    Call, Effect, KafkaClient,
    error::{Access, Code, Resource},
    ffi::{self, Fault, groups::CommittedEntry},
    offsets::{Isolation, Spec, known},
    topics::TopicInfo,
};
use crate::error::{Result, ToolError};

/// The state of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupState {
    /// One that this client does not know.
    Unknown,
    /// Members are joining.
    PreparingRebalance,
    /// Partitions are being assigned.
    CompletingRebalance,
    /// Every member has its partitions.
    Stable,
    /// It is being removed, or is not there.
    Dead,
    /// It has no members, only committed offsets.
    Empty,
}

/// The protocol between a group's members and its coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupType {
    /// One that this client does not know.
    Unknown,
    /// The protocol all versions of Kafka have.
    Classic,
    /// The one of KIP-848.
    Consumer,
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// Name.
    pub id: String,
    /// State.
    pub state: GroupState,
    /// Protocol.
    pub group_type: GroupType,
    /// Whether it only stores offsets for consumers that assign partitions themselves.
    pub is_simple: bool,
}

/// The groups, and what went wrong on single brokers while listing them.
#[derive(Debug)]
pub struct GroupList {
    /// Sorted by name.
    pub groups: Vec<GroupListing>,
    /// One error for each broker that did not list its groups.
    pub errors: Vec<ToolError>,
}

/// A group and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupInfo {
    /// Name.
    pub id: String,
    /// State.
    pub state: GroupState,
    /// Protocol.
    pub group_type: GroupType,
    /// Whether it only stores offsets for consumers that assign partitions themselves.
    pub is_simple: bool,
    /// How partitions are assigned, for example `range`; empty when nobody is there.
    pub assignor: String,
    /// The broker that looks after the group.
    pub coordinator: Option<Coordinator>,
    /// Members.
    pub members: Vec<Member>,
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinator {
    /// Number of the broker.
    pub id: i32,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Rack, if the broker has one.
    pub rack: Option<String>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The id the coordinator gave it.
    pub id: String,
    /// Its `client.id`.
    pub client_id: String,
    /// Where it connects from.
    pub client_host: String,
    /// Its `group.instance.id`, if it is a static member.
    pub instance_id: Option<String>,
    /// The partitions it reads: topic and partition.
    pub assignment: Vec<(String, i32)>,
}

/// How far behind a group is.
#[derive(Debug)]
pub struct GroupLag {
    /// The topics it has committed offsets for and, when topics were named, those.
    pub topics: Vec<TopicLag>,
}

/// How far behind a group is in one topic.
#[derive(Debug)]
pub struct TopicLag {
    /// Topic.
    pub topic: String,
    /// Partitions with a committed offset, by number.
    pub partitions: Vec<PartitionLag>,
}

/// How far behind a group is in one partition.
#[derive(Debug)]
pub struct PartitionLag {
    /// Partition.
    pub partition: i32,
    /// The offset of the next record the group will read; `None` where it has committed nothing.
    pub committed: Option<i64>,
    /// The offset of the next record to be written; `None` where it is not known.
    pub end: Option<i64>,
    /// What the consumer stored beside the offset.
    pub metadata: Option<String>,
    /// The leader epoch of the committed offset.
    pub leader_epoch: Option<i32>,
    /// Why something is not known.
    pub error: Option<ToolError>,
}

impl PartitionLag {
    /// Records between the committed offset and the end; negative when the topic was made anew and is
    /// shorter than what the group had read.
    pub fn lag(&self) -> Option<i64> {
        if self.error.is_some() {
            return None;
        }
        Some(self.end?.saturating_sub(self.committed?))
    }
}

impl GroupLag {
    /// The sum over all partitions whose lag is known.
    pub fn total(&self) -> i64 {
        let total: i128 = self
            .topics
            .iter()
            .flat_map(|topic| &topic.partitions)
            .filter_map(PartitionLag::lag)
            .map(i128::from)
            .sum();
        i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX })
    }
}

impl KafkaClient {
    /// Lists consumer groups in any of the states and of any of the types; empty means all.
    pub async fn list_groups(
        &self,
        call: &Call,
        states: &[GroupState],
        types: &[GroupType],
    ) -> Result<GroupList> {
        let listed = self
            .run(
                call,
                Effect::Reads,
                "list_groups",
                "list consumer groups",
                |control, timeout| async move {
                    ffi::groups::list(&control, states, types, timeout).await
                },
            )
            .await?;
        let mut listing =
            listed.map_err(|fault| fault.into_error(Access::Describe, Resource::Cluster))?;
        listing.groups.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let errors = listing
            .faults
            .into_iter()
            .map(|fault| fault.into_error(Access::Describe, Resource::Cluster))
            .collect();
        Ok(GroupList {
            groups: listing.groups,
            errors,
        })
    }

    /// Describes a group; one that is not there is
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound).
    pub async fn describe_group(&self, call: &Call, group: &str) -> Result<GroupInfo> {
        let resource = Resource::Group(group);
        let described = self
            .run(
                call,
                Effect::Reads,
                "describe_groups",
                &format!("describe {resource}"),
                |control, timeout| async move {
                    patiently(|| ffi::groups::describe(&control, group, timeout)).await
                },
            )
            .await?;
        let missing = || {
            let fault = Fault {
                code: Code::GROUP_NOT_FOUND,
                message: None,
            };
            fault.into_error(Access::Describe, resource)
        };
        let info = described
            .map_err(|fault| fault.into_error(Access::Describe, resource))?
            .ok_or_else(missing)?;
        // How brokers before KIP-1043, and Confluent Cloud, describe a group they do not have.
        if info.state == GroupState::Dead && info.members.is_empty() && info.assignor.is_empty() {
            return Err(missing());
        }
        Ok(info)
    }

    /// How far behind a group is, in the named topics or, if none is named, in all it has committed
    /// offsets for.
    pub async fn group_lag(
        &self,
        call: &Call,
        group: &str,
        topics: Option<&[String]>,
    ) -> Result<GroupLag> {
        let resource = Resource::Group(group);
        let doing = format!("get the offsets of {resource}");
        let committed = self
            .run(
                call,
                Effect::Reads,
                "list_group_offsets",
                &doing,
                |control, timeout| async move {
                    patiently(|| ffi::groups::committed(&control, group, timeout)).await
                },
            )
            .await?;
        let committed = committed.map_err(|fault| fault.into_error(Access::Describe, resource))?;
        if committed.is_empty() {
            // Tells a group without commits from one that is not there.
            self.describe_group(call, group).await?;
        }
        let mut by_topic: BTreeMap<String, Vec<CommittedEntry>> = BTreeMap::new();
        for entry in committed {
            if topics.is_none_or(|wanted| wanted.contains(&entry.topic)) {
                by_topic.entry(entry.topic.clone()).or_default().push(entry);
            }
        }
        let wanted = topics.into_iter().flatten().cloned();
        let concerned: BTreeSet<String> = by_topic.keys().cloned().chain(wanted).collect();
        let names: Vec<&str> = concerned.iter().map(String::as_str).collect();
        let described = self.describe_for(call, &names, Access::Describe).await?;
        let mut infos: HashMap<&str, Result<TopicInfo>> =
            names.iter().copied().zip(described).collect();
        for &name in &names {
            // A topic that was asked for and that the group never read must at least exist.
            if !by_topic.contains_key(name)
                && let Some(Err(error)) = infos.remove(name)
            {
                return Err(error);
            }
        }
        let wanted: Vec<(&TopicInfo, i32, Spec)> = by_topic
            .iter()
            .filter_map(|(name, entries)| Some((infos.get(name.as_str())?.as_ref().ok()?, entries)))
            .flat_map(|(info, entries)| entries.iter().map(move |entry| (info, entry.partition)))
            .filter(|&(info, id)| info.partition(id).is_ok())
            .map(|(info, id)| (info, id, Spec::Latest))
            .collect();
        let ends = self
            .offsets(call, &wanted, Isolation::ReadUncommitted)
            .await?;
        let topics = names
            .iter()
            .map(|&name| {
                let entries = by_topic.remove(name).unwrap_or_default();
                let mut partitions: Vec<_> = entries
                    .into_iter()
                    .map(|entry| {
                        let id = entry.partition;
                        let end = match infos.get(name) {
                            Some(Err(error)) => Err(error.clone()),
                            Some(Ok(info)) => info.partition(id).and_then(|_| {
                                known(&ends, name, id).map_err(|fault| {
                                    fault.into_error(Access::Describe, Resource::Topic(name))
                                })
                            }),
                            None => Err(ToolError::internal("topic without description")),
                        };
                        partition_lag(entry, end, group)
                    })
                    .collect();
                partitions.sort_unstable_by_key(|partition| partition.partition);
                TopicLag {
                    topic: name.to_owned(),
                    partitions,
                }
            })
            .collect();
        Ok(GroupLag { topics })
    }
}

/// Asks again while the group's coordinator is starting; the call's deadline ends it.
async fn patiently<T, F>(mut request: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    loop {
        match request().await {
            Err(fault) if fault.code.is_coordinator_starting() => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            result => return result,
        }
    }
}

fn partition_lag(entry: CommittedEntry, end: Result<i64>, group: &str) -> PartitionLag {
    let (end, end_error) = match end {
        Ok(end) => (Some(end), None),
        Err(error) => (None, Some(error)),
    };
    let refused = (entry.code != Code::NONE).then(|| {
        Fault {
            code: entry.code,
            message: None,
        }
        .into_error(Access::Describe, Resource::Group(group))
    });
    PartitionLag {
        partition: entry.partition,
        committed: entry.offset.filter(|_| refused.is_none()),
        end,
        metadata: entry.metadata,
        leader_epoch: entry.leader_epoch,
        error: refused.or(end_error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn entry(offset: Option<i64>) -> CommittedEntry {
        CommittedEntry {
            topic: "t".to_owned(),
            partition: 0,
            offset,
            metadata: None,
            leader_epoch: None,
            code: Code::NONE,
        }
    }

    #[test]
    fn lag_is_known_only_where_both_ends_are() {
        assert_eq!(partition_lag(entry(Some(3)), Ok(10), "g").lag(), Some(7));
        assert_eq!(partition_lag(entry(Some(10)), Ok(3), "g").lag(), Some(-7));
        assert_eq!(partition_lag(entry(None), Ok(10), "g").lag(), None);
        let gone = ToolError::new(ErrorKind::NotFound, "gone");
        assert_eq!(partition_lag(entry(Some(3)), Err(gone), "g").lag(), None);
    }

    #[test]
    fn refused_partitions_do_not_count() {
        let mut refused = entry(Some(3));
        refused.code = Code::LEADER_NOT_AVAILABLE;
        let refused = partition_lag(refused, Ok(10), "g");
        assert_eq!((refused.committed, refused.lag()), (None, None));
        let lag = GroupLag {
            topics: vec![TopicLag {
                topic: "t".to_owned(),
                partitions: vec![
                    refused,
                    partition_lag(entry(Some(0)), Ok(i64::MAX), "g"),
                    partition_lag(entry(Some(0)), Ok(i64::MAX), "g"),
                ],
            }],
        };
        assert_eq!(lag.total(), i64::MAX);
    }
}
