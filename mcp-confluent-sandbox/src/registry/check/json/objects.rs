//! JSON Schema: objects, whose rules depend on whether they are open.
//!
//! An object that accepts unknown properties (the default) may already hold documents with the
//! property that is added; so adding one with a type is a narrowing, as in Confluent's registry.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::keywords::Bound;
use super::{At, Check, accepts_all};

pub(super) fn compare<'a>(check: &mut Check<'a>, new: At<'a>, old: At<'a>, path: &str) {
    check.limit(new, old, path, "maxProperties", Bound::Upper);
    check.limit(new, old, path, "minProperties", Bound::Lower);
    let (news, olds) = (properties(new), properties(old));
    let names: BTreeSet<&String> = [news, olds]
        .into_iter()
        .flatten()
        .flat_map(Map::keys)
        .collect();
    for name in names {
        let path = format!(
            "{path}/properties/{}",
            name.replace('~', "~0").replace('/', "~1")
        );
        let property = |of: Option<&'a Map<String, Value>>| of.and_then(|of| of.get(name));
        match (property(news), property(olds)) {
            (Some(now), Some(before)) => check.compare(new.with(now), old.with(before), &path),
            (Some(now), None) => added(check, new.with(now), old, name, &path),
            (None, Some(before)) => removed(check, new, old.with(before), name, &path),
            (None, None) => {}
        }
    }
    required(check, new, old, path);
    dependencies(check, new, old, path);
    others(check, new, old, path);
}

fn added<'a>(check: &mut Check<'a>, now: At<'a>, old: At<'a>, name: &str, path: &str) {
    if accepts_all(now.schema) {
        return;
    }
    match content(old, name) {
        Content::Closed => {}
        Content::Open => {
            let message = format!(
                "`{name}` was added with conditions, but any `{name}` was accepted before: set \
                 `additionalProperties` to false in the earlier version to add properties freely"
            );
            check.report("PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path, message);
        }
        Content::As(before) => check.compare(now, old.with(before), path),
    }
}

fn removed<'a>(check: &mut Check<'a>, new: At<'a>, before: At<'a>, name: &str, path: &str) {
    match content(new, name) {
        Content::Open => {}
        Content::Closed if before.schema == &Value::Bool(false) => {}
        Content::Closed => {
            let message = format!("`{name}` was removed, and unknown properties are refused");
            check.report("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", path, message);
        }
        Content::As(now) => check.compare(new.with(now), before, path),
    }
}

fn required(check: &mut Check<'_>, new: At<'_>, old: At<'_>, path: &str) {
    let before = names(old.get("required"));
    for name in names(new.get("required")) {
        let has_default = properties(new)
            .and_then(|properties| properties.get(name)?.get("default"))
            .is_some();
        if before.contains(&name) || has_default {
            continue;
        }
        let message = format!("`{name}` is required now, without a default");
        check.report(
            "REQUIRED_ATTRIBUTE_ADDED",
            &format!("{path}/required"),
            message,
        );
    }
}

fn dependencies(check: &mut Check<'_>, new: At<'_>, old: At<'_>, path: &str) {
    for key in ["dependencies", "dependentRequired", "dependentSchemas"] {
        let Some(news) = new.get(key).and_then(Value::as_object) else {
            continue;
        };
        let olds = old.get(key).and_then(Value::as_object);
        for (name, now) in news {
            if olds.and_then(|olds| olds.get(name)) != Some(now) {
                let message = format!("what `{name}` depends on was added or changed");
                check.report("DEPENDENCY_ADDED", &format!("{path}/{key}/{name}"), message);
            }
        }
    }
}

/// `additionalProperties` itself.
fn others<'a>(check: &mut Check<'a>, new: At<'a>, old: At<'a>, path: &str) {
    let Some(now) = new.get("additionalProperties") else {
        return;
    };
    let path = format!("{path}/additionalProperties");
    let before = old
        .get("additionalProperties")
        .unwrap_or(&Value::Bool(true));
    if now == &Value::Bool(false) {
        if before != now {
            check.report(
                "ADDITIONAL_PROPERTIES_REMOVED",
                &path,
                "unknown properties are refused now",
            );
        }
        return;
    }
    if !check.covers(new.with(now), old.with(before), &path) {
        check.report(
            "ADDITIONAL_PROPERTIES_NARROWED",
            &path,
            "fewer unknown properties are accepted",
        );
    }
}

/// What an object says of a property that it does not name.
enum Content<'a> {
    Open,
    Closed,
    As(&'a Value),
}

fn content<'a>(at: At<'a>, name: &str) -> Content<'a> {
    let patterns = at.get("patternProperties").and_then(Value::as_object);
    // Only a pattern that is a plain prefix is understood; it is the usual kind.
    let by_pattern = patterns.into_iter().flatten().find(|(pattern, _)| {
        pattern
            .strip_prefix('^')
            .is_some_and(|prefix| name.starts_with(prefix))
    });
    match by_pattern
        .map(|(_, schema)| schema)
        .or_else(|| at.get("additionalProperties"))
    {
        None | Some(Value::Bool(true)) => Content::Open,
        Some(Value::Bool(false)) => Content::Closed,
        Some(schema) => Content::As(schema),
    }
}

fn properties(at: At<'_>) -> Option<&Map<String, Value>> {
    at.get("properties").and_then(Value::as_object)
}

fn names(list: Option<&Value>) -> BTreeSet<&str> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry::check::json::check;
    use crate::registry::schema::JsonDocuments;

    fn kinds(new: Value, old: Value) -> Vec<String> {
        let documents = |root| JsonDocuments {
            root,
            references: Vec::new(),
        };
        let problems = check(&documents(new), &documents(old));
        problems
            .iter()
            .map(|problem| format!("{} {}", problem.kind, problem.path))
            .collect()
    }

    fn object(properties: &Value, more: &Value) -> Value {
        let mut object = json!({"type": "object", "properties": properties});
        let more = more.as_object().expect("an object").clone();
        object.as_object_mut().expect("an object").extend(more);
        object
    }

    #[test]
    fn a_property_may_be_added_to_a_closed_object_only() {
        let (a, ab) = (
            json!({"a": {"type": "string"}}),
            json!({"a": {"type": "string"}, "b": {"type": "string"}}),
        );
        let closed = json!({"additionalProperties": false});
        assert!(kinds(object(&ab, &closed), object(&a, &closed)).is_empty());
        assert_eq!(
            kinds(object(&ab, &json!({})), object(&a, &json!({}))),
            ["PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL /properties/b"]
        );
        assert!(
            kinds(
                object(&json!({"a": {"type": "string"}, "b": {}}), &json!({})),
                object(&a, &json!({}))
            )
            .is_empty()
        );
        let strings = json!({"additionalProperties": {"type": "string"}});
        assert!(kinds(object(&ab, &strings), object(&a, &strings)).is_empty());
        assert_eq!(
            kinds(object(&a, &closed), object(&ab, &closed)),
            ["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL /properties/b"]
        );
        assert!(kinds(object(&a, &json!({})), object(&ab, &json!({}))).is_empty());
    }

    #[test]
    fn what_is_required_must_have_been_or_have_a_default() {
        let of =
            |a: Value, required: Value| object(&json!({"a": a}), &json!({"required": required}));
        let text = json!({"type": "string"});
        assert_eq!(
            kinds(of(text.clone(), json!(["a"])), of(text.clone(), json!([]))),
            ["REQUIRED_ATTRIBUTE_ADDED /required"]
        );
        let with_default = json!({"type": "string", "default": ""});
        assert!(kinds(of(with_default, json!(["a"])), of(text.clone(), json!([]))).is_empty());
        assert!(kinds(of(text.clone(), json!([])), of(text, json!(["a"]))).is_empty());
    }

    #[test]
    fn unknown_properties_may_be_let_in_but_not_shut_out() {
        let (open, closed) = (json!({}), json!({"additionalProperties": false}));
        assert!(kinds(object(&json!({}), &open), object(&json!({}), &closed)).is_empty());
        assert_eq!(
            kinds(object(&json!({}), &closed), object(&json!({}), &open)),
            ["ADDITIONAL_PROPERTIES_REMOVED /additionalProperties"]
        );
        let strings = json!({"additionalProperties": {"type": "string"}});
        assert_eq!(
            kinds(object(&json!({}), &strings), object(&json!({}), &open)),
            ["ADDITIONAL_PROPERTIES_NARROWED /additionalProperties"]
        );
    }

    #[test]
    fn dependencies_may_be_removed_only() {
        let with = json!({"type": "object", "dependentRequired": {"a": ["b"]}});
        assert_eq!(
            kinds(with.clone(), json!({"type": "object"})),
            ["DEPENDENCY_ADDED /dependentRequired/a"]
        );
        assert!(kinds(json!({"type": "object"}), with).is_empty());
    }
}
