//! What the server does when the cluster, or the client, does not behave.

use std::time::Duration;

use mcp_confluent_tests::{
    Broker, Client, Config, Era, Person, answer::assert_says, config, eventually,
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Fixture, create_topic, in_both_eras, topic_names};

/// A deadline that a test can wait for.
fn with_deadline(config: Config, seconds: u32) -> Config {
    config.set("safety", json!({ "default_timeout_seconds": seconds }))
}

in_both_eras! {
async fn a_refused_connection_is_told_with_its_address_before_the_deadline(era: Era) {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let config = Config::new().connection("away", config::plain(&address));
    let client = Client::start(&config, era).await;
    for (tool, arguments) in [
        ("list-topics", json!({})),
        ("produce-message", json!({ "topicName": "t", "value": { "message": "m" } })),
        ("consume-messages", json!({ "topics": [{ "name": "t" }] })),
        ("list-consumer-groups", json!({})),
        ("get-topic-config", json!({ "topicName": "t" })),
    ] {
        let answer = client.call(tool, arguments).await;
        assert_says(answer.failure("unreachable"), &[&address, "refused"]);
        assert!(answer.took < Duration::from_secs(15), "{tool} took {:?}", answer.took);
    }
    client.close().await;
}
}

#[tokio::test]
async fn a_host_that_cannot_be_resolved_is_told() {
    let config = Config::new().connection("away", config::plain("no-such-host.invalid:9092"));
    let client = Client::start(&with_deadline(config, 10), Era::Session).await;
    let answer = client.call("list-topics", json!({})).await;
    assert_says(answer.failure("unreachable"), &["no-such-host.invalid"]);
    client.close().await;
}

/// Something listens and takes connections, but it is no Kafka.
#[tokio::test]
async fn an_address_that_never_answers_is_told_within_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    let config = Config::new().connection("mute", config::plain(&address));
    let client = Client::start(&with_deadline(config, 3), Era::Session).await;
    let answer = client.call("list-topics", json!({})).await;
    assert!(answer.is_error(), "{}", answer.text());
    assert_says(answer.text(), &[&address]);
    assert!(
        answer.took < Duration::from_secs(10),
        "took {:?}",
        answer.took
    );
    client.close().await;
}

in_both_eras! {
async fn the_next_call_works_when_the_broker_is_back(era: Era) {
    let mut broker = Broker::start().await;
    let client = Client::start(&broker.config(), era).await;
    create_topic(&client, "orders", 1).await;
    broker.stop().await;
    let answer = client.call("list-topics", json!({})).await;
    assert_says(answer.failure("unreachable"), &[broker.bootstrap()]);
    broker.start_again().await;
    eventually("the topic is listed", async || {
        let answer = client.call("list-topics", json!({})).await;
        !answer.is_error() && answer.data().to_string().contains("orders")
    })
    .await;
    let record = json!({ "topicName": "orders", "value": { "message": "after" } });
    client.data("produce-message", record).await;
    let read = client.data("consume-messages", json!({ "topics": [{ "name": "orders" }] })).await;
    assert_eq!(read["records"].as_array().unwrap().len(), 1, "{read}");
    client.close().await;
}
}

/// The call waits at the broker when the broker goes away, and is answered all the same.
#[tokio::test]
async fn a_broker_that_goes_away_in_the_middle_of_a_call_is_told() {
    let broker = Broker::start().await;
    let client = Client::start(&with_deadline(broker.config(), 20), Era::Session).await;
    create_topic(&client, "orders", 1).await;
    let read = json!({
        "name": "consume-messages",
        "arguments": {
            "topics": [{ "name": "orders", "start": "latest" }],
            "timeoutMs": 15_000,
        },
    });
    let call = client.begin(read.clone()).await;
    // The reader is at work once the server asked for the partition's end.
    tokio::time::sleep(Duration::from_secs(1)).await;
    broker.stop().await;
    let answer = client.finish(call, read).await;
    // Either it says that the broker is gone, or that nothing came; it never hangs.
    assert!(
        answer.took < Duration::from_secs(30),
        "took {:?}",
        answer.took
    );
    assert!(!answer.text().is_empty());
    let after = client.call("list-topics", json!({})).await;
    after.failure("unreachable");
    client.close().await;
}

#[tokio::test]
async fn a_broker_that_hangs_for_a_while_is_waited_for() {
    let broker = Broker::start().await;
    let client = Client::start(&broker.config(), Era::Session).await;
    create_topic(&client, "orders", 1).await;
    broker.hang_for(Duration::from_secs(2));
    let names = topic_names(&client).await;
    assert!(names.contains(&"orders".to_owned()), "{names:?}");
    client.close().await;
}

#[tokio::test]
async fn a_broker_that_hangs_too_long_ends_the_call_at_its_deadline() {
    let broker = Broker::start().await;
    let client = Client::start(&with_deadline(broker.config(), 2), Era::Session).await;
    create_topic(&client, "orders", 1).await;
    broker.hang_for(Duration::from_secs(6));
    let answer = client.call("list-topics", json!({})).await;
    assert!(answer.is_error(), "{}", answer.text());
    assert!(
        answer.took < Duration::from_secs(5),
        "took {:?}",
        answer.took
    );
    eventually("the broker answers again", async || {
        !client.call("list-topics", json!({})).await.is_error()
    })
    .await;
    client.close().await;
}

in_both_eras! {
async fn the_process_ends_when_its_client_goes_away_in_the_middle_of_a_call(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("quiet", 1).await;
    let read = json!({
        "name": "consume-messages",
        "arguments": { "topics": [{ "name": topic, "start": "latest" }], "timeoutMs": 60_000 },
    });
    drop(fixture.client.begin(read).await);
    let before = tokio::time::Instant::now();
    let server = fixture.client.into_server();
    server.hang_up().await;
    let (status, log) = server.ended().await;
    assert!(status.success(), "{status}\n{log}");
    assert!(before.elapsed() < Duration::from_secs(20), "took {:?}", before.elapsed());
}
}

in_both_eras! {
async fn the_process_ends_when_its_client_goes_away_while_a_person_is_asked(era: Era) {
    let fixture = Fixture::with(era, &Person::silent()).await;
    let topic = fixture.topic("kept", 1).await;
    let call = json!({ "name": "delete-topics", "arguments": { "topicNames": [topic] } });
    drop(fixture.client.begin(call).await);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_record_of_a_mebibyte_is_written_and_read(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.cluster.name("large");
    fixture.data("create-topics", json!({ "topics": [{ "topic": topic, "configs": { "max.message.bytes": "4194304" } }] })).await;
    let value = "0123456789abcdef".repeat(1 << 16);
    let record = json!({ "topicName": topic, "value": { "message": value } });
    fixture.data("produce-message", record).await;
    let read = fixture.call("consume-messages", json!({ "topics": [{ "name": topic }] })).await;
    let size = read.result.to_string().len();
    assert!(size < 3 << 20, "the result has {size} bytes");
    let text = read.data()["records"][0].to_string();
    assert!(text.contains("0123456789abcdef0123"), "the record is not there");
    fixture.client.close().await;
}
}

#[tokio::test]
async fn a_record_that_is_too_large_for_the_topic_is_refused_in_words() {
    let fixture = Fixture::new(Era::Session).await;
    let topic = fixture.cluster.name("small");
    let topics = json!([{ "topic": topic, "configs": { "max.message.bytes": "1000" } }]);
    fixture
        .data("create-topics", json!({ "topics": topics }))
        .await;
    let record = json!({ "topicName": topic, "value": { "message": "x".repeat(5000) } });
    let answer = fixture.call("produce-message", record).await;
    assert_says(answer.failure("argument"), &[&topic]);
    fixture.client.close().await;
}
