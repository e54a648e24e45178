//! Deadlines, cancellation, panics, sizes, progress.

use std::time::Duration;

use rmcp::{
    model::{
        CallToolRequest, CancelledNotificationParam, ClientRequest, NumberOrString, ProgressToken,
        RequestMetaObject,
    },
    service::PeerRequestOptions,
};
use serde_json::json;

use crate::support::{
    BEGUN, ERAS, Era, Person, TOLD, call, config, connect, eventually, failed, request, text,
};

#[tokio::test]
async fn a_panic_is_an_error_result_and_the_server_goes_on() {
    for era in ERAS {
        let client = connect(config(&["probe"]), Person::default(), era).await;
        let result = call(&client, "has-a-defect", json!({})).await;
        assert!(
            failed(&result) && text(&result).contains("the wheel came off"),
            "{}",
            text(&result)
        );
        assert_eq!(
            text(&call(&client, "which-connection", json!({})).await),
            "probe"
        );
    }
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let mut config = config(&[]);
    config.safety.default_timeout = Duration::from_millis(50);
    let client = connect(config, Person::default(), Era::Session).await;
    let result = call(&client, "waits-for-ever", json!({})).await;
    assert!(
        failed(&result) && text(&result).contains("no answer within"),
        "{}",
        text(&result)
    );
    assert_eq!(result.meta.unwrap().0["error"]["kind"], "timed_out");
}

#[tokio::test]
async fn a_writing_body_is_told_at_its_deadline_and_may_answer() {
    let mut config = config(&[]);
    config.safety.default_timeout = Duration::from_millis(50);
    let client = connect(config, Person::default(), Era::Session).await;
    assert_eq!(
        text(&call(&client, "waits-until-told", json!({ "number": 1 })).await),
        "told"
    );
}

#[tokio::test]
async fn a_writing_body_is_told_when_the_client_gives_up() {
    let client = connect(config(&[]), Person::default(), Era::Session).await;
    let call = ClientRequest::CallToolRequest(CallToolRequest::new(request(
        "waits-until-told",
        json!({ "number": 2 }),
    )));
    let running = client
        .send_cancellable_request(call, PeerRequestOptions::no_options())
        .await
        .unwrap();
    eventually("the body begins", || BEGUN.lock().contains(&2)).await;
    let cancelled =
        CancelledNotificationParam::new(Some(running.id.clone()), Some("enough".to_owned()));
    client.notify_cancelled(cancelled).await.unwrap();
    eventually("the body is told", || TOLD.lock().contains(&2)).await;
}

#[tokio::test]
async fn a_result_that_is_too_large_is_cut_and_says_so() {
    for era in ERAS {
        let client = connect(config(&[]), Person::default(), era).await;
        let result = call(&client, "says-too-much", json!({})).await;
        let structured = result.structured_content.as_ref().unwrap().to_string();
        assert!(structured.len() <= 100_000, "{}", structured.len());
        assert!(
            text(&result).contains("of 100000 items"),
            "{}",
            text(&result)
        );
    }
}

#[tokio::test]
async fn progress_goes_to_the_client_that_asked() {
    for era in ERAS {
        let person = Person::default();
        let client = connect(config(&[]), person.clone(), era).await;
        let mut request = request("counts", json!({}));
        request.meta = Some(RequestMetaObject::with_progress_token(ProgressToken(
            NumberOrString::Number(1),
        )));
        client.call_tool(request).await.unwrap();
        // The client handles notifications beside answers, so the last may still be on its way.
        eventually("three steps", || *person.progress.lock() == [1.0, 2.0, 3.0]).await;
    }
}

#[tokio::test]
async fn a_call_without_arguments_means_an_empty_object() {
    for era in ERAS {
        let client = connect(config(&["probe"]), Person::default(), era).await;
        let result = client
            .call_tool(rmcp::model::CallToolRequestParams::new("which-connection"))
            .await
            .unwrap();
        assert_eq!(text(&result), "probe");
    }
}
