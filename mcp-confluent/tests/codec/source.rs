//! Schemas for the tests, and where the codec finds them.

use std::sync::Arc;

use mcp_confluent::{
    ToolError,
    codec::{
        Codec, Decoded, DecodedValue, Framing, Part, RegisteredSchema, Schema, SchemaFuture,
        SchemaKind, SchemaRef, SchemaSource,
    },
};
use serde_json::Value;
use uuid::Uuid;

pub(crate) const ID: u32 = 7;
pub(crate) const GUID: Uuid = Uuid::from_u128(0x89ab_cdef_0123_4567_89ab_cdef_0123_4567);

/// A registry with one schema.
pub(crate) struct One(pub(crate) Arc<RegisteredSchema>);

impl One {
    pub(crate) fn new(schema: Schema) -> Self {
        Self(Arc::new(RegisteredSchema {
            id: Some(ID),
            guid: Some(GUID),
            schema: Arc::new(schema),
        }))
    }
}

impl SchemaSource for One {
    fn schema(&self, reference: SchemaRef) -> SchemaFuture<'_> {
        Box::pin(async move {
            let known = match reference {
                SchemaRef::Id(id) => Some(id) == self.0.id,
                SchemaRef::Guid(guid) => Some(guid) == self.0.guid,
            };
            if known {
                Ok(Arc::clone(&self.0))
            } else {
                Err(ToolError::not_found(format!("{reference} does not exist")))
            }
        })
    }
}

/// A schema without references.
pub(crate) fn plain(kind: SchemaKind, text: impl Into<String>) -> One {
    One::new(Schema::new(kind, text, Vec::new()))
}

/// Decodes where nothing has to be waited for.
pub(crate) fn decode(
    codec: &Codec,
    source: &One,
    payload: &[u8],
    header: Option<(&str, &[u8])>,
) -> Decoded {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(codec.decode(source, payload, header, Part::Value))
}

/// Writes `value` in both framings and reads it back; the payload of the first.
pub(crate) fn there_and_back(
    codec: &Codec,
    source: &One,
    value: &Value,
    message: Option<&str>,
) -> (Vec<u8>, DecodedValue) {
    let [prefixed, bare] = [Framing::Prefix, Framing::Header].map(|framing| {
        codec
            .encode(&source.0, value, message, framing, Part::Value)
            .unwrap_or_else(|error| panic!("{value}: {error}"))
    });
    let first = expect_value(decode(codec, source, &prefixed.payload, None));
    let (name, header) = bare.header.expect("a header");
    let second = expect_value(decode(
        codec,
        source,
        &bare.payload,
        Some((name, header.as_slice())),
    ));
    assert_eq!(first.value, second.value);
    (prefixed.payload, first)
}

pub(crate) fn expect_value(decoded: Decoded) -> DecodedValue {
    match decoded {
        Decoded::Value(value) => value,
        other => panic!("{other:?}"),
    }
}
