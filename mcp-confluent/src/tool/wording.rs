//! Words for schemas and values in messages: short, on one line, without control characters.

use std::fmt::Write as _;

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::tool::keyword::{reference, types};

/// How many allowed values a message lists.
const MAX_LISTED: usize = 24;
/// How deep the parts of a value are described.
const DETAIL: usize = 3;

/// At most `limit` characters of `text`, with control characters and the signs that change the
/// direction of writing escaped.
pub(crate) fn echo(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == limit {
            out.push('…');
            break;
        }
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A value as a message shows it: on one line, short, without control characters.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", echo(text, 60)),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(object) => match object.keys().next() {
            None => "an empty object".to_owned(),
            Some(_) => format!(
                "an object with {}",
                join(
                    object
                        .keys()
                        .take(4)
                        .map(|key| format!("`{}`", echo(key, 30))),
                    "and"
                )
            ),
        },
        other => other.to_string(),
    }
}

/// What `schema` allows, as a noun.
pub(crate) fn describe(schema: &Value, root: &JsonObject) -> String {
    describe_any(schema, root, DETAIL)
}

/// What the schema of an object allows, as a noun.
pub(crate) fn describe_schema(schema: &JsonObject, root: &JsonObject) -> String {
    describe_keywords(schema, root, DETAIL)
}

fn describe_any(schema: &Value, root: &JsonObject, depth: usize) -> String {
    match schema {
        Value::Object(schema) => describe_keywords(schema, root, depth),
        _ => "any value".to_owned(),
    }
}

fn describe_keywords(schema: &JsonObject, root: &JsonObject, depth: usize) -> String {
    if let Some(target) = reference(root, schema) {
        return match depth {
            0 => "an object".to_owned(),
            _ => describe_any(target, root, depth - 1),
        };
    }
    if let Some(only) = schema.get("const") {
        return only.to_string();
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return join(values.iter().map(Value::to_string), "or");
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(arms)) = schema.get(keyword) {
            return match depth {
                0 => "…".to_owned(),
                _ => join(
                    arms.iter().map(|arm| describe_any(arm, root, depth - 1)),
                    "or",
                ),
            };
        }
    }
    let words = types(schema).map(|name| match name {
        "string" => "a string".to_owned(),
        "integer" => "an integer".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => match schema.get("items").filter(|_| depth > 0) {
            Some(Value::Object(items)) => {
                format!(
                    "a list, each item {}",
                    describe_keywords(items, root, depth - 1)
                )
            }
            _ => "a list".to_owned(),
        },
        "object" => describe_properties(schema, root, depth),
        other => other.to_owned(),
    });
    let words = join(words, "or");
    if words.is_empty() {
        "any value".to_owned()
    } else {
        words
    }
}

fn describe_properties(schema: &JsonObject, root: &JsonObject, depth: usize) -> String {
    let required = schema.get("required").and_then(Value::as_array);
    let properties = schema.get("properties").and_then(Value::as_object);
    let (Some(required), Some(properties), true) = (required, properties, depth > 0) else {
        return "an object".to_owned();
    };
    let mut out = String::from("{");
    for (index, name) in required
        .iter()
        .filter_map(Value::as_str)
        .take(4)
        .enumerate()
    {
        let comma = if index > 0 { ", " } else { "" };
        let value = properties.get(name).map_or_else(
            || "any value".to_owned(),
            |property| describe_any(property, root, depth - 1),
        );
        let _ = write!(out, "{comma}\"{name}\": {value}");
    }
    if required.len() > 4 || properties.len() > required.len() {
        out.push_str(", …");
    }
    out.push('}');
    out
}

/// `a, b and c`, cut where a message would get too long.
pub(crate) fn join(words: impl Iterator<Item = String>, last: &str) -> String {
    let mut words: Vec<String> = words.take(MAX_LISTED + 1).collect();
    if words.len() > MAX_LISTED {
        words.truncate(MAX_LISTED);
        return format!("{}, …", words.join(", "));
    }
    match words.pop() {
        None => String::new(),
        Some(only) if words.is_empty() => only,
        Some(end) => format!("{} {last} {end}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(schema: &Value) -> String {
        describe(schema, &JsonObject::new())
    }

    #[test]
    fn echoes_are_short_and_show_hidden_characters() {
        assert_eq!(
            echo("a\n\u{1b}[31m\u{202e}b", 60),
            "a\\u{a}\\u{1b}[31m\\u{202e}b"
        );
        assert_eq!(echo("abcdef", 3), "abc…");
        assert_eq!(shown(&json!("x".repeat(1000))).chars().count(), 63);
    }

    #[test]
    fn schemas_read_as_nouns() {
        assert_eq!(
            described(&json!({"type": ["integer", "null"]})),
            "an integer or null"
        );
        assert_eq!(
            described(&json!({"enum": ["a", "b", "c"]})),
            r#""a", "b" or "c""#
        );
        let list = json!({"type": "array", "items": {"type": "string"}});
        assert_eq!(described(&list), "a list, each item a string");
        let arm = json!({
            "type": "object",
            "properties": {"offset": {"type": "integer"}},
            "required": ["offset"],
        });
        assert_eq!(described(&arm), r#"{"offset": an integer}"#);
    }
}
