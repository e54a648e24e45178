//! Topics and configurations.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResourceResult;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::{
    CreateTopicsRequest, DescribeConfigsRequest, DescribeTopicPartitionsRequest,
    IncrementalAlterConfigsRequest, MetadataRequest,
};
use mcp_confluent_sandbox::{Record, Sandbox, SandboxOptions};
use rdkafka::admin::{
    AdminOptions, AlterConfig, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::consumer::Consumer as _;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::support::{Connection, PATIENCE, admin, consumer, read, sandbox, text, topic_name};

fn topic(name: &str, partitions: i32) -> NewTopic<'_> {
    NewTopic::new(name, partitions, TopicReplication::Fixed(1))
}

fn partitions(sandbox: &Sandbox, topic: &str) -> usize {
    let metadata = consumer(sandbox)
        .fetch_metadata(Some(topic), PATIENCE)
        .expect("metadata");
    metadata.topics()[0].partitions().len()
}

#[tokio::test]
async fn topics_come_and_go() {
    let sandbox = sandbox().await;
    let admin = admin(&sandbox);
    let options = AdminOptions::new();
    let create = |name| {
        let (admin, options) = (&admin, &options);
        async move { admin.create_topics([&topic(name, 3)], options).await }
    };
    assert_eq!(
        create("orders").await.expect("answered"),
        [Ok("orders".to_owned())]
    );
    assert_eq!(partitions(&sandbox, "orders"), 3);

    let again = create("orders").await.expect("answered");
    assert_eq!(
        again,
        [Err((
            "orders".to_owned(),
            RDKafkaErrorCode::TopicAlreadyExists
        ))]
    );
    let invalid = create("no good").await.expect("answered");
    assert_eq!(
        invalid,
        [Err(("no good".to_owned(), RDKafkaErrorCode::InvalidTopic))]
    );

    let only = AdminOptions::new().validate_only(true);
    let validated = admin
        .create_topics([&topic("later", 1)], &only)
        .await
        .expect("answered");
    assert_eq!(validated, [Ok("later".to_owned())]);
    assert_eq!(partitions(&sandbox, "later"), 0);

    let grown = admin
        .create_partitions([&NewPartitions::new("orders", 5)], &options)
        .await
        .expect("answered");
    assert_eq!(grown, [Ok("orders".to_owned())]);
    assert_eq!(partitions(&sandbox, "orders"), 5);
    let shrunk = admin
        .create_partitions([&NewPartitions::new("orders", 2)], &options)
        .await
        .expect("answered");
    assert_eq!(
        shrunk,
        [Err((
            "orders".to_owned(),
            RDKafkaErrorCode::InvalidPartitions
        ))]
    );

    let deleted = admin
        .delete_topics(&["orders", "later"], &options)
        .await
        .expect("answered");
    let unknown = Err((
        "later".to_owned(),
        RDKafkaErrorCode::UnknownTopicOrPartition,
    ));
    assert_eq!(deleted, [Ok("orders".to_owned()), unknown]);
    assert_eq!(partitions(&sandbox, "orders"), 0);
}

#[tokio::test]
async fn settings_of_a_new_topic_are_checked_and_shown() {
    let sandbox = sandbox().await;
    let admin = admin(&sandbox);
    let options = AdminOptions::new();
    for (key, value) in [
        ("no.such.key", "1"),
        ("retention.ms", "soon"),
        ("cleanup.policy", "shred"),
    ] {
        let created = admin
            .create_topics([&topic("t", 1).set(key, value)], &options)
            .await
            .expect("answered");
        assert_eq!(
            created,
            [Err(("t".to_owned(), RDKafkaErrorCode::InvalidConfig))]
        );
    }
    let compacted = topic("t", 1).set("cleanup.policy", "compact");
    admin
        .create_topics([&compacted], &options)
        .await
        .expect("answered");
    let described = admin
        .describe_configs([&ResourceSpecifier::Topic("t")], &options)
        .await
        .expect("answered");
    let configs = described
        .into_iter()
        .next()
        .expect("one resource")
        .expect("described");
    let policy = configs.get("cleanup.policy").expect("a key");
    assert_eq!(
        (policy.value.as_deref(), &policy.source),
        (Some("compact"), &ConfigSource::DynamicTopic)
    );
    let retention = configs.get("retention.ms").expect("a key");
    assert_eq!(
        (retention.value.as_deref(), retention.is_default),
        (Some("604800000"), true)
    );
    assert_eq!(configs.entries.len(), 33);
}

/// The topic's value of a key, with its source and synonyms.
fn described(connection: &mut Connection, topic: &str, key: &str) -> DescribeConfigsResourceResult {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(text(topic))
        .with_configuration_keys(Some(vec![text(key)]));
    let request = DescribeConfigsRequest::default()
        .with_resources(vec![resource])
        .with_include_synonyms(true);
    let mut results = connection.ask(4, &request).results;
    assert_eq!(results[0].error_code, 0);
    results.remove(0).configs.remove(0)
}

/// Changes one key of a topic or, for 4, of the broker; gives code and message.
fn altered(
    connection: &mut Connection,
    (resource_type, resource): (i8, &str),
    (operation, key, value): (i8, &str, &str),
    validate_only: bool,
) -> (i16, String) {
    let config = AlterableConfig::default()
        .with_name(text(key))
        .with_config_operation(operation)
        .with_value(Some(text(value)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(resource_type)
        .with_resource_name(text(resource))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default()
        .with_resources(vec![resource])
        .with_validate_only(validate_only);
    let response = connection.ask(1, &request).responses.remove(0);
    (
        response.error_code,
        response
            .error_message
            .map(|message| message.to_string())
            .unwrap_or_default(),
    )
}

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

#[tokio::test]
async fn settings_change_one_by_one() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let mut connection = Connection::to(&sandbox);
    let topic = (2, "t");
    let fine = (0, String::new());
    let value = |connection: &mut Connection, key| {
        described(connection, "t", key)
            .value
            .map(|value| value.to_string())
            .unwrap_or_default()
    };

    assert_eq!(
        altered(
            &mut connection,
            topic,
            (SET, "retention.ms", "86400000"),
            true
        ),
        fine
    );
    assert_eq!(value(&mut connection, "retention.ms"), "604800000");
    assert_eq!(
        altered(
            &mut connection,
            topic,
            (SET, "retention.ms", "86400000"),
            false
        ),
        fine
    );
    assert_eq!(value(&mut connection, "retention.ms"), "86400000");
    assert_eq!(
        described(&mut connection, "t", "retention.ms").config_source,
        1
    );
    assert_eq!(
        altered(&mut connection, topic, (DELETE, "retention.ms", ""), false),
        fine
    );
    assert_eq!(value(&mut connection, "retention.ms"), "604800000");

    assert_eq!(
        altered(
            &mut connection,
            topic,
            (APPEND, "cleanup.policy", "compact"),
            false
        ),
        fine
    );
    assert_eq!(value(&mut connection, "cleanup.policy"), "delete,compact");
    assert_eq!(
        altered(
            &mut connection,
            topic,
            (SUBTRACT, "cleanup.policy", "delete"),
            false
        ),
        fine
    );
    assert_eq!(value(&mut connection, "cleanup.policy"), "compact");

    let refused = [
        ((SET, "nope", "1"), "Unknown topic config name: nope"),
        (
            (SET, "retention.ms", "x"),
            "Invalid value x for configuration retention.ms: Not a number of type LONG",
        ),
        (
            (APPEND, "retention.ms", "5"),
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
    ];
    for (change, message) in refused {
        let code = ResponseError::InvalidConfig.code();
        assert_eq!(
            altered(&mut connection, topic, change, false),
            (code, message.to_owned())
        );
    }
    let (code, message) = altered(
        &mut connection,
        (2, "none"),
        (SET, "retention.ms", "5"),
        false,
    );
    assert_eq!(code, ResponseError::UnknownTopicOrPartition.code());
    assert_eq!(message, "The topic 'none' does not exist.");
}

#[tokio::test]
async fn topics_follow_the_brokers_settings() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    let mut connection = Connection::to(&sandbox);
    let fine = (0, String::new());
    assert_eq!(
        altered(
            &mut connection,
            (4, ""),
            (SET, "log.retention.ms", "2000"),
            false
        ),
        fine
    );
    assert_eq!(
        altered(
            &mut connection,
            (4, "1"),
            (SET, "log.retention.ms", "1000"),
            false
        ),
        fine
    );
    let retention = described(&mut connection, "t", "retention.ms");
    assert_eq!(
        (retention.value.as_deref(), retention.config_source),
        (Some("1000"), 2)
    );
    let synonyms = retention
        .synonyms
        .iter()
        .map(|it| (it.name.to_string(), it.source));
    let broker = || "log.retention.ms".to_owned();
    assert_eq!(synonyms.collect::<Vec<_>>(), [(broker(), 2), (broker(), 3)]);

    let (code, message) = altered(&mut connection, (4, "1"), (SET, "broker.id", "7"), false);
    assert_eq!(code, ResponseError::InvalidRequest.code());
    assert_eq!(
        message,
        "Cannot update these configs dynamically: [broker.id]"
    );
    let (code, _) = altered(
        &mut connection,
        (4, "1"),
        (SET, "log.retention.ms", "-5"),
        false,
    );
    assert_eq!(code, ResponseError::InvalidRequest.code());
}

#[tokio::test]
async fn the_older_request_resets_what_it_does_not_name() {
    let sandbox = sandbox().await;
    sandbox
        .create_topic_with("t", 1, &[("retention.ms", "5"), ("segment.ms", "7")])
        .expect("created");
    let alter = AlterConfig::new(ResourceSpecifier::Topic("t")).set("retention.ms", "6");
    let altered = admin(&sandbox)
        .alter_configs([&alter], &AdminOptions::new())
        .await
        .expect("answered");
    assert!(altered[0].is_ok());
    let mut connection = Connection::to(&sandbox);
    assert_eq!(
        described(&mut connection, "t", "retention.ms").value,
        Some(text("6"))
    );
    assert_eq!(
        described(&mut connection, "t", "segment.ms").config_source,
        5
    );
}

#[tokio::test]
async fn deleted_records_are_gone() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    for value in ["a", "b", "c"] {
        sandbox
            .produce("t", 0, &[Record::new(value)])
            .expect("room");
    }
    let mut before = TopicPartitionList::new();
    before
        .add_partition_offset("t", 0, Offset::Offset(2))
        .expect("an offset");
    let deleted = admin(&sandbox)
        .delete_records(&before, &AdminOptions::new())
        .await
        .expect("answered");
    assert_eq!(deleted.elements()[0].offset(), Offset::Offset(2));
    assert_eq!(
        consumer(&sandbox)
            .fetch_watermarks("t", 0, PATIENCE)
            .expect("watermarks"),
        (2, 3)
    );
    assert_eq!(
        read(&sandbox, "t", 0, Offset::Beginning, "read_committed").len(),
        1
    );
}

#[tokio::test]
async fn ten_thousand_topics_are_listed() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    let topics = (0..10_000).map(|index| {
        CreatableTopic::default()
            .with_name(topic_name(&format!("topic-{index:05}")))
            .with_num_partitions(1)
            .with_replication_factor(1)
    });
    let created = connection.ask(
        4,
        &CreateTopicsRequest::default().with_topics(topics.collect()),
    );
    assert!(created.topics.iter().all(|topic| topic.error_code == 0));
    let all = connection.ask(12, &MetadataRequest::default().with_topics(None));
    assert_eq!(all.topics.len(), 10_000);
    let metadata = consumer(&sandbox)
        .fetch_metadata(None, PATIENCE)
        .expect("metadata");
    assert_eq!(metadata.topics().len(), 10_000);
}

#[tokio::test]
async fn more_partitions_than_a_request_may_create_are_refused() {
    let sandbox = sandbox().await;
    let topic = CreatableTopic::default()
        .with_name(topic_name("t"))
        .with_num_partitions(i32::MAX)
        .with_replication_factor(1);
    let request = CreateTopicsRequest::default().with_topics(vec![topic]);
    let created = Connection::to(&sandbox).ask(7, &request).topics.remove(0);
    assert_eq!(created.error_code, ResponseError::PolicyViolation.code());
    let message = created.error_message.map(|message| message.to_string());
    assert_eq!(
        message.as_deref(),
        Some("Excessively large number of partitions per request.")
    );
}

#[tokio::test]
async fn topics_are_created_on_demand_only_if_wanted() {
    for (wanted, code) in [
        (true, 0),
        (false, ResponseError::UnknownTopicOrPartition.code()),
    ] {
        let options = SandboxOptions::new().auto_create_topics(wanted);
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        let topic = kafka_protocol::messages::metadata_request::MetadataRequestTopic::default();
        let topics = Some(vec![topic.with_name(Some(topic_name("t")))]);
        let request = MetadataRequest::default()
            .with_topics(topics)
            .with_allow_auto_topic_creation(true);
        assert_eq!(
            Connection::to(&sandbox).ask(12, &request).topics[0].error_code,
            code
        );
    }
}

#[tokio::test]
async fn partitions_are_described_page_by_page() {
    let sandbox = sandbox().await;
    sandbox.create_topic("a", 2).expect("created");
    sandbox.create_topic("b", 2).expect("created");
    let mut connection = Connection::to(&sandbox);
    let mut request = DescribeTopicPartitionsRequest::default()
        .with_response_partition_limit(3)
        .with_cursor(None);
    let first = connection.ask(0, &request);
    assert_eq!(
        first
            .topics
            .iter()
            .map(|topic| topic.partitions.len())
            .collect::<Vec<_>>(),
        [2, 1]
    );
    let cursor = first.next_cursor.expect("a second page");
    request.cursor = Some(
        kafka_protocol::messages::describe_topic_partitions_request::Cursor::default()
            .with_topic_name(cursor.topic_name)
            .with_partition_index(cursor.partition_index),
    );
    let second = connection.ask(0, &request);
    assert_eq!(second.topics.len(), 1);
    assert_eq!(second.topics[0].partitions[0].partition_index, 1);
    assert_eq!(second.next_cursor, None);
}
