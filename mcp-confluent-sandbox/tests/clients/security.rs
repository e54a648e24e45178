//! Authentication and authorization.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    DescribeAclsRequest, MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest,
    SaslHandshakeResponse,
};
use mcp_confluent_sandbox::{
    Acl, AclOperation, AclPattern, AclPermission, AclResourceType, Record, Sandbox, SandboxOptions,
};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::support::{Connection, PATIENCE, eventually, sandbox, text};

async fn guarded() -> Sandbox {
    let options = SandboxOptions::new()
        .user("alice", "alice-secret")
        .user("bob", "bob-secret")
        .enforce_acls(["bob"]);
    Sandbox::start(options).await.expect("a sandbox")
}

fn config(sandbox: &Sandbox, mechanism: &str, user: &str, password: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set(
            "bootstrap.servers",
            sandbox
                .sasl_bootstrap_servers()
                .expect("a listener with SASL"),
        )
        .set("security.protocol", "SASL_PLAINTEXT")
        .set("sasl.mechanism", mechanism)
        .set("sasl.username", user)
        .set("sasl.password", password)
        .set("group.id", "group")
        .set("enable.auto.commit", "false")
        .set("allow.auto.create.topics", "false")
        .set_log_level(RDKafkaLogLevel::Emerg);
    config
}

#[tokio::test]
async fn every_mechanism_lets_the_right_password_in() {
    let sandbox = guarded().await;
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let consumer: BaseConsumer = config(&sandbox, mechanism, "alice", "alice-secret")
            .create()
            .expect("a consumer");
        let metadata = consumer.fetch_metadata(None, PATIENCE).expect("metadata");
        // What is advertised is the listener that was asked.
        let broker = &metadata.brokers()[0];
        assert_eq!(
            sandbox.sasl_bootstrap_servers(),
            Some(format!("{}:{}", broker.host(), broker.port()))
        );
    }
}

/// librdkafka makes unsecured tokens itself.
fn with_token(sandbox: &Sandbox, config_of_token: &str) -> BaseConsumer {
    config(sandbox, "OAUTHBEARER", "", "")
        .set("enable.sasl.oauthbearer.unsecure.jwt", "true")
        .set("sasl.oauthbearer.config", config_of_token)
        .create()
        .expect("a consumer")
}

#[tokio::test]
async fn tokens_let_their_subject_in() {
    let options = SandboxOptions::new()
        .user("alice", "alice-secret")
        .logical_cluster("lkc-1");
    let sandbox = Sandbox::start(options).await.expect("a sandbox");
    let right = with_token(&sandbox, "principal=alice extension_logicalCluster=lkc-1");
    right.fetch_metadata(None, PATIENCE).expect("metadata");
    for wrong in [
        "principal=mallory extension_logicalCluster=lkc-1",
        "principal=alice extension_logicalCluster=lkc-2",
        "principal=alice",
    ] {
        let consumer = with_token(&sandbox, wrong);
        let error = eventually("the token is refused", || consumer.poll(PATIENCE)?.err());
        let refused = KafkaError::MessageConsumption(RDKafkaErrorCode::Authentication);
        assert_eq!(error, refused, "{wrong}");
    }
}

#[tokio::test]
async fn a_refused_token_is_acknowledged_before_the_connection_is_closed() {
    let sandbox = guarded().await;
    let address = sandbox.sasl_bootstrap_servers().expect("a listener");
    // {"alg":"none"} . {"sub":"alice"} and {"sub":"alice","exp":1}
    for (token, reason) in [
        (
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
            "the token has ended",
        ),
        (
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6MX0.",
            "the token has ended",
        ),
        (
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.x",
            "not an unsecured one",
        ),
        ("hello", "malformed token"),
    ] {
        let mut connection = Connection::open(&address);
        handshake(&mut connection, "OAUTHBEARER");
        let first = format!("n,,\u{1}auth=Bearer {token}\u{1}\u{1}");
        assert_eq!(
            authenticate(&mut connection, first.as_bytes()),
            (0, String::new())
        );
        let (code, message) = authenticate(&mut connection, b"\x01");
        assert_eq!(code, ResponseError::SaslAuthenticationFailed.code());
        assert!(message.contains(reason), "{message}");
    }
}

fn handshake(connection: &mut Connection, mechanism: &str) -> SaslHandshakeResponse {
    connection.ask(
        1,
        &SaslHandshakeRequest::default().with_mechanism(text(mechanism)),
    )
}

fn authenticate(connection: &mut Connection, bytes: &[u8]) -> (i16, String) {
    let response = connection.ask(
        2,
        &SaslAuthenticateRequest::default().with_auth_bytes(Bytes::copy_from_slice(bytes)),
    );
    (
        response.error_code,
        response
            .error_message
            .map(|message| message.to_string())
            .unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_connection_closed() {
    let sandbox = guarded().await;
    let address = sandbox
        .sasl_bootstrap_servers()
        .expect("a listener with SASL");
    let wrong: [(&str, &[u8]); 4] = [
        ("PLAIN", b"\0alice\0wrong"),
        ("PLAIN", b"\0nobody\0alice-secret"),
        ("SCRAM-SHA-256", b"n,,n=nobody,r=abc"),
        ("SCRAM-SHA-512", b"\xff\xfe"),
    ];
    for (mechanism, message) in wrong {
        let mut connection = Connection::open(&address);
        assert_eq!(handshake(&mut connection, mechanism).error_code, 0);
        let (code, message) = authenticate(&mut connection, message);
        assert_eq!(code, ResponseError::SaslAuthenticationFailed.code());
        assert!(message.starts_with("Authentication failed"), "{message}");
        assert!(connection.is_closed());
    }
    let mut connection = Connection::open(&address);
    let answer = handshake(&mut connection, "GSSAPI");
    assert_eq!(
        answer.error_code,
        ResponseError::UnsupportedSaslMechanism.code()
    );
    assert_eq!(answer.mechanisms.len(), 4);
    assert!(connection.is_closed());
}

#[tokio::test]
async fn nothing_is_answered_before_authentication() {
    let sandbox = guarded().await;
    let address = sandbox
        .sasl_bootstrap_servers()
        .expect("a listener with SASL");
    for half_way in [false, true] {
        let mut connection = Connection::open(&address);
        if half_way {
            handshake(&mut connection, "PLAIN");
        }
        assert!(
            connection
                .try_ask(12, &MetadataRequest::default().with_topics(None))
                .is_err()
        );
    }
    let mut connection = Connection::open(&address);
    handshake(&mut connection, "PLAIN");
    assert_eq!(authenticate(&mut connection, b"\0alice\0alice-secret").0, 0);
    assert!(
        connection
            .try_ask(12, &MetadataRequest::default().with_topics(None))
            .is_ok()
    );
}

#[tokio::test]
async fn what_no_acl_allows_is_denied() {
    let sandbox = guarded().await;
    sandbox.create_topic("t", 1).expect("created");
    sandbox
        .produce("t", 0, &[Record::new("first")])
        .expect("room");
    // librdkafka remembers what it was denied, so every record gets a producer of its own.
    let send = async || {
        let producer = config(&sandbox, "PLAIN", "alice", "alice-secret").create();
        let producer: FutureProducer = producer.expect("a producer");
        let record = FutureRecord::<str, _>::to("t").payload("v");
        producer.send(record, PATIENCE).await
    };
    let denied = KafkaError::MessageProduction(RDKafkaErrorCode::TopicAuthorizationFailed);
    assert_eq!(send().await.expect_err("denied").0, denied);
    sandbox.add_acl(Acl::allow_topic("alice", AclOperation::Write, "t"));
    send().await.expect("allowed");

    let consumer = || -> BaseConsumer {
        let config = config(&sandbox, "PLAIN", "alice", "alice-secret");
        config.create().expect("a consumer")
    };
    let member = consumer();
    member.subscribe(&["t"]).expect("subscribed");
    let error = eventually("the group is denied", || member.poll(PATIENCE)?.err());
    let denied = KafkaError::MessageConsumption(RDKafkaErrorCode::GroupAuthorizationFailed);
    assert_eq!(error, denied);
    sandbox.add_acl(Acl::allow_group("alice", AclOperation::Read, "group"));
    sandbox.add_acl(Acl::allow_topic("alice", AclOperation::Read, "t"));
    let mut offsets = TopicPartitionList::new();
    offsets
        .add_partition_offset("t", 0, Offset::Offset(1))
        .expect("an offset");
    consumer()
        .commit(&offsets, CommitMode::Sync)
        .expect("allowed");

    sandbox.add_acl(Acl {
        resource_type: AclResourceType::Topic,
        resource_name: "t".to_owned(),
        pattern: AclPattern::Prefixed,
        principal: "User:*".to_owned(),
        host: "127.0.0.1".to_owned(),
        operation: AclOperation::All,
        permission: AclPermission::Deny,
    });
    assert!(send().await.is_err());
    let super_user: BaseConsumer = config(&sandbox, "SCRAM-SHA-256", "bob", "bob-secret")
        .create()
        .expect("a consumer");
    assert_eq!(
        super_user
            .fetch_watermarks("t", 0, PATIENCE)
            .expect("watermarks"),
        (0, 2)
    );
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_listed() {
    let sandbox = guarded().await;
    sandbox.create_topic("hidden", 1).expect("created");
    sandbox.create_topic("shown", 1).expect("created");
    sandbox.add_acl(Acl::allow_topic("ANONYMOUS", AclOperation::Read, "shown"));
    let listed = Connection::to(&sandbox).ask(12, &MetadataRequest::default().with_topics(None));
    let names: Vec<_> = listed
        .topics
        .iter()
        .filter_map(|topic| topic.name.as_deref())
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["shown"]);
}

#[tokio::test]
async fn without_an_authorizer_there_are_no_acls() {
    let sandbox = sandbox().await;
    let request = DescribeAclsRequest::default()
        .with_resource_type_filter(1)
        .with_pattern_type_filter(1)
        .with_operation(1)
        .with_permission_type(1);
    let answer = Connection::to(&sandbox).ask(3, &request);
    assert_eq!(answer.error_code, ResponseError::SecurityDisabled.code());
}
