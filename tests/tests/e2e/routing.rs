//! Several connections, and connections that may not be written to.

use mcp_confluent_tests::{Broker, Client, Cluster, Config, Era, Person, answer::assert_says};
use serde_json::{Value, json};

use crate::support::{create_topic, in_both_eras};

fn read_only(mut connection: Value) -> Value {
    connection["read_only"] = json!(true);
    connection
}

/// Every call that changes something, as it could be made on `topic`.
fn writes(topic: &str) -> [(&'static str, Value); 4] {
    [
        (
            "create-topics",
            json!({ "topics": [{ "topic": format!("{topic}-2") }] }),
        ),
        ("delete-topics", json!({ "topicNames": [topic] })),
        (
            "produce-message",
            json!({ "topicName": topic, "value": { "message": "m" } }),
        ),
        (
            "alter-topic-config",
            json!({
                "topicName": topic,
                "topicConfigs": [{ "name": "retention.ms", "value": "1000", "operation": "SET" }],
            }),
        ),
    ]
}

in_both_eras! {
async fn a_call_goes_to_the_connection_it_names(era: Era) {
    let cluster = Cluster::start().await;
    let broker = Broker::start().await;
    let config = cluster.config().connection("second", broker.plain());
    let client = Client::start(&config, era).await;
    let topic = cluster.name("only-here");
    let topics = json!([{ "topic": topic }]);
    client.data("create-topics", json!({ "topics": topics, "connectionId": "second" })).await;
    let on = async |id: &str| {
        client.data("list-topics", json!({ "connectionId": id, "prefix": topic })).await["total"].clone()
    };
    assert_eq!((on("main").await, on("second").await), (json!(0), json!(1)));
    client.close().await;
}
}

in_both_eras! {
async fn with_several_connections_a_call_has_to_name_one_that_is_there(era: Era) {
    let cluster = Cluster::start().await;
    let client = Client::start(&cluster.config().connection("second", cluster.plain()), era).await;
    let answer = client.call("list-topics", json!({})).await;
    assert_says(answer.failure("argument"), &["connectionId", "main", "second"]);
    let answer = client.call("list-topics", json!({ "connectionId": "third" })).await;
    assert_says(answer.failure("argument"), &["connectionId", "third", "main", "second"]);
    // Snake case is good here too.
    client.data("list-topics", json!({ "connection_id": "second" })).await;
    client.close().await;
}
}

in_both_eras! {
async fn nothing_is_written_through_a_read_only_connection(era: Era) {
    let cluster = Cluster::start().await;
    let person = Person::accepts();
    let topic = cluster.name("kept");
    let writer = Client::start(&cluster.config(), Era::Session).await;
    create_topic(&writer, &topic, 1).await;
    writer.close().await;
    let config = Config::new().connection("shut", read_only(cluster.plain()));
    let client = Client::start_with(&config, era, &person).await;
    for (tool, arguments) in writes(&topic) {
        let answer = client.call(tool, arguments).await;
        assert_says(answer.failure("refused"), &[tool, "read-only"]);
    }
    assert!(person.asked().is_empty(), "{:?}", person.asked());
    let offsets = client.data("get-partition-offsets", json!({ "topicName": topic })).await;
    assert_eq!(offsets["partitions"][0]["highWatermark"], "0");
    client.data("consume-messages", json!({ "topics": [{ "name": topic }] })).await;
    client.data("get-topic-config", json!({ "topicName": topic })).await;
    client.close().await;
}
}

in_both_eras! {
async fn a_read_only_connection_beside_another_takes_reads_only(era: Era) {
    let cluster = Cluster::start().await;
    let config = cluster.config().connection("shut", read_only(cluster.plain()));
    let client = Client::start_with(&config, era, &Person::accepts()).await;
    let topic = cluster.name("kept");
    let created = json!({ "topics": [{ "topic": topic }], "connectionId": "main" });
    client.data("create-topics", created).await;
    for (tool, mut arguments) in writes(&topic) {
        arguments["connectionId"] = json!("shut");
        let answer = client.call(tool, arguments).await;
        assert!(answer.is_error(), "{tool} went through: {}", answer.text());
        assert_says(answer.text(), &["connectionId", "shut", "main"]);
    }
    client.data("get-topic-config", json!({ "topicName": topic, "connectionId": "shut" })).await;
    client.close().await;
}
}

in_both_eras! {
async fn a_connection_that_is_away_does_not_disturb_another(era: Era) {
    let cluster = Cluster::start().await;
    let config = cluster.config().connection("away", mcp_confluent_tests::config::plain("127.0.0.1:1"));
    let client = Client::start(&config, era).await;
    let params = json!({ "name": "list-topics", "arguments": { "connectionId": "away" } });
    let away = client.begin(params.clone()).await;
    client.data("list-topics", json!({ "connectionId": "main" })).await;
    client.finish(away, params).await.failure("unreachable");
    client.data("list-topics", json!({ "connectionId": "main" })).await;
    client.close().await;
}
}
