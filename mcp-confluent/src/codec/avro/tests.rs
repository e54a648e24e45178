//! What the property tests cannot say: defaults, unions, names, and the words of errors.

use serde_json::{Value, json};

use super::{
    super::{
        limits::Limits,
        schema::{Schema, SchemaKind},
    },
    Compiled,
};

fn compile(schema: &Value) -> Compiled {
    Compiled::new(&schema.to_string(), []).unwrap_or_else(|problem| panic!("{schema}: {problem}"))
}

fn record(fields: &Value) -> Compiled {
    compile(&json!({"type": "record", "name": "R", "namespace": "acme", "fields": fields}))
}

fn encode(schema: &Compiled, value: &Value) -> Vec<u8> {
    schema
        .encode(value, &Limits::default())
        .unwrap_or_else(|problem| panic!("{value}: {problem}"))
}

fn refused(schema: &Compiled, value: &Value) -> String {
    schema
        .encode(value, &Limits::default())
        .unwrap_err()
        .to_string()
}

fn decode(schema: &Compiled, bytes: &[u8]) -> Value {
    schema.decode(bytes, &Limits::default()).unwrap()
}

fn unreadable(schema: &Compiled, bytes: &[u8]) -> String {
    schema
        .decode(bytes, &Limits::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn errors_name_the_path_and_what_was_expected() {
    let schema = record(&json!([
        {"name": "lines", "type": {"type": "array", "items": {
            "type": "record", "name": "Line", "fields": [
                {"name": "price", "type": {
                    "type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2,
                }},
                {"name": "suit", "type": ["null", {
                    "type": "enum", "name": "Suit", "symbols": ["HEARTS", "SPADES"],
                }], "default": null},
            ],
        }}},
        {"name": "tags", "type": {"type": "map", "values": "int"}, "default": {}},
    ]));
    for (value, message) in [
        (json!([]), "expected an object, found an array"),
        (
            json!({"lines": {}}),
            "at `$.lines`: expected an array, found an object",
        ),
        (
            json!({}),
            "at `$.lines`: missing, and the record `acme.R` has no default for it",
        ),
        (
            json!({"lines": [], "linse": 1}),
            "at `$.linse`: the record `acme.R` has no such field; it has `lines`, `tags`",
        ),
        (
            json!({"lines": [{"price": "1.00"}, {"price": "1.505"}]}),
            "at `$.lines[1].price`: 3 digits after the point, where the schema has 2, found \
             \"1.505\"",
        ),
        (
            json!({"lines": [{"price": "1000.00"}]}),
            "at `$.lines[0].price`: 6 digits with 2 after the point, where the schema allows 5, \
             found \"1000.00\"",
        ),
        (
            json!({"lines": [{"price": "1", "suit": "HEART"}]}),
            "at `$.lines[0].suit`: expected one of `null`, `acme.Suit`, found \"HEART\"",
        ),
        (
            json!({"lines": [{"price": "1", "suit": {"acme.Suit": "HEART"}}]}),
            "at `$.lines[0].suit[\"acme.Suit\"]`: expected one of \"HEARTS\", \"SPADES\", found \
             \"HEART\"",
        ),
        (
            json!({"lines": [], "tags": {"a b": 2_147_483_648_u64}}),
            "at `$.tags[\"a b\"]`: expected an int (32 bits), found 2147483648",
        ),
    ] {
        assert_eq!(refused(&schema, &value), message);
    }
}

#[test]
fn each_type_says_what_it_takes() {
    for (schema, value, expected) in [
        (json!("null"), json!(0), "null, found 0"),
        (json!("boolean"), json!("true"), "a boolean"),
        (json!("int"), json!(1.0), "an int"),
        (json!("long"), json!(u64::MAX), "a long"),
        (json!("float"), json!(1e39), "a float"),
        (json!("double"), json!("nan"), "\"NaN\""),
        (json!("bytes"), json!("a"), "base64"),
        (json!("string"), json!(1), "a string"),
        (
            json!({"type": "fixed", "name": "F", "size": 2}),
            json!("AAAA"),
            "`F` takes 2 bytes, these are 3",
        ),
        (
            json!({"type": "string", "logicalType": "uuid"}),
            json!("x"),
            "a UUID",
        ),
        (
            json!({"type": "int", "logicalType": "date"}),
            json!("tomorrow"),
            "a date",
        ),
        (
            json!({"type": "long", "logicalType": "timestamp-millis"}),
            json!("2026-11-23T00:00:00"),
            "with its zone",
        ),
        (
            json!({"type": "long", "logicalType": "local-timestamp-micros"}),
            json!("2026-11-23T00:00:00Z"),
            "without a zone",
        ),
        (
            json!({"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 2}),
            json!(12_345_678_901_234.567),
            "a decimal as a string",
        ),
        (
            json!({"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}),
            json!("P1D"),
            "a duration",
        ),
    ] {
        let problem = refused(&compile(&schema), &value);
        assert!(problem.contains(expected), "{schema}: {problem}");
    }
}

#[test]
fn what_javascript_cannot_write_as_a_number_may_be_text() {
    let long = compile(&json!("long"));
    let bytes = encode(&long, &json!("9007199254740993"));
    assert_eq!(decode(&long, &bytes), json!(9_007_199_254_740_993_u64));
    let money =
        compile(&json!([{"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}]));
    assert_eq!(decode(&money, &encode(&money, &json!(1.5))), "1.50");
    assert_eq!(decode(&money, &encode(&money, &json!(7))), "7.00");
}

#[test]
fn defaults_are_read_as_the_specification_writes_them() {
    let schema = record(&json!([
        {"name": "bytes", "type": "bytes", "default": "\u{ff}\u{0}"},
        {"name": "fixed", "type": {"type": "fixed", "name": "F", "size": 2}, "default": "ab"},
        {"name": "decimal", "type": {
            "type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2,
        }, "default": "\u{96}"},
        {"name": "date", "type": {"type": "int", "logicalType": "date"}, "default": 1},
        {"name": "first", "type": ["string", "null"], "default": "x"},
        {"name": "second", "type": ["null", "long"], "default": 7},
        {"name": "double", "type": ["double", "long"], "default": 0},
        {"name": "either", "type": ["bytes", "string"], "default": "\u{ff}"},
        {"name": "map", "type": {"type": "map", "values": "bytes"}, "default": {"bytes": "a"}},
        {"name": "inner", "type": {"type": "record", "name": "In", "fields": [
            {"name": "a", "type": "int"}, {"name": "b", "type": "int", "default": 3},
        ]}, "default": {"a": 2}},
    ]));
    let expected = json!({
        "bytes": "/wA=", "fixed": "YWI=", "decimal": "-1.06", "date": "1970-01-02",
        "first": "x", "second": 7, "double": 0.0, "either": {"bytes": "/w=="}, "map": {"bytes": "YQ=="}, "inner": {"a": 2, "b": 3},
    });
    assert_eq!(decode(&schema, &encode(&schema, &json!({}))), expected);
}

#[test]
fn a_default_that_does_not_fit_matters_only_when_it_is_used() {
    let schema = record(&json!([{"name": "a", "type": "int", "default": "x"}]));
    assert_eq!(decode(&schema, &[2]), json!({"a": 1}));
    assert_eq!(
        refused(&schema, &json!({})),
        "at `$.a`: the schema's default does not fit: expected an int (32 bits), found \"x\""
    );
    let endless = record(&json!([{"name": "r", "type": "R", "default": {}}]));
    assert!(refused(&endless, &json!({})).contains("nested more than 100 deep"));
}

#[test]
fn plain_values_find_the_branch_they_look_like() {
    let schema = compile(&json!([
        "null",
        "boolean",
        "int",
        "double",
        "string",
        "bytes",
        {"type": "long", "logicalType": "timestamp-millis"},
        {"type": "enum", "name": "E", "symbols": ["A"]},
        {"type": "array", "items": "int"},
        {"type": "record", "name": "R", "fields": [{"name": "x", "type": "int"}]},
        {"type": "record", "name": "S", "fields": [
            {"name": "x", "type": "int"}, {"name": "y", "type": "int", "default": 0},
        ]},
        {"type": "map", "values": "int"},
    ]));
    for (value, branch) in [
        (json!(null), 0),
        (json!(true), 1),
        (json!(5), 2),
        (json!(5_000_000_000_u64), 3),
        (json!(1.5), 3),
        (json!("AAAA"), 4),
        (json!("2026-11-23T00:00:00Z"), 6),
        (json!("A"), 7),
        (json!([1]), 8),
        (json!({"x": 1}), 9),
        (json!({"x": 1, "y": 2}), 10),
        (json!({"z": 1}), 11),
        (json!({"bytes": "AAAA"}), 5),
        (json!({"S": {"x": 1}}), 10),
        (json!({"map": {"x": 1}}), 11),
    ] {
        assert_eq!(encode(&schema, &value)[0], branch * 2, "{value}");
    }
}

#[test]
fn a_branch_is_tagged_only_where_the_plain_value_would_mean_another() {
    let schema = compile(&json!(["null", "string", "bytes", {"type": "map", "values": "string"}]));
    for (bytes, value) in [
        (&[0][..], json!(null)),
        (&[2, 2, b'a'], json!("a")),
        (&[4, 2, b'a'], json!({"bytes": "YQ=="})),
        (&[6, 0], json!({})),
        (&[6, 2, 2, b'k', 2, b'v', 0], json!({"k": "v"})),
        // A map that looks like a tag.
        (
            &[6, 2, 12, b's', b't', b'r', b'i', b'n', b'g', 2, b'v', 0],
            json!({"map": {"string": "v"}}),
        ),
    ] {
        assert_eq!(decode(&schema, bytes), value);
        assert_eq!(encode(&schema, &value), bytes);
    }
}

#[test]
fn names_are_found_in_their_namespaces() {
    let schema = json!({"type": "record", "name": "a.b.Outer", "fields": [
        {"name": "same", "type": {"type": "enum", "name": "E", "symbols": ["X"]}},
        {"name": "other", "type": {
            "type": "record", "name": "Inner", "namespace": "c", "fields": [
                {"name": "here", "type": {"type": "enum", "name": "E", "symbols": ["Y"]}},
                {"name": "near", "type": "E"},
                {"name": "far", "type": "a.b.E"},
            ],
        }},
        {"name": "again", "type": ["null", "c.Inner", "E"]},
        {"name": "wrapped", "type": {"type": "E"}},
    ]});
    let value = json!({
        "same": "X",
        "other": {"here": "Y", "near": "Y", "far": "X"},
        "again": {"a.b.E": "X"},
        "wrapped": "X",
    });
    let schema = compile(&schema);
    let mut expected = value.clone();
    expected["again"] = json!("X");
    assert_eq!(decode(&schema, &encode(&schema, &value)), expected);
}

#[test]
fn a_fixed_keeps_its_logical_type_where_it_is_named_again() {
    let schema = record(&json!([
        {"name": "a", "type": {
            "type": "fixed", "name": "D", "size": 4, "logicalType": "decimal",
            "precision": 9, "scale": 2,
        }},
        {"name": "b", "type": "D"},
        {"name": "c", "type": ["null", "acme.D"]},
    ]));
    let value = json!({"a": "-1.00", "b": "2.00", "c": "3.00"});
    assert_eq!(decode(&schema, &encode(&schema, &value)), value);
}

#[test]
fn logical_types_that_do_not_fit_are_ignored() {
    for schema in [
        json!({"type": "int", "logicalType": "timestamp-millis"}),
        json!({"type": "int", "logicalType": "something"}),
        json!({"type": {"type": "int"}, "logicalType": 5}),
    ] {
        assert_eq!(decode(&compile(&schema), &[2]), json!(1), "{schema}");
    }
    let scale = json!({"type": "bytes", "logicalType": "decimal", "precision": 1, "scale": 2});
    assert_eq!(decode(&compile(&scale), b"a"), "YQ==");
    let wrapped = json!({"type": {"type": "int"}, "logicalType": "date"});
    assert_eq!(decode(&compile(&wrapped), &[2]), "1970-01-02");
    // A date of its own place is the number that it is.
    let date = compile(&json!({"type": "int", "logicalType": "date"}));
    let far = encode(&date, &json!(i32::MAX));
    assert_eq!(decode(&date, &far), json!(i32::MAX));
}

#[test]
fn references_are_known_by_the_names_they_define() {
    let address = Schema::new(
        SchemaKind::Avro,
        r#"{"type":"record","name":"acme.Address","fields":[{"name":"zip","type":"string"}]}"#,
        Vec::new(),
    );
    let text = r#"["null", "acme.Address"]"#;
    // The same schema under two names is defined once.
    let references = [("acme.Address", &address), ("address", &address)];
    let schema = Compiled::new(text, references).unwrap();
    let value = json!({"zip": "1"});
    assert_eq!(decode(&schema, &encode(&schema, &value)), value);
    let missing = Compiled::new(text, []).unwrap_err().to_string();
    assert!(
        missing.contains("`acme.Address` is not defined"),
        "{missing}"
    );
    let broken = Schema::new(SchemaKind::Avro, r#"{"type":"record"}"#, Vec::new());
    let problem = Compiled::new(text, [("x", &broken)]).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "in the reference `x`: the key `name` is missing"
    );
}

#[test]
fn schemas_that_make_no_sense_say_where() {
    let twice = json!({"type": "enum", "name": "E", "symbols": []});
    for (schema, problem) in [
        (json!(5), "a type is a name"),
        (json!({}), "the key `type` is missing"),
        (json!({"type": "array"}), "the key `items` is missing"),
        (
            json!(["int", "int"]),
            "at `$[1]`: the union has two branches `int`",
        ),
        (json!(["int", ["null"]]), "at `$[1]`: a union may not"),
        (json!([]), "a union without branches"),
        (
            json!([twice, twice]),
            "at `$[1]`: the type `E` is defined twice",
        ),
        (
            json!({"type": "fixed", "name": "F", "size": -1}),
            "needs a `size`",
        ),
        (
            json!({"type": "enum", "name": "E", "symbols": [1]}),
            "needs `symbols`",
        ),
        (
            json!({"type": "record", "name": "int", "fields": []}),
            "defined anew",
        ),
        (
            json!({"type": "record", "name": "R", "fields": [
                {"name": "a", "type": "int"}, {"name": "b", "type": {"type": "map", "values": "X"}},
            ]}),
            "at `$.fields[1].type.values`: the type `X` is not defined",
        ),
        (
            json!({"type": "record", "name": "R", "fields": [
                {"name": "a", "type": "int"}, {"name": "a", "type": "int"},
            ]}),
            "at `$.fields[1]`: the field `a` occurs twice",
        ),
    ] {
        let found = Compiled::new(&schema.to_string(), [])
            .unwrap_err()
            .to_string();
        assert!(found.contains(problem), "{schema}: {found}");
    }
}

#[test]
fn payloads_of_another_schema_are_refused_with_the_path() {
    let schema = record(&json!([
        {"name": "list", "type": {"type": "array", "items": ["null", "boolean"]}},
        {"name": "text", "type": "string"},
        {"name": "suit", "type": {"type": "enum", "name": "E", "symbols": ["A"]}},
    ]));
    assert_eq!(
        decode(&schema, &[2, 2, 1, 0, 2, b'x', 0]),
        json!({"list": [true], "text": "x", "suit": "A"})
    );
    // A block may come with its size.
    assert_eq!(
        decode(&schema, &[1, 4, 2, 1, 0, 0, 0])["list"],
        json!([true])
    );
    for (bytes, problem) in [
        (&[][..], "at `$.list`: the payload ends too early"),
        (&[2, 4], "at `$.list[0]`: the union has no branch number 2"),
        (
            &[4, 0, 2, 2],
            "at `$.list[1]`: a boolean is the byte 0 or 1, not 2",
        ),
        (
            &[0, 4, 0xff, 0xff, 0],
            "at `$.text`: a string that is not UTF-8",
        ),
        (
            &[0, 4, b'x'],
            "at `$.text`: the payload ends too early: 2 more bytes expected",
        ),
        (
            &[0, 0, 2],
            "at `$.suit`: the enum `acme.E` has no symbol number 1",
        ),
        (&[0, 0, 0, 0], "1 of 4 bytes are left over"),
    ] {
        let found = unreadable(&schema, bytes);
        assert!(found.contains(problem), "{bytes:?}: {found}");
    }
}

#[test]
fn bytes_at_the_top_level_have_no_length() {
    let bytes = compile(&json!("bytes"));
    assert_eq!(encode(&bytes, &json!("AAE=")), [0, 1]);
    assert_eq!(decode(&bytes, &[0, 1]), "AAE=");
    let union = compile(&json!(["bytes"]));
    assert_eq!(encode(&union, &json!("AAE=")), [0, 4, 0, 1]);
}
