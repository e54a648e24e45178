//! Topics and their configuration.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mcp_confluent::{
    ErrorKind,
    client::kafka::{
        Call, KafkaClient, KafkaSettings,
        configs::{ConfigChange, ConfigOperation, ConfigSource},
        records::NewRecord,
        topics::NewTopic,
    },
};

use crate::cluster::{Cluster, call, settings, unique};

fn topic(name: &str, partitions: i32) -> NewTopic {
    NewTopic {
        name: name.to_owned(),
        partitions: Some(partitions),
        ..NewTopic::default()
    }
}

fn set(name: &str, value: &str) -> ConfigChange {
    let operation = ConfigOperation::Set(value.to_owned());
    ConfigChange {
        name: name.to_owned(),
        operation,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_was_there_before_the_call_is_in_its_list() {
    let cluster = Cluster::start().await;
    // Others list all the time, so that calls share requests.
    let enough = Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..8)
        .map(|_| {
            let (client, enough) = (cluster.client.clone(), enough.clone());
            tokio::spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    client.topics(&call()).await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..20 {
        let name = cluster.topic(1).await;
        let topics = cluster.client.topics(&call()).await.unwrap();
        assert!(topics.iter().any(|topic| topic.name == name), "{name}");
    }
    enough.store(true, Ordering::Relaxed);
    for other in others {
        other.await.expect("it always got a list");
    }
}

#[tokio::test]
async fn a_topic_comes_and_goes() {
    let cluster = Cluster::start().await;
    let name = cluster.topic(3).await;
    let topics = cluster.client.topics(&call()).await.unwrap();
    let found = topics.iter().find(|topic| topic.name == name).unwrap();
    assert!(!found.internal);
    assert_eq!(
        found.partitions.iter().map(|p| p.id).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert!(
        found
            .partitions
            .iter()
            .all(|p| p.leader.is_some() && !p.isr.is_empty())
    );
    assert!(topics.is_sorted_by_key(|topic| &topic.name));

    let outcomes = cluster
        .client
        .delete_topics(&call(), std::slice::from_ref(&name))
        .await
        .unwrap();
    assert!(outcomes[0].result.is_ok());
    let topics = cluster.client.topics(&call()).await.unwrap();
    assert!(topics.iter().all(|topic| topic.name != name));
}

#[tokio::test]
async fn each_topic_has_its_own_outcome() {
    let cluster = Cluster::start().await;
    let (there, new) = (cluster.topic(1).await, unique("new"));
    let topics = [topic(&there, 1), topic("not a name", 1), topic(&new, 2)];
    let outcomes = cluster
        .client
        .create_topics(&call(), &topics, false)
        .await
        .unwrap();
    let kind = |name: &str| {
        let outcome = outcomes
            .iter()
            .find(|outcome| outcome.topic == name)
            .unwrap();
        outcome
            .result
            .as_ref()
            .err()
            .map(mcp_confluent::ToolError::kind)
    };
    assert_eq!(kind(&there), Some(ErrorKind::AlreadyExists));
    assert_eq!(kind("not a name"), Some(ErrorKind::Argument));
    assert_eq!(kind(&new), None);

    let names = [new.clone(), unique("never")];
    let outcomes = cluster.client.delete_topics(&call(), &names).await.unwrap();
    let missing = outcomes
        .iter()
        .find(|outcome| outcome.topic == names[1])
        .unwrap();
    let error = missing.result.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.code_text(), Some("UNKNOWN_TOPIC_OR_PARTITION"));
    let deleted = outcomes
        .iter()
        .find(|outcome| outcome.topic == new)
        .unwrap();
    assert!(deleted.result.is_ok());
}

#[tokio::test]
async fn validation_creates_nothing() {
    let cluster = Cluster::start().await;
    let name = unique("validated");
    let outcomes = cluster
        .client
        .create_topics(&call(), &[topic(&name, 1)], true)
        .await
        .unwrap();
    assert!(outcomes[0].result.is_ok());
    let error = cluster
        .client
        .watermarks(&call(), &name, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn names_that_make_no_sense_are_refused_before_anything_is_done() {
    // Nothing listens there.
    let client = KafkaClient::new(settings(&[("bootstrap.servers", "127.0.0.1:1")]));
    for topics in [
        vec![],
        vec![topic("", 1)],
        vec![topic("a", 1), topic("a", 2)],
    ] {
        let error = client
            .create_topics(&call(), &topics, false)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    }
}

#[tokio::test]
async fn a_setting_is_changed_and_goes_back() {
    let cluster = Cluster::start().await;
    let name = unique("configured");
    let configs = BTreeMap::from([("cleanup.policy".to_owned(), "compact".to_owned())]);
    let new = NewTopic {
        configs,
        ..topic(&name, 1)
    };
    let outcomes = cluster
        .client
        .create_topics(&call(), &[new], false)
        .await
        .unwrap();
    assert!(outcomes[0].result.is_ok());
    let entry = async |key: &str| {
        let config = cluster.client.topic_config(&call(), &name).await.unwrap();
        config.into_iter().find(|entry| entry.name == key).unwrap()
    };
    let policy = entry("cleanup.policy").await;
    assert_eq!(
        (policy.value.as_deref(), policy.source),
        (Some("compact"), ConfigSource::Topic)
    );
    assert!(
        policy
            .synonyms
            .iter()
            .any(|synonym| synonym.source == ConfigSource::Default)
    );
    let default = entry("retention.ms").await;
    assert!(default.is_default(), "{default:?}");

    let alter = async |change: ConfigChange, validate_only| {
        cluster
            .client
            .alter_topic_config(&call(), &name, &[change], validate_only)
            .await
    };
    alter(set("retention.ms", "86400000"), true).await.unwrap();
    assert_eq!(
        entry("retention.ms").await,
        default,
        "validation changes nothing"
    );
    alter(set("retention.ms", "86400000"), false).await.unwrap();
    let changed = entry("retention.ms").await;
    assert_eq!(
        (changed.value.as_deref(), changed.is_default()),
        (Some("86400000"), false)
    );
    assert_eq!(
        entry("cleanup.policy").await.value.as_deref(),
        Some("compact"),
        "left alone"
    );

    let delete = ConfigChange {
        operation: ConfigOperation::Delete,
        ..set("retention.ms", "")
    };
    alter(delete, false).await.unwrap();
    assert_eq!(entry("retention.ms").await.value, default.value);

    let append = ConfigChange {
        operation: ConfigOperation::Append("delete".to_owned()),
        ..set("cleanup.policy", "")
    };
    alter(append, false).await.unwrap();
    assert_eq!(
        entry("cleanup.policy").await.value.as_deref(),
        Some("compact,delete")
    );
    let subtract = ConfigChange {
        operation: ConfigOperation::Subtract("compact".to_owned()),
        ..set("cleanup.policy", "")
    };
    alter(subtract, false).await.unwrap();
    assert_eq!(
        entry("cleanup.policy").await.value.as_deref(),
        Some("delete")
    );
}

#[tokio::test]
async fn a_value_the_broker_refuses_is_named() {
    let cluster = Cluster::start().await;
    let name = cluster.topic(1).await;
    for (key, value) in [("retention.ms", "soon"), ("no.such.key", "1")] {
        let (call, change) = (call(), [set(key, value)]);
        let result = cluster
            .client
            .alter_topic_config(&call, &name, &change, false)
            .await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        assert!(error.message().contains(key), "{error}");
    }
    let twice = [set("retention.ms", "1"), set("retention.ms", "2")];
    let error = cluster
        .client
        .alter_topic_config(&call(), &name, &twice, false)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    let error = cluster
        .client
        .topic_config(&call(), &unique("never"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_policy_refuses_before_anything_is_sent() {
    // Nothing listens there: whatever is refused was refused here.
    let unreachable = [("bootstrap.servers", "127.0.0.1:1")];
    let read_only = KafkaSettings {
        read_only: true,
        ..settings(&unreachable)
    };
    let protected = KafkaSettings {
        protected_topics: vec!["prod-*".to_owned()],
        ..settings(&unreachable)
    };
    for (settings, expected) in [(read_only, "read-only"), (protected, "`prod-*`")] {
        let client = KafkaClient::new(settings);
        let name = "prod-orders".to_owned();
        let record = NewRecord {
            topic: name.clone(),
            ..NewRecord::default()
        };
        let call = Call::within(Duration::from_secs(5));
        let errors = [
            client.produce(&call, &record).await.unwrap_err(),
            client
                .delete_topics(&call, std::slice::from_ref(&name))
                .await
                .unwrap_err(),
            client
                .alter_topic_config(&call, &name, &[set("retention.ms", "1")], false)
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(error.message().contains(expected), "{error}");
        }
        let created = client
            .create_topics(&call, &[topic(&name, 1)], false)
            .await
            .unwrap_err();
        let kind = if expected == "read-only" {
            ErrorKind::Refused
        } else {
            ErrorKind::Unreachable
        };
        assert_eq!(
            created.kind(),
            kind,
            "creating a protected name destroys nothing"
        );
    }
}
