//! Consumer groups.

use std::time::Duration;

use mcp_confluent::{
    ErrorKind,
    client::kafka::groups::{GroupState, GroupType},
};
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer as _},
};

use crate::cluster::{Cluster, call, unique};

fn consumer(servers: &str, group: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", group)
        .set("client.id", "tester")
        .set("auto.offset.reset", "earliest")
        .set("partition.assignment.strategy", "range")
        .create()
        .unwrap()
}

/// Commits an offset as a consumer would that assigns its partitions itself.
async fn commit(cluster: &Cluster, group: &str, offsets: Vec<(String, i32, i64)>) {
    let (servers, group) = (cluster.servers.clone(), group.to_owned());
    tokio::task::spawn_blocking(move || {
        let mut list = TopicPartitionList::new();
        for (topic, partition, offset) in &offsets {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset))
                .unwrap();
        }
        consumer(&servers, &group)
            .commit(&list, CommitMode::Sync)
            .unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn lag_is_the_distance_to_the_end() {
    let cluster = Cluster::start().await;
    let (topic, other) = (cluster.topic(2).await, cluster.topic(1).await);
    cluster
        .write(&topic, 0, 1_000, &["0", "1", "2", "3", "4"])
        .await;
    cluster.write(&topic, 1, 1_000, &["0", "1"]).await;
    let group = unique("group");
    let offsets = vec![
        (topic.clone(), 0, 2),
        (topic.clone(), 1, 2),
        (other.clone(), 0, 7),
    ];
    commit(&cluster, &group, offsets).await;

    let lag = cluster
        .client
        .group_lag(&call(), &group, None)
        .await
        .unwrap();
    let rows: Vec<_> = lag
        .topics
        .iter()
        .flat_map(|topic| {
            topic
                .partitions
                .iter()
                .map(move |p| (topic.topic.clone(), p))
        })
        .map(|(topic, p)| (topic, p.partition, p.committed, p.end, p.lag()))
        .collect();
    let row = |topic: &str, partition, committed, end, lag| {
        (
            topic.to_owned(),
            partition,
            Some(committed),
            Some(end),
            Some(lag),
        )
    };
    let mut expected = vec![
        row(&topic, 0, 2, 5, 3),
        row(&topic, 1, 2, 2, 0),
        row(&other, 0, 7, 0, -7),
    ];
    expected.sort();
    assert_eq!(rows, expected);
    assert_eq!(lag.total(), -4, "what a group is ahead counts as it is");

    let only = [topic.clone()];
    let lag = cluster
        .client
        .group_lag(&call(), &group, Some(&only))
        .await
        .unwrap();
    assert_eq!((lag.topics.len(), lag.total()), (1, 3));
}

#[tokio::test]
async fn a_deleted_topic_does_not_hide_the_others() {
    let cluster = Cluster::start().await;
    let (kept, gone) = (cluster.topic(1).await, cluster.topic(1).await);
    cluster.write(&kept, 0, 1_000, &["0", "1"]).await;
    let group = unique("group");
    commit(
        &cluster,
        &group,
        vec![(kept.clone(), 0, 1), (gone.clone(), 0, 1)],
    )
    .await;
    cluster
        .client
        .delete_topics(&call(), std::slice::from_ref(&gone))
        .await
        .unwrap();
    let lag = cluster
        .client
        .group_lag(&call(), &group, None)
        .await
        .unwrap();
    assert_eq!(lag.total(), 1);
    // A broker may forget the offsets of a topic with the topic.
    if let Some(lost) = lag.topics.iter().find(|topic| topic.topic == gone) {
        let partition = &lost.partitions[0];
        assert_eq!((partition.end, partition.lag()), (None, None));
        assert_eq!(
            partition.error.as_ref().unwrap().kind(),
            ErrorKind::NotFound
        );
    }
}

#[tokio::test]
async fn topics_that_the_group_never_read() {
    let cluster = Cluster::start().await;
    let (read, unread) = (cluster.topic(1).await, cluster.topic(1).await);
    let group = unique("group");
    commit(&cluster, &group, vec![(read.clone(), 0, 0)]).await;
    let named = [unread.clone()];
    let lag = cluster
        .client
        .group_lag(&call(), &group, Some(&named))
        .await
        .unwrap();
    assert_eq!((lag.topics.len(), lag.total()), (1, 0));
    assert!(lag.topics[0].partitions.is_empty());
    let missing = [unique("never")];
    let error = cluster
        .client
        .group_lag(&call(), &group, Some(&missing))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains(&missing[0]), "{error}");
}

#[tokio::test]
async fn an_unknown_group_is_said_to_be_unknown() {
    let cluster = Cluster::start().await;
    let group = unique("no-group");
    for error in [
        cluster
            .client
            .describe_group(&call(), &group)
            .await
            .unwrap_err(),
        cluster
            .client
            .group_lag(&call(), &group, None)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.message().contains(&group), "{error}");
    }
}

#[tokio::test]
async fn a_group_with_a_member_is_described() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    cluster.write(&topic, 0, 1_000, &["x"]).await;
    let group = unique("group");
    let (servers, name, subscribed) = (cluster.servers.clone(), group.clone(), topic.clone());
    let member = tokio::task::spawn_blocking(move || {
        let consumer = consumer(&servers, &name);
        consumer.subscribe(&[&subscribed]).unwrap();
        while consumer.assignment().unwrap().count() == 0 {
            consumer.poll(Duration::from_millis(100));
        }
        consumer
    })
    .await
    .unwrap();

    let info = cluster
        .client
        .describe_group(&call(), &group)
        .await
        .unwrap();
    assert_eq!(
        (info.state, info.group_type),
        (GroupState::Stable, GroupType::Classic)
    );
    assert_eq!((info.assignor.as_str(), info.is_simple), ("range", false));
    assert!(
        info.coordinator
            .is_some_and(|coordinator| coordinator.port > 0)
    );
    assert_eq!(info.members.len(), 1);
    assert_eq!(info.members[0].client_id, "tester");
    assert_eq!(info.members[0].instance_id, None);
    let mut assignment = info.members[0].assignment.clone();
    assignment.sort();
    assert_eq!(assignment, [(topic.clone(), 0), (topic.clone(), 1)]);

    let listed = async |states: &[GroupState], types: &[GroupType]| {
        let list = cluster
            .client
            .list_groups(&call(), states, types)
            .await
            .unwrap();
        assert!(list.errors.is_empty());
        list.groups.into_iter().find(|listing| listing.id == group)
    };
    let listing = listed(&[], &[]).await.unwrap();
    assert_eq!(
        (listing.state, listing.is_simple),
        (GroupState::Stable, false)
    );
    assert!(
        listed(&[GroupState::Stable], &[GroupType::Classic])
            .await
            .is_some()
    );
    assert!(listed(&[GroupState::Empty], &[]).await.is_none());
    assert!(listed(&[], &[GroupType::Consumer]).await.is_none());
    tokio::task::spawn_blocking(move || drop(member))
        .await
        .unwrap();
}
