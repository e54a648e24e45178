//! Checks the arguments of a call against the schema the model saw, and reports every problem at
//! once, in words a model can act on.

use std::{cmp::Ordering, fmt};

use rmcp::model::JsonObject;
use serde_json::{Number, Value};

use crate::tool::{
    keyword::{
        allows, camel_case, compare, is_container, is_of_type, is_tag, make_integer, reference,
        regex, wants_integer,
    },
    suggest,
    wording::{describe, describe_schema, echo, join, shown},
};

/// How deep a schema and a value are followed together.
const MAX_DEPTH: usize = 64;
/// How many problems one answer lists.
const MAX_PROBLEMS: usize = 32;

/// One thing that is wrong with the arguments of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `topics[2].numPartitions`; empty for the arguments as a whole.
    pub path: String,
    /// What: `must be at least 1, not 0`.
    pub message: String,
}

impl Problem {
    /// A problem at `path`; `message` goes on after the path: `must be …`, `is required …`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }

    /// An argument that was left out and must not be.
    pub(crate) fn required(path: impl Into<String>, description: &str) -> Self {
        let message = if description.is_empty() {
            "is required".to_owned()
        } else {
            format!("is required: {description}")
        };
        Self::new(path, message)
    }

    /// A value that fits the schema but not the type behind it.
    pub(crate) fn unreadable(path: &str, error: &serde_json::Error) -> Self {
        Self::new(
            path,
            format!("cannot be used: {}", echo(&error.to_string(), 200)),
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "the arguments {}", self.message)
        } else {
            write!(f, "`{}` {}", self.path, self.message)
        }
    }
}

/// Checks `arguments` against `schema`, after rewriting what may be spelled in two ways.
///
/// - Every key the schema knows may be written in `camelCase` and in `snake_case`.
/// - `null` for something that may be left out leaves it out.
/// - An integer may be written `5.0`.
///
/// Nothing is filled in. `schema` must be the schema of an object.
///
/// # Errors
/// Every problem at every depth, at most 32.
pub fn normalise_and_check(
    schema: &JsonObject,
    arguments: JsonObject,
) -> Result<JsonObject, Vec<Problem>> {
    let mut arguments = arguments;
    let mut check = Check {
        root: schema,
        problems: Vec::new(),
    };
    check.object(schema, &mut arguments, &Path::Root, 0);
    if check.problems.is_empty() {
        Ok(arguments)
    } else {
        Err(check.problems)
    }
}

/// Checks any value, for defaults and examples.
pub(crate) fn check_value(root: &JsonObject, schema: &Value, value: &mut Value) -> Vec<Problem> {
    let mut check = Check {
        root,
        problems: Vec::new(),
    };
    check.value(schema, value, &Path::Root, 0);
    check.problems
}

/// Where a value is, from the inside out; printed only when there is a problem.
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Index(outer, index) => write!(f, "{outer}[{index}]"),
            Path::Key(outer, key) => {
                let plain = key.len() <= 64
                    && key
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
                match (plain, outer) {
                    (true, Path::Root) => f.write_str(key),
                    (true, _) => write!(f, "{outer}.{key}"),
                    (false, Path::Root) => f.write_str(&echo(key, 60)),
                    (false, _) => write!(f, "{outer}[\"{}\"]", echo(key, 60)),
                }
            }
        }
    }
}

struct Check<'s> {
    root: &'s JsonObject,
    problems: Vec<Problem>,
}

impl<'s> Check<'s> {
    fn problem(&mut self, path: &Path<'_>, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::new(path.to_string(), message));
        }
    }

    /// A checker for one of several alternatives, whose problems may not count.
    fn attempt(&self) -> Self {
        Self {
            root: self.root,
            problems: Vec::new(),
        }
    }

    fn value(&mut self, schema: &'s Value, value: &mut Value, path: &Path<'_>, depth: usize) {
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(false) => return self.problem(path, "is not allowed here"),
            _ => return,
        };
        if depth > MAX_DEPTH {
            return self.problem(path, "is nested too deeply");
        }
        if let Some(target) = reference(self.root, schema) {
            self.value(target, value, path, depth + 1);
        }
        if !self.has_type(schema, value, path) || !self.is_listed(schema, value, path) {
            return;
        }
        match value {
            Value::Object(object) => self.object(schema, object, path, depth),
            Value::Array(items) => self.items(schema, items, path, depth),
            Value::String(text) => self.text(schema, text, path),
            Value::Number(number) => self.number(schema, number, path),
            Value::Null | Value::Bool(_) => {}
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(arms)) = schema.get(keyword) {
                self.alternatives(arms, value, path, depth);
            }
        }
        if let Some(Value::Array(all)) = schema.get("allOf") {
            for schema in all {
                self.value(schema, value, path, depth + 1);
            }
        }
    }

    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            match schema
                .as_object()
                .and_then(|object| reference(self.root, object))
            {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    fn has_type(&mut self, schema: &JsonObject, value: &mut Value, path: &Path<'_>) -> bool {
        if is_of_type(schema, value) {
            if wants_integer(schema) {
                make_integer(value);
            }
            return true;
        }
        let wanted = describe_schema(schema, self.root);
        self.problem(path, format!("must be {wanted}, not {}", shown(value)));
        false
    }

    fn is_listed(&mut self, schema: &JsonObject, value: &Value, path: &Path<'_>) -> bool {
        if allows(schema, value) {
            return true;
        }
        let wanted = describe_schema(schema, self.root);
        self.problem(path, format!("must be {wanted}, not {}", shown(value)));
        false
    }

    fn object(
        &mut self,
        schema: &'s JsonObject,
        object: &mut JsonObject,
        path: &Path<'_>,
        depth: usize,
    ) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        if let Some(properties) = properties {
            self.respell(properties, object, path);
            drop_nulls(properties, required, object);
        }
        let others = schema.get("additionalProperties");
        for (key, value) in object.iter_mut() {
            let at = Path::Key(path, key);
            if let Some(schema) = properties.and_then(|properties| properties.get(key)) {
                self.value(schema, value, &at, depth + 1);
            } else if others.is_some_and(|others| *others == Value::Bool(false)) {
                self.unknown(properties, key, path);
            } else if let Some(others) = others {
                self.value(others, value, &at, depth + 1);
            }
        }
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                let property = properties.and_then(|properties| properties.get(name));
                let description = property
                    .and_then(|property| property.get("description"))
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let problem = Problem::required(Path::Key(path, name).to_string(), description);
                self.problem(&Path::Key(path, name), problem.message);
            }
        }
        self.size(
            schema,
            ["minProperties", "maxProperties"],
            object.len(),
            "entry",
            "entries",
            path,
        );
    }

    /// Gives keys the spelling of the schema.
    fn respell(&mut self, properties: &JsonObject, object: &mut JsonObject, path: &Path<'_>) {
        let strangers: Vec<(String, &String)> = object
            .keys()
            .filter(|key| !properties.contains_key(*key))
            .filter_map(|key| {
                let spelled = camel_case(key);
                let known = properties.keys().find(|name| camel_case(name) == spelled)?;
                Some((key.clone(), known))
            })
            .collect();
        for (key, known) in strangers {
            let Some(value) = object.shift_remove(&key) else {
                continue;
            };
            if object.contains_key(known) {
                let message = format!("is given twice, also as `{}`", echo(&key, 60));
                self.problem(&Path::Key(path, known), message);
            } else {
                object.insert(known.clone(), value);
            }
        }
    }

    fn unknown(&mut self, known: Option<&JsonObject>, key: &str, path: &Path<'_>) {
        let names = || {
            known
                .into_iter()
                .flat_map(|known| known.keys().map(String::as_str))
        };
        let whole = match path {
            Path::Root => "an argument of this tool",
            _ => "a key that is known here",
        };
        let hint = match suggest::nearest(key, names()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None if names().next().is_none() => String::new(),
            None => format!(
                "; known are {}",
                join(names().map(|name| format!("`{name}`")), "and")
            ),
        };
        self.problem(&Path::Key(path, key), format!("is not {whole}{hint}"));
    }

    fn items(
        &mut self,
        schema: &'s JsonObject,
        items: &mut [Value],
        path: &Path<'_>,
        depth: usize,
    ) {
        self.size(
            schema,
            ["minItems", "maxItems"],
            items.len(),
            "item",
            "items",
            path,
        );
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let repeated = (1..items.len().min(1000)).find(|&i| items[..i].contains(&items[i]));
            if let Some(index) = repeated {
                let message = format!("repeats the item {}", shown(&items[index]));
                self.problem(&Path::Index(path, index), message);
            }
        }
        let Some(schema) = schema.get("items") else {
            return;
        };
        for (index, item) in items.iter_mut().enumerate() {
            self.value(schema, item, &Path::Index(path, index), depth + 1);
        }
    }

    fn text(&mut self, schema: &JsonObject, text: &str, path: &Path<'_>) {
        if schema.contains_key("minLength") || schema.contains_key("maxLength") {
            let length = text.chars().count();
            let keywords = ["minLength", "maxLength"];
            self.size(schema, keywords, length, "character", "characters", path);
        }
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else {
            return;
        };
        if regex(pattern).is_some_and(|regex| !regex.is_match(text)) {
            let message = format!(
                "must match the pattern {pattern}, and \"{}\" does not",
                echo(text, 60)
            );
            self.problem(path, message);
        }
    }

    fn size(
        &mut self,
        schema: &JsonObject,
        [least, greatest]: [&str; 2],
        size: usize,
        one: &str,
        many: &str,
        path: &Path<'_>,
    ) {
        let bound = |keyword| schema.get(keyword).and_then(Value::as_u64);
        let word = |count| if count == 1 { one } else { many };
        let size = size as u64;
        if let Some(bound) = bound(least).filter(|bound| size < *bound) {
            let message = format!("must have at least {bound} {}, not {size}", word(bound));
            self.problem(path, message);
        }
        if let Some(bound) = bound(greatest).filter(|bound| size > *bound) {
            let message = format!("must have at most {bound} {}, not {size}", word(bound));
            self.problem(path, message);
        }
    }

    fn number(&mut self, schema: &JsonObject, number: &Number, path: &Path<'_>) {
        self.bound(schema, "minimum", "at least", Ordering::is_lt, number, path);
        self.bound(
            schema,
            "exclusiveMinimum",
            "greater than",
            Ordering::is_le,
            number,
            path,
        );
        self.bound(schema, "maximum", "at most", Ordering::is_gt, number, path);
        self.bound(
            schema,
            "exclusiveMaximum",
            "less than",
            Ordering::is_ge,
            number,
            path,
        );
    }

    fn bound(
        &mut self,
        schema: &JsonObject,
        keyword: &str,
        words: &str,
        is_wrong: fn(Ordering) -> bool,
        number: &Number,
        path: &Path<'_>,
    ) {
        if let Some(Value::Number(bound)) = schema.get(keyword)
            && is_wrong(compare(number, bound))
        {
            self.problem(path, format!("must be {words} {bound}, not {number}"));
        }
    }

    /// Exactly the arm that was meant is checked, so that its problems can be reported.
    fn alternatives(
        &mut self,
        arms: &'s [Value],
        value: &mut Value,
        path: &Path<'_>,
        depth: usize,
    ) {
        let meant: Vec<&Value> = arms
            .iter()
            .filter(|arm| self.is_meant(arm, value, depth + 1))
            .collect();
        // A single arm of the right type is meant even if a required key is missing.
        let meant = if meant.is_empty() {
            let mut typed = arms.iter().filter(|arm| {
                self.resolve(arm)
                    .as_object()
                    .is_some_and(|arm| is_container(value) && is_of_type(arm, value))
            });
            match (typed.next(), typed.next()) {
                (Some(only), None) => vec![only],
                _ => meant,
            }
        } else {
            meant
        };
        match &meant[..] {
            [] => {
                let allowed = join(arms.iter().map(|arm| describe(arm, self.root)), "or");
                self.problem(path, format!("must be {allowed}, not {}", shown(value)));
            }
            [arm] => self.value(arm, value, path, depth + 1),
            arms => {
                let mut fewest: Option<Vec<Problem>> = None;
                for arm in arms {
                    let mut copy = value.clone();
                    let mut attempt = self.attempt();
                    attempt.value(arm, &mut copy, path, depth + 1);
                    if attempt.problems.is_empty() {
                        *value = copy;
                        return;
                    }
                    if fewest
                        .as_ref()
                        .is_none_or(|best| attempt.problems.len() < best.len())
                    {
                        fewest = Some(attempt.problems);
                    }
                }
                let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
                self.problems
                    .extend(fewest.into_iter().flatten().take(room));
            }
        }
    }

    /// Whether `value` has the outer shape of `arm`: its type, its constants, its required keys.
    fn is_meant(&self, arm: &'s Value, value: &Value, depth: usize) -> bool {
        let Value::Object(schema) = self.resolve(arm) else {
            return *arm != Value::Bool(false);
        };
        if !is_of_type(schema, value) || !allows(schema, value) {
            return false;
        }
        if let Value::Object(object) = value {
            let given = |name: &str| {
                object.get(name).or_else(|| {
                    let spelled = camel_case(name);
                    object
                        .iter()
                        .find(|(key, _)| camel_case(key) == spelled)
                        .map(|(_, it)| it)
                })
            };
            let required = schema.get("required").and_then(Value::as_array);
            let complete = required
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .all(|name| given(name).is_some());
            let properties = schema.get("properties").and_then(Value::as_object);
            let constant = properties.into_iter().flatten().all(|(name, property)| {
                let Value::Object(property) = property else {
                    return true;
                };
                given(name).is_none_or(|value| allows(property, value) || !is_tag(property))
            });
            if !complete || !constant {
                return false;
            }
        }
        ["anyOf", "oneOf"]
            .into_iter()
            .all(|keyword| match schema.get(keyword) {
                Some(Value::Array(arms)) if depth <= MAX_DEPTH => {
                    arms.iter().any(|arm| self.is_meant(arm, value, depth + 1))
                }
                _ => true,
            })
    }
}

/// Removes `null` for what may be left out, unless `null` is a value there.
fn drop_nulls(properties: &JsonObject, required: Option<&Vec<Value>>, object: &mut JsonObject) {
    if !object.values().any(Value::is_null) {
        return;
    }
    object.retain(|key, value| {
        let property = properties.get(key).filter(|_| value.is_null());
        let needed = || required.is_some_and(|names| names.iter().any(|name| name == key));
        property.is_none_or(|property| needed() || takes_null(property))
    });
}

/// Whether `schema` names `null` as a value. One that names no type at all does not: what is left
/// out stays left out.
fn takes_null(schema: &Value) -> bool {
    let Value::Object(schema) = schema else {
        return false;
    };
    schema.contains_key("type") && is_of_type(schema, &Value::Null)
        || ["anyOf", "oneOf"].into_iter().any(|keyword| {
            let arms = schema.get(keyword).and_then(Value::as_array);
            arms.is_some_and(|arms| arms.iter().any(takes_null))
        })
}

#[cfg(test)]
mod tests {
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
        let allowed = "\"earliest\", {\"offset\": an integer} or {\"timeRange\": {\"fromMs\": an integer, …}}";
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
}
