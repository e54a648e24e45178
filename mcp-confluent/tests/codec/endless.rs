//! JSON Schemas that would keep the validator busy for ever, and how they are refused.

use std::time::{Duration, Instant};

use mcp_confluent::codec::{Codec, Schema, SchemaKind};
use serde_json::{Map, Value, json};

/// `count` definitions, each made by `each` of the next one's name, and the last one.
fn chain(count: usize, each: impl Fn(&str) -> Value, last: Value) -> Value {
    let mut definitions: Map<_, _> = (0..count)
        .map(|at| {
            (
                format!("d{at}"),
                each(&format!("#/definitions/d{}", at + 1)),
            )
        })
        .collect();
    definitions.insert(format!("d{count}"), last);
    json!({"$ref": "#/definitions/d0", "definitions": definitions})
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({}), |inner, _| json!({"next": inner}))
}

/// What is said of `value`, which must be found out quickly.
fn objection(schema: &Value, value: &Value) -> Option<String> {
    let codec = Codec::default();
    let begin = Instant::now();
    let schema = Schema::new(SchemaKind::Json, schema.to_string(), Vec::new());
    let result = codec.prepare(&schema, value, None);
    // Without a bound it would be years.
    assert!(begin.elapsed() < Duration::from_mins(2), "{result:?}");
    result.err().map(|error| error.to_string())
}

#[test]
fn a_schema_that_multiplies_itself_is_refused() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let twice = |next: &str| json!({keyword: [{"$ref": next}, {"$ref": next}]});
        for leaf in [json!({"type": "integer"}), json!({}), json!(true)] {
            let refused = objection(&chain(25, twice, leaf), &json!("x")).unwrap();
            assert!(refused.contains("10000 schemas apply"), "{refused}");
        }
        // Well within the bound.
        let some = chain(8, twice, json!({"type": "integer"}));
        assert!(objection(&some, &json!("x")).is_some());
        assert_eq!(objection(&some, &json!(1)).is_none(), keyword != "oneOf");
    }
    let both = |next: &str| json!({"if": {"$ref": next}, "then": {"not": {"$ref": next}}});
    let refused = objection(&chain(25, both, json!({})), &json!(1)).unwrap();
    assert!(refused.contains("10000 schemas apply"), "{refused}");
    let unevaluated = (0..40).fold(
        json!({}),
        |inner, _| json!({"allOf": [inner], "unevaluatedProperties": false}),
    );
    let mut unevaluated = unevaluated;
    unevaluated["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    let refused = objection(&unevaluated, &json!({"a": 1})).unwrap();
    assert!(refused.contains("10000 schemas apply"), "{refused}");
}

#[test]
fn a_schema_without_an_end_is_refused() {
    let all: Vec<_> = (0..12)
        .map(|at| json!({"$ref": format!("#/definitions/d{at}")}))
        .collect();
    let definitions: Map<_, _> = (0..12)
        .map(|at| (format!("d{at}"), json!({"allOf": all})))
        .collect();
    let every_one = json!({"$ref": "#/definitions/d0", "definitions": definitions});
    for schema in [
        every_one,
        json!({"$ref": "#"}),
        json!({"not": {"$ref": "#"}}),
    ] {
        let refused = objection(&schema, &json!(1)).unwrap();
        assert!(refused.contains("without an end"), "{refused}");
    }
    let long = chain(10_000, |next| json!({"allOf": [{"$ref": next}]}), json!({}));
    let refused = objection(&long, &json!(1)).unwrap();
    assert!(refused.contains("64 schemas apply"), "{refused}");
    let many = chain(
        10_001,
        |next| json!({"properties": {"next": {"$ref": next}}}),
        json!({}),
    );
    let refused = objection(&many, &json!(1)).unwrap();
    assert!(refused.contains("10000 references"), "{refused}");
}

#[test]
fn a_value_that_multiplies_the_checks_is_not_checked_to_the_end() {
    let twice = |next: &str| {
        let both = json!({"oneOf": [{"$ref": next}, {"$ref": next}]});
        json!({"properties": {"next": both}, "required": ["next"]})
    };
    let schema = chain(95, twice, json!({"type": "integer"}));
    assert!(objection(&schema, &nested(90)).is_some());
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let schema = json!({
            "properties": {"next": {keyword: [{"$ref": "#"}, {"$ref": "#"}]}},
            "minProperties": 1,
        });
        assert!(objection(&schema, &nested(90)).is_some());
    }
    // No reference leads back, so nothing is remembered: 2^90 checks.
    let schema = chain(
        95,
        |next| json!({"properties": {"next": {"allOf": [{"$ref": next}, {"$ref": next}]}}}),
        json!({}),
    );
    let refused = objection(&schema, &nested(90)).unwrap();
    assert!(refused.contains("takes too long"), "{refused}");
    let values: Vec<_> = (0..20_000).map(|at| json!({"a": at})).collect();
    let choice = json!({"items": {"enum": values}});
    let last = vec![json!({"a": 19_999}); 20_000];
    let refused = objection(&choice, &last.into()).unwrap();
    assert!(refused.contains("takes too long"), "{refused}");
    let pattern = json!({"items": {"pattern": "^(?=(a+)+$)(a|aa)+$"}});
    let text = "a".repeat(40) + "b";
    assert!(objection(&pattern, &vec![text; 20_000].into()).is_some());
}

#[test]
fn schema_and_value_together_cannot_take_the_whole_stack() {
    let schema = chain(
        30,
        |next| json!({"allOf": [{"$ref": next}]}),
        json!({"properties": {"next": {"$ref": "#"}}, "required": ["more"]}),
    );
    let refused = objection(&schema, &nested(90)).unwrap();
    assert!(refused.contains("nest too deep"), "{refused}");
    // As deep as it may be.
    let refused = objection(&schema, &nested(14)).unwrap();
    assert!(
        refused.contains("\"more\" is a required property"),
        "{refused}"
    );
}

#[test]
fn many_violations_are_not_all_kept() {
    let integers = json!({"items": {"type": "integer"}});
    let texts = vec!["x"; 500_000];
    let refused = objection(&integers, &texts.into()).unwrap();
    assert!(
        refused.ends_with("at `$[0]`: \"x\" is not of type \"integer\""),
        "{refused}"
    );
}

#[test]
fn schemas_that_nest_as_they_should_are_checked() {
    let kinds = ["add", "multiply", "negate", "call"].map(|kind| {
        json!({
            "properties": {
                "kind": {"const": kind},
                "left": {"$ref": "#/definitions/expression"},
                "right": {"$ref": "#/definitions/expression"},
            },
            "required": ["kind"],
        })
    });
    let schema = json!({
        "$ref": "#/definitions/expression",
        "definitions": {"expression": {"oneOf": kinds}},
    });
    let tree = |depth: usize, leaf: &str| {
        (0..depth).fold(
            json!({"kind": leaf}),
            |inner, _| json!({"kind": "add", "left": inner.clone(), "right": {"kind": "call"}, "more": inner}),
        )
    };
    assert_eq!(objection(&schema, &tree(8, "negate")), None);
    let refused = objection(&schema, &tree(3, "nothing")).unwrap();
    assert!(!refused.contains("too many ways"), "{refused}");
    let refused = objection(&schema, &tree(8, "nothing")).unwrap();
    assert!(refused.contains("too many ways to list"), "{refused}");
    // As large as a payload may be.
    let schema = json!({"items": {"type": "integer", "minimum": 0, "maximum": 9}});
    assert_eq!(objection(&schema, &vec![7; 900_000].into()), None);
}
