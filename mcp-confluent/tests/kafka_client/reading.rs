//! Reading records.

use std::time::{Duration, Instant};

use mcp_confluent::{
    ErrorKind,
    client::kafka::{
        Call,
        read::{Ended, Position, ReadEntry, ReadRequest, Start},
    },
};
use rdkafka::{
    ClientConfig,
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use tokio_util::sync::CancellationToken;

use crate::cluster::{Cluster, call, request, unique, values};

/// A moment in 2023, in milliseconds.
const TIME: i64 = 1_700_000_000_000;

#[tokio::test]
async fn a_read_begins_where_it_is_told_to_and_ends_at_the_end() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    cluster
        .write(&topic, 0, TIME, &["a0", "a1", "a2", "a3"])
        .await;
    cluster.write(&topic, 1, TIME + 100, &["b0", "b1"]).await;
    let started = Instant::now();
    for (partition, start, expected) in [
        (
            None,
            Start::Earliest,
            &["a0", "a1", "a2", "a3", "b0", "b1"] as &[_],
        ),
        (Some(1), Start::Earliest, &["b0", "b1"]),
        (Some(0), Start::Offset(2), &["a2", "a3"]),
        // Only partition 0 has it.
        (None, Start::Offset(3), &["a3"]),
        (None, Start::Timestamp(TIME + 2), &["a2", "a3", "b0", "b1"]),
        (
            Some(0),
            Start::Timestamp(TIME - 1),
            &["a0", "a1", "a2", "a3"],
        ),
        (Some(0), Start::Tail(2), &["a2", "a3"]),
        (Some(0), Start::Tail(99), &["a0", "a1", "a2", "a3"]),
        // The newest of the topic, whichever partition they are in.
        (None, Start::Tail(3), &["a3", "b0", "b1"]),
    ] {
        let read = cluster
            .client
            .read(&call(), &request(&topic, partition, start))
            .await
            .unwrap();
        assert_eq!(values(&read), expected, "{partition:?} {start:?}");
        assert_eq!(read.ended, Ended::ReachedEnd, "{partition:?} {start:?}");
    }
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "no read waits for its time-out"
    );
}

#[tokio::test]
async fn reads_go_on_where_the_one_before_ended() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(1).await;
    cluster
        .write(&topic, 0, TIME, &["0", "1", "2", "3", "4"])
        .await;
    let mut seen = Vec::new();
    let mut start = Start::Earliest;
    for (ended, next) in [
        (Ended::MaxRecords, 2),
        (Ended::MaxRecords, 4),
        (Ended::ReachedEnd, 5),
    ] {
        let request = ReadRequest {
            max_records: 2,
            ..request(&topic, Some(0), start)
        };
        let read = cluster.client.read(&call(), &request).await.unwrap();
        seen.extend(values(&read).into_iter().map(str::to_owned));
        assert_eq!(read.ended, ended);
        let position = Position {
            topic: topic.clone(),
            partition: 0,
            next,
            end: 5,
        };
        assert_eq!(read.positions, [position]);
        start = Start::Offset(next);
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    let error = cluster.read(&topic, start).await.unwrap_err();
    assert!(
        error.message().contains("partition 0 has offsets 0 to 4"),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_topic_is_read_at_once() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(3).await;
    for start in [Start::Earliest, Start::Tail(5)] {
        let read = cluster.read(&topic, start).await.unwrap();
        assert_eq!((read.records.len(), read.ended), (0, Ended::ReachedEnd));
        assert_eq!(read.positions.len(), 3);
    }
}

#[tokio::test]
async fn latest_waits_for_what_is_written_next() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    cluster.write(&topic, 0, TIME, &["old"]).await;
    let short = ReadRequest {
        timeout: Duration::from_millis(300),
        ..request(&topic, None, Start::Latest)
    };
    let read = cluster.client.read(&call(), &short).await.unwrap();
    assert_eq!((read.records.len(), read.ended), (0, Ended::TimedOut));

    let wanted = ReadRequest {
        max_records: 3,
        ..request(&topic, None, Start::Latest)
    };
    let client = cluster.client.clone();
    let reading = tokio::spawn(async move { client.read(&call(), &wanted).await });
    // Whenever the read begins, one of these comes after that.
    let mut number = 0;
    while !reading.is_finished() {
        cluster.write(&topic, 1, TIME + number, &["new"]).await;
        number += 1;
    }
    let read = reading.await.unwrap().unwrap();
    assert_eq!(
        (values(&read), read.ended),
        (vec!["new"; 3], Ended::MaxRecords)
    );
}

#[tokio::test]
async fn several_topics_are_read_in_one_go() {
    let cluster = Cluster::start().await;
    let (first, second) = (cluster.topic(1).await, cluster.topic(2).await);
    cluster.write(&first, 0, TIME, &["first"]).await;
    cluster
        .write(&second, 0, TIME + 1, &["skipped", "second"])
        .await;
    cluster.write(&second, 1, TIME + 3, &["third"]).await;
    let entry = |topic: &str, partition, start| ReadEntry {
        topic: topic.to_owned(),
        partition,
        start,
    };
    let request = ReadRequest {
        entries: vec![
            entry(&first, None, Start::Earliest),
            entry(&second, Some(0), Start::Tail(1)),
            entry(&second, Some(1), Start::Offset(0)),
        ],
        ..request(&first, None, Start::Earliest)
    };
    let read = cluster.client.read(&call(), &request).await.unwrap();
    assert_eq!(values(&read), ["first", "second", "third"]);
    assert_eq!(read.positions.len(), 3);
}

#[tokio::test]
async fn what_is_not_there_is_said_at_once() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    cluster.write(&topic, 0, TIME, &["x"]).await;
    let started = Instant::now();
    let error = cluster
        .read(&unique("never"), Start::Earliest)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let read = cluster
        .client
        .read(&call(), &request(&topic, Some(7), Start::Earliest))
        .await;
    let error = read.unwrap_err();
    assert!(
        error
            .message()
            .contains("no partition 7: its 2 partitions are 0 to 1"),
        "{error}"
    );
    let error = cluster
        .read(&topic, Start::Timestamp(4_000_000_000_000))
        .await
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("at or after 2096-10-02T07:06:40.000Z"),
        "{error}"
    );
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn bytes_are_bounded() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(1).await;
    let large = "x".repeat(100_000);
    cluster.write(&topic, 0, TIME, &[large.as_str(); 6]).await;
    let bounded = |start| ReadRequest {
        max_bytes: 250_000,
        ..request(&topic, None, start)
    };
    let read = cluster
        .client
        .read(&call(), &bounded(Start::Earliest))
        .await
        .unwrap();
    assert_eq!((read.records.len(), read.ended), (2, Ended::MaxBytes));
    assert_eq!(read.positions[0].next, 2);
    // Of a tail, the newest stay.
    let read = cluster
        .client
        .read(&call(), &bounded(Start::Tail(5)))
        .await
        .unwrap();
    let offsets: Vec<_> = read.records.iter().map(|record| record.offset).collect();
    assert_eq!((offsets, read.ended), (vec![4, 5], Ended::MaxBytes));
}

/// The longest a transaction may take to go through.
const WAIT: Duration = Duration::from_secs(20);

/// A producer with transactions.
fn transactional(servers: &str) -> BaseProducer {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("transactional.id", unique("writer"))
        .create()
        .unwrap();
    producer.init_transactions(WAIT).unwrap();
    producer
}

/// Begins a transaction and writes one record in it.
fn begin(producer: &BaseProducer, topic: &str, value: &str) {
    producer.begin_transaction().unwrap();
    let record = BaseRecord::<(), _>::to(topic).payload(value).partition(0);
    assert!(producer.send(record).is_ok());
    producer.flush(WAIT).unwrap();
}

#[tokio::test]
async fn transactions_neither_stop_a_read_nor_shorten_a_tail() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(1).await;
    let (servers, name) = (cluster.servers.clone(), topic.clone());
    tokio::task::spawn_blocking(move || {
        let producer = transactional(&servers);
        for value in ["a", "b", "c", "d"] {
            begin(&producer, &name, value);
            producer.commit_transaction(WAIT).unwrap();
        }
        begin(&producer, &name, "aborted");
        producer.abort_transaction(WAIT).unwrap();
    })
    .await
    .unwrap();
    // Offsets 0 to 9: each record is followed by the marker that ends its transaction.
    let read = cluster.read(&topic, Start::Earliest).await.unwrap();
    assert_eq!(
        (values(&read), read.ended),
        (vec!["a", "b", "c", "d"], Ended::ReachedEnd)
    );
    assert_eq!((read.positions[0].next, read.positions[0].end), (10, 10));
    let read = cluster.read(&topic, Start::Tail(3)).await.unwrap();
    assert_eq!(
        (values(&read), read.ended),
        (vec!["b", "c", "d"], Ended::ReachedEnd)
    );
}

#[tokio::test]
async fn an_unfinished_transaction_is_not_waited_for() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(1).await;
    cluster.write(&topic, 0, TIME, &["before"]).await;
    let (servers, name) = (cluster.servers.clone(), topic.clone());
    let producer = tokio::task::spawn_blocking(move || {
        let producer = transactional(&servers);
        begin(&producer, &name, "unfinished");
        producer
    })
    .await
    .unwrap();
    let started = Instant::now();
    for start in [Start::Earliest, Start::Tail(5)] {
        let read = cluster.read(&topic, start).await.unwrap();
        assert_eq!(
            (values(&read), read.ended),
            (vec!["before"], Ended::ReachedEnd)
        );
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    tokio::task::spawn_blocking(move || drop(producer))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_read_that_is_given_up_ends_soon() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(1).await;
    let cancel = CancellationToken::new();
    let call = Call::new(
        tokio::time::Instant::now() + Duration::from_secs(30),
        cancel.clone(),
    );
    let (client, latest) = (cluster.client.clone(), request(&topic, None, Start::Latest));
    let reading = tokio::spawn(async move { client.read(&call, &latest).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cancelled = Instant::now();
    cancel.cancel();
    let error = reading.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(cancelled.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn many_reads_at_once_do_not_disturb_each_other() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    cluster.write(&topic, 0, TIME, &["0", "1", "2"]).await;
    cluster.write(&topic, 1, TIME + 10, &["3", "4"]).await;
    let reads: Vec<_> = (0..8)
        .map(|_| {
            let (client, request) = (
                cluster.client.clone(),
                request(&topic, None, Start::Earliest),
            );
            tokio::spawn(async move { client.read(&call(), &request).await })
        })
        .collect();
    for read in reads {
        assert_eq!(
            values(&read.await.unwrap().unwrap()),
            ["0", "1", "2", "3", "4"]
        );
    }
}

#[tokio::test]
async fn reading_leaves_no_group_behind() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(1).await;
    cluster.write(&topic, 0, TIME, &["x"]).await;
    let before = cluster.client.list_groups(&call(), &[], &[]).await.unwrap();
    for start in [
        Start::Earliest,
        Start::Tail(1),
        Start::Offset(0),
        Start::Timestamp(TIME),
    ] {
        assert_eq!(cluster.read(&topic, start).await.unwrap().records.len(), 1);
        let groups = cluster.client.list_groups(&call(), &[], &[]).await.unwrap();
        // Other tests may use the same broker: nothing of ours is among what is new.
        let new: Vec<_> = groups
            .groups
            .iter()
            .filter(|group| before.groups.iter().all(|old| old.id != group.id))
            .filter(|group| !group.id.starts_with("group-"))
            .collect();
        assert!(new.is_empty(), "{new:?}");
    }
}
