//! Topics: their names and partitions, creating and deleting them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use rdkafka::producer::Producer as _;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    Call, Effect, KafkaClient,
    control::Control,
    error::{Access, Code, Resource},
    ffi::{self, Fault},
};
use crate::error::{ErrorKind, Result, ToolError};

/// A topic and its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    /// Name.
    pub name: String,
    /// Whether Kafka keeps it for itself, such as `__consumer_offsets`.
    pub internal: bool,
    /// Partitions by id.
    pub partitions: Vec<PartitionInfo>,
}

/// Something that an ACL can allow somebody to do with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopicRight {
    /// Read its records.
    Read,
    /// Write records.
    Write,
    /// Create it anew.
    Create,
    /// Delete the topic.
    Delete,
    /// See its configuration.
    DescribeConfigs,
    /// Change its configuration.
    AlterConfigs,
}

impl TopicRight {
    /// The name of the operation in an ACL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::DescribeConfigs => "DESCRIBE_CONFIGS",
            Self::AlterConfigs => "ALTER_CONFIGS",
        }
    }
}

/// Where a partition lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionInfo {
    /// Number of the partition, from zero.
    pub id: i32,
    /// The broker that serves it; `None` while there is none.
    pub leader: Option<i32>,
    /// The brokers that should have a copy.
    pub replicas: Vec<i32>,
    /// The brokers whose copy is up to date.
    pub isr: Vec<i32>,
}

impl TopicInfo {
    /// The partition with the number `id`, or an error with the numbers there are.
    pub(super) fn partition(&self, id: i32) -> Result<&PartitionInfo> {
        let found = self.partitions.iter().find(|partition| partition.id == id);
        found.ok_or_else(|| {
            let name = self.name.escape_debug();
            let valid = match self.partitions.as_slice() {
                [] => "none can be used now".to_owned(),
                [only] => format!("its only partition is {}", only.id),
                [first, .., last] => format!(
                    "its {} partitions are {} to {}",
                    self.partitions.len(),
                    first.id,
                    last.id
                ),
            };
            ToolError::not_found(format!("topic `{name}` has no partition {id}: {valid}"))
                .code(Code::UNKNOWN_TOPIC.name())
        })
    }
}

/// A topic to create.
#[derive(Debug, Clone, Default)]
pub struct NewTopic {
    /// Name.
    pub name: String,
    /// Number of partitions; the broker's default if left out.
    pub partitions: Option<i32>,
    /// Number of copies; the broker's default if left out.
    pub replication_factor: Option<i16>,
    /// Settings that differ from the broker's defaults.
    pub configs: BTreeMap<String, String>,
}

/// A topic, and how creating or deleting it went.
#[derive(Debug)]
pub struct TopicOutcome {
    /// Name.
    pub topic: String,
    /// Nothing, or why it failed. Other topics of the same request may have gone well.
    pub result: Result<()>,
}

/// The topics Kafka keeps for itself, whose metadata does not say so in every version of the request.
///
/// [Kafka's list](https://github.com/apache/kafka/blob/4.1/clients/src/main/java/org/apache/kafka/common/internals/Topic.java)
const INTERNAL: &[&str] = &[
    "__consumer_offsets",
    "__transaction_state",
    "__share_group_state",
    "__cluster_metadata",
];

/// How long to wait for a change to be known everywhere before answering anyway.
const PATIENCE: Duration = Duration::from_secs(3);

/// The first wait for all metadata; later ones are longer, up to the last.
const FIRST_WAIT: Duration = Duration::from_secs(4);
const LAST_WAIT: Duration = Duration::from_secs(16);

impl KafkaClient {
    /// Every topic these credentials may describe, sorted by name.
    pub async fn topics(&self, call: &Call) -> Result<Vec<TopicInfo>> {
        let listed = self
            .run(
                call,
                Effect::Reads,
                "list_topics",
                "list topics",
                |control, timeout| async move {
                    let topics = control.topics.clone();
                    let listed = topics.ask(move || list(control, timeout)).await;
                    listed.unwrap_or(Err(Fault::internal()))
                },
            )
            .await?;
        let listed =
            listed.map_err(|fault| fault.into_error(Access::Describe, Resource::Cluster))?;
        Ok(Arc::unwrap_or_clone(listed))
    }

    /// Describes the named topics, in that order; each may fail on its own.
    ///
    /// `access` is what the topics are wanted for, in case it is denied: a broker that does not let a
    /// topic be described does not let it be read or written either.
    pub(super) async fn describe_for(
        &self,
        call: &Call,
        names: &[&str],
        access: Access,
    ) -> Result<Vec<Result<TopicInfo>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let unique: Vec<&str> = names
            .iter()
            .copied()
            .collect::<HashSet<_>>()
            .into_iter()
            .collect();
        let doing = match names {
            [name] => format!("describe {}", Resource::Topic(name)),
            names => format!("describe {} topics", names.len()),
        };
        let described = self
            .run(
                call,
                Effect::Reads,
                "describe_topics",
                &doing,
                |control, timeout| {
                    let unique = unique.clone();
                    async move { ffi::topics::describe(&control, &unique, timeout).await }
                },
            )
            .await?;
        let described =
            described.map_err(|fault| fault.into_error(access, Resource::Topic(names[0])))?;
        let described: HashMap<String, _> = described.into_iter().collect();
        Ok(names
            .iter()
            .map(|&name| {
                let found = match described.get(name) {
                    Some(Ok(topic)) => Ok(topic.clone()),
                    Some(Err(fault)) => Err(fault.clone()),
                    None => Err(Fault {
                        code: Code::UNKNOWN_TOPIC,
                        message: None,
                    }),
                };
                found.map_err(|fault| fault.into_error(access, Resource::Topic(name)))
            })
            .collect())
    }

    /// What these credentials may do with the named topics; `None` where the broker does not say.
    /// Topics that cannot be described are left out.
    pub async fn topic_rights(
        &self,
        call: &Call,
        names: &[&str],
    ) -> Result<Vec<(String, Option<Vec<TopicRight>>)>> {
        let doing = "ask for the rights on topics";
        let rights = self
            .run(
                call,
                Effect::Reads,
                "describe_topics",
                doing,
                |control, timeout| {
                    let names = names.to_vec();
                    async move { ffi::topics::rights(&control, &names, timeout).await }
                },
            )
            .await?;
        rights.map_err(|fault| fault.into_error(Access::Describe, Resource::Cluster))
    }

    /// Describes one topic that is wanted for `access`.
    pub(super) async fn describe_one(
        &self,
        call: &Call,
        name: &str,
        access: Access,
    ) -> Result<TopicInfo> {
        let mut described = self.describe_for(call, &[name], access).await?;
        described
            .pop()
            .unwrap_or_else(|| Err(ToolError::internal("no answer for the topic")))
    }

    /// Creates topics, or with `validate_only` only asks the cluster whether it would.
    pub async fn create_topics(
        &self,
        call: &Call,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<Vec<TopicOutcome>> {
        if !validate_only {
            self.settings().check_writable("create topics")?;
        }
        check_names(topics.iter().map(|topic| topic.name.as_str()))?;
        let created = self
            .run(
                call,
                Effect::Writes,
                "create_topics",
                "create topics",
                |control, timeout| async move {
                    ffi::topics::create(&control, topics, validate_only, timeout).await
                },
            )
            .await?;
        let first = &topics[0].name;
        let created =
            created.map_err(|fault| fault.into_error(Access::Create, Resource::Topic(first)))?;
        let outcomes = outcomes(created, Access::Create);
        if !validate_only {
            self.settle(call, &outcomes, true).await;
        }
        Ok(outcomes)
    }

    /// Which of these topics are there to be deleted, and why the others are not.
    ///
    /// # Errors
    /// The connection is read-only, a topic is protected, or a name is empty or there twice.
    pub async fn deletable_topics(
        &self,
        call: &Call,
        names: &[String],
    ) -> Result<Vec<TopicOutcome>> {
        self.check_deletion(names)?;
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        let described = self.describe_for(call, &asked, Access::Delete).await?;
        let outcomes = names.iter().zip(described).map(|(name, found)| {
            // Whatever else there is to say, the deletion says.
            let missing = found
                .err()
                .filter(|error| error.kind() == ErrorKind::NotFound);
            TopicOutcome {
                topic: name.clone(),
                result: missing.map_or(Ok(()), Err),
            }
        });
        Ok(outcomes.collect())
    }

    fn check_deletion(&self, names: &[String]) -> Result<()> {
        self.settings().check_writable("delete topics")?;
        for name in names {
            self.settings().check_unprotected("delete it", name)?;
        }
        check_names(names.iter().map(String::as_str))
    }

    /// Deletes topics and every record in them.
    pub async fn delete_topics(&self, call: &Call, names: &[String]) -> Result<Vec<TopicOutcome>> {
        self.check_deletion(names)?;
        let deleted = self
            .run(
                call,
                Effect::Writes,
                "delete_topics",
                "delete topics",
                |control, timeout| async move {
                    ffi::topics::delete(&control, names, timeout).await
                },
            )
            .await?;
        let first = &names[0];
        let deleted =
            deleted.map_err(|fault| fault.into_error(Access::Delete, Resource::Topic(first)))?;
        let outcomes = outcomes(deleted, Access::Delete);
        self.settle(call, &outcomes, false).await;
        Ok(outcomes)
    }

    /// Waits until a broker knows of the change: the one that answers the next call may learn of it
    /// later than the controller, which made it.
    async fn settle(&self, call: &Call, outcomes: &[TopicOutcome], exists: bool) {
        let changed = outcomes.iter().filter(|outcome| outcome.result.is_ok());
        let names: Vec<&str> = changed.map(|outcome| outcome.topic.as_str()).collect();
        let patience = Instant::now() + PATIENCE.min(call.remaining() / 2);
        while Instant::now() < patience {
            let Ok(described) = self.describe_for(call, &names, Access::Describe).await else {
                return;
            };
            let settled = described.iter().all(|topic| match topic {
                Ok(topic) => exists && topic.partitions.iter().all(|found| found.leader.is_some()),
                Err(error) => !exists || error.kind() != ErrorKind::NotFound,
            });
            if settled {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// At least one name, none empty and none twice: brokers reject the whole request otherwise, or one of
/// the two.
fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if name.is_empty() {
            return Err(ToolError::argument(
                "a topic needs a name, and one of these is empty",
            ));
        }
        if !seen.insert(name) {
            return Err(ToolError::argument(format!(
                "topic `{}` is named twice",
                name.escape_debug()
            )));
        }
    }
    if seen.is_empty() {
        return Err(ToolError::argument("name at least one topic"));
    }
    Ok(())
}

fn outcomes(results: Vec<ffi::topics::TopicResult>, access: Access) -> Vec<TopicOutcome> {
    results
        .into_iter()
        .map(|(topic, result)| {
            let result = result.map_err(|fault| fault.into_error(access, Resource::Topic(&topic)));
            TopicOutcome { topic, result }
        })
        .collect()
}

/// What a list of all topics came to.
pub(super) type Listed = Result<Arc<Vec<TopicInfo>>, Fault>;

/// librdkafka has only a blocking form of this request. It waits in steps, so that the thread is free
/// again soon after this was dropped. `timeout` is what the call has left that asks first.
async fn list(control: Arc<Control>, timeout: Duration) -> Listed {
    let abandoned = CancellationToken::new();
    let _guard = abandoned.clone().drop_guard();
    let listing = spawn_blocking(move || all_topics(&control, timeout, &abandoned));
    listing.await.map_err(|_| Fault::internal())?.map(Arc::new)
}

fn all_topics(
    control: &Arc<Control>,
    timeout: Duration,
    abandoned: &CancellationToken,
) -> Result<Vec<TopicInfo>, Fault> {
    let mut wait = FIRST_WAIT.min(timeout);
    let metadata = loop {
        match control.producer.client().fetch_metadata(None, wait) {
            Ok(metadata) => break metadata,
            Err(error) => {
                let code = error.rdkafka_error_code().map_or(Code::FAIL, Code::of);
                let over = abandoned.is_cancelled() || control.health.is_down();
                if over || !code.is_connection_trouble() {
                    return Err(Fault {
                        code,
                        message: None,
                    });
                }
                wait = (wait * 2).clamp(FIRST_WAIT, LAST_WAIT);
            }
        }
    };
    let mut topics: Vec<_> = metadata
        .topics()
        .iter()
        .map(|topic| {
            let mut partitions: Vec<_> = topic
                .partitions()
                .iter()
                .map(|partition| PartitionInfo {
                    id: partition.id(),
                    leader: (partition.leader() >= 0).then_some(partition.leader()),
                    replicas: partition.replicas().to_vec(),
                    isr: partition.isr().to_vec(),
                })
                .collect();
            partitions.sort_unstable_by_key(|partition| partition.id);
            let name = topic.name().to_owned();
            TopicInfo {
                internal: INTERNAL.contains(&name.as_str()),
                name,
                partitions,
            }
        })
        .collect();
    topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(topics)
}
