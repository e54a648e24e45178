//! Signing in, and what a user may not do.

use std::time::Duration;

use mcp_confluent_tests::{Client, Cluster, Config, Era, answer::assert_says};
use serde_json::{Value, json};

use crate::support::{create_topic, in_both_eras, topic_names};

async fn signed_in(cluster: &Cluster, (user, password): (&str, &str), era: Era) -> Client {
    let config = Config::new().connection("main", cluster.signed_in(user, password));
    Client::start(&config, era).await
}

in_both_eras! {
async fn a_user_signs_in_with_a_password(era: Era) {
    let cluster = Cluster::start().await;
    let client = signed_in(&cluster, Cluster::ADMIN, era).await;
    let topic = cluster.name("secured");
    create_topic(&client, &topic, 1).await;
    assert!(topic_names(&client).await.contains(&topic));
    client.data("produce-message", json!({ "topicName": topic, "value": { "message": "m" } })).await;
    let read = client.data("consume-messages", json!({ "topics": [{ "name": topic }] })).await;
    assert_eq!(read["records"].as_array().unwrap().len(), 1, "{read}");
    client.close().await;
}
}

in_both_eras! {
async fn a_wrong_password_is_told_at_once_and_never_printed(era: Era) {
    let cluster = Cluster::start().await;
    let client = signed_in(&cluster, (Cluster::ADMIN.0, "not-the-password"), era).await;
    for (tool, arguments) in [
        ("list-topics", json!({})),
        ("consume-messages", json!({ "topics": [{ "name": "t" }] })),
        ("produce-message", json!({ "topicName": "t", "value": { "message": "m" } })),
    ] {
        let answer = client.call(tool, arguments).await;
        let text = answer.failure("unauthenticated");
        assert!(!text.contains("not-the-password"), "{text}");
        assert!(answer.took < Duration::from_secs(10), "{tool} took {:?}", answer.took);
    }
    assert!(!client.server().log().contains("not-the-password"));
    client.close().await;
}
}

in_both_eras! {
async fn what_is_denied_is_named(era: Era) {
    let cluster = Cluster::start().await;
    let admin = signed_in(&cluster, Cluster::ADMIN, era).await;
    let topic = cluster.name("forbidden");
    create_topic(&admin, &topic, 1).await;
    admin.close().await;
    let client = signed_in(&cluster, Cluster::LIMITED, era).await;
    let other = cluster.name("another");
    let denied: [(&str, Value, &[&str]); 5] = [
        ("create-topics", json!({ "topics": [{ "topic": other }] }), &["create", &other]),
        ("produce-message", json!({ "topicName": topic, "value": { "message": "m" } }), &[&topic]),
        ("consume-messages", json!({ "topics": [{ "name": topic }] }), &[&topic]),
        ("get-topic-config", json!({ "topicName": topic }), &["configuration", &topic]),
        ("describe-consumer-group", json!({ "groupId": other }), &["group", &other]),
    ];
    for (tool, arguments, named) in denied {
        let answer = client.call(tool, arguments).await;
        let text = answer.failure("denied");
        assert_says(text, named);
        assert_says(text, &["AUTHORIZATION_FAILED"]);
    }
    client.close().await;
}
}

in_both_eras! {
async fn what_is_allowed_works_beside_what_is_denied(era: Era) {
    let cluster = Cluster::start().await;
    let client = signed_in(&cluster, Cluster::LIMITED, era).await;
    let topic = cluster.name("allowed-orders");
    create_topic(&client, &topic, 1).await;
    client.data("produce-message", json!({ "topicName": topic, "value": { "message": "m" } })).await;
    let read = client.data("consume-messages", json!({ "topics": [{ "name": topic }] })).await;
    assert_eq!(read["records"].as_array().unwrap().len(), 1, "{read}");
    let names = topic_names(&client).await;
    assert!(names.iter().all(|name| name.starts_with(Cluster::LIMITED_PREFIX)), "{names:?}");
    client.close().await;
}
}
