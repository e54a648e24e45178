//! Topics: list, create, delete.

use std::collections::BTreeMap;

use crate::{
    client::kafka::topics::{NewTopic, TopicInfo, TopicOutcome},
    prelude::*,
};

/// List the topics of a Kafka cluster, with their partitions.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(
    kafka: Kafka,
    page: Page,
    /// Also Kafka's own topics.
    #[arg(default = true)]
    include_internal: bool,
    /// Only names with this prefix.
    prefix: Option<String>,
) -> Result<TopicList> {
    let mut topics = kafka.client().topics(kafka.call()).await?;
    topics.retain(|topic| {
        (include_internal || !topic.internal)
            && prefix
                .as_ref()
                .is_none_or(|prefix| topic.name.starts_with(prefix))
    });
    let page = page.of(topics, |topic| &topic.name);
    Ok(TopicList {
        total: page.total.unwrap_or(page.items.len()),
        topics: page.items.into_iter().map(TopicSummary::from).collect(),
        next_page_token: page.next_page_token,
    })
}

/// Topics of one cluster.
#[confluent_type(text("{}", self.prose()))]
struct TopicList {
    /// The topics, sorted by name.
    topics: Vec<TopicSummary>,
    /// How many there are on all pages.
    total: usize,
    /// Pass it as `pageToken` to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// One topic.
#[confluent_type]
struct TopicSummary {
    /// Name.
    name: String,
    /// Number of partitions.
    partitions: usize,
    /// Whether Kafka keeps it for itself.
    internal: bool,
}

impl From<TopicInfo> for TopicSummary {
    fn from(topic: TopicInfo) -> Self {
        Self {
            partitions: topic.partitions.len(),
            name: topic.name,
            internal: topic.internal,
        }
    }
}

impl TopicList {
    fn prose(&self) -> String {
        let names: Vec<_> = self
            .topics
            .iter()
            .map(|topic| topic.name.as_str())
            .collect();
        let mut text = match (names.len(), self.total) {
            (0, _) => return "No topics.".to_owned(),
            (1, 1) => format!("1 topic: {}", names[0]),
            (shown, total) if shown < total => {
                format!("{shown} of {total} topics: {}", names.join(", "))
            }
            (_, total) => format!("{total} topics: {}", names.join(", ")),
        };
        if let Some(token) = &self.next_page_token {
            text.push_str(&format!(
                "\nThere is more: call again with `pageToken` {token:?}."
            ));
        }
        text
    }
}

/// Create topics, each on its own. What is left out is the broker's default.
#[confluent_tool(write, category = Kafka)]
async fn create_topics(
    kafka: Kafka,
    /// The topics to create.
    #[arg(length = 1..=100)]
    topics: Vec<TopicToCreate>,
    /// Only check with the broker.
    #[arg(default)]
    validate_only: bool,
) -> Result<TopicsChanged> {
    let topics: Vec<_> = topics.into_iter().map(NewTopic::from).collect();
    let outcomes = kafka
        .client()
        .create_topics(kafka.call(), &topics, validate_only)
        .await?;
    TopicsChanged::of(
        if validate_only {
            "could be created"
        } else {
            "created"
        },
        outcomes,
    )
}

/// A topic to create.
#[confluent_type]
struct TopicToCreate {
    /// Name of the topic.
    #[arg(length = 1..=249)]
    topic: String,
    /// Partitions.
    #[arg(range = 1..=100_000)]
    num_partitions: Option<i32>,
    /// Copies of each partition; Confluent Cloud takes only 3.
    #[arg(range = 1..=1_000)]
    replication_factor: Option<i16>,
    /// Settings, such as `{"retention.ms": "86400000"}`.
    configs: Option<BTreeMap<String, String>>,
}

impl From<TopicToCreate> for NewTopic {
    fn from(topic: TopicToCreate) -> Self {
        Self {
            name: topic.topic,
            partitions: topic.num_partitions,
            replication_factor: topic.replication_factor,
            configs: topic.configs.unwrap_or_default(),
        }
    }
}

/// Delete topics and every record in them, each on its own.
#[confluent_tool(destructive, category = Kafka)]
async fn delete_topics(
    kafka: Kafka,
    ask: Ask,
    /// Names of the topics to delete.
    #[arg(length = 1..=100)]
    topic_names: Vec<String>,
) -> Result<TopicsChanged> {
    let client = kafka.client();
    // What cannot be deleted is said before the question, so that nobody agrees in vain.
    let (there, missing): (Vec<_>, Vec<_>) = client
        .deletable_topics(kafka.call(), &topic_names)
        .await?
        .into_iter()
        .partition(|it| it.result.is_ok());
    let there: Vec<_> = there.into_iter().map(|it| it.topic).collect();
    let mut outcomes = Vec::new();
    if !there.is_empty() {
        ask.confirm(format!(
            "Delete the topics {there:?} and every record in them?"
        ))
        .await?;
        outcomes = client.delete_topics(kafka.call(), &there).await?;
    }
    outcomes.extend(missing);
    TopicsChanged::of("deleted", outcomes)
}

/// What became of each topic.
#[confluent_type(text("{}", self.prose()))]
struct TopicsChanged {
    /// What was asked for: `created`, `could be created` or `deleted`.
    action: String,
    /// Names of the topics it was done for.
    succeeded: Vec<String>,
    /// The topics it was not done for, and why.
    failed: Vec<TopicFailure>,
}

/// A topic that nothing was done for.
#[confluent_type]
struct TopicFailure {
    /// Name of the topic.
    topic: String,
    /// Why.
    error: String,
    /// Kafka's code for it, for example `TOPIC_ALREADY_EXISTS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl TopicsChanged {
    /// The outcomes as one result. If it was done for no topic at all, that is an error.
    fn of(action: &str, outcomes: Vec<TopicOutcome>) -> Result<Self> {
        let mut changed = Self {
            action: action.to_owned(),
            succeeded: Vec::new(),
            failed: Vec::new(),
        };
        let mut first = None;
        for TopicOutcome { topic, result } in outcomes {
            match result {
                Ok(()) => changed.succeeded.push(topic),
                Err(error) => {
                    changed.failed.push(TopicFailure {
                        topic,
                        error: error.message().to_owned(),
                        code: error.code_text().map(str::to_owned),
                    });
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(error) if changed.succeeded.is_empty() && changed.failed.len() == 1 => Err(error),
            Some(error) if changed.succeeded.is_empty() => {
                Err(ToolError::new(error.kind(), changed.prose())
                    .hint(error.hint_text().unwrap_or_default().to_owned()))
            }
            _ => Ok(changed),
        }
    }

    fn prose(&self) -> String {
        let mut parts = Vec::new();
        if !self.succeeded.is_empty() {
            parts.push(format!("{}: {}", self.action, self.succeeded.join(", ")));
        }
        for failure in &self.failed {
            parts.push(format!(
                "not {}: {} ({})",
                self.action, failure.topic, failure.error
            ));
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(topic: &str, result: Result<()>) -> TopicOutcome {
        TopicOutcome {
            topic: topic.to_owned(),
            result,
        }
    }

    #[test]
    fn what_went_well_and_what_did_not_are_both_said() {
        let exists = ToolError::new(ErrorKind::AlreadyExists, "topic `b` exists")
            .code("TOPIC_ALREADY_EXISTS");
        let outcomes = vec![outcome("a", Ok(())), outcome("b", Err(exists))];
        let changed = TopicsChanged::of("created", outcomes).unwrap();
        assert_eq!(changed.succeeded, ["a"]);
        assert_eq!(
            changed.failed[0].code.as_deref(),
            Some("TOPIC_ALREADY_EXISTS")
        );
        assert_eq!(
            changed.prose(),
            "created: a; not created: b (topic `b` exists)"
        );
    }

    #[test]
    fn nothing_done_is_an_error() {
        let missing = || Err(ToolError::not_found("gone"));
        let one = TopicsChanged::of("deleted", vec![outcome("a", missing())]).unwrap_err();
        assert_eq!((one.kind(), one.message()), (ErrorKind::NotFound, "gone"));
        let both = vec![outcome("a", missing()), outcome("b", missing())];
        let both = TopicsChanged::of("deleted", both).unwrap_err();
        assert!(both.message().contains("not deleted: a") && both.message().contains("b (gone)"));
    }
}
