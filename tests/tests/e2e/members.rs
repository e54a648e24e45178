//! Other programs at the cluster: members of consumer groups, and offsets they commit.

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
    consumer::{BaseConsumer, CommitMode, Consumer as _},
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
                    let has = consumer.assignment().is_ok_and(|assigned| assigned.count() > 0);
                    settled.store(has, Ordering::Relaxed);
                } else {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        });
        (Self { stop, polling, thread: Some(thread) }, settled)
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
        list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
    }
    consumer.assign(&list).unwrap();
    let end = Instant::now() + PATIENCE;
    // The coordinator of a first group may have to be made.
    while let Err(error) = consumer.commit(&list, CommitMode::Sync) {
        assert!(Instant::now() < end, "{group}: {error}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
