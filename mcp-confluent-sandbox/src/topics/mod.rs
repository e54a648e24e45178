//! The topics and their partitions.

mod admin;
mod metadata;

use std::collections::{BTreeMap, HashMap, HashSet};

use kafka_protocol::ResponseError;
use uuid::Uuid;

use crate::broker::Refusal;
use crate::config::Overrides;
use crate::storage::{Batch, PartitionLog};

pub(crate) use admin::topic_name;

/// Partitions that may be created by one request, as in Kafka.
pub(crate) const MAX_PARTITIONS_PER_REQUEST: usize = 10_000;
/// Partitions that the broker holds at most.
const MAX_PARTITIONS: usize = 200_000;

const MAX_NAME_LENGTH: usize = 249;

#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) id: Uuid,
    pub(crate) overrides: Overrides,
    pub(crate) partitions: Vec<PartitionLog>,
}

#[derive(Debug)]
pub(crate) struct Topics {
    by_name: BTreeMap<String, Topic>,
    names: HashMap<Uuid, String>,
    /// Names with `.` as `_`: two topics must not be the same in metrics.
    normalized: HashSet<String>,
    partitions: usize,
    stored_bytes: usize,
    max_stored_bytes: usize,
}

impl Topics {
    pub(crate) fn new(max_stored_bytes: usize) -> Self {
        Self {
            by_name: BTreeMap::new(),
            names: HashMap::new(),
            normalized: HashSet::new(),
            partitions: 0,
            stored_bytes: 0,
            max_stored_bytes,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.by_name.get_mut(name)
    }

    /// All topics by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Topic)> {
        self.by_name
            .iter()
            .map(|(name, topic)| (name.as_str(), topic))
    }

    pub(crate) fn name_of(&self, id: Uuid) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    pub(crate) fn partition(
        &self,
        topic: &str,
        index: i32,
    ) -> Result<&PartitionLog, ResponseError> {
        let partitions = self.get(topic).map(|topic| &topic.partitions);
        let partition = partitions.and_then(|it| it.get(usize::try_from(index).ok()?));
        partition.ok_or(ResponseError::UnknownTopicOrPartition)
    }

    /// Checks whether a topic could be created.
    pub(crate) fn check_new(&self, name: &str, partitions: usize) -> Result<(), Refusal> {
        if self.by_name.contains_key(name) {
            let message = format!("Topic '{name}' already exists.");
            return Err(Refusal::new(ResponseError::TopicAlreadyExists, message));
        }
        check_name(name)?;
        let normalized = normalize(name);
        if self.normalized.contains(&normalized)
            && let Some(other) = self
                .by_name
                .keys()
                .find(|other| normalize(other) == normalized)
        {
            let message = format!("Topic '{name}' collides with existing topic: {other}");
            return Err(Refusal::new(ResponseError::InvalidTopicException, message));
        }
        self.check_partitions(partitions)
    }

    fn check_partitions(&self, new: usize) -> Result<(), Refusal> {
        if self.partitions.saturating_add(new) > MAX_PARTITIONS {
            let message = format!("The sandbox holds at most {MAX_PARTITIONS} partitions.");
            return Err(Refusal::new(ResponseError::PolicyViolation, message));
        }
        Ok(())
    }

    /// Creates a topic that [`Topics::check_new`] found to be possible.
    pub(crate) fn create(&mut self, name: &str, partitions: usize, overrides: Overrides) -> Uuid {
        let id = Uuid::from_bytes(rand::random());
        let logs = std::iter::repeat_with(PartitionLog::default)
            .take(partitions)
            .collect();
        self.partitions += partitions;
        self.normalized.insert(normalize(name));
        self.names.insert(id, name.to_owned());
        self.by_name.insert(
            name.to_owned(),
            Topic {
                id,
                overrides,
                partitions: logs,
            },
        );
        id
    }

    pub(crate) fn delete(&mut self, name: &str) -> Option<Topic> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id);
        self.normalized.remove(&normalize(name));
        self.partitions -= topic.partitions.len();
        self.stored_bytes -= topic
            .partitions
            .iter()
            .map(PartitionLog::size)
            .sum::<usize>();
        Some(topic)
    }

    /// Gives a topic further partitions, up to `count`.
    pub(crate) fn grow(&mut self, name: &str, count: usize) {
        if let Some(topic) = self.by_name.get_mut(name) {
            self.partitions += count.saturating_sub(topic.partitions.len());
            topic
                .partitions
                .resize_with(count.max(topic.partitions.len()), PartitionLog::default);
        }
    }

    /// Does something to a log that may change its size.
    pub(crate) fn change<T>(
        &mut self,
        topic: &str,
        index: i32,
        change: impl FnOnce(&mut PartitionLog) -> T,
    ) -> Result<T, ResponseError> {
        let partitions = self
            .by_name
            .get_mut(topic)
            .map(|topic| &mut topic.partitions);
        let log = partitions.and_then(|it| it.get_mut(usize::try_from(index).ok()?));
        let log = log.ok_or(ResponseError::UnknownTopicOrPartition)?;
        self.stored_bytes -= log.size();
        let result = change(log);
        self.stored_bytes += log.size();
        Ok(result)
    }

    /// Appends a batch, if there is room, and gives its offset.
    pub(crate) fn append(
        &mut self,
        topic: &str,
        index: i32,
        batch: &Batch,
        append_time: Option<i64>,
    ) -> Result<i64, Refusal> {
        if self.stored_bytes.saturating_add(batch.bytes().len()) > self.max_stored_bytes {
            let message = format!(
                "The sandbox keeps at most {} bytes of records in memory.",
                self.max_stored_bytes
            );
            return Err(Refusal::new(ResponseError::PolicyViolation, message));
        }
        Ok(self.change(topic, index, |log| log.append(batch, append_time))?)
    }
}

fn normalize(name: &str) -> String {
    name.replace('.', "_")
}

/// Checks a topic's name as Kafka does, in its words.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    let problem = if name.is_empty() {
        "the empty string is not allowed".to_owned()
    } else if name == "." || name == ".." {
        format!("'{name}' is not allowed")
    } else if name.len() > MAX_NAME_LENGTH {
        format!("the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}")
    } else if !name.chars().all(allowed) {
        format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        ResponseError::InvalidTopicException,
        format!("Topic name is invalid: {problem}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_as_kafka_does() {
        for good in ["a", "a.b_c-D9", &"x".repeat(249)] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in ["", ".", "..", "a b", "ä", &"x".repeat(250)] {
            assert!(
                check_name(bad).is_err_and(|it| it.code == ResponseError::InvalidTopicException),
                "{bad}"
            );
        }
    }

    #[test]
    fn names_that_metrics_cannot_tell_apart_collide() {
        let mut topics = Topics::new(1000);
        topics.create("a.b", 1, Overrides::new());
        let refusal = topics.check_new("a_b", 1).expect_err("a collision");
        assert_eq!(
            refusal.message.as_deref(),
            Some("Topic 'a_b' collides with existing topic: a.b")
        );
        topics.delete("a.b");
        assert_eq!(topics.check_new("a_b", 1), Ok(()));
    }

    #[test]
    fn the_room_for_records_is_bounded_and_given_back() {
        let mut builder = crate::storage::Builder::new(0);
        builder.push(0, None, Some(&[0; 400]), &[]);
        let batch = builder.finish();
        let mut topics = Topics::new(600);
        topics.create("t", 1, Overrides::new());
        assert_eq!(topics.append("t", 0, &batch, None), Ok(0));
        assert!(
            topics
                .append("t", 0, &batch, None)
                .is_err_and(|it| it.code == ResponseError::PolicyViolation)
        );
        topics
            .change("t", 0, |log| log.delete_before(1))
            .expect("the partition is there");
        assert_eq!(topics.append("t", 0, &batch, None), Ok(1));
        topics.delete("t");
        assert_eq!(topics.stored_bytes, 0);
    }
}
