//! Producing and reading.

use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::FetchRequest;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use mcp_confluent_sandbox::{Record, Sandbox, SandboxOptions};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers as _, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Message as _, Offset, Timestamp, TopicPartitionList};

use crate::support::{Connection, PATIENCE, config, consumer, read, sandbox, topic_name};

fn producer(sandbox: &Sandbox, settings: &[(&str, &str)]) -> FutureProducer {
    let mut config = config(sandbox);
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config.create().expect("a producer")
}

fn values(messages: &[OwnedMessage]) -> Vec<String> {
    let text = |message: &OwnedMessage| {
        String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned()
    };
    messages.iter().map(text).collect()
}

#[tokio::test]
async fn what_is_produced_is_read_back() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 2).expect("created");
    let producer = producer(&sandbox, &[]);
    let header = |value| Header {
        key: "attempt",
        value,
    };
    let headers = OwnedHeaders::new()
        .insert(header(Some("1")))
        .insert(header(Some("2")))
        .insert(header(None));
    let record = FutureRecord::to("t")
        .partition(1)
        .key("key")
        .payload("value")
        .headers(headers)
        .timestamp(1234);
    let delivery = producer.send(record, PATIENCE).await.expect("delivered");
    assert_eq!((delivery.partition, delivery.offset), (1, 0));
    let tombstone = FutureRecord::<str, str>::to("t").partition(1).key("key");
    assert_eq!(
        producer
            .send(tombstone, PATIENCE)
            .await
            .expect("delivered")
            .offset,
        1
    );

    let messages = read(&sandbox, "t", 1, Offset::Beginning, "read_committed");
    let [message, tombstone] = &messages[..] else {
        panic!("{} messages", messages.len())
    };
    assert_eq!(
        (message.key(), message.payload()),
        (Some(&b"key"[..]), Some(&b"value"[..]))
    );
    assert_eq!(message.timestamp(), Timestamp::CreateTime(1234));
    let headers = message.headers().expect("headers");
    let attempts: Vec<_> = headers
        .iter()
        .map(|header| (header.key, header.value))
        .collect();
    assert_eq!(
        attempts,
        [
            ("attempt", Some(&b"1"[..])),
            ("attempt", Some(&b"2"[..])),
            ("attempt", None)
        ]
    );
    assert_eq!(
        (tombstone.key(), tombstone.payload()),
        (Some(&b"key"[..]), None)
    );
}

#[tokio::test]
async fn every_codec_is_stored_and_read_back() {
    let sandbox = sandbox().await;
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        sandbox.create_topic(codec, 1).expect("created");
        let producer = producer(
            &sandbox,
            &[("compression.type", codec), ("linger.ms", "20")],
        );
        let value = "so much of the same ".repeat(50);
        let record = || FutureRecord::<str, _>::to(codec).payload(&value);
        let deliveries = [(); 5].map(|()| producer.send_result(record()).expect("queued"));
        for delivery in deliveries {
            delivery.await.expect("not dropped").expect("delivered");
        }
        let messages = read(&sandbox, codec, 0, Offset::Offset(2), "read_committed");
        assert_eq!(values(&messages), [value.as_str(); 3], "{codec}");
    }
}

#[tokio::test]
async fn reading_starts_where_it_is_asked_to() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let records: Vec<_> = (0..10)
        .map(|index| Record::new(format!("{index}")).timestamp(index * 1000))
        .collect();
    sandbox.produce("t", 0, &records[..6]).expect("room");
    sandbox.produce("t", 0, &records[6..]).expect("room");
    let from = |offset| values(&read(&sandbox, "t", 0, offset, "read_committed"));
    assert_eq!(from(Offset::Beginning).len(), 10);
    assert_eq!(from(Offset::Offset(4)), ["4", "5", "6", "7", "8", "9"]);
    assert_eq!(from(Offset::OffsetTail(2)), ["8", "9"]);
    assert!(from(Offset::End).is_empty());

    let consumer = consumer(&sandbox);
    assert_eq!(
        consumer
            .fetch_watermarks("t", 0, PATIENCE)
            .expect("watermarks"),
        (0, 10)
    );
    for (time, offset) in [
        (0, Offset::Offset(0)),
        (3500, Offset::Offset(4)),
        (9000, Offset::Offset(9)),
        (9001, Offset::End),
    ] {
        let mut times = TopicPartitionList::new();
        times
            .add_partition_offset("t", 0, Offset::Offset(time))
            .expect("a time");
        let found = consumer
            .offsets_for_times(times, PATIENCE)
            .expect("answered");
        assert_eq!(found.elements()[0].offset(), offset, "at {time}");
    }
}

#[tokio::test]
async fn settings_of_a_topic_apply_to_its_records() {
    let sandbox = sandbox().await;
    let topics = [
        ("small", ("max.message.bytes", "1000")),
        ("compacted", ("cleanup.policy", "compact")),
        ("timed", ("message.timestamp.type", "LogAppendTime")),
    ];
    for (name, config) in topics {
        sandbox
            .create_topic_with(name, 1, &[config])
            .expect("created");
    }
    let producer = producer(&sandbox, &[]);
    let large = "x".repeat(2000);
    let refused = [
        (
            FutureRecord::<str, str>::to("small").payload(&large),
            RDKafkaErrorCode::MessageSizeTooLarge,
        ),
        (
            FutureRecord::to("compacted").payload("keyless"),
            RDKafkaErrorCode::InvalidRecord,
        ),
        (
            FutureRecord::to("small")
                .payload("v")
                .timestamp(i64::MAX / 2),
            RDKafkaErrorCode::InvalidTimestamp,
        ),
    ];
    for (record, code) in refused {
        let (error, _) = producer.send(record, PATIENCE).await.expect_err("refused");
        assert_eq!(error, KafkaError::MessageProduction(code));
    }
    let old = FutureRecord::<str, _>::to("timed")
        .payload("v")
        .timestamp(5);
    producer.send(old, PATIENCE).await.expect("delivered");
    let messages = read(&sandbox, "timed", 0, Offset::Beginning, "read_committed");
    assert!(matches!(messages[0].timestamp(), Timestamp::LogAppendTime(time) if time > 5));
}

#[tokio::test]
async fn the_room_for_records_ends() {
    let sandbox = Sandbox::start(SandboxOptions::new().max_stored_bytes(10_000))
        .await
        .expect("a sandbox");
    sandbox.create_topic("t", 1).expect("created");
    let producer = producer(&sandbox, &[]);
    let value = "x".repeat(6000);
    let record = || FutureRecord::<str, _>::to("t").payload(&value);
    producer.send(record(), PATIENCE).await.expect("delivered");
    let (error, _) = producer
        .send(record(), PATIENCE)
        .await
        .expect_err("refused");
    assert_eq!(
        error,
        KafkaError::MessageProduction(RDKafkaErrorCode::PolicyViolation)
    );
}

#[tokio::test]
async fn idempotent_producers_are_served() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let producer = producer(&sandbox, &[("enable.idempotence", "true")]);
    for expected in 0..5 {
        let record = FutureRecord::<str, _>::to("t").payload("v");
        assert_eq!(
            producer
                .send(record, PATIENCE)
                .await
                .expect("delivered")
                .offset,
            expected
        );
    }
}

fn fetch(offset: i64, wait: Duration) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20)
        .with_current_leader_epoch(-1);
    let topic = FetchTopic::default()
        .with_topic(topic_name("t"))
        .with_partitions(vec![partition]);
    FetchRequest::default()
        .with_max_wait_ms(i32::try_from(wait.as_millis()).expect("a short time"))
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic])
}

#[tokio::test]
async fn readers_are_answered_when_there_is_something_to_read() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let mut connection = Connection::to(&sandbox);

    let wait = Duration::from_millis(100);
    let started = Instant::now();
    let response = connection.ask(12, &fetch(0, wait));
    assert!(started.elapsed() >= wait);
    assert!(
        response.responses[0].partitions[0]
            .records
            .as_ref()
            .is_none_or(bytes::Bytes::is_empty)
    );

    let started = Instant::now();
    connection.send(12, &fetch(0, PATIENCE * 4)).expect("sent");
    sandbox.produce("t", 0, &[Record::new("v")]).expect("room");
    let response = connection.receive::<FetchRequest>(12).expect("answered");
    assert!(started.elapsed() < PATIENCE);
    assert!(
        response.responses[0].partitions[0]
            .records
            .as_ref()
            .is_some_and(|records| !records.is_empty())
    );

    let response = connection.ask(12, &fetch(50, PATIENCE * 4));
    assert_eq!(
        response.responses[0].partitions[0].error_code,
        ResponseError::OffsetOutOfRange.code()
    );
}

#[tokio::test]
async fn records_of_a_mebibyte_pass_if_the_topic_allows_them() {
    let sandbox = sandbox().await;
    sandbox
        .create_topic_with("t", 1, &[("max.message.bytes", "2097152")])
        .expect("created");
    let producer = producer(&sandbox, &[("message.max.bytes", "2000000")]);
    let value = "x".repeat(1 << 20);
    producer
        .send(FutureRecord::<str, _>::to("t").payload(&value), PATIENCE)
        .await
        .expect("delivered");
    assert_eq!(
        values(&read(&sandbox, "t", 0, Offset::Beginning, "read_committed")),
        [value]
    );
}
