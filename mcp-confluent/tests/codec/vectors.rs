//! Payloads that Confluent's Python serialisers wrote, and what they read of ours; see
//! `tests/clients/python-codec`.

use std::{collections::BTreeMap, sync::Arc};

use mcp_confluent::codec::{Codec, Framing, Part, Reference, RegisteredSchema, Schema, SchemaKind};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::source::{One, decode, expect_value};

#[derive(Deserialize)]
struct Vector {
    name: String,
    id: u32,
    guid: String,
    #[serde(flatten)]
    schema: Text,
    /// Our JSON.
    value: Value,
    /// The payload with the id in front.
    prefix: String,
    /// The value of the header with the GUID, and the payload that goes with it.
    header: String,
    bare: String,
    message: Option<String>,
    /// For Protobuf: the schema as text, and its imports; `schema` is a descriptor.
    source: Option<String>,
    #[serde(default)]
    sources: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Text {
    schema: String,
    references: Vec<NamedText>,
}

#[derive(Deserialize)]
struct NamedText {
    name: String,
    #[serde(flatten)]
    text: Text,
}

impl Text {
    fn schema(&self, kind: SchemaKind) -> Schema {
        let references = self
            .references
            .iter()
            .map(|reference| to(&reference.name, reference.text.schema(kind)))
            .collect();
        Schema::new(kind, &self.schema, references)
    }
}

fn to(name: &str, schema: Schema) -> Reference {
    Reference {
        name: name.to_owned(),
        subject: name.to_owned(),
        version: 1,
        schema: Arc::new(schema),
    }
}

impl Vector {
    /// The schema as the registry of the serialiser holds it, and as others may hold it.
    fn registries(&self, kind: SchemaKind) -> Vec<One> {
        let text = self.source.as_ref().map(|source| {
            let references = self
                .sources
                .iter()
                .map(|(name, text)| to(name, Schema::new(kind, text, Vec::new())));
            Schema::new(kind, source, references.collect())
        });
        [Some(self.schema.schema(kind)), text]
            .into_iter()
            .flatten()
            .map(|schema| {
                One(Arc::new(RegisteredSchema {
                    id: Some(self.id),
                    guid: Some(self.guid.parse::<Uuid>().unwrap()),
                    schema: Arc::new(schema),
                }))
            })
            .collect()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn vectors() -> Vec<(SchemaKind, Vector)> {
    [
        (
            SchemaKind::Avro,
            include_str!("../fixtures/codec/avro.json"),
        ),
        (
            SchemaKind::Json,
            include_str!("../fixtures/codec/json.json"),
        ),
        (
            SchemaKind::Protobuf,
            include_str!("../fixtures/codec/protobuf.json"),
        ),
    ]
    .into_iter()
    .flat_map(|(kind, text)| {
        let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
        vectors.into_iter().map(move |vector| (kind, vector))
    })
    .collect()
}

#[test]
fn what_confluents_serialisers_write_is_read() {
    let codec = Codec::default();
    for (kind, vector) in vectors() {
        for registry in vector.registries(kind) {
            let header = bytes(&vector.header);
            for (payload, header) in [
                (&vector.prefix, None),
                (&vector.bare, Some(("__value_schema_id", header.as_slice()))),
            ] {
                let decoded = expect_value(decode(&codec, &registry, &bytes(payload), header));
                assert_eq!(decoded.value, vector.value, "{kind} {}", vector.name);
                assert_eq!(decoded.message, vector.message, "{kind} {}", vector.name);
                assert_eq!(decoded.problem, None, "{kind} {}", vector.name);
            }
        }
    }
}

#[test]
fn what_is_written_is_what_confluents_serialisers_write() {
    let codec = Codec::default();
    let mut ours = serde_json::Map::new();
    for (kind, vector) in vectors() {
        let registry = &vector.registries(kind)[0];
        let message = vector.message.as_deref();
        let [prefixed, bare] = [Framing::Prefix, Framing::Header].map(|framing| {
            codec
                .encode(&registry.0, &vector.value, message, framing, Part::Value)
                .unwrap_or_else(|error| panic!("{kind} {}: {error}", vector.name))
        });
        let (_, header) = bare.header.unwrap();
        let name = format!("{}/{}", kind.as_str().to_lowercase(), vector.name);
        if kind == SchemaKind::Json {
            // The same value; white space and escapes are the serialiser's own affair.
            let [theirs, ours] = [&bytes(&vector.bare), &bare.payload]
                .map(|text| serde_json::from_slice::<Value>(text).unwrap());
            assert_eq!(theirs, ours, "{name}");
        } else if vector.name == "after-a-map-entry" {
            // That client counts map entries as messages, the others do not: [1, 2] for [1, 1].
            assert_eq!(vector.prefix, format!("0000000001040204{}", vector.bare));
            assert_eq!(
                hex(&prefixed.payload),
                format!("0000000001040202{}", vector.bare)
            );
        } else {
            assert_eq!(hex(&prefixed.payload), vector.prefix, "{name}");
            assert_eq!(hex(&header), vector.header, "{name}");
            assert_eq!(hex(&bare.payload), vector.bare, "{name}");
        }
        ours.insert(
            name,
            json!({
                "prefix": hex(&prefixed.payload),
                "header": hex(&header),
                "bare": hex(&bare.payload),
            }),
        );
    }
    if let Some(path) = std::env::var_os("CODEC_WRITTEN") {
        std::fs::write(path, Value::Object(ours).to_string()).unwrap();
    }
}
