//! Traces and metrics on their way to a collector.

mod collector;

use std::net::TcpListener;

use mcp_confluent_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use self::collector::{Collector, attributes, hex};
use crate::support::{Place, Served};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A server with the sandbox that sends to `url`.
fn serve(url: &str) -> Served {
    let mut server = Place::new().variable(ENDPOINT, url).serve(&["--sandbox"]);
    server.initialize();
    server
}

/// A call within the client's trace.
fn call_in_trace(server: &mut Served, tool: &str, arguments: Value) -> Value {
    let meta = json!({ "traceparent": PARENT, "tracestate": "rojo=1" });
    server.request(
        "tools/call",
        json!({ "name": tool, "arguments": arguments, "_meta": meta }),
    )
}

#[test]
fn a_call_is_a_span_below_the_clients_with_what_it_asks_below_it() {
    let collector = Collector::start("200 OK");
    let mut server = serve(&collector.url);
    call_in_trace(&mut server, "list-topics", json!({}));
    server.leave().ended(0);
    let all = collector.everything();

    let call = all.span("tools/call list-topics");
    assert_eq!(hex(&call.trace_id), TRACE);
    assert_eq!(hex(&call.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(call.trace_state, "rojo=1");
    assert_eq!(call.kind, 2, "server");
    assert_eq!(call.status.as_ref().map_or(0, |status| status.code), 0);
    let said = attributes(&call.attributes);
    for (name, value) in [
        ("mcp.method.name", "tools/call"),
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "list-topics"),
        ("jsonrpc.request.id", "2"),
        ("network.transport", "pipe"),
        ("mcp_confluent.connection", "sandbox"),
        ("mcp_confluent.outcome", "ok"),
    ] {
        assert_eq!(said.get(name).map(String::as_str), Some(value), "{said:?}");
    }
    assert_eq!(said.len(), 7, "and nothing else: {said:?}");

    let kafka = all.span("list_topics");
    assert_eq!(hex(&kafka.trace_id), TRACE);
    assert_eq!(kafka.parent_span_id, call.span_id);
    assert_eq!(kafka.kind, 3, "client");
    let said = attributes(&kafka.attributes);
    assert_eq!(said["messaging.system"], "kafka");
    assert_eq!(said["messaging.operation.name"], "list_topics");

    assert_eq!(all.resource["service.name"], "mcp-confluent");
    assert!(all.resource.contains_key("service.instance.id"));
}

#[test]
fn calls_and_requests_are_counted() {
    let collector = Collector::start("200 OK");
    let mut server = serve(&collector.url);
    server.call("list-topics", json!({}));
    server.call("list-topics", json!({}));
    server.call("list-topics", json!({ "wrong": 1 }));
    server.call("list-schemas", json!({}));
    server.leave().ended(0);
    let all = collector.everything();

    let calls = all.counts("mcp.server.operation.duration");
    let of = |tool: &str, failed: bool| {
        let mut found = calls.iter().filter(|(said, _)| {
            said["gen_ai.tool.name"] == tool && said.contains_key("error.type") == failed
        });
        found.next().map(|(_, count)| *count)
    };
    assert_eq!(of("list-topics", false), Some(2));
    assert_eq!(of("list-topics", true), Some(1));
    assert_eq!(of("list-schemas", false), Some(1));
    assert_eq!(calls.len(), 3);

    let kafka = all.counts("messaging.client.operation.duration");
    let lists = kafka
        .iter()
        .find(|(said, _)| said["messaging.operation.name"] == "list_topics");
    assert_eq!(lists.map(|(_, count)| *count), Some(2));

    let http = all.counts("http.client.request.duration");
    let (said, _) = http.first().expect("a request to the registry");
    assert_eq!(said["http.request.method"], "GET");
    assert_eq!(said["server.address"], "127.0.0.1");
    assert_eq!(said["http.response.status_code"], "200");
}

#[test]
fn a_request_over_http_is_a_span_with_its_route_and_status() {
    let collector = Collector::start("200 OK");
    let mut server = serve(&collector.url);
    let answer = server.call("get-schema", json!({ "subject": "no-such-subject" }));
    assert_eq!(answer["isError"], true, "{answer}");
    server.leave().ended(0);
    let all = collector.everything();

    let call = all.span("tools/call get-schema");
    assert_eq!(call.parent_span_id, [0; 0], "the client sent no trace");
    assert_eq!(call.status.as_ref().unwrap().code, 2, "error");
    let said = attributes(&call.attributes);
    assert_eq!(said["error.type"], "tool_error");
    assert_eq!(said["mcp_confluent.outcome"], "not_found");
    let http = all.span("GET /subjects/{subject}/versions/{version}");
    assert_eq!(http.parent_span_id, call.span_id);
    assert_eq!(http.status.as_ref().unwrap().code, 2, "error");
    let said = attributes(&http.attributes);
    assert_eq!(said["http.response.status_code"], "404");
    assert_eq!(said["error.type"], "404");
    assert_eq!(said["server.address"], "127.0.0.1");
    for delivery in &all.deliveries {
        let told = String::from_utf8_lossy(&delivery.body).contains("no-such-subject");
        assert!(!told, "no argument leaves in {}", delivery.path);
    }
}

/// The headers of the one record in `topic`.
fn headers(server: &mut Served, topic: &str) -> Vec<(String, String)> {
    let answer = server.call("consume-messages", json!({ "topics": [{ "name": topic }] }));
    let records = answer["structuredContent"]["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{answer}");
    let headers = records[0]["headers"].as_array().into_iter().flatten();
    headers
        .map(|header| {
            let text = |key: &str| header[key].as_str().unwrap().to_owned();
            (text("name"), text("value"))
        })
        .collect()
}

fn topics(server: &mut Served, names: &[&str]) {
    let topics: Vec<_> = names
        .iter()
        .map(|name| json!({ "topic": name, "numPartitions": 1 }))
        .collect();
    let answer = server.call("create-topics", json!({ "topics": topics }));
    assert_ne!(answer["isError"], true, "{answer}");
}

fn record(topic: &str) -> Value {
    json!({ "topicName": topic, "value": { "message": "x" } })
}

#[test]
fn a_record_carries_the_span_that_wrote_it() {
    let collector = Collector::start("200 OK");
    let mut server = serve(&collector.url);
    topics(&mut server, &["traced", "untraced", "own"]);
    call_in_trace(&mut server, "produce-message", record("traced"));
    server.call("produce-message", record("untraced"));
    let mut own = record("own");
    own["headers"] = json!({ "traceparent": "mine" });
    call_in_trace(&mut server, "produce-message", own);

    let traced = headers(&mut server, "traced");
    let untraced = headers(&mut server, "untraced");
    let own = headers(&mut server, "own");
    assert_eq!(own, [("traceparent".to_owned(), "mine".to_owned())]);
    server.leave().ended(0);
    let all = collector.everything();
    let calls: Vec<_> = all
        .spans
        .iter()
        .filter(|span| span.name == "tools/call produce-message")
        .map(|span| {
            let (trace, span) = (hex(&span.trace_id), hex(&span.span_id));
            ("traceparent".to_owned(), format!("00-{trace}-{span}-01"))
        })
        .collect();
    assert_eq!(calls.len(), 3);
    let state = ("tracestate".to_owned(), "rojo=1".to_owned());
    assert_eq!(traced, [calls[0].clone(), state]);
    assert!(traced[0].1.starts_with(&format!("00-{TRACE}-")));
    assert_eq!(untraced, [calls[1].clone()]);
}

#[test]
fn without_a_collector_a_record_carries_what_the_client_sent_or_nothing() {
    let mut server = Place::new().serve(&["--sandbox"]);
    server.initialize();
    topics(&mut server, &["traced", "untraced", "odd"]);
    call_in_trace(&mut server, "produce-message", record("traced"));
    server.call("produce-message", record("untraced"));
    let meta = json!({ "traceparent": "nonsense", "tracestate": "rojo=1" });
    server.request(
        "tools/call",
        json!({ "name": "produce-message", "arguments": record("odd"), "_meta": meta }),
    );
    let carried = headers(&mut server, "traced");
    let expected = [("traceparent", PARENT), ("tracestate", "rojo=1")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(carried, expected);
    assert_eq!(headers(&mut server, "untraced"), []);
    assert_eq!(headers(&mut server, "odd"), []);
    server.leave().ended(0);
}

/// What arrives at a collector when a file has these lines under `otlp:`.
async fn sent_with(block: &str) -> collector::Everything {
    let sandbox = Sandbox::start(SandboxOptions::new()).await.unwrap();
    let collector = Collector::start("200 OK");
    let place = Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n      bootstrap_servers: {}\n\
         otlp:\n  endpoint: {}/prefix\n{block}",
        sandbox.bootstrap_servers(),
        collector.url
    ))
    .variable("OTEL_EXPORTER_OTLP_HEADERS", "x-of-variable=1")
    .variable("OTEL_RESOURCE_ATTRIBUTES", "team=kafka");
    let mut server = place.serve(&[]);
    server.initialize();
    server.call("list-topics", json!({}));
    call_in_trace(&mut server, "list-topics", json!({}));
    server.leave().ended(0);
    collector.everything()
}

#[tokio::test]
async fn a_file_chooses_what_is_sent_where() {
    let all = sent_with(
        "  headers: {authorization: Bearer a%2Fb}\n  service_name: tools\n  metrics: false\n",
    )
    .await;
    assert_eq!(all.spans.len(), 4, "two calls, with a request each");
    for delivery in &all.deliveries {
        assert_eq!(delivery.path, "/prefix/v1/traces");
        assert_eq!(delivery.headers["authorization"], "Bearer a%2Fb");
        assert_eq!(delivery.headers["content-type"], "application/x-protobuf");
        assert!(!delivery.headers.contains_key("x-of-variable"));
    }
    assert_eq!(all.resource["service.name"], "tools");
    assert_eq!(all.resource["team"], "kafka");

    let all = sent_with("  traces: false\n").await;
    let paths: Vec<_> = all.deliveries.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["/prefix/v1/metrics"]);
    assert_eq!(all.deliveries[0].headers["x-of-variable"], "1");

    let all = sent_with("  traces: false\n  metrics: false\n").await;
    assert!(all.deliveries.is_empty());
}

#[tokio::test]
async fn a_client_that_traces_its_call_decides_for_it() {
    let all = sent_with("  sample_ratio: 0\n  metrics: false\n").await;
    let call = all.span("tools/call list-topics");
    assert_eq!(hex(&call.trace_id), TRACE);
}

#[test]
fn off_means_that_nobody_is_called() {
    let collector = Collector::start("200 OK");
    let place = Place::new()
        .variable(ENDPOINT, &collector.url)
        .variable("OTEL_SDK_DISABLED", "true");
    let mut server = place.serve(&["--sandbox"]);
    server.initialize();
    call_in_trace(&mut server, "list-topics", json!({}));
    server.leave().ended(0);
    assert!(collector.everything().deliveries.is_empty());
}

#[test]
fn a_collector_that_does_not_answer_costs_a_warning() {
    // Bound and never accepted: the connection is made and nothing comes back.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    for (url, reason) in [
        (format!("http://{}", away.unwrap()), Some("no connection")),
        (format!("http://{}", silent.local_addr().unwrap()), None),
        (Collector::start("401 Unauthorized").url, Some("401")),
    ] {
        let mut server = serve(&url);
        let answer = server.call("list-topics", json!({}));
        assert_ne!(answer["isError"], true, "{answer}");
        let ran = server.leave().ended(0);
        let warnings = ran.err.matches("do not reach the collector").count();
        // The end does not wait long enough for the silent one.
        assert_eq!(warnings, usize::from(reason.is_some()), "{}", ran.err);
        assert!(ran.err.contains(reason.unwrap_or_default()), "{}", ran.err);
    }
}
