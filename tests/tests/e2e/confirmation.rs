//! Tools that ask before they act: over a session, by repeated calls, in two steps with a token.

use mcp_confluent_tests::{Client, Cluster, Config, Era, Person, answer::assert_says};
use serde_json::{Value, json};

use crate::support::{Fixture, create_topic, in_both_eras, topic_names};

fn delete(topic: &str) -> Value {
    json!({ "topicNames": [topic] })
}

fn delete_with(topic: &str, token: &str) -> Value {
    json!({ "topicNames": [topic], "confirmToken": token })
}

in_both_eras! {
async fn a_person_is_asked_once_and_yes_applies(era: Era) {
    let person = Person::accepts();
    let fixture = Fixture::with(era, &person).await;
    let topic = fixture.topic("doomed", 1).await;
    assert!(person.asked().is_empty(), "{:?}", person.asked());
    fixture.data("delete-topics", delete(&topic)).await;
    let asked = person.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].contains(&topic), "{asked:?}");
    assert!(!fixture.topic_names().await.contains(&topic));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn anything_but_yes_changes_nothing(era: Era) {
    for person in [Person::declines(), Person::cancels(), Person::unticks()] {
        let fixture = Fixture::with(era, &person).await;
        let topic = fixture.topic("kept", 1).await;
        let answer = fixture.call("delete-topics", delete(&topic)).await;
        assert_says(answer.failure("refused"), &["nothing was changed"]);
        assert_eq!(person.asked().len(), 1);
        assert!(fixture.topic_names().await.contains(&topic));
        fixture.client.close().await;
    }
}
}

in_both_eras! {
async fn nobody_is_asked_about_what_cannot_be_deleted(era: Era) {
    for person in [Person::accepts(), Person::absent()] {
        let fixture = Fixture::with(era, &person).await;
        let missing = fixture.cluster.name("missing");
        let answer = fixture.call("delete-topics", delete("_schemas")).await;
        assert_says(answer.failure("refused"), &["_schemas", "protected"]);
        let answer = fixture.call("delete-topics", delete(&missing)).await;
        assert_says(answer.failure("not_found"), &[&missing]);
        assert!(person.asked().is_empty(), "{:?}", person.asked());
        fixture.client.close().await;
    }
}
}

in_both_eras! {
async fn without_a_person_the_first_call_changes_nothing_and_the_second_applies(era: Era) {
    let fixture = Fixture::with(era, &Person::absent()).await;
    let topic = fixture.topic("doomed", 1).await;
    let plan = fixture.call("delete-topics", delete(&topic)).await;
    assert_says(plan.text(), &[&topic, "confirmToken", plan.confirm_token()]);
    assert!(fixture.topic_names().await.contains(&topic), "the plan was carried out");
    fixture.data("delete-topics", delete_with(&topic, plan.confirm_token())).await;
    assert!(!fixture.topic_names().await.contains(&topic));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn the_order_of_arguments_does_not_matter_to_a_token(era: Era) {
    let fixture = Fixture::with(era, &Person::absent()).await;
    let topic = fixture.topic("doomed", 1).await;
    let plan = fixture.call("delete-topics", delete(&topic)).await;
    let second = json!({ "confirm_token": plan.confirm_token(), "topic_names": [topic] });
    fixture.data("delete-topics", second).await;
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_token_is_worth_nothing_for_other_arguments(era: Era) {
    let fixture = Fixture::with(era, &Person::absent()).await;
    let [meant, other] = [fixture.topic("meant", 1).await, fixture.topic("other", 1).await];
    let plan = fixture.call("delete-topics", delete(&meant)).await;
    let answer = fixture.call("delete-topics", delete_with(&other, plan.confirm_token())).await;
    answer.failure("refused");
    let names = fixture.topic_names().await;
    assert!(names.contains(&meant) && names.contains(&other), "{names:?}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_token_works_once(era: Era) {
    let fixture = Fixture::with(era, &Person::absent()).await;
    let topic = fixture.topic("phoenix", 1).await;
    let plan = fixture.call("delete-topics", delete(&topic)).await;
    fixture.data("delete-topics", delete_with(&topic, plan.confirm_token())).await;
    recreate(&fixture, &topic).await;
    fixture.call("delete-topics", delete_with(&topic, plan.confirm_token())).await.failure("refused");
    assert!(fixture.topic_names().await.contains(&topic));
    fixture.client.close().await;
}
}

/// A deleted name is free again a moment later.
async fn recreate(fixture: &Fixture, topic: &str) {
    mcp_confluent_tests::eventually("the name is free", async || {
        let topics = json!([{ "topic": topic, "numPartitions": 1 }]);
        !fixture
            .call("create-topics", json!({ "topics": topics }))
            .await
            .is_error()
    })
    .await;
}

in_both_eras! {
async fn a_token_that_was_made_up_is_refused(era: Era) {
    let fixture = Fixture::with(era, &Person::absent()).await;
    let topic = fixture.topic("kept", 1).await;
    let plan = fixture.call("delete-topics", delete(&topic)).await;
    let mut forged = plan.confirm_token().to_owned();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'B' } else { 'A' });
    for token in [forged.as_str(), "yes", ""] {
        fixture.call("delete-topics", delete_with(&topic, token)).await.failure("refused");
    }
    assert!(fixture.topic_names().await.contains(&topic));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_token_is_worth_nothing_on_another_connection(era: Era) {
    let cluster = Cluster::start().await;
    let config = cluster.config().connection("other", cluster.plain());
    let client = Client::start(&config, era).await;
    let topic = cluster.name("kept");
    let topics = json!([{ "topic": topic, "numPartitions": 1 }]);
    client.data("create-topics", json!({ "topics": topics, "connectionId": "main" })).await;
    let on = |id: &str| json!({ "topicNames": [topic], "connectionId": id });
    let plan = client.call("delete-topics", on("main")).await;
    assert_says(plan.text(), &["main"]);
    let mut elsewhere = on("other");
    elsewhere["confirmToken"] = json!(plan.confirm_token());
    client.call("delete-topics", elsewhere).await.failure("refused");
    let names = client.data("list-topics", json!({ "connectionId": "main" })).await;
    assert!(names.to_string().contains(&topic), "{names}");
    client.close().await;
}
}

in_both_eras! {
async fn a_token_does_not_outlive_the_server_that_gave_it(era: Era) {
    let cluster = Cluster::start().await;
    let first = Client::start(&cluster.config(), era).await;
    let topic = cluster.name("kept");
    create_topic(&first, &topic, 1).await;
    let token = first.call("delete-topics", delete(&topic)).await.confirm_token().to_owned();
    first.close().await;
    let second = Client::start(&cluster.config(), era).await;
    second.call("delete-topics", delete_with(&topic, &token)).await.failure("refused");
    assert!(topic_names(&second).await.contains(&topic));
    second.close().await;
}
}

fn with_policy(cluster: &Cluster, policy: &str) -> Config {
    cluster.config().set("safety", json!({ "confirm": policy }))
}

in_both_eras! {
async fn where_only_a_person_counts_a_client_without_one_is_refused(era: Era) {
    let cluster = Cluster::start().await;
    let client = Client::start(&with_policy(&cluster, "require"), era).await;
    let topic = cluster.name("kept");
    create_topic(&client, &topic, 1).await;
    let answer = client.call("delete-topics", delete(&topic)).await;
    answer.failure("refused");
    assert!(answer.result["_meta"]["confirmation"].is_null(), "a token was given: {}", answer.result);
    assert!(topic_names(&client).await.contains(&topic));
    client.close().await;
}
}

in_both_eras! {
async fn where_nobody_is_to_be_asked_the_call_runs_at_once(era: Era) {
    let cluster = Cluster::start().await;
    let person = Person::declines();
    let client = Client::start_with(&with_policy(&cluster, "never"), era, &person).await;
    let topic = cluster.name("doomed");
    create_topic(&client, &topic, 1).await;
    client.data("delete-topics", delete(&topic)).await;
    assert!(person.asked().is_empty(), "{:?}", person.asked());
    assert!(!topic_names(&client).await.contains(&topic));
    client.close().await;
}
}

#[tokio::test]
async fn an_approval_of_a_repeated_call_is_worth_nothing_for_another_call() {
    let fixture = Fixture::with(Era::Stateless, &Person::silent()).await;
    let [meant, other] = [
        fixture.topic("meant", 1).await,
        fixture.topic("other", 1).await,
    ];
    let call = json!({ "name": "delete-topics", "arguments": delete(&meant) });
    let asked = fixture.client.request("tools/call", call.clone()).await;
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let (key, _) = asked["inputRequests"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    let answered = |arguments: Value| {
        json!({
            "name": "delete-topics",
            "arguments": arguments,
            "inputResponses": { key: { "action": "accept", "content": { "confirm": true } } },
            "requestState": asked["requestState"],
        })
    };
    let misused = fixture
        .client
        .request("tools/call", answered(delete(&other)))
        .await;
    assert_eq!(misused["_meta"]["error"]["kind"], "refused", "{misused}");
    let names = fixture.topic_names().await;
    assert!(
        names.contains(&meant) && names.contains(&other),
        "{names:?}"
    );
    // The same answer with the right arguments is good, once.
    let applied = fixture
        .client
        .request("tools/call", answered(delete(&meant)))
        .await;
    assert_ne!(applied["isError"], true, "{applied}");
    recreate(&fixture, &meant).await;
    let again = fixture
        .client
        .request("tools/call", answered(delete(&meant)))
        .await;
    assert_eq!(again["_meta"]["error"]["kind"], "refused", "{again}");
    assert!(fixture.topic_names().await.contains(&meant));
    fixture.client.close().await;
}
