//! Resources: what is listed, read, completed and watched, with resources made for it.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use mcp_confluent::{policy::ToolFilter, prelude::*};
use rmcp::model::{
    ArgumentInfo, CompleteRequestParams, CompletionContext, CompletionInfo, ErrorCode, ErrorData,
    PaginatedRequestParams, ReadResourceRequestParams, Reference, ResourceContents,
};
use rmcp::service::ServiceError;
use serde_json::{Value, json};

use crate::support::{Client, ERAS, Era, Person, Probe, config, connect, connect_with, eventually};

const TEST: Category = Category::Other("test");

/// A probe.
#[confluent_resource(uri = "probe://{connection}/values/{value}", category = crate::resources::TEST, list)]
async fn probe_value(
    probe: Probe,
    /// What to read.
    #[arg(complete = values, length = 1..=20)]
    value: String,
) -> Result<Json<BTreeMap<&'static str, String>>> {
    if value == "missing" {
        return Err(ToolError::not_found("there is no such value").code("NO_VALUE"));
    }
    Ok(Json(BTreeMap::from([
        ("connection", probe.0),
        ("value", value),
    ])))
}

async fn values(cx: ToolContext) -> Result<Vec<String>> {
    let probe = Probe::from_context(&cx).await?.0;
    if probe.ends_with("away") {
        return Err(ToolError::new(ErrorKind::Unreachable, "nobody is there"));
    }
    let names = ["Alpha", "alps", "beta/ü", "gamma"];
    Ok(names.iter().map(|name| format!("{name}-{probe}")).collect())
}

/// The id of a connection.
#[confluent_resource(uri = "id://{connection}", category = crate::resources::TEST, like = "which-connection")]
async fn connection_id(cx: &ToolContext) -> Result<String> {
    Ok(cx.connection()?.id().to_owned())
}

/// Three bytes.
#[confluent_resource(uri = "test://bytes", category = crate::resources::TEST, mime_type = "image/png")]
async fn bytes() -> Result<Blob> {
    Ok(Blob(vec![1, 2, 3]))
}

/// Panics.
#[confluent_resource(uri = "test://defect", category = crate::resources::TEST)]
async fn defect() -> Result<String> {
    panic!("the wheel came off");
}

/// Waits for ever.
#[confluent_resource(uri = "test://never", category = crate::resources::TEST)]
async fn never() -> Result<String> {
    std::future::pending().await
}

/// More than fits.
#[confluent_resource(uri = "test://much", category = crate::resources::TEST)]
async fn much() -> Result<Json<BTreeMap<&'static str, Vec<u32>>>> {
    Ok(Json(BTreeMap::from([(
        "numbers",
        (0..1_000_000).collect(),
    )])))
}

/// One of very many.
#[confluent_resource(uri = "many://{number}", category = crate::resources::TEST, list)]
async fn many(
    /// Number.
    #[arg(complete = numbers)]
    number: String,
) -> Result<String> {
    Ok(number)
}

#[allow(clippy::unused_async, reason = "what completes is asynchronous")]
async fn numbers(_: ToolContext) -> Result<Vec<String>> {
    Ok((0..450).map(|number| format!("{number:03}")).collect())
}

static COUNTER: AtomicU32 = AtomicU32::new(0);
static LOOKS: AtomicU32 = AtomicU32::new(0);

/// A number that changes.
#[confluent_resource(uri = "test://counter", category = crate::resources::TEST)]
async fn counter() -> Result<String> {
    LOOKS.fetch_add(1, Ordering::SeqCst);
    Ok(COUNTER.load(Ordering::SeqCst).to_string())
}

async fn read(client: &Client, uri: &str) -> Result<ResourceContents, ErrorData> {
    match client
        .read_resource(ReadResourceRequestParams::new(uri))
        .await
    {
        Ok(mut result) => Ok(result.contents.remove(0)),
        Err(ServiceError::McpError(error)) => Err(error),
        Err(other) => panic!("{uri}: {other}"),
    }
}

async fn text(client: &Client, uri: &str) -> (String, String) {
    match read(client, uri).await.unwrap() {
        ResourceContents::TextResourceContents {
            text, mime_type, ..
        } => (text, mime_type.unwrap()),
        other => panic!("{uri}: {other:?}"),
    }
}

async fn complete(
    client: &Client,
    uri: &str,
    argument: &str,
    value: &str,
    context: &[(&str, &str)],
) -> CompletionInfo {
    let mut request = CompleteRequestParams::new(
        Reference::for_resource(uri),
        ArgumentInfo::new(argument, value),
    );
    let given = context.iter();
    let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    request.context = Some(CompletionContext::with_arguments(given.collect()));
    client.complete(request).await.unwrap().completion
}

fn not_found(era: Era) -> ErrorCode {
    match era {
        Era::Session => ErrorCode::RESOURCE_NOT_FOUND,
        Era::Stateless => ErrorCode::INVALID_PARAMS,
    }
}

#[tokio::test]
async fn a_value_may_hold_anything_and_the_connection_is_the_one_named() {
    for era in ERAS {
        let config = config(&["probe-a", "probe-b"]);
        let client = connect(config, Person::default(), era).await;
        for (encoded, value) in [
            ("x", "x"),
            ("a%2Fb", "a/b"),
            ("%2E%2E%2Fetc", "../etc"),
            ("100%25", "100%"),
            ("f%C3%BCr", "für"),
            ("a:b@c", "a:b@c"),
        ] {
            let uri = format!("probe://probe-b/values/{encoded}");
            let (text, mime_type) = text(&client, &uri).await;
            let value = json!({"connection": "probe-b", "value": value});
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            assert_eq!(mime_type, "application/json");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    for era in ERAS {
        let config = config(&["probe", "other"]);
        let client = connect(config, Person::default(), era).await;
        for (uri, code, message) in [
            ("nothing://x", not_found(era), "there is no resource"),
            (
                "probe://probe/values/a/b",
                not_found(era),
                "there is no resource",
            ),
            (
                "probe://probe/values/../x",
                not_found(era),
                "there is no resource",
            ),
            (
                "probe://probe/values/missing",
                not_found(era),
                "no such value",
            ),
            (
                "probe://third/values/x",
                not_found(era),
                "no connection \"third\"",
            ),
            ("probe://other/values/x", not_found(era), "has no probe"),
            (
                "probe://probe/values/%zz",
                ErrorCode::INVALID_PARAMS,
                "percent-encoded",
            ),
            (
                "probe://probe/values/%FF",
                ErrorCode::INVALID_PARAMS,
                "percent-encoded",
            ),
            (
                "probe://probe/values/x23456789012345678901",
                ErrorCode::INVALID_PARAMS,
                "`value` must have at most 20",
            ),
            (
                "test://defect",
                ErrorCode::INTERNAL_ERROR,
                "the wheel came off",
            ),
        ] {
            let error = read(&client, uri).await.unwrap_err();
            assert_eq!(error.code, code, "{era:?} {uri}: {}", error.message);
            assert!(error.message.contains(message), "{uri}: {}", error.message);
            assert_eq!(error.data.unwrap()["uri"], uri);
        }
        // It goes on.
        text(&client, "probe://probe/values/x").await;
    }
}

#[tokio::test]
async fn bytes_are_bytes_and_too_much_is_cut() {
    let client = connect(config(&[]), Person::default(), Era::Session).await;
    let ResourceContents::BlobResourceContents {
        blob, mime_type, ..
    } = read(&client, "test://bytes").await.unwrap()
    else {
        panic!("not bytes")
    };
    assert_eq!(
        (blob.as_str(), mime_type.as_deref()),
        ("AQID", Some("image/png"))
    );
    let ResourceContents::TextResourceContents { text, meta, .. } =
        read(&client, "test://much").await.unwrap()
    else {
        panic!("not text")
    };
    assert!(text.len() < 2_000_000, "{}", text.len());
    let notes = meta.unwrap().0["truncated"].to_string();
    assert!(notes.contains("of 1000000 items"), "{notes}");
}

#[tokio::test]
async fn a_read_ends_at_its_deadline() {
    let mut config = config(&[]);
    config.safety.default_timeout = Duration::from_millis(20);
    let client = connect(config, Person::default(), Era::Session).await;
    let error = read(&client, "test://never").await.unwrap_err();
    assert_eq!(error.data.unwrap()["kind"], "timed_out");
}

#[tokio::test]
async fn what_needs_no_choice_and_what_is_live_is_listed_and_the_rest_are_templates() {
    for era in ERAS {
        let config = config(&["probe-a", "other", "probe-away"]);
        let client = connect(config, Person::default(), era).await;
        let listed = client.list_all_resources().await.unwrap();
        let uris: Vec<_> = listed
            .iter()
            .map(|resource| resource.uri.as_str())
            .collect();
        for uri in [
            "id://probe-a",
            "test://bytes",
            "probe://probe-a/values/Alpha-probe-a",
            "probe://probe-a/values/beta%2F%C3%BC-probe-a",
        ] {
            assert!(uris.contains(&uri), "{uri} is not in {uris:?}");
        }
        // A service that is away leaves the others listed.
        assert!(
            !uris.iter().any(|uri| uri.contains("probe-away/")),
            "{uris:?}"
        );
        let mut sorted = uris.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted, uris);
        let templates = client.list_all_resource_templates().await.unwrap();
        let templates: Vec<_> = templates
            .iter()
            .map(|it| it.uri_template.as_str())
            .collect();
        assert!(templates.contains(&"probe://{connection}/values/{value}"));
        assert!(!templates.contains(&"test://bytes"));
        // Every listed one can be read.
        text(&client, "probe://probe-a/values/beta%2F%C3%BC-probe-a").await;
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages_that_end() {
    let client = connect(config(&[]), Person::default(), Era::Session).await;
    let first = client.list_resources(None).await.unwrap();
    assert_eq!(first.resources.len(), 200);
    let next = PaginatedRequestParams::default().with_cursor(first.next_cursor);
    let second = client.list_resources(Some(next)).await.unwrap();
    assert!(first.resources.last().unwrap().uri < second.resources[0].uri);
    let all = client.list_all_resources().await.unwrap();
    let many = all
        .iter()
        .filter(|resource| resource.uri.starts_with("many://"));
    assert_eq!(many.count(), 450);
}

#[tokio::test]
async fn a_switched_off_tool_takes_its_resource_with_it() {
    let blocked = |names: &[&str]| ToolFilter {
        block: names.iter().map(|name| (*name).to_owned()).collect(),
        ..ToolFilter::default()
    };
    for names in [["which-connection"], ["connection-id"]] {
        let filter = blocked(&names);
        let client =
            connect_with(config(&["probe"]), filter, Person::default(), Era::Session).await;
        let error = read(&client, "id://probe").await.unwrap_err();
        assert!(
            error.message.contains("is not available: `--block-tools`"),
            "{}",
            error.message
        );
        let listed = client.list_all_resources().await.unwrap();
        assert!(
            listed
                .iter()
                .all(|resource| !resource.uri.starts_with("id:"))
        );
    }
    // Allowing the tool allows what shows the same, and nothing else.
    let filter = ToolFilter {
        allow: ["which-connection".to_owned()].into(),
        ..ToolFilter::default()
    };
    let client = connect_with(config(&["probe"]), filter, Person::default(), Era::Session).await;
    assert_eq!(text(&client, "id://probe").await.0, "probe");
    read(&client, "test://bytes").await.unwrap_err();
    // The lists of one connection hold for it alone.
    let mut config = config(&["probe-a", "probe-b"]);
    config.connections[0].block_tools = vec!["which-connection".to_owned()];
    let client = connect(config, Person::default(), Era::Session).await;
    read(&client, "id://probe-a").await.unwrap_err();
    assert_eq!(text(&client, "id://probe-b").await.0, "probe-b");
}

#[tokio::test]
async fn a_read_only_connection_is_read() {
    let client = connect(config(&["!probe"]), Person::default(), Era::Stateless).await;
    text(&client, "probe://probe/values/x").await;
}

#[tokio::test]
async fn completion_is_narrowed_by_the_connection_and_by_what_was_typed() {
    const URI: &str = "probe://{connection}/values/{value}";
    for era in ERAS {
        let config = config(&["probe-a", "other", "probe-b", "probe-away"]);
        let client = connect(config, Person::default(), era).await;
        let connections = complete(&client, URI, "connection", "PROBE-", &[]).await;
        assert_eq!(connections.values, ["probe-a", "probe-away", "probe-b"]);
        let both = complete(&client, URI, "value", "al", &[]).await;
        assert_eq!(
            both.values,
            [
                "Alpha-probe-a",
                "Alpha-probe-b",
                "alps-probe-a",
                "alps-probe-b"
            ]
        );
        let one = complete(&client, URI, "value", "AL", &[("connection", "probe-b")]).await;
        assert_eq!(one.values, ["Alpha-probe-b", "alps-probe-b"]);
        for nowhere in ["probe-away", "other", "third"] {
            let none = complete(&client, URI, "value", "", &[("connection", nowhere)]).await;
            assert_eq!(none.values, [""; 0], "{nowhere}");
        }
        let many = complete(&client, "many://{number}", "number", "", &[]).await;
        assert_eq!(
            (many.values.len(), many.total, many.has_more),
            (100, Some(450), Some(true))
        );
    }
}

#[tokio::test]
async fn completion_of_what_does_not_exist_is_an_error() {
    let client = connect(config(&["probe"]), Person::default(), Era::Session).await;
    for (uri, argument, message) in [
        ("nothing://{x}", "x", "no resource template"),
        (
            "probe://{connection}/values/{value}",
            "topic",
            "no argument `topic`",
        ),
    ] {
        let request = CompleteRequestParams::new(
            Reference::for_resource(uri),
            ArgumentInfo::new(argument, ""),
        );
        let Err(ServiceError::McpError(error)) = client.complete(request).await else {
            panic!("{uri} was completed")
        };
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        assert!(error.message.contains(message), "{}", error.message);
    }
}

#[tokio::test]
#[allow(deprecated, reason = "what clients of that protocol do")]
async fn a_session_is_told_of_a_change() {
    let uri = "test://counter";
    let person = Person::default();
    let client = connect(config(&[]), person.clone(), Era::Session).await;
    let subscribe = rmcp::model::SubscribeRequestParams::new(uri);
    client.subscribe(subscribe).await.unwrap();
    // The first look was taken before the answer, so no change can be missed.
    assert_eq!(LOOKS.load(Ordering::SeqCst), 1);
    COUNTER.fetch_add(1, Ordering::SeqCst);
    eventually("it is told", || *person.updated.lock() == [uri]).await;
    let unsubscribe = rmcp::model::UnsubscribeRequestParams::new(uri);
    client.unsubscribe(unsubscribe).await.unwrap();
    let nowhere = rmcp::model::SubscribeRequestParams::new("nothing://x");
    let Err(ServiceError::McpError(error)) = client.subscribe(nowhere).await else {
        panic!("subscribed to nothing")
    };
    assert_eq!(error.code, ErrorCode::RESOURCE_NOT_FOUND);
}
