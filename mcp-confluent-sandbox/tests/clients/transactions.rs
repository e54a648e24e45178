//! Transactions.

use std::time::Duration;

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest, TransactionalId,
};
use kafka_protocol::{ResponseError, messages::InitProducerIdResponse};
use mcp_confluent_sandbox::Sandbox;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use rdkafka::{Message as _, Offset, TopicPartitionList};

use crate::support::{
    Connection, PATIENCE, config, consumer_config, eventually, read, sandbox, text, topic_name,
};

fn producer(sandbox: &Sandbox) -> FutureProducer {
    let mut config = config(sandbox);
    config.set("transactional.id", "id");
    let producer: FutureProducer = config.create().expect("a producer");
    producer
        .init_transactions(PATIENCE)
        .expect("an id and an epoch");
    producer
}

async fn send(producer: &FutureProducer, value: &str) {
    producer
        .send(FutureRecord::<str, _>::to("t").payload(value), PATIENCE)
        .await
        .expect("delivered");
}

fn values(sandbox: &Sandbox, isolation: &str) -> Vec<String> {
    let messages = read(sandbox, "t", 0, Offset::Beginning, isolation);
    let text =
        |payload: Option<&[u8]>| String::from_utf8_lossy(payload.unwrap_or_default()).into_owned();
    messages
        .iter()
        .map(|message| text(message.payload()))
        .collect()
}

#[tokio::test]
async fn readers_see_what_is_committed() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let producer = producer(&sandbox);

    producer.begin_transaction().expect("begun");
    send(&producer, "kept").await;
    assert_eq!(values(&sandbox, "read_uncommitted"), ["kept"]);
    assert!(values(&sandbox, "read_committed").is_empty());
    producer.commit_transaction(PATIENCE).expect("committed");
    assert_eq!(values(&sandbox, "read_committed"), ["kept"]);

    producer.begin_transaction().expect("begun");
    send(&producer, "dropped").await;
    producer.abort_transaction(PATIENCE).expect("aborted");
    assert_eq!(values(&sandbox, "read_committed"), ["kept"]);
    assert_eq!(values(&sandbox, "read_uncommitted"), ["kept", "dropped"]);
}

#[tokio::test]
async fn offsets_are_committed_with_the_transaction() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let producer = producer(&sandbox);
    let consumer: BaseConsumer = consumer_config(&sandbox, "g").create().expect("a consumer");
    let committed = || {
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition("t", 0);
        consumer
            .committed_offsets(wanted, PATIENCE)
            .expect("answered")
            .elements()[0]
            .offset()
    };
    for (commit, offset, expected) in [(false, 1, Offset::Invalid), (true, 2, Offset::Offset(2))] {
        producer.begin_transaction().expect("begun");
        send(&producer, "v").await;
        let mut offsets = TopicPartitionList::new();
        offsets
            .add_partition_offset("t", 0, Offset::Offset(offset))
            .expect("an offset");
        let group = consumer.group_metadata().expect("metadata");
        producer
            .send_offsets_to_transaction(&offsets, &group, PATIENCE)
            .expect("sent");
        if commit {
            producer.commit_transaction(PATIENCE).expect("committed");
        } else {
            producer.abort_transaction(PATIENCE).expect("aborted");
        }
        assert_eq!(committed(), expected);
    }
}

#[tokio::test]
async fn a_successor_fences_its_predecessor() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let old = producer(&sandbox);
    old.begin_transaction().expect("begun");
    send(&old, "lost").await;
    let new = producer(&sandbox);
    assert!(old.commit_transaction(PATIENCE).is_err());
    new.begin_transaction().expect("begun");
    send(&new, "kept").await;
    new.commit_transaction(PATIENCE).expect("committed");
    assert_eq!(values(&sandbox, "read_committed"), ["kept"]);
}

fn init(connection: &mut Connection, timeout: Duration) -> InitProducerIdResponse {
    let request = InitProducerIdRequest::default()
        .with_transactional_id(Some(TransactionalId(text("id"))))
        .with_transaction_timeout_ms(i32::try_from(timeout.as_millis()).expect("a short time"));
    connection.ask(4, &request)
}

#[tokio::test]
async fn a_transaction_that_takes_too_long_is_aborted() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let mut connection = Connection::to(&sandbox);
    let producer = init(&mut connection, Duration::from_millis(50));
    let topic = AddPartitionsToTxnTopic::default()
        .with_name(topic_name("t"))
        .with_partitions(vec![0]);
    let add = AddPartitionsToTxnRequest::default()
        .with_v3_and_below_transactional_id(TransactionalId(text("id")))
        .with_v3_and_below_producer_id(producer.producer_id)
        .with_v3_and_below_producer_epoch(producer.producer_epoch)
        .with_v3_and_below_topics(vec![topic]);
    let added = connection
        .ask(3, &add)
        .results_by_topic_v3_and_below
        .remove(0);
    assert_eq!(added.results_by_partition[0].partition_error_code, 0);
    // The marker takes an offset.
    let consumer: BaseConsumer = consumer_config(&sandbox, "tests")
        .create()
        .expect("a consumer");
    eventually("the marker is written", || {
        let (_, end) = consumer
            .fetch_watermarks("t", 0, PATIENCE)
            .expect("watermarks");
        (end == 1).then_some(())
    });
    let end = EndTxnRequest::default()
        .with_transactional_id(TransactionalId(text("id")))
        .with_producer_id(producer.producer_id)
        .with_producer_epoch(producer.producer_epoch)
        .with_committed(true);
    assert_eq!(
        connection.ask(3, &end).error_code,
        ResponseError::ProducerFenced.code()
    );
}

#[tokio::test]
async fn a_time_out_that_is_too_long_is_refused() {
    let sandbox = sandbox().await;
    let response = init(&mut Connection::to(&sandbox), Duration::from_hours(1));
    assert_eq!(
        response.error_code,
        ResponseError::InvalidTransactionTimeout.code()
    );
}
