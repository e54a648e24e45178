//! Which connection a call goes to, and which tools a configuration offers.

use serde_json::json;

use crate::support::{ERAS, Era, Person, call, config, connect, failed, request, text};

#[tokio::test]
async fn with_one_connection_nothing_needs_to_be_said() {
    for era in ERAS {
        let client = connect(config(&["probe"]), Person::default(), era).await;
        let result = call(&client, "which-connection", json!({})).await;
        assert_eq!(text(&result), "probe", "{era:?}");
        let refused = call(
            &client,
            "which-connection",
            json!({ "connectionId": "probe" }),
        )
        .await;
        assert!(
            failed(&refused) && text(&refused).contains("connectionId"),
            "{}",
            text(&refused)
        );
    }
}

#[tokio::test]
async fn with_two_connections_the_call_names_one_that_can_serve_it() {
    let client = connect(
        config(&["probe-a", "other", "probe-b"]),
        Person::default(),
        Era::Session,
    )
    .await;
    let tools = client.list_all_tools().await.unwrap();
    let tool = tools
        .iter()
        .find(|tool| tool.name == "which-connection")
        .unwrap();
    let property = &tool.input_schema["properties"]["connectionId"];
    assert_eq!(property["enum"], json!(["probe-a", "probe-b"]));
    assert!(
        tool.input_schema["required"]
            .as_array()
            .unwrap()
            .contains(&json!("connectionId"))
    );

    let result = call(
        &client,
        "which-connection",
        json!({ "connectionId": "probe-b" }),
    )
    .await;
    assert_eq!(text(&result), "probe-b");
    let missing = call(&client, "which-connection", json!({})).await;
    assert!(
        failed(&missing) && text(&missing).contains("connectionId"),
        "{}",
        text(&missing)
    );
    let wrong = call(
        &client,
        "which-connection",
        json!({ "connection_id": "other" }),
    )
    .await;
    assert!(
        failed(&wrong)
            && text(&wrong).ends_with(
                "`connectionId` must be \"probe-a\" or \"probe-b\", not \"other\": the connection has no probe"
            ),
        "{}",
        text(&wrong)
    );
}

#[tokio::test]
async fn one_that_can_serve_it_among_two_must_still_be_named() {
    let client = connect(config(&["probe", "other"]), Person::default(), Era::Session).await;
    assert!(failed(&call(&client, "which-connection", json!({})).await));
}

#[tokio::test]
async fn a_read_only_connection_offers_no_tool_that_changes() {
    let client = connect(
        config(&["!probe-a", "probe-b"]),
        Person::default(),
        Era::Session,
    )
    .await;
    let tools = client.list_all_tools().await.unwrap();
    let ids = |name: &str| {
        let tool = tools.iter().find(|tool| tool.name == name).unwrap();
        tool.input_schema["properties"]["connectionId"]["enum"].clone()
    };
    assert_eq!(ids("which-connection"), json!(["probe-a", "probe-b"]));
    assert_eq!(ids("change-something"), json!(["probe-b"]));
    let arguments = json!({ "connectionId": "probe-a" });
    let refused = call(&client, "change-something", arguments).await;
    assert!(
        failed(&refused)
            && text(&refused).ends_with(
                "`connectionId` must be \"probe-b\", not \"probe-a\": the connection is read-only"
            ),
        "{}",
        text(&refused)
    );

    let client = connect(config(&["!probe"]), Person::default(), Era::Session).await;
    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.iter().all(|tool| tool.name != "change-something"));
    let refused = call(&client, "change-something", json!({})).await;
    assert!(
        failed(&refused) && text(&refused).contains("read-only"),
        "{}",
        text(&refused)
    );
}

#[tokio::test]
async fn a_tool_that_is_off_says_why_and_an_unknown_one_is_an_error_with_a_suggestion() {
    for era in ERAS {
        let client = connect(config(&["other"]), Person::default(), era).await;
        let off = call(&client, "which-connection", json!({})).await;
        assert!(
            failed(&off) && text(&off).contains("the connection has no probe"),
            "{}",
            text(&off)
        );
        let unknown = client
            .call_tool(request("which-conection", json!({})))
            .await
            .unwrap_err();
        let message = unknown.to_string();
        assert!(
            message.contains("did you mean `which-connection`"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn the_list_is_sorted_complete_and_described() {
    for era in ERAS {
        let client = connect(config(&["probe"]), Person::default(), era).await;
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool.name.to_string()).collect();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(names, sorted);
        for tool in &tools {
            assert!(tool.title.is_some(), "{}", tool.name);
            let notes = tool.annotations.as_ref().unwrap();
            // The others are left out where they would repeat what the protocol takes for granted.
            let hints = (notes.read_only_hint, notes.destructive_hint);
            assert!(
                matches!(hints, (Some(true), None) | (Some(false), Some(_))),
                "{}: {hints:?}",
                tool.name
            );
            assert!(
                tool.meta.as_ref().unwrap().0.contains_key("category"),
                "{}",
                tool.name
            );
        }
    }
}
