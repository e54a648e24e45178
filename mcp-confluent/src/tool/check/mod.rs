//! Checks the arguments of a call against the schema the model saw, and reports every problem at
//! once, in words a model can act on.

mod alternatives;
mod object;
mod problem;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use rmcp::model::JsonObject;
use serde_json::{Number, Value};

use self::problem::Path;
pub use self::problem::Problem;
use crate::tool::{
    keyword::{allows, compare, is_of_type, make_integer, reference, regex, wants_integer},
    wording::{describe_schema, echo, shown},
};

/// How deep a schema and a value are followed together.
const MAX_DEPTH: usize = 64;
/// How many problems one answer lists.
const MAX_PROBLEMS: usize = 32;

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
}
