//! Bytes that mean no good: the checks of the fuzz targets, over a fixed set of inputs.

#[path = "../../../fuzz/checks.rs"]
mod checks;

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use mcp_confluent::codec::{Codec, Decoded, Limits, Schema, SchemaKind};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::{Value, json};

use crate::source::{decode, expect_value, plain};

/// Runs `check` over `cases` inputs, the same in every run.
fn run(cases: u32, inputs: impl Strategy<Value = Vec<u8>>, check: fn(&[u8])) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(20_261_123),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&inputs, |input| {
            check(&input);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// `seed` with a few bytes changed, put in or taken out.
fn mutated(seed: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6).prop_map(move |changes| {
        let mut bytes = seed.clone();
        for (at, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

fn payloads(kind: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let vectors = match kind {
        "avro" => include_str!("../fixtures/codec/avro.json"),
        _ => include_str!("../fixtures/codec/protobuf.json"),
    };
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    let seeds = vectors.iter().map(|vector| {
        let hex = vector["bare"].as_str().unwrap();
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect::<Vec<u8>>()
    });
    let seeds: Vec<_> = seeds.filter(|seed| !seed.is_empty()).collect();
    prop_oneof![
        vec(any::<u8>(), 0..64),
        // Small numbers are what lengths, branches and field keys are made of.
        vec(0..24u8, 0..64),
        prop::sample::select(seeds).prop_flat_map(mutated),
    ]
}

#[test]
fn no_avro_payload_panics() {
    run(2_000, payloads("avro"), checks::avro);
}

#[test]
fn no_json_payload_panics() {
    let seed = br#"{"id":1,"at":"2026-11-23T00:00:00Z","next":{"list":["aa",1]},"xy":"s"}"#;
    let inputs = prop_oneof![vec(any::<u8>(), 0..64), mutated(seed.to_vec())];
    run(1_000, inputs, checks::json);
}

#[test]
fn no_protobuf_payload_panics() {
    run(2_000, payloads("protobuf"), checks::protobuf);
}

#[test]
fn no_schema_panics() {
    let descriptor = include_str!("../fixtures/codec/protobuf.json");
    let vectors: Vec<Value> = serde_json::from_str(descriptor).unwrap();
    let descriptor = BASE64
        .decode(vectors[6]["schema"].as_str().unwrap())
        .unwrap();
    let texts = [checks::AVRO, checks::JSON, checks::PROTOBUF];
    let texts = prop::sample::select(texts.map(|text| text.as_bytes().to_vec()).to_vec());
    let inputs = prop_oneof![
        texts.prop_flat_map(mutated),
        mutated(descriptor).prop_map(|bytes| BASE64.encode(bytes).into_bytes()),
    ];
    run(500, inputs, checks::schema);
}

/// The reason why `data` cannot be read with `schema`, which must be found quickly.
fn refused(kind: SchemaKind, schema: &str, limits: Limits, data: &[u8]) -> String {
    let payload = [&[0, 0, 0, 0, 7], data].concat();
    let source = plain(kind, schema);
    let begin = Instant::now();
    let reason = match decode(&Codec::new(limits), &source, &payload, None) {
        Decoded::Broken { error, .. } => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(begin.elapsed() < Duration::from_mins(1), "{reason}");
    reason
}

#[test]
fn an_array_of_nothing_cannot_take_all_memory() {
    let items = r#"{"type":"array","items":"null"}"#;
    // 2^62 items in ten bytes.
    let mut data = vec![0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    let reason = refused(SchemaKind::Avro, items, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
    // The same as a negative number of items, which is followed by the block's size.
    data[0] = 0xff;
    data.push(0);
    let reason = refused(SchemaKind::Avro, items, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
    let text = r#""string""#;
    let reason = refused(SchemaKind::Avro, text, Limits::default(), &data[..10]);
    assert!(
        reason.contains("a length of -9223372036854775808 bytes"),
        "{reason}"
    );
}

#[test]
fn nesting_cannot_take_the_whole_stack() {
    let list = r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}"#;
    let reason = refused(SchemaKind::Avro, list, Limits::default(), &vec![2; 100_000]);
    assert!(reason.contains("nested more than 100 deep"), "{reason}");

    let reason = refused(
        SchemaKind::Json,
        "{}",
        Limits::default(),
        &vec![b'['; 100_000],
    );
    assert!(reason.contains("recursion limit"), "{reason}");

    let message = r#"syntax = "proto3"; message M { M m = 1; }"#;
    let mut data = Vec::new();
    for _ in 0..200 {
        let length = u8::try_from(data.len() & 0x7f).unwrap() | 0x80;
        let more = u8::try_from(data.len() >> 7).unwrap();
        data.splice(0..0, [0x0a, length, more]);
    }
    data.insert(0, 0);
    let reason = refused(SchemaKind::Protobuf, message, Limits::default(), &data);
    assert!(reason.contains("nested more than 100 deep"), "{reason}");
    let groups = [vec![0], vec![0x0b; 100_000]].concat();
    let reason = refused(SchemaKind::Protobuf, message, Limits::default(), &groups);
    assert!(reason.contains("nested more than 100 deep"), "{reason}");
}

#[test]
fn small_payloads_cannot_become_large_messages() {
    let schema = r#"syntax = "proto3"; message M { repeated M m = 1; repeated bool b = 2; }"#;
    let limits = || Limits {
        values: 1_000,
        ..Limits::default()
    };
    let messages = [vec![0], [0x0a, 0].repeat(2_000)].concat();
    let packed = [vec![0, 0x12, 0xd0, 0x0f], vec![1; 2_000]].concat();
    for data in [messages, packed] {
        let reason = refused(SchemaKind::Protobuf, schema, limits(), &data);
        assert!(reason.contains("more than 1000 values"), "{reason}");
    }
}

#[test]
fn long_names_cannot_become_long_values() {
    let name = "n".repeat(100_000);
    // Each item is no byte, and its name a tenth of a megabyte.
    let items = format!(
        r#"{{"type":"array","items":{{"type":"record","name":"R","fields":[{{"name":"{name}","type":"null"}}]}}}}"#
    );
    let mut data = vec![0xc0, 0x84, 0x3d, 0];
    let reason = refused(SchemaKind::Avro, &items, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
    let symbols =
        format!(r#"{{"type":"array","items":{{"type":"enum","name":"E","symbols":["{name}"]}}}}"#);
    data.extend(vec![0; 500_000]);
    let reason = refused(SchemaKind::Avro, &symbols, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
    let message = format!(
        r#"syntax = "proto3"; message M {{ repeated E e = 1; repeated M m = 2; }} enum E {{ {name} = 0; }}"#
    );
    let data = [vec![0, 0x0a, 0xa0, 0x8d, 0x06], vec![0; 100_000]].concat();
    let reason = refused(SchemaKind::Protobuf, &message, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
}

#[test]
fn large_unions_cannot_take_all_time() {
    let branches: Vec<_> = (0..6_000)
        .map(|at| json!({"type": "record", "name": format!("R{at}"), "fields": []}))
        .collect();
    let schema = json!({"type": "array", "items": branches}).to_string();
    let mut data = vec![0xc0, 0x9a, 0x0c];
    data.extend(vec![0; 100_001]);
    let reason = refused(SchemaKind::Avro, &schema, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
    let schema = Schema::new(SchemaKind::Avro, schema, Vec::new());
    let objects = vec![json!({}); 100_000];
    let problem = Codec::default().prepare(&schema, &objects.into(), None);
    let problem = problem.unwrap_err().to_string();
    assert!(problem.contains("more than 1000000 values"), "{problem}");
}

/// An array of as many times the same item, for a schema whose items are the union `branches`.
fn array_of(branches: &[Value], count: usize, item: &[u8]) -> (String, Vec<u8>) {
    let schema = json!({"type": "array", "items": branches});
    let mut data = Vec::new();
    for at in [count, 0] {
        // The number of items as a varint of three bytes, which the last one makes up for.
        let zigzag = at * 2;
        data.extend(
            [
                zigzag & 0x7f | 0x80,
                zigzag >> 7 & 0x7f | 0x80,
                zigzag >> 14,
            ]
            .map(as_byte),
        );
        data.extend(item.repeat(at));
    }
    (schema.to_string(), data)
}

fn as_byte(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

#[test]
fn large_enums_cannot_take_all_time() {
    let symbols: Vec<_> = (0..60_000).map(|at| format!("s{at}")).collect();
    let large = json!({"type": "enum", "name": "E", "symbols": symbols});
    // The text "x", which is no symbol.
    let (schema, data) = array_of(&[json!("string"), large], 300_000, b"\0\x02x");
    let payload = [&[0, 0, 0, 0, 7], &*data].concat();
    let begin = Instant::now();
    let read = decode(
        &Codec::default(),
        &plain(SchemaKind::Avro, schema),
        &payload,
        None,
    );
    let value = expect_value(read).value;
    // With the symbols in the reason of each time, it would be an hour.
    assert!(begin.elapsed() < Duration::from_mins(1));
    assert_eq!(value[299_999], "x");
}

#[test]
fn long_texts_cannot_take_all_time_in_large_unions() {
    let refused = |branch: &dyn Fn(usize) -> Value, item: &[u8], count| {
        let mut branches: Vec<_> = (0..5_000).map(branch).collect();
        branches.extend([json!("string"), json!({"type": "map", "values": "null"})]);
        let (schema, data) = array_of(&branches, count, item);
        let limits = Limits {
            values: 100_000,
            ..Limits::default()
        };
        let reason = refused(SchemaKind::Avro, &schema, limits, &data);
        assert!(reason.contains("more than 100000 values"), "{reason}");
    };
    let long = vec![b'A'; 1_000_000];
    // Branch 5000 with a text of a million bytes, and 5001 with such a key.
    let text = [&[0x90, 0x4e, 0x80, 0x89, 0x7a], &*long].concat();
    let map = [&[0x92, 0x4e, 2, 0x80, 0x89, 0x7a], &*long, &[0]].concat();
    refused(
        &|at| json!({"type": "fixed", "name": format!("F{at}"), "size": 1}),
        &text,
        4,
    );
    refused(
        &|at| json!({"type": "enum", "name": format!("E{at}"), "symbols": []}),
        &text,
        4,
    );
    refused(
        &|at| json!({"type": "record", "name": format!("R{at}"), "fields": []}),
        &map,
        4,
    );
    // The text "1", which has 1200 digits behind its point as one of these.
    let scaled = |at| {
        json!({"type": "fixed", "name": format!("D{at}"), "size": 500, "logicalType": "decimal",
            "precision": 1_201, "scale": 1_200})
    };
    refused(&scaled, &[0x90, 0x4e, 2, b'1'], 20_000);
}

#[test]
fn large_scales_cannot_take_all_memory() {
    let decimal =
        json!({"type": "bytes", "logicalType": "decimal", "precision": 1_200, "scale": 1_200});
    let (schema, data) = array_of(&[decimal], 200_000, &[0, 0]);
    let reason = refused(SchemaKind::Avro, &schema, Limits::default(), &data);
    assert!(reason.contains("more than 1000000 values"), "{reason}");
    let none = json!({"type": "array", "items": {
        "type": "fixed", "name": "F", "size": 0, "logicalType": "decimal", "precision": 1_200,
        "scale": 1_200,
    }});
    let reason = refused(
        SchemaKind::Avro,
        &none.to_string(),
        Limits::default(),
        &[0x80, 0x89, 0x7a, 0],
    );
    assert!(reason.contains("more than 1000000 values"), "{reason}");
}

#[test]
fn a_fixed_takes_no_more_memory_than_its_bytes() {
    for size in [1 << 31, 1 << 62, u64::MAX] {
        let schema = json!(["string", {
            "type": "fixed", "name": "F", "size": size, "logicalType": "decimal", "precision": 4,
        }]);
        // Whether the text would mean the other branch is seen without its bytes.
        let source = plain(SchemaKind::Avro, schema.to_string());
        let read = decode(&Codec::default(), &source, b"\0\0\0\0\x07\0\x0412", None);
        assert_eq!(expect_value(read).value, "12");
        let schema = Schema::new(SchemaKind::Avro, schema.to_string(), Vec::new());
        let problem = Codec::default().prepare(&schema, &json!({"F": "12"}), None);
        let problem = problem.unwrap_err().to_string();
        assert!(problem.contains("larger than 8388608 bytes"), "{problem}");
    }
}

#[test]
fn large_payloads_are_refused_both_ways() {
    let limits = || Limits {
        payload_bytes: 10,
        ..Limits::default()
    };
    let message = r#"syntax = "proto3"; message M { string s = 1; }"#;
    for (kind, schema) in [
        (SchemaKind::Avro, r#""string""#),
        (SchemaKind::Json, "{}"),
        (SchemaKind::Protobuf, message),
    ] {
        let reason = refused(kind, schema, limits(), &[b' '; 11]);
        assert!(reason.contains("larger than 10 bytes"), "{reason}");
        let value = if kind == SchemaKind::Protobuf {
            json!({"s": "0123456789"})
        } else {
            json!("0123456789")
        };
        let schema = Schema::new(kind, schema, Vec::new());
        let problem = Codec::new(limits()).prepare(&schema, &value, None);
        let problem = problem.unwrap_err().to_string();
        assert!(problem.contains("larger than 10 bytes"), "{problem}");
    }
}

#[test]
fn schemas_that_nest_or_repeat_are_bounded() {
    let codec = Codec::default();
    let nested = |open: &str, close: &str| open.repeat(10_000) + close;
    for (kind, text) in [
        (SchemaKind::Avro, nested(r#"{"type":"array","items":"#, "")),
        (SchemaKind::Json, nested(r#"{"items":"#, "")),
        (
            SchemaKind::Protobuf,
            nested("message M {", "").replacen("message", r#"syntax = "proto3"; message"#, 1),
        ),
        (SchemaKind::Avro, format!("\"{}\"", "x".repeat(2 << 20))),
    ] {
        let schema = Schema::new(kind, text, Vec::new());
        assert!(codec.check(&schema).is_err());
    }
    // Each default holds the next one twice.
    let mut schema = String::from(r#"{"type":"record","name":"R40","fields":[]}"#);
    for depth in (0..40).rev() {
        schema = format!(
            r#"{{"type":"record","name":"R{depth}","fields":[
                {{"name":"a","type":{schema},"default":{{}}}},
                {{"name":"b","type":"R{}","default":{{}}}}]}}"#,
            depth + 1
        );
    }
    let schema = Schema::new(SchemaKind::Avro, schema, Vec::new());
    let problem = codec.prepare(&schema, &json!({}), None).unwrap_err();
    assert!(problem.to_string().contains("1000000 values"), "{problem}");
}
