//! Other programs at the cluster: members of consumer groups, offsets they commit, what they write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use mcp_confluent_tests::PATIENCE;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer as _},
    error::KafkaResult,
    producer::{FutureProducer, FutureRecord, Producer as _},
};

fn config(bootstrap: &str, group: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("group.id", group)
        .set("client.id", "member")
        .set("session.timeout.ms", "30000")
        .set("heartbeat.interval.ms", "200")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest");
    config
}

/// A member of a group, which polls in a thread of its own until it is dropped.
pub(crate) struct Member {
    stop: Arc<AtomicBool>,
    polling: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Member {
    /// Joins without waiting for anything.
    pub(crate) fn join(bootstrap: &str, group: &str, topic: &str) -> Self {
        Self::start(bootstrap, group, topic).0
    }

    /// Joins and waits until it has partitions.
    pub(crate) fn join_and_settle(bootstrap: &str, group: &str, topic: &str) -> Self {
        let (member, settled) = Self::start(bootstrap, group, topic);
        let end = Instant::now() + PATIENCE;
        while !settled.load(Ordering::Relaxed) {
            assert!(Instant::now() < end, "{group}: no partitions");
            std::thread::sleep(Duration::from_millis(10));
        }
        member
    }

    fn start(bootstrap: &str, group: &str, topic: &str) -> (Self, Arc<AtomicBool>) {
        let consumer: BaseConsumer = config(bootstrap, group).create().unwrap();
        consumer.subscribe(&[topic]).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let polling = Arc::new(AtomicBool::new(true));
        let settled = Arc::new(AtomicBool::new(false));
        let flags = (stop.clone(), polling.clone(), settled.clone());
        let thread = std::thread::spawn(move || {
            let (stop, polling, settled) = flags;
            while !stop.load(Ordering::Relaxed) {
                if polling.load(Ordering::Relaxed) {
                    drop(consumer.poll(Duration::from_millis(20)));
                    let has = consumer
                        .assignment()
                        .is_ok_and(|assigned| assigned.count() > 0);
                    settled.store(has, Ordering::Relaxed);
                } else {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        });
        (
            Self {
                stop,
                polling,
                thread: Some(thread),
            },
            settled,
        )
    }

    /// Stays a member but no longer takes part: a rebalance cannot be completed.
    pub(crate) fn freeze(&self) {
        self.polling.store(false, Ordering::Relaxed);
        // What is being polled now is over soon.
        std::thread::sleep(Duration::from_millis(100));
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Commits offsets for a group without members.
pub(crate) fn commit(bootstrap: &str, group: &str, topic: &str, offsets: &[(i32, i64)]) {
    let consumer: BaseConsumer = config(bootstrap, group).create().unwrap();
    let mut list = TopicPartitionList::new();
    for &(partition, offset) in offsets {
        list.add_partition_offset(topic, partition, Offset::Offset(offset))
            .unwrap();
    }
    consumer.assign(&list).unwrap();
    let end = Instant::now() + PATIENCE;
    // The coordinator of a first group may have to be made.
    while let Err(error) = consumer.commit(&list, CommitMode::Sync) {
        assert!(Instant::now() < end, "{group}: {error}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Removes the records of a partition before `offset`, as retention does.
pub(crate) async fn delete_records(bootstrap: &str, topic: &str, partition: i32, offset: i64) {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .create()
        .unwrap();
    let mut before = TopicPartitionList::new();
    before
        .add_partition_offset(topic, partition, Offset::Offset(offset))
        .unwrap();
    let deleted = admin
        .delete_records(&before, &AdminOptions::new())
        .await
        .unwrap();
    assert_eq!(deleted.count(), 1, "{deleted:?}");
}

/// Writes records `codec-0`, `codec-1`, … to partition 0, compressed.
pub(crate) async fn produce_compressed(bootstrap: &str, topic: &str, codec: &str, count: usize) {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("compression.type", codec)
        .set("linger.ms", "20")
        .create()
        .unwrap();
    let values: Vec<_> = (0..count)
        .map(|number| format!("{codec}-{number}"))
        .collect();
    let sent = values.iter().map(|value| {
        producer
            .send_result(
                FutureRecord::<str, str>::to(topic)
                    .partition(0)
                    .payload(value),
            )
            .unwrap()
    });
    for delivery in sent.collect::<Vec<_>>() {
        delivery.await.unwrap().unwrap();
    }
}

/// What becomes of a transaction.
pub(crate) enum Outcome {
    Commit,
    Abort,
    /// It stays open.
    Leave,
}

/// A transactional producer.
pub(crate) struct Transactions(FutureProducer);

impl Transactions {
    pub(crate) async fn new(bootstrap: &str, id: &str) -> Self {
        let producer: FutureProducer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("transactional.id", id)
            .create()
            .unwrap();
        Self::blocking(&producer, |producer| producer.init_transactions(PATIENCE)).await;
        Self(producer)
    }

    /// Writes one record to partition 0 in a transaction.
    pub(crate) async fn write(&mut self, topic: &str, value: &str, outcome: Outcome) {
        self.0.begin_transaction().unwrap();
        let record = FutureRecord::<str, str>::to(topic)
            .partition(0)
            .payload(value);
        self.0.send_result(record).unwrap().await.unwrap().unwrap();
        match outcome {
            Outcome::Commit => {
                Self::blocking(&self.0, |writer| writer.commit_transaction(PATIENCE)).await;
            }
            Outcome::Abort => {
                Self::blocking(&self.0, |writer| writer.abort_transaction(PATIENCE)).await;
            }
            Outcome::Leave => {}
        }
    }

    async fn blocking(
        producer: &FutureProducer,
        work: impl FnOnce(&FutureProducer) -> KafkaResult<()> + Send + 'static,
    ) {
        let producer = producer.clone();
        tokio::task::spawn_blocking(move || work(&producer))
            .await
            .unwrap()
            .unwrap();
    }
}
