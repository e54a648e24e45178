//! A call that Confluent's own MCP server takes is taken here: `fixtures/drop-in.json` says which
//! tools it has, with the names and types of their arguments. `fixtures/drop_in.py` derives it.

#![cfg(all(feature = "kafka", feature = "http"))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is a failure")]

use std::collections::BTreeSet;

use mcp_confluent::tool::{
    check::{Problem, normalise_and_check},
    registry::Registry,
};
use serde_json::{Map, Value, json};

const TABLE: &str = include_str!("fixtures/drop-in.json");

fn table() -> Map<String, Value> {
    serde_json::from_str(TABLE).unwrap()
}

#[test]
fn every_tool_is_there() {
    let registry = Registry::collect().unwrap();
    let table = table();
    let missing: BTreeSet<_> = table
        .keys()
        .map(String::as_str)
        .filter(|name| registry.get(name).is_none())
        .collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[test]
fn every_argument_is_taken_under_its_name() {
    let registry = Registry::collect().unwrap();
    let mut refused = Vec::new();
    for (tool, shape) in table() {
        let Some(entry) = registry.get(&tool) else {
            continue;
        };
        let schema = entry.input_schema();
        for arguments in samples(&shape) {
            let arguments = arguments.as_object().unwrap().clone();
            let problems = normalise_and_check(&schema, arguments.clone()).err();
            for problem in problems.into_iter().flatten() {
                if !is_about_the_value(&problem) {
                    refused.push(format!(
                        "{tool}: {problem} in {}",
                        Value::Object(arguments.clone())
                    ));
                }
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Strict clients refuse what the schema does not list, before the server sees the call.
#[test]
fn every_argument_is_listed_under_its_name() {
    let registry = Registry::collect().unwrap();
    let mut absent = Vec::new();
    for (tool, shape) in table() {
        let Some(entry) = registry.get(&tool) else {
            continue;
        };
        let schema = entry.input_schema();
        for key in shape.as_object().unwrap().keys() {
            let name = key.trim_end_matches('!');
            if schema["properties"].get(name).is_none() {
                absent.push(format!("{tool}.{name}"));
            }
        }
    }
    assert!(absent.is_empty(), "{}", absent.join(", "));
}

/// Whether another value of the same type would be taken: samples are no real ids and numbers.
fn is_about_the_value(problem: &Problem) -> bool {
    let about = [
        "must match the pattern",
        "must have at ",
        "must be at least",
        "must be at most",
    ];
    about.iter().any(|start| problem.message.starts_with(start))
}

/// Values of a type, so that each part of it comes in at least one of them; the first has all fields,
/// the last only what is required.
fn samples(shape: &Value) -> Vec<Value> {
    match shape {
        Value::String(kind) => vec![match kind.as_str() {
            "string" => json!("text"),
            "integer" => json!(1),
            "number" => json!(2),
            "boolean" => json!(true),
            _ => json!({"any": ["thing"]}),
        }],
        Value::Array(items) => samples(&items[0])
            .into_iter()
            .map(|item| json!([item]))
            .collect(),
        Value::Object(fields) => {
            if let Some(values) = fields.get("values") {
                return values.as_array().unwrap().clone();
            }
            if let Some(shapes) = fields.get("one of") {
                return shapes
                    .as_array()
                    .unwrap()
                    .iter()
                    .flat_map(samples)
                    .collect();
            }
            objects(fields)
        }
        other => panic!("{other} is no type"),
    }
}

fn objects(fields: &Map<String, Value>) -> Vec<Value> {
    let name = |key: &str| match key {
        "*" => "key".to_owned(),
        key => key.trim_end_matches('!').to_owned(),
    };
    let values: Vec<_> = fields
        .iter()
        .map(|(key, shape)| (name(key), samples(shape)))
        .collect();
    let whole: Map<_, _> = values
        .iter()
        .map(|(key, values)| (key.clone(), values[0].clone()))
        .collect();
    let mut objects = vec![Value::Object(whole.clone())];
    for (key, values) in &values {
        for value in &values[1..] {
            let mut other = whole.clone();
            other.insert(key.clone(), value.clone());
            objects.push(Value::Object(other));
        }
    }
    let required = fields.iter().filter(|(key, _)| key.ends_with('!'));
    let required = required.map(|(key, shape)| {
        let smallest = samples(shape).pop().unwrap();
        (name(key), smallest)
    });
    objects.push(Value::Object(required.collect()));
    objects
}
