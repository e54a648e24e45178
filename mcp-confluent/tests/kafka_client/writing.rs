//! Writing records.

use mcp_confluent::{
    ErrorKind,
    client::kafka::{
        read::{Ended, Start},
        records::{Header, NewRecord, TimestampType},
        topics::NewTopic,
    },
};

use crate::cluster::{Cluster, call, unique};

fn header(name: &str, value: Option<&[u8]>) -> Header {
    Header {
        name: name.to_owned(),
        value: value.map(<[u8]>::to_vec),
    }
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_written() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    let full = NewRecord {
        topic: topic.clone(),
        partition: Some(1),
        key: Some(vec![0, 0xff, 0x80]),
        value: Some(b"\xff\x00binary".to_vec()),
        headers: vec![
            header("trace", Some(b"1")),
            header("other", None),
            header("trace", Some(b"")),
            header("trace", Some(b"\xfe")),
        ],
        timestamp_ms: Some(1_700_000_000_123),
    };
    let tombstone = NewRecord {
        value: None,
        headers: Vec::new(),
        key: Some(Vec::new()),
        ..full.clone()
    };
    let empty = NewRecord {
        value: Some(Vec::new()),
        key: None,
        ..tombstone.clone()
    };
    let written = [&full, &tombstone, &empty];
    for (record, offset) in written.iter().zip(0..) {
        let written = cluster.client.produce(&call(), record).await.unwrap();
        assert_eq!((written.partition, written.offset), (1, offset));
        assert_eq!(written.timestamp_ms, Some(1_700_000_000_123));
    }
    let read = cluster.read(&topic, Start::Earliest).await.unwrap();
    assert_eq!((read.records.len(), read.ended), (3, Ended::ReachedEnd));
    for (record, wanted) in read.records.iter().zip(written) {
        assert_eq!(record.key, wanted.key);
        assert_eq!(record.value, wanted.value);
        assert_eq!(record.headers, wanted.headers);
        assert_eq!(record.timestamp_ms, wanted.timestamp_ms);
        assert_eq!(record.timestamp_type, Some(TimestampType::CreateTime));
    }
}

#[tokio::test]
async fn a_key_goes_to_the_partition_that_the_java_client_would_choose() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(10).await;
    // By Kafka's murmur2 over the key, made positive, modulo ten.
    for (key, partition) in [("user-1", 8), ("user-2", 6), ("order-17", 1)] {
        let record = NewRecord {
            topic: topic.clone(),
            key: Some(key.into()),
            value: Some(b"x".to_vec()),
            ..NewRecord::default()
        };
        let written = cluster.client.produce(&call(), &record).await.unwrap();
        assert_eq!(written.partition, partition, "{key}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_a_clear_error() {
    let cluster = Cluster::start().await;
    let topic = cluster.topic(2).await;
    let record = NewRecord {
        topic,
        value: Some(b"x".to_vec()),
        ..NewRecord::default()
    };
    let missing = NewRecord {
        topic: unique("never"),
        ..record.clone()
    };
    let error = cluster.client.produce(&call(), &missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let topics = cluster.client.topics(&call()).await.unwrap();
    assert!(
        topics.iter().all(|topic| topic.name != missing.topic),
        "writing creates no topic"
    );

    let outside = NewRecord {
        partition: Some(2),
        ..record.clone()
    };
    let error = cluster.client.produce(&call(), &outside).await.unwrap_err();
    assert!(
        error.message().contains("its 2 partitions are 0 to 1"),
        "{error}"
    );

    let large = NewRecord {
        value: Some(vec![b'x'; 2 << 20]),
        ..record.clone()
    };
    let error = cluster.client.produce(&call(), &large).await.unwrap_err();
    assert_eq!(error.code_text(), Some("MESSAGE_TOO_LARGE"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Argument);

    let untimely = NewRecord {
        timestamp_ms: Some(0),
        ..record
    };
    let error = cluster
        .client
        .produce(&call(), &untimely)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn large_records_go_where_the_topic_allows_them() {
    let cluster = Cluster::start().await;
    let name = unique("large");
    let new = NewTopic {
        name: name.clone(),
        partitions: Some(1),
        configs: [("max.message.bytes".to_owned(), "5000000".to_owned())].into(),
        ..NewTopic::default()
    };
    cluster
        .client
        .create_topics(&call(), &[new], false)
        .await
        .unwrap();
    let value = vec![b'x'; 3 << 20];
    let record = NewRecord {
        topic: name.clone(),
        value: Some(value.clone()),
        ..NewRecord::default()
    };
    for _ in 0..2 {
        cluster.client.produce(&call(), &record).await.unwrap();
    }
    // More than the limit on the bytes of one read: still one record, and a way to go on.
    let read = cluster.read(&name, Start::Earliest).await.unwrap();
    assert_eq!((read.records.len(), read.ended), (1, Ended::MaxBytes));
    assert_eq!(read.records[0].value, Some(value));
    assert_eq!((read.positions[0].next, read.positions[0].end), (1, 2));
}

#[tokio::test]
async fn a_topic_made_anew_can_be_written_to() {
    let cluster = Cluster::start().await;
    let name = cluster.topic(1).await;
    let record = |partition| NewRecord {
        topic: name.clone(),
        partition: Some(partition),
        value: Some(b"x".to_vec()),
        ..NewRecord::default()
    };
    cluster.client.produce(&call(), &record(0)).await.unwrap();
    cluster
        .client
        .delete_topics(&call(), std::slice::from_ref(&name))
        .await
        .unwrap();
    let new = NewTopic {
        name: name.clone(),
        partitions: Some(4),
        ..NewTopic::default()
    };
    let outcomes = cluster
        .client
        .create_topics(&call(), &[new], false)
        .await
        .unwrap();
    assert!(outcomes[0].result.is_ok());
    // librdkafka still remembers the old topic, with one partition.
    let written = cluster.client.produce(&call(), &record(3)).await.unwrap();
    assert_eq!((written.partition, written.offset), (3, 0));
}
