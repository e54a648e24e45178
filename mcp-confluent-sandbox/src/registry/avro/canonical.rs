//! One form for schemas that differ in their writing only.

use serde_json::{Map, Value};

/// The order in which a schema's attributes are written; the rest keeps its own order behind them.
const SCHEMA_KEYS: [&str; 9] = [
    "type",
    "name",
    "namespace",
    "doc",
    "fields",
    "symbols",
    "items",
    "values",
    "size",
];
const FIELD_KEYS: [&str; 5] = ["name", "type", "doc", "default", "order"];

/// The schema without spaces, with its attributes in one order, and `{"type": "long"}` as `"long"`.
pub(in super::super) fn canonical(schema: &Value) -> Value {
    match schema {
        Value::Array(branches) => Value::Array(branches.iter().map(canonical).collect()),
        Value::Object(object) => {
            if let (1, Some(of)) = (object.len(), object.get("type")) {
                return canonical(of);
            }
            ordered(object, &SCHEMA_KEYS, |key, value| match key {
                "type" | "items" | "values" => canonical(value),
                "fields" => fields(value),
                _ => value.clone(),
            })
        }
        _ => schema.clone(),
    }
}

fn fields(list: &Value) -> Value {
    let Value::Array(list) = list else {
        return list.clone();
    };
    let written = list.iter().map(|field| match field {
        Value::Object(field) => ordered(field, &FIELD_KEYS, |key, value| match key {
            "type" => canonical(value),
            _ => value.clone(),
        }),
        _ => field.clone(),
    });
    Value::Array(written.collect())
}

fn ordered(
    object: &Map<String, Value>,
    first: &[&str],
    write: impl Fn(&str, &Value) -> Value,
) -> Value {
    let known = first.iter().filter_map(|key| object.get_key_value(*key));
    let rest = object
        .iter()
        .filter(|(key, _)| !first.contains(&key.as_str()));
    Value::Object(
        known
            .chain(rest)
            .map(|(key, value)| (key.clone(), write(key, value)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_does_not_matter_but_meaning_does() {
        let form = |text: &str| canonical(&serde_json::from_str(text).expect("JSON")).to_string();
        assert_eq!(form(r#"{ "type" : "long" }"#), r#""long""#);
        assert_eq!(
            form(
                r#"{"fields":[{"type":{"type":"int"},"name":"a","x":1}],"name":"R","type":"record"}"#
            ),
            form(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","x":1}]}"#),
        );
        assert_ne!(form(r#"["null","int"]"#), form(r#"["int","null"]"#));
    }
}
