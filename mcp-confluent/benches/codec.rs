//! Records per second of each codec, on payloads of Confluent's Python client, and what compiling
//! their schemas takes. `tests/clients/python-codec/vectors.py speed` times that client on the same
//! payloads.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has to say so"
)]

use std::{
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_confluent::codec::{
    Codec, Decoded, Framing, Part, RegisteredSchema, Schema, SchemaFuture, SchemaKind, SchemaRef,
    SchemaSource,
};
use serde_json::Value;

struct One(Arc<RegisteredSchema>);

impl SchemaSource for One {
    fn schema(&self, _: SchemaRef) -> SchemaFuture<'_> {
        Box::pin(std::future::ready(Ok(Arc::clone(&self.0))))
    }
}

struct Case {
    name: String,
    source: One,
    value: Value,
    message: Option<String>,
    payload: Vec<u8>,
}

fn case(kind: SchemaKind, vectors: &str, name: &str) -> Case {
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    let vector = vectors.into_iter().find(|vector| vector["name"] == name);
    let vector = vector.unwrap();
    let text = |key: &str| vector[key].as_str().map(str::to_owned);
    let hex = text("prefix").unwrap();
    let schema = Schema::new(kind, text("schema").unwrap(), Vec::new());
    Case {
        name: format!("{}/{name}", kind.as_str().to_lowercase()),
        source: One(Arc::new(RegisteredSchema {
            id: Some(1),
            guid: None,
            schema: Arc::new(schema),
        })),
        value: vector["value"].clone(),
        message: text("message"),
        payload: (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect(),
    }
}

fn cases() -> Vec<Case> {
    let avro = include_str!("../tests/fixtures/codec/avro.json");
    let json = include_str!("../tests/fixtures/codec/json.json");
    let protobuf = include_str!("../tests/fixtures/codec/protobuf.json");
    vec![
        case(SchemaKind::Avro, avro, "primitives"),
        case(SchemaKind::Avro, avro, "logical-types"),
        case(SchemaKind::Avro, avro, "unions"),
        case(SchemaKind::Json, json, "object"),
        case(SchemaKind::Protobuf, protobuf, "scalars"),
        case(SchemaKind::Protobuf, protobuf, "well-known-types"),
    ]
}

/// Decodes; the source never has to wait.
fn decode(codec: &Codec, case: &Case) -> Value {
    let future = pin!(codec.decode(&case.source, &case.payload, [], Part::Value));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Decoded::Value(decoded)) => decoded.value,
        other => panic!("{}: {other:?}", case.name),
    }
}

fn codecs(criterion: &mut Criterion) {
    let codec = Codec::default();
    let cases = cases();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(1));
    for case in &cases {
        group.bench_function(&case.name, |bencher| {
            bencher.iter(|| decode(&codec, black_box(case)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(1));
    for case in &cases {
        group.bench_function(&case.name, |bencher| {
            bencher.iter(|| {
                let message = case.message.as_deref();
                let value = black_box(&case.value);
                let schema = &case.source.0;
                codec.encode(schema, value, message, Framing::Prefix, Part::Value)
            });
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("compile");
    for case in &cases {
        group.bench_function(&case.name, |bencher| {
            bencher.iter(|| Codec::default().check(black_box(&case.source.0.schema)));
        });
    }
    group.finish();
}

criterion_group!(benches, codecs);
criterion_main!(benches);
