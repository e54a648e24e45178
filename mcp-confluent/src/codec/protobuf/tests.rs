//! What the property tests cannot say: spellings, imports, `Any`, and the words of errors.

use serde_json::{Value, json};

use super::{
    super::{
        limits::Limits,
        schema::{Schema, SchemaKind},
    },
    Compiled, Decoded,
};

const ORDER: &str = r#"
    syntax = "proto3";
    package acme;
    import "google/protobuf/any.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/field_mask.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
    message Order {
      int64 order_id = 1;
      repeated Line lines = 2;
      google.protobuf.Any any = 3;
      google.protobuf.Timestamp at = 4;
      google.protobuf.Duration took = 5;
      google.protobuf.Value value = 6;
      google.protobuf.FieldMask mask = 7;
      google.protobuf.DoubleValue double = 8;
      map<string, Line> by_name = 9;
      message Line { int32 count = 1; Suit suit = 2; }
      enum Suit { NONE = 0; HEARTS = 1; }
    }
"#;

fn compile(text: &str) -> Compiled {
    Compiled::new(text, []).unwrap_or_else(|problem| panic!("{problem}"))
}

fn encode(schema: &Compiled, value: &Value) -> Vec<u8> {
    let encoded = schema.encode(value, None, &Limits::default());
    encoded
        .unwrap_or_else(|problem| panic!("{value}: {problem}"))
        .bytes
}

fn refused(schema: &Compiled, value: &Value) -> String {
    let encoded = schema.encode(value, None, &Limits::default());
    encoded.unwrap_err().to_string()
}

fn decode(schema: &Compiled, bytes: &[u8]) -> Decoded {
    schema
        .decode(bytes, &[0], &Limits::default())
        .unwrap_or_else(|problem| panic!("{problem}"))
}

fn unreadable(schema: &Compiled, bytes: &[u8]) -> String {
    let decoded = schema.decode(bytes, &[0], &Limits::default());
    decoded.unwrap_err().to_string()
}

/// A field with bytes in it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    assert!(length < 0x80);
    [&[number << 3 | 2, length], bytes].concat()
}

#[test]
fn both_spellings_of_a_field_are_read_and_numbers_may_be_text() {
    let schema = compile(ORDER);
    let expected = encode(&schema, &json!({"orderId": "9007199254740993"}));
    for value in [
        json!({"order_id": "9007199254740993"}),
        json!({"orderId": 9_007_199_254_740_993_u64}),
    ] {
        assert_eq!(encode(&schema, &value), expected);
    }
    assert_eq!(
        decode(&schema, &expected).value,
        json!({"orderId": "9007199254740993"})
    );
}

#[test]
fn errors_name_the_path() {
    let schema = compile(ORDER);
    for (value, problem) in [
        (
            json!({"lines": [{}, {"count": "x"}]}),
            "at `$.lines[1].count`: expected an integer of 32 bits, found \"x\"",
        ),
        (
            json!({"lines": [{"colour": 1}]}),
            "at `$.lines[0].colour`: the message `acme.Order.Line` has no such field; it has \
             `count`, `suit`",
        ),
        (
            json!({"byName": {"a": {"suit": "CLUBS"}}}),
            "at `$.byName.a.suit`: expected one of \"NONE\", \"HEARTS\", found \"CLUBS\"",
        ),
        (
            json!({"at": "yesterday"}),
            "at `$.at`: expected a time such as \"2026-11-23T13:05:09.250Z\", found \"yesterday\"",
        ),
        (
            json!({"took": "1h"}),
            "at `$.took`: expected a duration in seconds such as \"1.500s\", found \"1h\"",
        ),
        (
            json!({"orderId": 1.5}),
            "at `$.orderId`: expected an integer of 64 bits, found 1.5",
        ),
        (
            json!({"orderId": 9_223_372_036_854_775_808_u64}),
            "at `$.orderId`: expected an integer of 64 bits, found 9223372036854775808",
        ),
        (
            json!({"orderId": 1, "order_id": 1}),
            "at `$.order_id`: `orderId` is given too, and only one of them can be",
        ),
        (
            json!({"value": [u64::MAX]}),
            "at `$.value[0]`: expected a number that a double holds exactly (write a larger one \
             as a string), found 18446744073709551615",
        ),
        (
            json!({"any": {"count": 1}}),
            "at `$.any[\"@type\"]`: missing: an Any names its type, such as \
             \"type.googleapis.com/acme.Order\"",
        ),
        (
            json!({"any": {"@type": "acme.None", "count": 1}}),
            "at `$.any[\"@type\"]`: the type `acme.None` is not part of the schema",
        ),
        (json!([]), "expected an object, found an array"),
    ] {
        assert_eq!(refused(&schema, &value), problem);
    }
}

#[test]
fn what_is_no_number_is_not_lost() {
    let schema = compile(ORDER);
    for value in [json!("NaN"), json!("-Infinity"), json!(0.0), json!(1.5)] {
        let value = json!({"double": value});
        assert_eq!(decode(&schema, &encode(&schema, &value)).value, value);
    }
    let nan = field(6, &[&[0x11][..], &f64::NAN.to_le_bytes()].concat());
    assert!(unreadable(&schema, &nan).starts_with("at `$.value`: a number that is not finite"));
}

#[test]
fn json_in_json_comes_back_as_it_was() {
    let schema = compile(ORDER);
    for value in [
        json!(null),
        json!(1),
        json!(-0.5),
        json!("x"),
        json!(true),
        json!([1, [null], {"a": {}}]),
        json!({"b": 1, "a": [9_007_199_254_740_991_i64]}),
    ] {
        let value = json!({"value": value});
        assert_eq!(decode(&schema, &encode(&schema, &value)).value, value);
    }
}

#[test]
fn any_holds_what_the_schema_knows_and_shows_the_rest_as_bytes() {
    let schema = compile(ORDER);
    for value in [
        json!({"@type": "type.googleapis.com/acme.Order.Line", "count": 5}),
        json!({"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.500s"}),
        json!({"@type": "type.googleapis.com/google.protobuf.Value", "value": {"a": 1}}),
        json!({"@type": "type.googleapis.com/acme.Order", "any": {
            "@type": "type.googleapis.com/acme.Order.Line",
        }}),
    ] {
        let value = json!({"any": value});
        let decoded = decode(&schema, &encode(&schema, &value));
        assert_eq!(decoded.value, value);
        assert_eq!(decoded.problem, None);
    }
    let unknown = field(
        3,
        &[field(1, b"x.test/acme.Other"), field(2, &[1, 2, 3])].concat(),
    );
    let decoded = decode(&schema, &unknown);
    assert_eq!(
        decoded.value,
        json!({"any": {"@type": "x.test/acme.Other", "value": "AQID"}})
    );
    let problem = decoded.problem.unwrap().to_string();
    assert!(
        problem.contains("`x.test/acme.Other` of an Any"),
        "{problem}"
    );
    assert_eq!(decode(&schema, &field(3, &[])).value, json!({"any": {}}));
}

#[test]
fn any_cannot_nest_without_end() {
    let schema = compile(ORDER);
    let mut bytes = Vec::new();
    for _ in 0..120 {
        let url = field(1, b"/acme.Order");
        let length = |length: usize| {
            let low = u8::try_from(length & 0x7f).unwrap() | 0x80;
            [low, u8::try_from(length >> 7).unwrap()]
        };
        let value = [&[0x12], &length(bytes.len())[..], &bytes].concat();
        let any = [url, value].concat();
        bytes = [&[0x1a], &length(any.len())[..], &any].concat();
    }
    let problem = unreadable(&schema, &bytes);
    assert!(problem.contains("nested more than 100 deep"), "{problem}");
}

#[test]
fn unknown_fields_and_symbols_are_not_passed_over_in_silence() {
    let schema = compile(ORDER);
    let line = [0x08, 1, 0x10, 9, 0x58, 1];
    let bytes = [field(2, &line), vec![0x9d, 6, 0, 0, 0, 0]].concat();
    let decoded = decode(&schema, &bytes);
    assert_eq!(decoded.value, json!({"lines": [{"count": 1, "suit": 9}]}));
    assert_eq!(
        decoded.problem.unwrap().to_string(),
        "fields that the schema does not have are not shown: acme.Order.99, acme.Order.Line.11"
    );
}

#[test]
fn broken_payloads_say_why() {
    let schema = compile(ORDER);
    for (bytes, why) in [
        (&[0x08][..], "ends too early"),
        (&[0x12, 5, 0], "5 more bytes expected, 1 are left"),
        (&[0x0f], "wire type 7"),
        (&[0x0c], "a group ends"),
        (&[0x0b], "within a group"),
        (&[0x0d, 0, 0, 0, 0], "as `acme.Order`"),
    ] {
        let problem = unreadable(&schema, bytes);
        assert!(problem.contains(why), "{bytes:?}: {problem}");
    }
    let at = unreadable(&schema, &field(4, &[0x10, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert!(at.starts_with("at `$.at`: "), "{at}");
    let took = unreadable(
        &schema,
        &field(
            5,
            &[
                0x08, 1, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
        ),
    );
    assert!(
        took.contains("1 seconds and -1 nanoseconds are no duration"),
        "{took}"
    );
    let mask = unreadable(&schema, &field(7, &field(1, b"aB")));
    assert!(mask.starts_with("at `$.mask.paths[0]`: "), "{mask}");
}

#[test]
fn required_fields_are_required() {
    let schema = compile(
        r#"syntax = "proto2";
           message M { required int32 id = 1; repeated M list = 2; map<string, M> map = 3; }"#,
    );
    let full = json!({"id": 0, "list": [{"id": 1}], "map": {"a": {"id": 2}}});
    assert_eq!(decode(&schema, &encode(&schema, &full)).value, full);
    for (value, path) in [
        (json!({}), "$.id"),
        (json!({"id": 1, "list": [{"id": 1}, {}]}), "$.list[1].id"),
        (json!({"id": 1, "map": {"a": {}}}), "$.map.a.id"),
    ] {
        assert_eq!(
            refused(&schema, &value),
            format!("at `{path}`: missing, and the schema requires it")
        );
    }
}

#[test]
fn extensions_have_their_full_names() {
    let schema = compile(
        r#"syntax = "proto2"; package acme;
           message M { extensions 100 to 200; }
           extend M { optional int64 more = 100; }"#,
    );
    let value = json!({"[acme.more]": "5"});
    let decoded = decode(&schema, &encode(&schema, &value));
    assert_eq!(decoded.value, value);
    assert_eq!(decoded.problem, None);
}

#[test]
fn imports_come_from_references_and_from_what_every_client_has() {
    let file = |text: &str| Schema::new(SchemaKind::Protobuf, text, Vec::new());
    let common = file("syntax = \"proto3\"; package c; message C { string a = 1; }");
    let text = r#"
        syntax = "proto3";
        import "dir/common.proto";
        import "google/type/money.proto";
        import "confluent/meta.proto";
        import "confluent/types/decimal.proto";
        message M {
          option (confluent.message_meta) = { doc: "d", tags: "PII" };
          c.C c = 1;
          google.type.Money money = 2 [(confluent.field_meta).doc = "x"];
          confluent.type.Decimal decimal = 3;
        }
    "#;
    let schema = Compiled::new(text, [("dir/common.proto", &common)]).unwrap();
    let value = json!({
        "c": {"a": "x"},
        "money": {"currencyCode": "CHF", "units": "1"},
        "decimal": {"value": "AJY=", "precision": 3, "scale": 2},
    });
    assert_eq!(decode(&schema, &encode(&schema, &value)).value, value);
    let missing = Compiled::new(text, []).unwrap_err().to_string();
    assert!(missing.contains("dir/common.proto"), "{missing}");
    let broken = file("syntax = \"proto3\"; message C { X x = 1; }");
    let problem = Compiled::new(text, [("dir/common.proto", &broken)]);
    let problem = problem.unwrap_err().to_string();
    assert!(
        problem.contains("in `dir/common.proto`: name 'X'"),
        "{problem}"
    );
}

#[test]
fn an_import_may_have_the_name_that_the_schema_is_given_here() {
    let other = Schema::new(
        SchemaKind::Protobuf,
        "syntax = \"proto3\"; message Other {}",
        Vec::new(),
    );
    let text = "syntax = \"proto3\"; import \"schema.proto\"; message M { Other other = 1; }";
    let schema = Compiled::new(text, [("schema.proto", &other)]).unwrap();
    let value = json!({"other": {}});
    assert_eq!(decode(&schema, &encode(&schema, &value)).value, value);
}

#[test]
fn an_edition_is_refused_by_its_name() {
    let text = "edition = \"2023\";\nmessage M { int32 a = 1; }";
    let problem = Compiled::new(text, []).unwrap_err().to_string();
    assert!(problem.contains("only proto2 and proto3"), "{problem}");
}

#[test]
fn no_digit_of_a_time_is_lost() {
    let schema = compile(ORDER);
    let at = |text: &str| json!({ "at": text });
    let problem = refused(&schema, &at("2024-01-01T00:00:00.1234567891Z"));
    assert!(problem.contains("a time such as"), "{problem}");
    let value = at("2024-01-01T00:00:00.123456789Z");
    assert_eq!(
        decode(&schema, &encode(&schema, &value)).value["at"],
        value["at"]
    );
}

#[test]
fn where_two_ways_to_count_find_two_messages_the_fields_decide() {
    let schema = compile(
        r#"
        syntax = "proto3";
        message Outer {
          map<string, int32> counts = 1;
          message One { int32 one = 1; }
          message Two { string two = 2; }
        }
        "#,
    );
    let read = |bytes: &[u8]| {
        let decoded = schema.decode(bytes, &[0, 1], &Limits::default()).unwrap();
        (decoded.value, decoded.problem.is_some())
    };
    assert_eq!(read(&[1 << 3, 5]), (json!({"one": 5}), false));
    assert_eq!(read(&field(2, b"x")), (json!({"two": "x"}), false));
    // It fits neither.
    assert!(read(&field(3, b"x")).1);
}
