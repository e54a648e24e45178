//! What the benchmarks of the codecs read and write: payloads of Confluent's Python client.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use mcp_confluent::codec::{
    Codec, Decoded, Encoded, Framing, Part, RegisteredSchema, Schema, SchemaFuture, SchemaKind,
    SchemaRef, SchemaSource,
};
use serde_json::Value;

struct One(Arc<RegisteredSchema>);

impl SchemaSource for One {
    fn schema(&self, _: SchemaRef) -> SchemaFuture<'_> {
        Box::pin(std::future::ready(Ok(Arc::clone(&self.0))))
    }
}

/// One record, as bytes and as JSON.
pub(crate) struct Case {
    pub(crate) name: String,
    source: One,
    value: Value,
    message: Option<String>,
    payload: Vec<u8>,
}

impl Case {
    pub(crate) fn schema(&self) -> &Schema {
        &self.source.0.schema
    }
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

pub(crate) fn cases() -> Vec<Case> {
    let avro = include_str!("../../tests/fixtures/codec/avro.json");
    let json = include_str!("../../tests/fixtures/codec/json.json");
    let protobuf = include_str!("../../tests/fixtures/codec/protobuf.json");
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
pub(crate) fn decode(codec: &Codec, case: &Case) -> Value {
    let future = pin!(codec.decode(&case.source, &case.payload, [], Part::Value));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Decoded::Value(decoded)) => decoded.value,
        other => panic!("{}: {other:?}", case.name),
    }
}

/// Encodes, with the id in front.
pub(crate) fn encode(codec: &Codec, case: &Case) -> Encoded {
    let message = case.message.as_deref();
    let schema = &case.source.0;
    codec
        .encode(schema, &case.value, message, Framing::Prefix, Part::Value)
        .unwrap()
}
