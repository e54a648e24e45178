use proptest::prelude::*;
use serde_json::json;

use super::*;

fn schema() -> JsonObject {
    let schema = json!({
        "type": "object",
        "properties": {
            "topicName": {"type": "string", "minLength": 1, "description": "Topic to read."},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
            "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "names": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}, "minItems": 1, "maxItems": 3, "uniqueItems": true},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
            "mode": {"oneOf": [{"const": "fast", "description": "Fast."}, {"const": "slow", "description": "Slow."}]},
            "start": {"oneOf": [
                {"type": "string", "const": "earliest"},
                {"type": "object", "properties": {"offset": {"type": "integer", "minimum": 0}}, "required": ["offset"], "additionalProperties": false},
                {"type": "object", "properties": {"timeRange": {"$ref": "#/$defs/Range"}}, "required": ["timeRange"], "additionalProperties": false},
            ]},
            "message": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "object"}]},
            "shape": {"oneOf": [
                {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
                {"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]},
            ]},
            "maybe": {"type": ["string", "null"]},
            "any": {},
            "tree": {"$ref": "#/$defs/Tree"},
        },
        "required": ["topicName"],
        "additionalProperties": false,
        "$defs": {
            "Range": {"type": "object", "properties": {"fromMs": {"type": "integer"}, "toMs": {"type": "integer"}}, "required": ["fromMs"], "additionalProperties": false},
            "Tree": {"type": "object", "properties": {"child": {"$ref": "#/$defs/Tree"}}, "additionalProperties": false},
        },
    });
    serde_json::from_value(schema).unwrap()
}

fn check(mut arguments: Value) -> Result<Value, String> {
    let object = arguments.as_object_mut().unwrap();
    object.entry("topicName").or_insert("orders".into());
    check_as_is(arguments)
}

fn check_as_is(arguments: Value) -> Result<Value, String> {
    let arguments = serde_json::from_value(arguments).unwrap();
    normalise_and_check(&schema(), arguments)
        .map(Value::from)
        .map_err(|problems| {
            let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })
}

fn problem(arguments: Value) -> String {
    check(arguments).unwrap_err()
}

#[test]
fn both_spellings_are_accepted_at_every_depth() {
    let given = json!({"topic_name": "a", "start": {"time_range": {"from_ms": 1, "toMs": 2}}});
    let wanted = json!({"topicName": "a", "start": {"timeRange": {"fromMs": 1, "toMs": 2}}});
    assert_eq!(check_as_is(given).unwrap(), wanted);
}

#[test]
fn free_keys_keep_their_spelling() {
    let given = json!({"topicName": "a", "labels": {"my_label": "x", "myLabel": "y"}});
    assert_eq!(check_as_is(given.clone()).unwrap(), given);
}

#[test]
fn both_spellings_at_once_are_a_problem() {
    assert_eq!(
        problem(json!({"topicName": "a", "topic_name": "b"})),
        "`topicName` is given twice, also as `topic_name`"
    );
}

#[test]
fn every_problem_is_reported_in_one_go() {
    let given = json!({"limit": 0, "names": ["ok", "NO", 5], "mode": "quick", "lmit": 1});
    assert_eq!(
        check_as_is(given).unwrap_err(),
        "`limit` must be at least 1, not 0\n\
         `names[1]` must match the pattern ^[a-z]+$, and \"NO\" does not\n\
         `names[2]` must be a string, not 5\n\
         `mode` must be \"fast\" or \"slow\", not \"quick\"\n\
         `lmit` is not an argument of this tool; did you mean `limit`?\n\
         `topicName` is required: Topic to read."
    );
}

#[test]
fn whole_floats_are_integers_and_texts_are_not() {
    assert_eq!(
        check(json!({"limit": 5.0})).unwrap()["limit"].to_string(),
        "5"
    );
    assert_eq!(
        problem(json!({"limit": 5.5})),
        "`limit` must be an integer, not 5.5"
    );
    assert_eq!(
        problem(json!({"limit": "5"})),
        "`limit` must be an integer, not \"5\""
    );
    assert_eq!(
        problem(json!({"limit": 1e300})),
        "`limit` must be at most 100, not 1e+300"
    );
}

#[test]
fn bounds_are_inclusive_or_exclusive_as_the_schema_says() {
    assert!(check(json!({"limit": 100, "ratio": 0.5})).is_ok());
    assert_eq!(
        problem(json!({"limit": 101})),
        "`limit` must be at most 100, not 101"
    );
    assert_eq!(
        problem(json!({"ratio": 0})),
        "`ratio` must be greater than 0, not 0"
    );
    assert_eq!(
        problem(json!({"ratio": 1.0})),
        "`ratio` must be less than 1, not 1.0"
    );
}

#[test]
fn sizes_count_characters_items_and_entries() {
    assert_eq!(
        problem(json!({"topicName": ""})),
        "`topicName` must have at least 1 character, not 0"
    );
    assert_eq!(
        problem(json!({"names": []})),
        "`names` must have at least 1 item, not 0"
    );
    assert_eq!(
        problem(json!({"names": ["a", "b", "c", "d"]})),
        "`names` must have at most 3 items, not 4"
    );
    assert_eq!(
        problem(json!({"names": ["a", "a"]})),
        "`names[1]` repeats the item \"a\""
    );
    assert_eq!(
        problem(json!({"labels": {"a": "", "b": "", "c": ""}})),
        "`labels` must have at most 2 entries, not 3"
    );
}

#[test]
fn free_keys_are_checked_by_value() {
    assert_eq!(
        problem(json!({"labels": {"a b\n": 5}})),
        "`labels[\"a b\\u{a}\"]` must be a string, not 5"
    );
}

#[test]
fn null_leaves_out_what_may_be_left_out() {
    let given = json!({"limit": null, "start": null, "any": null, "maybe": null});
    assert_eq!(
        check(given).unwrap(),
        json!({"maybe": null, "topicName": "orders"})
    );
    assert_eq!(
        problem(json!({"topicName": null})),
        "`topicName` must be a string, not null"
    );
}

#[test]
fn alternatives_are_listed_when_none_was_meant() {
    let allowed =
        "\"earliest\", {\"offset\": an integer} or {\"timeRange\": {\"fromMs\": an integer, …}}";
    assert_eq!(
        problem(json!({"start": "sideways"})),
        format!("`start` must be {allowed}, not \"sideways\"")
    );
    assert_eq!(
        problem(json!({"start": {"ofset": 1}})),
        format!("`start` must be {allowed}, not an object with `ofset`")
    );
    assert_eq!(
        problem(json!({"message": [1]})),
        "`message` must be a string, a number or an object, not a list"
    );
}

#[test]
fn the_alternative_that_was_meant_is_checked() {
    assert!(check(json!({"start": "earliest", "message": {"a": 1}})).is_ok());
    assert_eq!(
        problem(json!({"start": {"offset": -1}})),
        "`start.offset` must be at least 0, not -1"
    );
    assert_eq!(
        problem(json!({"start": {"offset": 1, "extra": 2}})),
        "`start.extra` is not a key that is known here; known are `offset`"
    );
    assert_eq!(
        problem(json!({"start": {"timeRange": {"fromMs": "x"}}})),
        "`start.timeRange.fromMs` must be an integer, not \"x\""
    );
    assert_eq!(
        problem(json!({"shape": {"kind": "square", "side": "x"}})),
        "`shape.side` must be a number, not \"x\""
    );
}

#[test]
fn echoes_are_short_and_on_one_line() {
    let long = problem(json!({"limit": format!("a\nb\u{1b}{}", "x".repeat(10_000))}));
    assert!(
        long.starts_with("`limit` must be an integer, not \"a\\u{a}b\\u{1b}xxx"),
        "{long}"
    );
    assert!(long.len() < 200, "{long}");
    let key = "k".repeat(10_000);
    assert!(problem(json!({ key: 1 })).len() < 500);
}

#[test]
fn many_problems_are_cut() {
    let names: Vec<_> = (0..1000).collect();
    assert_eq!(
        problem(json!({ "names": names })).lines().count(),
        MAX_PROBLEMS
    );
}

#[test]
fn depth_is_bounded() {
    let tree = (0..100).fold(json!({}), |inner, _| json!({ "child": inner }));
    assert!(problem(json!({ "tree": tree })).ends_with("is nested too deeply"));
    let shallow = (0..20).fold(json!({}), |inner, _| json!({ "child": inner }));
    assert!(check(json!({ "tree": shallow })).is_ok());
}

#[test]
fn wrong_types_for_objects_and_lists_are_named() {
    assert_eq!(
        problem(json!({"names": "a,b"})),
        "`names` must be a list, each item a string, not \"a,b\""
    );
    assert_eq!(
        problem(json!({"labels": []})),
        "`labels` must be an object, not an empty list"
    );
}

/// Values that are often nearly right for the schema of these tests.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..120).prop_map(Value::from),
        (-2i32..120).prop_map(|n| Value::from(f64::from(n) / 2.0)),
        "[a-c]{0,3}".prop_map(Value::from),
        prop::sample::select(vec![
            "earliest", "fast", "slow", "circle", "square", "orders"
        ])
        .prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "offset",
        "timeRange",
        "time_range",
        "fromMs",
        "from_ms",
        "toMs",
        "kind",
        "radius",
        "side",
        "child",
        "other",
    ]);
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys.clone(), inner, 0..4).prop_map(|entries| {
                entries
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

fn calls() -> impl Strategy<Value = JsonObject> {
    let mut names: Vec<_> = schema()["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    names.push("topic_name".to_owned());
    let arguments = prop::collection::hash_map(prop::sample::select(names), values(), 0..3);
    (any::<bool>(), arguments).prop_map(|(complete, arguments)| {
        let mut call: JsonObject = arguments.into_iter().collect();
        if complete {
            call.insert("topicName".to_owned(), "orders".into());
        }
        call
    })
}

proptest! {
    /// What is let through is valid, and what is valid is let through, unless a key is given in
    /// both spellings.
    #[test]
    fn a_validator_agrees(call in calls()) {
        let schema = Value::from(schema());
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let was_valid = validator.is_valid(&Value::from(call.clone()));
        match normalise_and_check(schema.as_object().unwrap(), call) {
            Ok(checked) => prop_assert!(validator.is_valid(&Value::from(checked))),
            Err(problems) => {
                let twice = problems.iter().any(|it| it.message.starts_with("is given twice"));
                prop_assert!(!was_valid || twice, "{problems:?}");
            }
        }
    }
}
