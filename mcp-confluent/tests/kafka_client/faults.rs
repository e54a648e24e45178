//! Brokers that are away, slow or refuse; these need a broker that can be told to be.

use std::time::{Duration, Instant};

use mcp_confluent::{
    ErrorKind, ToolError,
    client::kafka::{Call, KafkaClient, read::Start, records::NewRecord, topics::NewTopic},
};
use mcp_confluent_sandbox::{Acl, AclOperation, Record, Sandbox, SandboxOptions};

use crate::cluster::{call, client, request, settings, values};

/// Much less than the deadline of the calls, and more than a loaded machine needs.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_refused_connection_names_the_address_and_the_reason() {
    let client = client("127.0.0.1:1");
    let started = Instant::now();
    let record = NewRecord {
        topic: "t".to_owned(),
        ..NewRecord::default()
    };
    let (topics, described, read, written) = tokio::join!(
        async { client.topics(&call()).await.unwrap_err() },
        async { client.watermarks(&call(), "t", None).await.unwrap_err() },
        async {
            client
                .read(&call(), &request("t", None, Start::Earliest))
                .await
                .unwrap_err()
        },
        async { client.produce(&call(), &record).await.unwrap_err() },
    );
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    for error in [topics, described, read, written] {
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
        assert!(error.message().contains("127.0.0.1:1"), "{error}");
        assert!(error.message().contains("Connection refused"), "{error}");
    }
}

#[tokio::test]
async fn a_host_that_is_not_known_is_said_to_be_unknown() {
    let error = client("no-such-host.invalid:9092")
        .topics(&call())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(error.message().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn the_call_after_the_broker_came_back_works() {
    let sandbox = Sandbox::start(SandboxOptions::new()).await.unwrap();
    sandbox.create_topic("t", 1).unwrap();
    sandbox.produce("t", 0, &[Record::new("a")]).unwrap();
    let client = client(&sandbox.bootstrap_servers());
    let read = || async {
        client
            .read(&call(), &request("t", None, Start::Earliest))
            .await
    };
    assert_eq!(values(&read().await.unwrap()), ["a"]);

    sandbox.stop().await;
    for error in [
        read().await.unwrap_err(),
        client.topics(&call()).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
        assert!(
            error.message().contains(&sandbox.bootstrap_servers()),
            "{error}"
        );
    }

    sandbox.restart().await.unwrap();
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
    assert_eq!(values(&read().await.unwrap()), ["a"]);
    let record = NewRecord {
        topic: "t".to_owned(),
        value: Some(b"b".to_vec()),
        ..NewRecord::default()
    };
    assert_eq!(client.produce(&call(), &record).await.unwrap().offset, 1);
}

#[tokio::test]
async fn lost_connections_do_not_lose_calls() {
    let sandbox = Sandbox::start(SandboxOptions::new()).await.unwrap();
    sandbox.create_topic("t", 1).unwrap();
    sandbox.produce("t", 0, &[Record::new("a")]).unwrap();
    let client = client(&sandbox.bootstrap_servers());
    for _ in 0..5 {
        let read = client
            .read(&call(), &request("t", None, Start::Earliest))
            .await
            .unwrap();
        assert_eq!(values(&read), ["a"]);
        assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
        sandbox.close_connections();
    }
}

#[tokio::test]
async fn a_slow_broker_is_waited_for_until_the_deadline() {
    let sandbox = Sandbox::start(SandboxOptions::new()).await.unwrap();
    sandbox.create_topic("t", 1).unwrap();
    let client = client(&sandbox.bootstrap_servers());
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
    sandbox.set_response_delay(Duration::from_secs(30));
    let started = Instant::now();
    let hurried = || Call::within(Duration::from_secs(1));
    for error in [
        client.topics(&hurried()).await.unwrap_err(),
        client.topic_config(&hurried(), "t").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert!(
            error.message().contains(&sandbox.bootstrap_servers()),
            "{error}"
        );
    }
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    sandbox.set_response_delay(Duration::ZERO);
    sandbox.close_connections();
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_without_an_answer_may_have_been_written() {
    let sandbox = Sandbox::start(SandboxOptions::new()).await.unwrap();
    sandbox.create_topic("t", 1).unwrap();
    let client = client(&sandbox.bootstrap_servers());
    let record = NewRecord {
        topic: "t".to_owned(),
        ..NewRecord::default()
    };
    client.produce(&call(), &record).await.unwrap();
    // Describing the topic is answered in time, writing to it is not.
    sandbox.set_response_delay(Duration::from_millis(700));
    let error = client
        .produce(&Call::within(Duration::from_secs(1)), &record)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(
        error
            .hint_text()
            .unwrap()
            .contains("may or may not have been written"),
        "{error}"
    );
}

fn user(sandbox: &Sandbox, name: &str, password: &str) -> KafkaClient {
    KafkaClient::new(settings(&[
        (
            "bootstrap.servers",
            &sandbox.sasl_bootstrap_servers().unwrap(),
        ),
        ("security.protocol", "sasl_plaintext"),
        ("sasl.mechanisms", "SCRAM-SHA-256"),
        ("sasl.username", name),
        ("sasl.password", password),
    ]))
}

#[tokio::test]
async fn a_wrong_password_is_said_at_once_and_not_repeated() {
    let options = SandboxOptions::new().user("alice", "alice-secret");
    let sandbox = Sandbox::start(options).await.unwrap();
    let started = Instant::now();
    let client = user(&sandbox, "alice", "wrong-secret");
    for error in [
        client.topics(&call()).await.unwrap_err(),
        client.describe_group(&call(), "g").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        assert!(
            error.message().contains("SASL authentication failed"),
            "{error}"
        );
        assert!(!error.to_string().contains("wrong-secret"), "{error}");
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert!(
        user(&sandbox, "alice", "alice-secret")
            .topics(&call())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn what_is_denied_names_the_operation_and_the_resource() {
    let options = SandboxOptions::new()
        .user("bob", "bob-secret")
        .enforce_acls(["ANONYMOUS"]);
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.create_topic("seen", 1).unwrap();
    sandbox.create_topic("hidden", 1).unwrap();
    sandbox.add_acl(Acl::allow_topic("bob", AclOperation::Describe, "seen"));
    let bob = user(&sandbox, "bob", "bob-secret");
    let call = call();
    let names: Vec<_> = bob
        .topics(&call)
        .await
        .unwrap()
        .into_iter()
        .map(|t| t.name)
        .collect();
    assert_eq!(names, ["seen"]);

    let new = NewTopic {
        name: "made".to_owned(),
        ..NewTopic::default()
    };
    let created = bob
        .create_topics(&call, &[new], false)
        .await
        .unwrap()
        .remove(0)
        .result;
    let deleted = bob
        .delete_topics(&call, &["seen".to_owned()])
        .await
        .unwrap()
        .remove(0)
        .result;
    let record = |topic: &str| NewRecord {
        topic: topic.to_owned(),
        ..NewRecord::default()
    };
    let denied: [(&str, &str, ToolError); 8] = [
        ("Create", "topic `made`", created.unwrap_err()),
        ("Delete", "topic `seen`", deleted.unwrap_err()),
        (
            "Write",
            "topic `seen`",
            bob.produce(&call, &record("seen")).await.unwrap_err(),
        ),
        (
            "Write",
            "topic `hidden`",
            bob.produce(&call, &record("hidden")).await.unwrap_err(),
        ),
        (
            "Read",
            "topic `hidden`",
            bob.read(&call, &request("hidden", None, Start::Earliest))
                .await
                .unwrap_err(),
        ),
        (
            "DescribeConfigs",
            "topic `seen`",
            bob.topic_config(&call, "seen").await.unwrap_err(),
        ),
        (
            "Describe",
            "topic `hidden`",
            bob.watermarks(&call, "hidden", None).await.unwrap_err(),
        ),
        (
            "Describe",
            "group `g`",
            bob.describe_group(&call, "g").await.unwrap_err(),
        ),
    ];
    for (operation, resource, error) in denied {
        assert_eq!(error.kind(), ErrorKind::Denied, "{operation} {error}");
        assert!(
            error.message().contains(&format!("{operation} is denied")),
            "{error}"
        );
        assert!(error.message().contains(resource), "{error}");
        assert!(
            error
                .code_text()
                .unwrap()
                .ends_with("_AUTHORIZATION_FAILED"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_record_that_may_be_described_but_not_read_is_denied() {
    let options = SandboxOptions::new()
        .user("bob", "bob-secret")
        .enforce_acls(["ANONYMOUS"]);
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.create_topic("seen", 1).unwrap();
    sandbox
        .produce("seen", 0, &[Record::new("secret")])
        .unwrap();
    sandbox.add_acl(Acl::allow_topic("bob", AclOperation::Describe, "seen"));
    let bob = user(&sandbox, "bob", "bob-secret");
    let error = bob
        .read(&call(), &request("seen", None, Start::Earliest))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    assert!(
        error
            .message()
            .contains("read topic `seen`: Read is denied"),
        "{error}"
    );
}
