//! What must hold for any bytes at all. Used by the fuzz targets, and by the tests of the codecs
//! with inputs of their own.
#![allow(dead_code, reason = "each fuzz target uses one of these")]

use std::sync::{Arc, LazyLock};

use mcp_confluent::codec::{
    Codec, Decoded, Framing, Limits, Part, RegisteredSchema, Schema, SchemaFuture, SchemaKind,
    SchemaRef, SchemaSource,
};

/// Every type, every logical type, and recursion.
pub(crate) const AVRO: &str = r#"{"type":"record","name":"All","fields":[
    {"name":"null","type":"null"},
    {"name":"boolean","type":"boolean"},
    {"name":"int","type":"int"},
    {"name":"long","type":"long"},
    {"name":"float","type":"float"},
    {"name":"double","type":"double"},
    {"name":"bytes","type":"bytes"},
    {"name":"string","type":"string"},
    {"name":"enum","type":{"type":"enum","name":"E","symbols":["A","B"]}},
    {"name":"fixed","type":{"type":"fixed","name":"F","size":2}},
    {"name":"decimal","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
    {"name":"fixedDecimal","type":{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":9}},
    {"name":"bigDecimal","type":{"type":"bytes","logicalType":"big-decimal"}},
    {"name":"uuid","type":{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}},
    {"name":"duration","type":{"type":"fixed","name":"T","size":12,"logicalType":"duration"}},
    {"name":"date","type":{"type":"int","logicalType":"date"}},
    {"name":"timeMillis","type":{"type":"int","logicalType":"time-millis"}},
    {"name":"timeMicros","type":{"type":"long","logicalType":"time-micros"}},
    {"name":"millis","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"micros","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"nanos","type":{"type":"long","logicalType":"local-timestamp-nanos"}},
    {"name":"union","type":["null","int","long","float","double","string","bytes","E","All",
        {"type":"array","items":"null"},{"type":"map","values":"All"}]},
    {"name":"children","type":{"type":"array","items":["null","All"]}}
]}"#;

/// Smaller ones, so that few bytes reach far.
pub(crate) const AVRO_SMALL: [&str; 8] = [
    r#""bytes""#,
    r#"["null","int","long","float","double","string","bytes","boolean"]"#,
    r#"{"type":"array","items":"null"}"#,
    r#"{"type":"array","items":{"type":"array","items":"int"}}"#,
    r#"{"type":"map","values":["string",{"type":"long","logicalType":"timestamp-millis"}]}"#,
    r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}"#,
    r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#,
    r#"{"type":"array","items":{"type":"bytes","logicalType":"big-decimal"}}"#,
];

pub(crate) const JSON: &str = r##"{
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "at": {"format": "date-time"},
        "next": {"$ref": "#"},
        "list": {"items": {"pattern": "^(a+)+$"}, "uniqueItems": true}
    },
    "patternProperties": {"^x": {"type": "string"}}
}"##;

pub(crate) const PROTOBUF: &str = r#"
    syntax = "proto3";
    import "google/protobuf/any.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/field_mask.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
    import "google/type/money.proto";
    enum E { NONE = 0; ONE = 1; }
    message All {
      double double = 1;
      float float = 2;
      int64 int64 = 3;
      uint64 uint64 = 4;
      sint32 sint32 = 5;
      fixed32 fixed32 = 6;
      bool bool = 7;
      string string = 8;
      bytes bytes = 9;
      E e = 10;
      repeated int32 many = 11;
      map<string, All> by_name = 12;
      oneof choice { string left = 13; All right = 14; }
      google.protobuf.Any any = 15;
      google.protobuf.Duration duration = 16;
      google.protobuf.FieldMask mask = 17;
      google.protobuf.Value value = 18;
      google.protobuf.Timestamp timestamp = 19;
      google.protobuf.Int64Value wrapped = 20;
      google.type.Money money = 21;
      message Inner { optional int32 a = 1; }
      repeated Inner inner = 22;
    }
"#;

struct One(Arc<RegisteredSchema>);

impl One {
    fn new(kind: SchemaKind, text: &str) -> Self {
        Self(Arc::new(RegisteredSchema {
            id: Some(1),
            guid: None,
            schema: Arc::new(Schema::new(kind, text, Vec::new())),
        }))
    }
}

impl SchemaSource for One {
    fn schema(&self, _: SchemaRef) -> SchemaFuture<'_> {
        Box::pin(std::future::ready(Ok(Arc::clone(&self.0))))
    }
}

/// Few values, so that an array of nothing does not take all the time.
static CODEC: LazyLock<Codec> = LazyLock::new(|| {
    Codec::new(Limits {
        values: 1_000,
        ..Limits::default()
    })
});

/// Reads `data` behind the prefix of a schema.
fn read(source: &One, data: &[u8]) -> Decoded {
    let payload = [&[0, 0, 0, 0, 1], data].concat();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(CODEC.decode(source, &payload, [], Part::Value))
}

/// What was read is written, and read again, as the same value.
fn stable(source: &One, data: &[u8]) {
    let Decoded::Value(first) = read(source, data) else {
        return;
    };
    let message = first.message.as_deref();
    let written = CODEC.encode(
        &source.0,
        &first.value,
        message,
        Framing::Prefix,
        Part::Value,
    );
    let Ok(written) = written else {
        // A reader takes more than a writer may write: text that breaks its schema, a decimal with
        // more digits than the schema allows, a UUID that is none …
        return;
    };
    match read(source, &written.payload[5..]) {
        Decoded::Value(second) => assert_eq!(first.value, second.value, "{data:?}"),
        other => panic!("{data:?}: {other:?}"),
    }
}

/// Payloads read with Avro schemas.
pub(crate) fn avro(data: &[u8]) {
    static SOURCES: LazyLock<Vec<One>> = LazyLock::new(|| {
        let texts = AVRO_SMALL.iter().chain([&AVRO]);
        texts.map(|text| One::new(SchemaKind::Avro, text)).collect()
    });
    for source in SOURCES.iter() {
        stable(source, data);
    }
}

/// Payloads read with a JSON Schema.
pub(crate) fn json(data: &[u8]) {
    static SOURCE: LazyLock<One> = LazyLock::new(|| One::new(SchemaKind::Json, JSON));
    stable(&SOURCE, data);
}

/// Payloads read with a Protobuf schema, message indexes included.
pub(crate) fn protobuf(data: &[u8]) {
    static SOURCE: LazyLock<One> = LazyLock::new(|| One::new(SchemaKind::Protobuf, PROTOBUF));
    stable(&SOURCE, data);
    stable(&SOURCE, &[&[0], data].concat());
}

/// Schema texts, and a payload read with what compiles.
pub(crate) fn schema(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for kind in [SchemaKind::Avro, SchemaKind::Json, SchemaKind::Protobuf] {
        stable(&One::new(kind, text), &[0, 2, 4, 6, 8, 0]);
    }
}
