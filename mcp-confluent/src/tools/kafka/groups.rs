//! Consumer groups: which there are, who is in them, how far behind they are.

use std::collections::BTreeMap;

use crate::{
    client::kafka::groups::{
        GroupInfo, GroupListing, GroupState, GroupType, Member, PartitionLag, TopicLag,
    },
    prelude::*,
};

/// List consumer groups with their state.
#[confluent_tool(read_only, category = Kafka)]
async fn list_consumer_groups(
    kafka: Kafka,
    page: Page,
    /// Only groups in these states.
    #[arg(length = 1..)]
    match_states: Option<Vec<State>>,
    /// Only groups of this protocol; `Consumer` is KIP-848's.
    match_type: Option<Protocol>,
) -> Result<ConsumerGroups> {
    let states: Vec<_> = match_states
        .into_iter()
        .flatten()
        .map(GroupState::from)
        .collect();
    let types: Vec<_> = match_type.into_iter().map(GroupType::from).collect();
    let listed = kafka
        .client()
        .list_groups(kafka.call(), &states, &types)
        .await?;
    if listed.groups.is_empty()
        && let Some(error) = listed.errors.first()
    {
        return Err(error.clone());
    }
    let page = page.of(listed.groups, |group| &group.id);
    Ok(ConsumerGroups {
        filtered: !states.is_empty() || !types.is_empty(),
        total: page.total.unwrap_or(page.items.len()),
        groups: page.items.into_iter().map(ListedGroup::from).collect(),
        errors: listed.errors.iter().map(GroupError::from).collect(),
        next_page_token: page.next_page_token,
    })
}

/// State of a consumer group.
#[confluent_type]
#[derive(Copy, PartialEq)]
#[serde(rename_all = "PascalCase")]
enum State {
    /// Unknown.
    Unknown,
    /// Preparing rebalance.
    PreparingRebalance,
    /// Completing rebalance.
    CompletingRebalance,
    /// Stable.
    Stable,
    /// Dead.
    Dead,
    /// Empty.
    Empty,
}

/// Protocol of a consumer group.
#[confluent_type]
#[derive(Copy, PartialEq)]
#[serde(rename_all = "PascalCase")]
enum Protocol {
    /// Unknown.
    Unknown,
    /// Classic.
    Classic,
    /// Consumer.
    Consumer,
}

impl From<State> for GroupState {
    fn from(state: State) -> Self {
        match state {
            State::Unknown => Self::Unknown,
            State::PreparingRebalance => Self::PreparingRebalance,
            State::CompletingRebalance => Self::CompletingRebalance,
            State::Stable => Self::Stable,
            State::Dead => Self::Dead,
            State::Empty => Self::Empty,
        }
    }
}

impl From<GroupState> for State {
    fn from(state: GroupState) -> Self {
        match state {
            GroupState::Unknown => Self::Unknown,
            GroupState::PreparingRebalance => Self::PreparingRebalance,
            GroupState::CompletingRebalance => Self::CompletingRebalance,
            GroupState::Stable => Self::Stable,
            GroupState::Dead => Self::Dead,
            GroupState::Empty => Self::Empty,
        }
    }
}

impl State {
    fn words(self) -> &'static str {
        match self {
            Self::Unknown => "in an unknown state",
            Self::PreparingRebalance => "preparing a rebalance",
            Self::CompletingRebalance => "completing a rebalance",
            Self::Stable => "stable",
            Self::Dead => "dead",
            Self::Empty => "empty",
        }
    }
}

impl From<Protocol> for GroupType {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Unknown => Self::Unknown,
            Protocol::Classic => Self::Classic,
            Protocol::Consumer => Self::Consumer,
        }
    }
}

impl From<GroupType> for Protocol {
    fn from(group_type: GroupType) -> Self {
        match group_type {
            GroupType::Unknown => Self::Unknown,
            GroupType::Classic => Self::Classic,
            GroupType::Consumer => Self::Consumer,
        }
    }
}

/// Consumer groups of one cluster.
#[confluent_type(text("{}", self.prose()))]
struct ConsumerGroups {
    /// The groups, sorted by name.
    groups: Vec<ListedGroup>,
    /// What brokers said that did not list theirs.
    errors: Vec<GroupError>,
    /// Whether a filter was given.
    filtered: bool,
    /// How many there are on all pages.
    total: usize,
    /// Pass it as `pageToken` to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// One consumer group.
#[confluent_type]
struct ListedGroup {
    /// Name.
    group_id: String,
    /// State.
    state: State,
    /// Protocol.
    r#type: Protocol,
    /// Whether it only stores offsets for consumers that assign partitions themselves.
    is_simple_consumer_group: bool,
}

impl From<GroupListing> for ListedGroup {
    fn from(group: GroupListing) -> Self {
        Self {
            group_id: group.id,
            state: group.state.into(),
            r#type: group.group_type.into(),
            is_simple_consumer_group: group.is_simple,
        }
    }
}

/// An error of one broker or partition.
#[confluent_type]
struct GroupError {
    /// Kafka's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What is wrong.
    message: String,
}

impl From<&ToolError> for GroupError {
    fn from(error: &ToolError) -> Self {
        Self {
            code: error.code_text().map(str::to_owned),
            message: error.message().to_owned(),
        }
    }
}

impl ConsumerGroups {
    fn prose(&self) -> String {
        let count = match self.total {
            1 => "1 consumer group".to_owned(),
            total => format!("{total} consumer groups"),
        };
        let mut text = if self.filtered {
            format!("{count} (filtered)")
        } else {
            count
        };
        for group in &self.groups {
            text.push_str(&format!("\n{}: {}", group.group_id, group.state.words()));
        }
        for error in &self.errors {
            text.push_str(&format!("\nnot complete: {}", error.message));
        }
        if let Some(token) = &self.next_page_token {
            text.push_str(&format!(
                "\nThere is more: call again with `pageToken` {token:?}."
            ));
        }
        text
    }
}

/// Describe a consumer group: state, coordinator, members and their partitions.
#[confluent_tool(read_only, category = Kafka)]
pub(super) async fn describe_consumer_group(
    kafka: Kafka,
    /// Name, from `list-consumer-groups`.
    #[arg(length = 1..)]
    group_id: String,
) -> Result<DescribedGroup> {
    kafka
        .client()
        .describe_group(kafka.call(), &group_id)
        .await
        .map(DescribedGroup::from)
}

/// A consumer group and its members.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct DescribedGroup {
    /// Name.
    group_id: String,
    /// State.
    state: State,
    /// Protocol.
    r#type: Protocol,
    /// How partitions are assigned, for example `range`; empty when nobody is there.
    partition_assignor: String,
    /// Whether it only stores offsets for consumers that assign partitions themselves.
    is_simple_consumer_group: bool,
    /// The broker that looks after the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    coordinator: Option<GroupCoordinator>,
    /// Its members.
    members: Vec<GroupMember>,
}

/// The broker that looks after a group.
#[confluent_type]
struct GroupCoordinator {
    /// Number of the broker.
    id: i32,
    /// Host name or address.
    host: String,
    /// Port.
    port: u16,
    /// Rack, if the broker has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rack: Option<String>,
}

/// A member of a group.
#[confluent_type]
struct GroupMember {
    /// The id the coordinator gave it.
    member_id: String,
    /// Its `client.id`.
    client_id: String,
    /// Where it connects from.
    client_host: String,
    /// Its `group.instance.id`, if it is a static member.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_instance_id: Option<String>,
    /// The partitions it reads.
    assignment: Vec<AssignedPartition>,
}

/// A partition that a member reads.
#[confluent_type]
struct AssignedPartition {
    /// Name of the topic.
    topic: String,
    /// Number of the partition.
    partition: i32,
}

impl From<GroupInfo> for DescribedGroup {
    fn from(group: GroupInfo) -> Self {
        Self {
            group_id: group.id,
            state: group.state.into(),
            r#type: group.group_type.into(),
            partition_assignor: group.assignor,
            is_simple_consumer_group: group.is_simple,
            coordinator: group.coordinator.map(|broker| GroupCoordinator {
                id: broker.id,
                host: broker.host,
                port: broker.port,
                rack: broker.rack,
            }),
            members: group.members.into_iter().map(GroupMember::from).collect(),
        }
    }
}

impl From<Member> for GroupMember {
    fn from(member: Member) -> Self {
        let assigned = member.assignment.into_iter();
        Self {
            member_id: member.id,
            client_id: member.client_id,
            client_host: member.client_host,
            group_instance_id: member.instance_id,
            assignment: assigned
                .map(|(topic, partition)| AssignedPartition { topic, partition })
                .collect(),
        }
    }
}

impl DescribedGroup {
    fn prose(&self) -> String {
        let members = match self.members.len() {
            1 => "1 member".to_owned(),
            count => format!("{count} members"),
        };
        let mut text = format!("{} is {} with {members}", self.group_id, self.state.words());
        if let Some(broker) = &self.coordinator {
            text.push_str(&format!(
                "; its coordinator is {}:{}",
                broker.host, broker.port
            ));
        }
        for member in &self.members {
            let partitions: Vec<_> = member
                .assignment
                .iter()
                .map(|p| format!("{}/{}", p.topic, p.partition))
                .collect();
            let reads = if partitions.is_empty() {
                "nothing".to_owned()
            } else {
                partitions.join(", ")
            };
            text.push_str(&format!(
                "\n{} from {} reads {reads}",
                member.client_id, member.client_host
            ));
        }
        text
    }
}

/// Get how far behind a consumer group is, by partition and in total.
///
/// Lag counts offsets from the committed one to the end; null where nothing is committed.
#[confluent_tool(read_only, category = Kafka)]
pub(super) async fn get_consumer_group_lag(
    kafka: Kafka,
    /// Name, from `list-consumer-groups`.
    #[arg(length = 1..)]
    group_id: String,
    /// Only these topics; by default all with committed offsets.
    #[arg(length = 1..)]
    topics: Option<Vec<String>>,
) -> Result<ConsumerGroupLag> {
    let lag = kafka
        .client()
        .group_lag(kafka.call(), &group_id, topics.as_deref())
        .await?;
    Ok(ConsumerGroupLag {
        total_lag: lag.total(),
        group_id,
        topics: lag.topics.into_iter().map(LagOfTopic::from).collect(),
    })
}

/// How far behind a group is.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct ConsumerGroupLag {
    /// Name of the group.
    pub(super) group_id: String,
    /// The topics.
    topics: Vec<LagOfTopic>,
    /// The sum of all lags that are known.
    pub(super) total_lag: i64,
}

/// How far behind a group is in one topic.
#[confluent_type]
struct LagOfTopic {
    /// Name of the topic.
    topic: String,
    /// The partitions with committed offsets; none if the group never read the topic.
    partitions: Vec<LagOfPartition>,
}

/// How far behind a group is in one partition. Offsets are texts, because they can be larger than
/// what a JSON number holds exactly.
#[confluent_type]
struct LagOfPartition {
    /// Number of the partition.
    partition: i32,
    /// Offset of the next record the group will read; null if it has committed none.
    committed_offset: Option<String>,
    /// Offset of the next record to be written; null if it is not known.
    high_watermark: Option<String>,
    /// The difference of the two; negative when the topic was made anew and is shorter than what
    /// the group had read.
    lag: Option<i64>,
    /// What the consumer stored beside the offset.
    metadata: Option<String>,
    /// Leader epoch of the committed offset.
    leader_epoch: Option<i32>,
    /// Why something is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<GroupError>,
}

impl From<TopicLag> for LagOfTopic {
    fn from(lag: TopicLag) -> Self {
        Self {
            topic: lag.topic,
            partitions: lag
                .partitions
                .into_iter()
                .map(LagOfPartition::from)
                .collect(),
        }
    }
}

impl From<PartitionLag> for LagOfPartition {
    fn from(lag: PartitionLag) -> Self {
        Self {
            partition: lag.partition,
            committed_offset: lag.committed.map(|offset| offset.to_string()),
            high_watermark: lag.end.map(|offset| offset.to_string()),
            lag: lag.lag(),
            error: lag.error.as_ref().map(GroupError::from),
            metadata: lag.metadata,
            leader_epoch: lag.leader_epoch,
        }
    }
}

impl ConsumerGroupLag {
    fn prose(&self) -> String {
        let topics = match self.topics.len() {
            1 => "1 topic".to_owned(),
            count => format!("{count} topics"),
        };
        let mut text = format!(
            "{} is {} records behind in {topics}",
            self.group_id, self.total_lag
        );
        let mut by_topic: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for topic in &self.topics {
            let lines = by_topic.entry(&topic.topic).or_default();
            for partition in &topic.partitions {
                lines.push(match (partition.lag, &partition.error) {
                    (Some(lag), _) => format!("{}: {lag}", partition.partition),
                    (None, Some(error)) => format!("{}: {}", partition.partition, error.message),
                    (None, None) => format!("{}: nothing committed", partition.partition),
                });
            }
        }
        for (topic, lines) in by_topic {
            let lines = if lines.is_empty() {
                "never read".to_owned()
            } else {
                lines.join(", ")
            };
            text.push_str(&format!("\n{topic}: {lines}"));
        }
        text
    }
}
