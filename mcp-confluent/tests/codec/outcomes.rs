//! What a record can turn out to be.

use std::sync::Arc;

use mcp_confluent::{
    ErrorKind,
    codec::{Codec, Decoded, Framing, Part, RegisteredSchema, Schema, SchemaKind, SchemaRef},
};
use serde_json::json;

use crate::source::{GUID, ID, One, decode, expect_value, plain, there_and_back};

#[test]
fn a_record_that_names_no_schema_is_not_framed() {
    let source = plain(SchemaKind::Avro, r#""string""#);
    for payload in [&b""[..], b"{}", b"\0\0\0\x07", b"\x01\0\0\0\x07\x02a"] {
        let decoded = decode(&Codec::default(), &source, payload, None);
        assert!(matches!(decoded, Decoded::NotFramed), "{decoded:?}");
    }
}

#[test]
fn a_schema_that_cannot_be_had_is_told_with_the_sources_reason() {
    let source = plain(SchemaKind::Avro, r#""string""#);
    match decode(&Codec::default(), &source, b"\0\0\0\0\x08\x02a", None) {
        Decoded::UnknownSchema { schema, error } => {
            assert_eq!(schema, SchemaRef::Id(8));
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert_eq!(error.message(), "schema id 8 does not exist");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_payload_that_does_not_fit_is_told_with_schema_and_path() {
    let source = plain(
        SchemaKind::Avro,
        r#"{"type":"array","items":{"type":"map","values":"string"}}"#,
    );
    match decode(
        &Codec::default(),
        &source,
        b"\0\0\0\0\x07\x02\x02\x02k\x63",
        None,
    ) {
        Decoded::Broken { schema, error } => {
            assert_eq!(schema.map(|schema| schema.id), Some(Some(ID)));
            assert_eq!(
                error.message(),
                "with schema id 7 (AVRO): the payload cannot be read: at `$[0].k`: a length of \
                 -50 bytes"
            );
        }
        other => panic!("{other:?}"),
    }
    let left = decode(
        &Codec::default(),
        &plain(SchemaKind::Avro, r#""int""#),
        b"\0\0\0\0\x07\x02\x02",
        None,
    );
    assert!(
        format!("{left:?}").contains("1 of 2 bytes are left over"),
        "{left:?}"
    );
}

#[test]
fn a_broken_header_is_told_without_a_schema() {
    let source = plain(SchemaKind::Avro, r#""int""#);
    let header = Some(("__value_schema_id", &b"7"[..]));
    match decode(&Codec::default(), &source, b"\x02", header) {
        Decoded::Broken { schema, error } => {
            assert!(schema.is_none());
            assert!(error.message().contains("`__value_schema_id`"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_schema_that_does_not_compile_breaks_the_record_and_refuses_the_value() {
    let source = plain(
        SchemaKind::Protobuf,
        "syntax = \"proto3\"; message M { N n = 1; }",
    );
    let decoded = decode(&Codec::default(), &source, b"\0\0\0\0\x07\0", None);
    assert!(
        format!("{decoded:?}").contains("the schema does not compile"),
        "{decoded:?}"
    );
    let refused = Codec::default().prepare(&source.0.schema, &json!({}), None);
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Argument);
    assert!(
        refused.message().contains("'N' is not defined"),
        "{refused}"
    );
}

#[test]
fn json_is_read_though_its_schema_does_not_compile() {
    let source = plain(SchemaKind::Json, r#"{"$ref": "elsewhere.json"}"#);
    let decoded = decode(&Codec::default(), &source, b"\0\0\0\0\x07{\"a\":1}", None);
    let decoded = expect_value(decoded);
    assert_eq!(decoded.value, json!({"a": 1}));
    let problem = decoded.problem.unwrap();
    assert!(problem.contains("elsewhere.json"), "{problem}");
    let refused = Codec::default().prepare(&source.0.schema, &json!({}), None);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn keys_have_a_header_of_their_own() {
    let source = plain(SchemaKind::Avro, r#""long""#);
    let encoded = Codec::default()
        .encode(&source.0, &json!(1), None, Framing::Header, Part::Key)
        .unwrap();
    let (name, header) = encoded.header.unwrap();
    assert_eq!(name, "__key_schema_id");
    assert_eq!(header, [&[1], GUID.as_bytes().as_slice()].concat());
    // It says nothing about the value.
    let decoded = decode(
        &Codec::default(),
        &source,
        &encoded.payload,
        Some((name, header.as_slice())),
    );
    assert!(matches!(decoded, Decoded::NotFramed), "{decoded:?}");
}

#[test]
fn framing_by_header_needs_a_guid() {
    let schema = RegisteredSchema {
        id: Some(3),
        guid: None,
        schema: Arc::new(Schema::new(SchemaKind::Avro, r#""long""#, Vec::new())),
    };
    let refused = Codec::default()
        .encode(&schema, &json!(1), None, Framing::Header, Part::Value)
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.message().contains("schema 3"), "{refused}");
}

#[test]
fn a_value_is_checked_before_its_schema_has_an_id() {
    let schema = Schema::new(SchemaKind::Avro, r#""long""#, Vec::new());
    let codec = Codec::default();
    assert!(codec.prepare(&schema, &json!("x"), None).is_err());
    let prepared = codec.prepare(&schema, &json!(123), None).unwrap();
    let encoded = prepared
        .frame(Some(1), None, Framing::Prefix, Part::Value)
        .unwrap();
    assert_eq!(encoded.payload, [0, 0, 0, 0, 1, 0xf6, 1]);
    assert_eq!(encoded.header, None);
}

#[test]
fn a_message_name_is_for_protobuf_only() {
    let schema = Schema::new(SchemaKind::Json, "{}", Vec::new());
    let refused = Codec::default().prepare(&schema, &json!({}), Some("M"));
    assert!(refused.unwrap_err().message().contains("Protobuf"));
}

#[test]
fn a_record_is_read_with_the_schema_it_was_written_with() {
    let codec = Codec::default();
    let old = plain(
        SchemaKind::Avro,
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#,
    );
    let (payload, _) = there_and_back(&codec, &old, &json!({"a": 1}), None);
    // Another schema in the same codec, of another registry, under the same id.
    let other = plain(
        SchemaKind::Avro,
        r#"{"type":"record","name":"R","fields":[{"name":"b","type":"int"}]}"#,
    );
    let value = expect_value(decode(&codec, &other, &payload, None)).value;
    assert_eq!(value, json!({"b": 1}));
    let value = expect_value(decode(&codec, &old, &payload, None)).value;
    assert_eq!(value, json!({"a": 1}));
}

#[test]
fn values_at_the_top_level_need_not_be_objects() {
    let codec = Codec::default();
    for (kind, schema, value) in [
        (SchemaKind::Avro, r#""null""#, json!(null)),
        (SchemaKind::Avro, r#"{"type":"boolean"}"#, json!(true)),
        (SchemaKind::Avro, r#""double""#, json!(1.5)),
        (SchemaKind::Avro, r#"["null","string"]"#, json!("x")),
        (SchemaKind::Avro, r#""bytes""#, json!("/w==")),
        (SchemaKind::Avro, r#""bytes""#, json!("")),
        (SchemaKind::Json, r#"{"type":"null"}"#, json!(null)),
        (SchemaKind::Json, "true", json!("x")),
        (SchemaKind::Json, "{}", json!([u64::MAX])),
    ] {
        let (_, read) = there_and_back(&codec, &plain(kind, schema), &value, None);
        assert_eq!(read.value, value, "{schema}");
    }
}

#[test]
fn the_codec_is_shared_between_tasks() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    fn is_send<T: Send>(_: &T) {}
    let codec = Codec::default();
    is_shared(&codec);
    let source = One::new(Schema::new(SchemaKind::Json, "{}", Vec::new()));
    is_send(&codec.decode(&source, b"{}", [], Part::Value));
}
