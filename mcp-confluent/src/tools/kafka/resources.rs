//! Topics and consumer groups as resources.

use std::collections::BTreeMap;

use super::groups::{
    ConsumerGroupLag, DescribedGroup, describe_consumer_group, get_consumer_group_lag,
};
use crate::{
    client::kafka::{configs::ConfigSource, topics::PartitionInfo},
    names,
    prelude::*,
};

/// A topic: its partitions with their leaders and copies, and the settings that are its own.
#[confluent_resource(
    uri = "kafka://{connection}/topics/{topic}",
    category = Kafka,
    list,
    like = "get-topic-config"
)]
async fn topic(
    kafka: Kafka,
    /// Name of the topic.
    #[arg(complete = names::topics)]
    topic: String,
) -> Result<TopicCard> {
    let (client, call) = (kafka.client(), kafka.call());
    let config = client.topic_config(call, &topic).await?;
    let topics = client.topics(call).await?;
    let found = topics.into_iter().find(|found| found.name == topic);
    let found = found
        .ok_or_else(|| ToolError::not_found("the topic was deleted while it was looked at"))?;
    Ok(TopicCard {
        topic,
        internal: found.internal,
        partitions: found.partitions.into_iter().map(Into::into).collect(),
        settings: config
            .into_iter()
            .filter(|entry| entry.source == ConfigSource::Topic)
            .map(|entry| {
                let value = entry.value.filter(|_| !entry.is_sensitive);
                (entry.name, value.unwrap_or_else(|| "***".to_owned()))
            })
            .collect(),
    })
}

/// One topic.
#[confluent_type(text("{} has {} partitions", self.topic, self.partitions.len()))]
struct TopicCard {
    /// Name of the topic.
    topic: String,
    /// Whether Kafka keeps it for itself.
    internal: bool,
    /// Its partitions.
    partitions: Vec<PartitionCard>,
    /// Settings that are the topic's own; what is not here is the brokers'.
    settings: BTreeMap<String, String>,
}

/// One partition.
#[confluent_type]
struct PartitionCard {
    /// Its number.
    partition: i32,
    /// The broker that serves it; null while there is none.
    leader: Option<i32>,
    /// The brokers that should have a copy.
    replicas: Vec<i32>,
    /// The brokers whose copy is up to date.
    in_sync: Vec<i32>,
}

impl From<PartitionInfo> for PartitionCard {
    fn from(partition: PartitionInfo) -> Self {
        Self {
            partition: partition.id,
            leader: partition.leader,
            replicas: partition.replicas,
            in_sync: partition.isr,
        }
    }
}

/// A consumer group: its state, its members, and how far behind it is.
#[confluent_resource(
    uri = "kafka://{connection}/groups/{group}",
    category = Kafka,
    list,
    like = "describe-consumer-group"
)]
async fn group(
    kafka: Kafka,
    /// Name of the group.
    #[arg(complete = names::groups)]
    group: String,
) -> Result<GroupCard> {
    let described = describe_consumer_group(kafka.clone(), group.clone()).await?;
    let lag = get_consumer_group_lag(kafka, group, None).await?;
    Ok(GroupCard {
        group: described,
        lag,
    })
}

/// One consumer group.
#[confluent_type(text("{} is {} records behind", self.lag.group_id, self.lag.total_lag))]
struct GroupCard {
    /// Its state and its members.
    group: DescribedGroup,
    /// How far behind it is.
    lag: ConsumerGroupLag,
}
