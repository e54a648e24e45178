//! What a call costs between the bytes of its request and those of its answer, without the work of the
//! tool: taking arguments, refusing wrong ones, rendering and bounding a result, and the whole way
//! through the server over a pipe in memory. And what making the list of tools costs.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has to say so"
)]

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use mcp_confluent::{
    config::{Config, Environment},
    policy::ToolFilter,
    prelude::*,
    server::{handler::Handler, stdio::Stdio},
    tool::{
        check::normalise_and_check,
        registry::{Entry, Registry},
        toolbox::Toolbox,
    },
};
use rmcp::{ServiceExt as _, model::JsonObject};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf},
    runtime::Runtime,
};

/// Does nothing.
#[confluent_tool(read_only, category = Category::Other("bench"))]
async fn bench_nothing() -> Result<Done> {
    Ok(Done)
}

/// Gives a list of this many lines.
#[confluent_tool(read_only, category = Category::Other("bench"))]
async fn bench_lines(
    /// How many.
    count: usize,
) -> Result<Lines> {
    let lines = (0..count)
        .map(|number| format!("line {number} of many that are alike"))
        .collect();
    Ok(Lines { lines })
}

/// Many lines.
#[confluent_type(text("{}", self.lines.join("\n")))]
struct Lines {
    /// The lines.
    lines: Vec<String>,
}

/// Everything that a connection can have, so that every tool is on.
const EVERYTHING: &str = "
connections:
  all:
    type: direct
    kafka:
      bootstrap_servers: localhost:9092
      rest_endpoint: http://localhost:8082
      auth: {type: api_key, key: k, secret: s}
      cluster_id: lkc-1
      env_id: env-1
    schema_registry: {endpoint: 'http://localhost:8081', auth: {type: api_key, key: k, secret: s}}
    confluent_cloud: {auth: {type: api_key, key: k, secret: s}}
    tableflow: {auth: {type: api_key, key: k, secret: s}}
    flink:
      endpoint: http://localhost:8083
      auth: {type: api_key, key: k, secret: s}
      environment_id: env-1
      organization_id: o
      compute_pool_id: lfcp-1
";

fn toolbox() -> Toolbox {
    let config = Config::from_yaml("bench.yaml", EVERYTHING, &Environment::default()).unwrap();
    Toolbox::new(Registry::collect().unwrap(), config, ToolFilter::default())
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// Arguments of every kind: nested, lists, unions, defaults.
fn good() -> JsonObject {
    object(json!({
        "topicName": "orders",
        "value": { "message": { "id": 1, "lines": [{ "sku": "a", "count": 2 }] }, "useSchemaRegistry": true },
        "key": { "message": "customer-1" },
        "partition": 0,
        "timestamp": "2026-11-23T13:05:09Z",
        "headers": { "source": "test", "trace": ["1", { "base64": "/w==" }] },
    }))
}

/// The same with a mistake in nearly everything.
fn bad() -> JsonObject {
    object(json!({
        "topic_nam": "orders",
        "value": { "message": 1, "useSchemaRegistry": "perhaps", "more": 1 },
        "key": [],
        "partition": -1,
        "headers": { "trace": [1, { "base65": "/w==" }] },
    }))
}

fn arguments(criterion: &mut Criterion) {
    let registry = Registry::collect().unwrap();
    let entry: &Entry = registry.get("produce-message").unwrap();
    let schema = entry.input_schema();
    let (good, bad) = (good(), bad());
    let take = |arguments: JsonObject| {
        normalise_and_check(&schema, arguments).and_then(|checked| entry.prepare(checked))
    };
    assert!(take(good.clone()).is_ok());
    assert!(take(bad.clone()).is_err_and(|problems| problems.len() > 3));
    let mut group = criterion.benchmark_group("arguments");
    group.bench_function("taken", |bencher| {
        bencher.iter(|| take(black_box(good.clone())));
    });
    group.bench_function("refused", |bencher| {
        bencher.iter(|| take(black_box(bad.clone())));
    });
    group.finish();
}

fn list(criterion: &mut Criterion) {
    criterion.bench_function("list/made", |bencher| {
        bencher.iter(|| toolbox().list().count());
    });
    let toolbox = toolbox();
    criterion.bench_function("list/copied", |bencher| {
        bencher.iter(|| toolbox.list().cloned().collect::<Vec<_>>());
    });
}

/// A session with the server, over a pipe in memory.
struct Session {
    requests: WriteHalf<DuplexStream>,
    answers: BufReader<ReadHalf<DuplexStream>>,
    line: String,
}

impl Session {
    async fn start() -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (read, write) = tokio::io::split(theirs);
        let handler = Handler::new(Arc::new(toolbox()));
        tokio::spawn(async move {
            let service = handler.serve(Stdio::new(read, write)).await.unwrap();
            service.waiting().await.unwrap();
        });
        let (answers, requests) = tokio::io::split(ours);
        let mut session = Self {
            requests,
            answers: BufReader::new(answers),
            line: String::new(),
        };
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "bench", "version": "1" },
        });
        session.ask(&request("initialize", &hello)).await;
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let initialized = format!("{initialized}\n");
        session
            .requests
            .write_all(initialized.as_bytes())
            .await
            .unwrap();
        session
    }

    /// The length of the answer.
    async fn ask(&mut self, line: &str) -> usize {
        self.requests.write_all(line.as_bytes()).await.unwrap();
        self.line.clear();
        self.answers.read_line(&mut self.line).await.unwrap()
    }
}

fn request(method: &str, params: &Value) -> String {
    format!(
        "{}\n",
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
    )
}

fn call(tool: &str, arguments: &Value) -> String {
    request(
        "tools/call",
        &json!({ "name": tool, "arguments": arguments }),
    )
}

fn calls(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut session = runtime.block_on(Session::start());
    let mut group = criterion.benchmark_group("session");
    for (name, line) in [
        ("nothing", call("bench-nothing", &json!({}))),
        ("refused", call("bench-lines", &json!({ "cuont": 1 }))),
        ("100 lines", call("bench-lines", &json!({ "count": 100 }))),
        // Larger than a result may be, so that it is cut.
        (
            "10000 lines",
            call("bench-lines", &json!({ "count": 10_000 })),
        ),
        ("list of tools", request("tools/list", &json!({}))),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(session.ask(black_box(&line))));
        });
    }
    group.finish();
}

criterion_group!(benches, arguments, list, calls);
criterion_main!(benches);
