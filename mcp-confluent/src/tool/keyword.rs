//! What single keywords of a schema say of a value.

use std::{cmp::Ordering, collections::HashMap, sync::LazyLock};

use parking_lot::RwLock;
use regex::Regex;
use rmcp::model::JsonObject;
use serde_json::{Number, Value};

/// The target of `$ref`, which points into `$defs`.
pub(crate) fn reference<'s>(root: &'s JsonObject, schema: &JsonObject) -> Option<&'s Value> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
    root.get("$defs")?
        .get(name.replace("~1", "/").replace("~0", "~"))
}

/// The names in `type`; none if any type will do.
pub(crate) fn types(schema: &JsonObject) -> impl Iterator<Item = &str> {
    let (one, many) = match schema.get("type") {
        Some(Value::String(name)) => (Some(name.as_str()), None),
        Some(Value::Array(names)) => (None, Some(names)),
        _ => (None, None),
    };
    one.into_iter()
        .chain(many.into_iter().flatten().filter_map(Value::as_str))
}

/// Whether `value` is of one of the types in `type`; `5.0` is an integer too.
pub(crate) fn is_of_type(schema: &JsonObject, value: &Value) -> bool {
    !schema.contains_key("type")
        || types(schema).any(|name| match value {
            Value::Null => name == "null",
            Value::Bool(_) => name == "boolean",
            Value::String(_) => name == "string",
            Value::Array(_) => name == "array",
            Value::Object(_) => name == "object",
            Value::Number(number) => {
                name == "number"
                    || name == "integer"
                        && (!number.is_f64() || number.as_f64().is_some_and(|n| n.fract() == 0.0))
            }
        })
}

/// Whether a number must be whole.
pub(crate) fn wants_integer(schema: &JsonObject) -> bool {
    types(schema).any(|name| name == "integer") && types(schema).all(|name| name != "number")
}

/// Writes `5.0` as `5`, if that loses nothing.
pub(crate) fn make_integer(value: &mut Value) {
    let Some(float) = value.as_f64().filter(|_| value.is_f64()) else {
        return;
    };
    // Beyond this a float no longer stands for one integer.
    if float.abs() <= 9_007_199_254_740_992.0 && float.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
        let integer = float as i64;
        *value = integer.into();
    }
}

/// Whether `value` is among those listed in `const` and `enum`.
pub(crate) fn allows(schema: &JsonObject, value: &Value) -> bool {
    schema.get("const").is_none_or(|only| same(only, value))
        && match schema.get("enum") {
            Some(Value::Array(values)) => values.iter().any(|listed| same(listed, value)),
            _ => true,
        }
}

/// Whether a property of this schema tells one alternative from another.
pub(crate) fn is_tag(schema: &JsonObject) -> bool {
    schema.contains_key("const") || schema.contains_key("enum")
}

/// Whether `value` has parts that can be wrong by themselves.
pub(crate) fn is_container(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Array(_))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b).is_eq(),
        _ => a == b,
    }
}

/// Compares exactly where both are integers.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_i128(), b.as_i128()) {
        return a.cmp(&b);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    float(a).total_cmp(&float(b))
}

/// The compiled regular expression; `None` if it is not one. Patterns come from schemas, so there
/// are only as many as there are arguments with a pattern.
pub(crate) fn regex(pattern: &str) -> Option<Regex> {
    static COMPILED: LazyLock<RwLock<HashMap<String, Option<Regex>>>> =
        LazyLock::new(RwLock::default);
    if let Some(regex) = COMPILED.read().get(pattern) {
        return regex.clone();
    }
    let regex = Regex::new(pattern).ok();
    COMPILED.write().insert(pattern.to_owned(), regex.clone());
    regex
}

/// `topic_name` and `topicName` alike as `topicName`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut raise = false;
    for c in name.chars() {
        if c == '_' && !out.is_empty() {
            raise = true;
        } else if std::mem::take(&mut raise) {
            out.push(c.to_ascii_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_float_becomes_an_integer_only_if_nothing_is_lost() {
        let made = |mut value| {
            make_integer(&mut value);
            value
        };
        assert_eq!(made(json!(5.0)).to_string(), "5");
        assert_eq!(made(json!(-0.0)).to_string(), "0");
        assert_eq!(made(json!(5.5)), json!(5.5));
        assert_eq!(made(json!(1e300)), json!(1e300));
    }

    #[test]
    fn numbers_are_compared_exactly() {
        let number = |value: Value| value.as_number().unwrap().clone();
        let ordering = |a, b| compare(&number(a), &number(b));
        assert_eq!(
            ordering(json!(u64::MAX), json!(u64::MAX - 1)),
            Ordering::Greater
        );
        assert_eq!(ordering(json!(i64::MIN), json!(u64::MAX)), Ordering::Less);
        assert_eq!(ordering(json!(1), json!(1.5)), Ordering::Less);
    }

    #[test]
    fn both_spellings_have_one_camel_case() {
        for (name, camel) in [
            ("topic_name", "topicName"),
            ("topicName", "topicName"),
            ("_leading", "_leading"),
            ("trailing_", "trailing"),
            ("a__b", "aB"),
            ("", ""),
        ] {
            assert_eq!(camel_case(name), camel, "{name}");
        }
    }
}
