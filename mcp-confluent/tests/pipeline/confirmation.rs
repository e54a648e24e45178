//! Asking before acting: in a session, by another round, by a plan and a token.

use mcp_confluent::config::{Config, Confirm};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

use crate::support::{ERAS, Era, Person, call, config, connect, failed, text};

fn person(answer: bool) -> Person {
    Person {
        answer: Some(answer),
        ..Person::default()
    }
}

fn policy(confirm: Confirm) -> Config {
    let mut config = config(&[]);
    config.safety.confirm = confirm;
    config
}

fn token(result: &CallToolResult) -> Value {
    result.meta.as_ref().unwrap().0["confirmation"]["confirmToken"].clone()
}

#[tokio::test]
async fn a_person_who_agrees_is_asked_once_with_the_arguments_named() {
    for era in ERAS {
        let person = person(true);
        let client = connect(config(&[]), person.clone(), era).await;
        let result = call(&client, "destroy", json!({ "names": ["a", "b"] })).await;
        assert_eq!(text(&result), "destroyed a, b", "{era:?}");
        assert_eq!(
            *person.questions.lock(),
            [r#"Destroy ["a", "b"]?"#],
            "{era:?}"
        );
    }
}

#[tokio::test]
async fn a_person_who_declines_stops_it() {
    for era in ERAS {
        let client = connect(config(&[]), person(false), era).await;
        let result = call(&client, "destroy", json!({ "names": ["a"] })).await;
        assert!(failed(&result), "{era:?}");
        assert!(text(&result).contains("did not agree"), "{}", text(&result));
    }
}

#[tokio::test]
async fn a_body_can_ask_more_than_once() {
    for era in ERAS {
        let person = person(true);
        let client = connect(config(&[]), person.clone(), era).await;
        let result = call(&client, "asks-twice", json!({})).await;
        assert_eq!(text(&result), "both", "{era:?}");
        assert_eq!(*person.questions.lock(), ["First?", "Second?"], "{era:?}");
    }
}

#[tokio::test]
async fn without_a_person_a_plan_and_a_token_take_two_steps() {
    for era in ERAS {
        let client = connect(config(&[]), Person::default(), era).await;
        let plan = call(&client, "destroy", json!({ "names": ["a"] })).await;
        assert!(failed(&plan));
        assert!(text(&plan).contains(r#"Destroy ["a"]?"#), "{}", text(&plan));
        let arguments = json!({ "names": ["a"], "confirmToken": token(&plan) });
        assert_eq!(
            text(&call(&client, "destroy", arguments).await),
            "destroyed a",
            "{era:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_asks_twice_takes_three_steps_without_a_person() {
    let client = connect(config(&[]), Person::default(), Era::Session).await;
    let first = call(&client, "asks-twice", json!({})).await;
    assert!(text(&first).contains("First?"), "{}", text(&first));
    let second = call(
        &client,
        "asks-twice",
        json!({ "confirmToken": token(&first) }),
    )
    .await;
    assert!(
        failed(&second) && text(&second).contains("Second?"),
        "{}",
        text(&second)
    );
    let done = call(
        &client,
        "asks-twice",
        json!({ "confirmToken": token(&second) }),
    )
    .await;
    assert_eq!(text(&done), "both");
}

#[tokio::test]
async fn a_token_works_once_and_only_for_its_arguments() {
    let client = connect(config(&[]), Person::default(), Era::Session).await;
    let plan = call(&client, "destroy", json!({ "names": ["a"] })).await;

    let other = json!({ "names": ["b"], "confirmToken": token(&plan) });
    assert!(failed(&call(&client, "destroy", other).await));

    let same = json!({ "names": ["a"], "confirmToken": token(&plan) });
    assert!(!failed(&call(&client, "destroy", same.clone()).await));
    let again = call(&client, "destroy", same).await;
    assert!(
        failed(&again) && text(&again).contains("used before"),
        "{}",
        text(&again)
    );

    let made_up = json!({ "names": ["a"], "confirmToken": "trust me" });
    assert!(failed(&call(&client, "destroy", made_up).await));
}

#[tokio::test]
async fn a_token_of_another_server_is_worth_nothing() {
    let first = connect(config(&[]), Person::default(), Era::Session).await;
    let second = connect(config(&[]), Person::default(), Era::Session).await;
    let plan = call(&first, "destroy", json!({ "names": ["a"] })).await;
    let arguments = json!({ "names": ["a"], "confirmToken": token(&plan) });
    assert!(failed(&call(&second, "destroy", arguments).await));
}

#[tokio::test]
async fn when_a_person_is_required_a_client_that_cannot_ask_is_refused() {
    let client = connect(policy(Confirm::Require), Person::default(), Era::Session).await;
    let result = call(&client, "destroy", json!({ "names": ["a"] })).await;
    assert!(
        failed(&result) && text(&result).contains("a person agreed"),
        "{}",
        text(&result)
    );
    assert!(
        result
            .meta
            .as_ref()
            .unwrap()
            .0
            .get("confirmation")
            .is_none()
    );
}

#[tokio::test]
async fn when_nobody_is_to_be_asked_it_runs_at_once() {
    let person = person(false);
    let client = connect(policy(Confirm::Never), person.clone(), Era::Session).await;
    assert!(!failed(
        &call(&client, "destroy", json!({ "names": ["a"] })).await
    ));
    assert!(person.questions.lock().is_empty());
}
