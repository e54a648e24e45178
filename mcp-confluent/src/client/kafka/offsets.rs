//! Offsets of partitions.

use std::{collections::HashMap, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    Call, Effect, KafkaClient,
    error::{Access, Code, Resource},
    ffi::{self, Fault, offsets::ListedOffset},
    topics::TopicInfo,
};
use crate::error::Result;

/// Which offset of a partition is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spec {
    /// That of the oldest record still kept.
    Earliest,
    /// That of the next record to be written.
    Latest,
    /// That of the first record at or after this moment, in milliseconds since 1970.
    Timestamp(i64),
}

/// Which records count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// All of them.
    ReadUncommitted,
    /// Only those before the oldest unfinished transaction.
    ReadCommitted,
}

/// The bounds of a partition.
#[derive(Debug)]
pub struct Watermarks {
    /// Partition.
    pub partition: i32,
    /// The oldest offset kept and the next one to be written, or why they are not known.
    pub offsets: Result<(i64, i64)>,
}

/// How long to ask again for partitions whose leader is changing, or that are quite new.
const PATIENCE: Duration = Duration::from_secs(3);

/// Offsets by topic and partition.
pub(super) type Offsets = HashMap<(String, i32), Result<Option<i64>, Fault>>;

impl KafkaClient {
    /// The lowest and highest offset of each partition of a topic, or of the one that is named.
    pub async fn watermarks(
        &self,
        call: &Call,
        topic: &str,
        partition: Option<i32>,
    ) -> Result<Vec<Watermarks>> {
        let info = self.describe_one(call, topic, Access::Describe).await?;
        if let Some(id) = partition {
            info.partition(id)?;
        }
        let ids: Vec<i32> = info
            .partitions
            .iter()
            .map(|found| found.id)
            .filter(|&id| partition.is_none_or(|wanted| wanted == id))
            .collect();
        let all = |spec| ids.iter().map(|&id| (&info, id, spec)).collect::<Vec<_>>();
        let (earliest, latest) = (all(Spec::Earliest), all(Spec::Latest));
        let (low, high) = tokio::try_join!(
            self.offsets(call, &earliest, Isolation::ReadUncommitted),
            self.offsets(call, &latest, Isolation::ReadUncommitted),
        )?;
        Ok(ids
            .iter()
            .map(|&id| Watermarks {
                partition: id,
                offsets: known(&low, topic, id)
                    .and_then(|low| Ok((low, known(&high, topic, id)?)))
                    .map_err(|fault| fault.into_error(Access::Describe, Resource::Topic(topic))),
            })
            .collect())
    }

    /// One offset for each of the partitions, which must be among those of their topics.
    pub(super) async fn offsets(
        &self,
        call: &Call,
        partitions: &[(&TopicInfo, i32, Spec)],
        isolation: Isolation,
    ) -> Result<Offsets> {
        let mut offsets = Offsets::new();
        let mut wanted = Vec::with_capacity(partitions.len());
        for &(topic, id, spec) in partitions {
            // Asking for a partition without a leader would wait until it has one.
            if topic.partition(id)?.leader.is_some() {
                wanted.push((topic.name.as_str(), id, spec));
            } else {
                let fault = Fault {
                    code: Code::LEADER_NOT_AVAILABLE,
                    message: Some(format!("partition {id} has no leader now")),
                };
                offsets.insert((topic.name.clone(), id), Err(fault));
            }
        }
        let patience = Instant::now() + PATIENCE;
        while !wanted.is_empty() {
            let listed = self
                .run(
                    call,
                    Effect::Reads,
                    "list_offsets",
                    "list offsets",
                    |control, timeout| {
                        let wanted = wanted.clone();
                        async move { ffi::offsets::list(&control, &wanted, isolation, timeout).await }
                    },
                )
                .await?;
            let resource = Resource::Topic(wanted[0].0);
            let listed = listed.map_err(|fault| fault.into_error(Access::Describe, resource))?;
            for ListedOffset {
                topic,
                partition,
                offset,
            } in listed
            {
                offsets.insert((topic, partition), offset);
            }
            wanted.retain(|(topic, partition, _)| {
                let listed = offsets.get(&((*topic).to_owned(), *partition));
                matches!(listed, Some(Err(fault)) if fault.code.is_leader_changing())
            });
            if Instant::now() >= patience {
                break;
            }
            if !wanted.is_empty() {
                sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(offsets)
    }
}

/// An offset that every partition has.
pub(super) fn known(offsets: &Offsets, topic: &str, partition: i32) -> Result<i64, Fault> {
    match offsets.get(&(topic.to_owned(), partition)) {
        Some(Ok(Some(offset))) => Ok(*offset),
        Some(Err(fault)) => Err(fault.clone()),
        Some(Ok(None)) | None => Err(Fault {
            code: Code::FAIL,
            message: Some(format!("no offset was listed for partition {partition}")),
        }),
    }
}
