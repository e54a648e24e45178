//! A test kit for tools, also for those of other crates.
//!
//! ```no_run
//! # use mcp_confluent::testing;
//! #[test]
//! fn tools_are_sound() {
//!     testing::check_tools();
//! }
//! ```

use std::collections::BTreeSet;

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::{
    error::{Result, ToolError},
    tool::{
        check::{Problem, check_value, normalise_and_check},
        context::ToolContext,
        keyword::regex,
        meta::Meta,
        output::Rendered,
        prompt::Message,
        registry::{Entry, Registry},
        resource::{
            Contents,
            template::{CONNECTION, Template},
        },
    },
};

/// The longest description of a tool, in characters; some clients cut longer ones.
const MAX_DESCRIPTION: usize = 2048;
/// The longest description of an argument or a field, in characters.
const MAX_PROPERTY_DESCRIPTION: usize = 1024;

/// The keywords of JSON Schema 2020-12 that calls are checked against, and those that only explain.
const KEYWORDS: [&str; 31] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "deprecated",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// Calls a tool with arguments, as a client would, without a server and without a connection.
///
/// # Errors
/// There is no such tool, its arguments are wrong, or the tool itself failed.
pub async fn call(tool: &str, arguments: Value) -> Result<Rendered> {
    let registry = Registry::collect().map_err(|error| ToolError::internal(error.to_string()))?;
    let entry = registry
        .get(tool)
        .ok_or_else(|| ToolError::not_found(format!("there is no tool `{tool}`")))?;
    let arguments = checked(&entry.input_schema(), arguments)?;
    let prepared = entry
        .prepare(arguments.clone())
        .map_err(|problems| wrong(&problems))?;
    prepared.run(ToolContext::for_tests(None, arguments)).await
}

/// Asks for a prompt with arguments, as a client would, without a server and without a connection.
///
/// # Errors
/// There is no such prompt, its arguments are wrong, or the prompt itself failed.
pub async fn prompt(prompt: &str, arguments: Value) -> Result<Vec<Message>> {
    let registry = Registry::collect().map_err(|error| ToolError::internal(error.to_string()))?;
    let entry = registry
        .prompts()
        .find(|entry| entry.meta().name == prompt)
        .ok_or_else(|| ToolError::not_found(format!("there is no prompt `{prompt}`")))?;
    let arguments = checked(&entry.arguments(), arguments)?;
    let body = entry
        .prepare(arguments.clone())
        .map_err(|problems| wrong(&problems))?;
    body(ToolContext::for_tests(None, arguments)).await
}

/// Reads the resource at `uri`, as a client would, without a server and without a connection.
///
/// # Errors
/// There is no such resource, its URI is wrong, or the resource itself failed.
pub async fn read(uri: &str) -> Result<Contents> {
    let registry = Registry::collect().map_err(|error| ToolError::internal(error.to_string()))?;
    let found = registry
        .resources()
        .find_map(|entry| Some((entry, Template::new(entry.uri()).matches(uri)?)));
    let Some((entry, values)) = found else {
        return Err(ToolError::not_found(format!(
            "there is no resource `{uri}`"
        )));
    };
    let values = values
        .map_err(|_| ToolError::argument(format!("`{uri}` is not percent-encoded UTF-8")))?
        .into_iter()
        .filter(|(name, _)| *name != CONNECTION)
        .map(|(name, value)| (name.to_owned(), value.into()));
    let variables = checked(&entry.variables(), Value::Object(values.collect()))?;
    let body = entry
        .prepare(variables.clone())
        .map_err(|problems| wrong(&problems))?;
    body(ToolContext::for_tests(None, variables)).await
}

fn checked(schema: &JsonObject, arguments: Value) -> Result<JsonObject> {
    let Value::Object(arguments) = arguments else {
        return Err(ToolError::argument("the arguments are not an object"));
    };
    normalise_and_check(schema, arguments).map_err(|problems| wrong(&problems))
}

fn wrong(problems: &[Problem]) -> ToolError {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    ToolError::argument(lines.join("\n"))
}

/// Checks every tool, resource and prompt that is linked into the test.
///
/// Names are unique; every argument and field at every depth is described, within limits; schemas
/// say only what calls are checked against; defaults and examples satisfy their own schema;
/// regular expressions compile; header names are legal and unique; results are objects; every
/// requirement gives its reason.
///
/// # Panics
/// With the list of everything that is wrong.
pub fn check_tools() {
    let problems = match Registry::collect() {
        Ok(registry) => problems_in(&registry),
        Err(error) => vec![error.to_string()],
    };
    assert!(
        problems.is_empty(),
        "these tools are not sound:\n{}",
        problems.join("\n")
    );
}

fn problems_in(registry: &Registry) -> Vec<String> {
    let mut problems: Vec<_> = registry.iter().flat_map(problems_of).collect();
    for entry in registry.resources() {
        let mut found = of_meta(entry.meta());
        SchemaCheck::of(&entry.variables(), "variables", &mut found);
        if let Some(like) = entry.meta().like
            && registry.get(like).is_none()
        {
            found.push(format!(
                "it is `like` the tool `{like}`, which does not exist"
            ));
        }
        problems.extend(placed(entry.meta(), found));
    }
    for entry in registry.prompts() {
        let mut found = of_meta(entry.meta());
        SchemaCheck::of(&entry.arguments(), "arguments", &mut found);
        problems.extend(placed(entry.meta(), found));
    }
    problems
}

/// What is wrong with what tools, resources and prompts all have.
fn of_meta(meta: &Meta) -> Vec<String> {
    let mut problems = Vec::new();
    limit(
        "the description",
        meta.description,
        MAX_DESCRIPTION,
        &mut problems,
    );
    for requirement in meta.requirements() {
        if requirement.reason().trim().is_empty() {
            problems.push(format!(
                "the requirement `{}` gives no reason",
                requirement.name()
            ));
        }
    }
    problems
}

fn placed(meta: &Meta, problems: Vec<String>) -> Vec<String> {
    let place = format!("{} ({}:{})", meta.name, meta.file, meta.line);
    problems
        .into_iter()
        .map(|problem| format!("- {place}: {problem}"))
        .collect()
}

fn problems_of(entry: &Entry) -> Vec<String> {
    let meta = entry.meta();
    let mut problems = of_meta(meta);
    let input = entry.input_schema();
    SchemaCheck::of(&input, "input", &mut problems);
    headers(&input, &mut problems);
    if let Some(output) = entry.output_schema() {
        SchemaCheck::of(&output, "output", &mut problems);
        if output.get("type").is_none_or(|name| name != "object") {
            problems.push(
                "the result is not an object: return a struct, or `Paged` for a list".to_owned(),
            );
        }
    }
    placed(meta, problems)
}

fn limit(what: &str, text: &str, limit: usize, problems: &mut Vec<String>) {
    let length = text.chars().count();
    if text.trim().is_empty() {
        problems.push(format!("{what} is empty"));
    } else if length > limit {
        problems.push(format!(
            "{what} has {length} characters, and at most {limit} are read"
        ));
    }
}

/// HTTP clients repeat an argument in a header only if it is plain and the name is its own.
fn headers(input: &JsonObject, problems: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for (name, property) in properties(input) {
        let Some(header) = property.get("x-mcp-header") else {
            continue;
        };
        let header = header.as_str().unwrap_or_default();
        let is_token = header
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if header.is_empty() || !is_token {
            problems.push(format!("the header of `{name}` is letters, digits and `-`"));
        }
        if !names.insert(header.to_ascii_lowercase()) {
            problems.push(format!("the header `{header}` stands for two arguments"));
        }
        let is_plain = property
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|name| matches!(name, "string" | "integer" | "number" | "boolean"));
        if !is_plain {
            problems.push(format!(
                "`{name}` has a header, but is no text, number or boolean"
            ));
        }
    }
}

fn properties(schema: &JsonObject) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Walks one schema, remembering where it is.
struct SchemaCheck<'a> {
    root: &'a JsonObject,
    problems: &'a mut Vec<String>,
}

impl<'a> SchemaCheck<'a> {
    fn of(root: &'a JsonObject, kind: &str, problems: &'a mut Vec<String>) {
        Self { root, problems }.object(root, kind);
    }

    fn problem(&mut self, path: &str, message: impl std::fmt::Display) {
        self.problems.push(format!("{path}: {message}"));
    }

    fn value(&mut self, schema: &Value, path: &str) {
        match schema {
            Value::Object(schema) => self.object(schema, path),
            Value::Bool(_) => {}
            other => self.problem(path, format!("{other} is not a schema")),
        }
    }

    fn object(&mut self, schema: &JsonObject, path: &str) {
        for keyword in schema.keys() {
            if !KEYWORDS.contains(&keyword.as_str()) && !keyword.starts_with("x-") {
                self.problem(path, format!("calls are not checked against `{keyword}`"));
            }
        }
        for (name, property) in properties(schema) {
            let path = format!("{path}.{name}");
            let description = property.get("description").and_then(Value::as_str);
            // The only property of an enum's arm is described by the arm.
            let description = description.or_else(|| schema.get("description")?.as_str());
            let text = description.unwrap_or_default();
            limit(
                &format!("{path}: the description"),
                text,
                MAX_PROPERTY_DESCRIPTION,
                self.problems,
            );
            self.value(property, &path);
        }
        for keyword in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(keyword) {
                self.value(inner, &format!("{path}.{keyword}"));
            }
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            let arms = schema.get(keyword).and_then(Value::as_array);
            for (index, arm) in arms.into_iter().flatten().enumerate() {
                self.value(arm, &format!("{path}.{keyword}[{index}]"));
            }
        }
        for (name, definition) in schema
            .get("$defs")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            self.value(definition, &format!("{path}.$defs.{name}"));
        }
        self.pattern(schema, path);
        self.bounds(schema, path);
        self.samples(schema, path);
    }

    fn pattern(&mut self, schema: &JsonObject, path: &str) {
        if let Some(pattern) = schema.get("pattern")
            && pattern.as_str().and_then(regex).is_none()
        {
            self.problem(path, format!("{pattern} is not a regular expression"));
        }
    }

    fn bounds(&mut self, schema: &JsonObject, path: &str) {
        for (least, greatest) in [
            ("minimum", "maximum"),
            ("minLength", "maxLength"),
            ("minItems", "maxItems"),
            ("minProperties", "maxProperties"),
        ] {
            let bound = |keyword| schema.get(keyword).and_then(Value::as_f64);
            if let (Some(low), Some(high)) = (bound(least), bound(greatest))
                && low > high
            {
                self.problem(
                    path,
                    format!("`{least}` {low} is above `{greatest}` {high}"),
                );
            }
        }
    }

    /// Checks defaults and examples against their own schema.
    fn samples(&mut self, schema: &JsonObject, path: &str) {
        let default = schema.get("default").map(|default| ("default", default));
        let examples = schema.get("examples").and_then(Value::as_array);
        let examples = examples
            .into_iter()
            .flatten()
            .map(|example| ("example", example));
        for (what, sample) in default.into_iter().chain(examples) {
            let wrong = check_value(self.root, &schema.clone().into(), &mut sample.clone());
            for problem in wrong {
                let message = problem.to_string().replacen("the arguments ", "", 1);
                self.problem(path, format!("the {what} {sample} {message}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(schema: Value) -> String {
        let mut problems = Vec::new();
        let Value::Object(schema) = schema else {
            panic!("not an object")
        };
        SchemaCheck::of(&schema, "input", &mut problems);
        headers(&schema, &mut problems);
        problems.join("\n")
    }

    #[test]
    fn a_sound_schema_has_no_problems() {
        let sound = json!({
            "type": "object",
            "properties": {
                "limit": {"type": "integer", "description": "Rows.", "default": 5, "maximum": 10},
                "start": {"description": "Start.", "oneOf": [
                    {"const": "earliest", "type": "string", "description": "First."},
                    {"type": "object", "description": "Offset.", "required": ["offset"],
                     "properties": {"offset": {"type": "integer"}}},
                ]},
            },
        });
        assert_eq!(problems(sound), "");
    }

    #[test]
    fn every_defect_is_found() {
        let found = problems(json!({
            "type": "object",
            "if": {},
            "properties": {
                "a": {"type": "integer", "description": "A.", "default": 50, "maximum": 10},
                "b": {"type": "string", "pattern": "("},
                "c": {"type": "array", "description": "C.", "x-mcp-header": "X Y", "items": {
                    "type": "object", "properties": {"d": {"type": "string", "description": " "}}}},
                "e": {"type": "string", "description": "x".repeat(2000), "minLength": 3, "maxLength": 2},
            },
        }));
        for problem in [
            "input: calls are not checked against `if`",
            "input.a: the default 50 must be at most 10, not 50",
            "input.b: the description is empty",
            "input.b: \"(\" is not a regular expression",
            "input.c.items.d: the description is empty",
            "input.e: the description has 2000 characters",
            "input.e: `minLength` 3 is above `maxLength` 2",
            "the header of `c` is letters, digits and `-`",
            "`c` has a header, but is no text, number or boolean",
        ] {
            assert!(found.contains(problem), "{problem} is not in\n{found}");
        }
    }
}
