//! JSON Schema: the payload is JSON text, checked against the schema on the way in and out.

mod counted;
pub(super) mod exact;
mod expansion;

use std::{collections::HashMap, error::Error, sync::Arc};

use jsonschema::{
    Draft, PatternOptions, Retrieve, Uri, ValidationError, Validator, paths::LocationSegment,
};
use serde_json::Value;

use self::{
    counted::{Counted, Counting},
    expansion::Expansion,
};
use super::{
    limits::{Limits, check_value},
    problem::{Problem, Step, excerpt},
    schema::Schema,
};

/// How many violations of a schema are reported at once.
const MAX_VIOLATIONS: usize = 5;
/// How often a check may look at the value or a part of it.
const MAX_LOOKS: u64 = 10_000_000;
/// How often it may do so to list violations: each takes memory until all are found.
const MAX_LOOKS_FOR_A_LIST: u64 = 200_000;
/// How many schemas all looks together may be used for.
const MAX_WORK: u64 = 1_000_000_000;
/// How many schemas may apply through each other to the value and to what it holds: each takes a
/// part of the stack.
const MAX_LEVELS: usize = 1_000;
/// How far a pattern that needs it is tried in other ways, and what such a pattern adds to a look.
const MAX_BACKTRACKS: usize = 2_000;
const LOOK_WITH_BACKTRACKS: u64 = 100;

/// A schema that is ready to be used.
#[derive(Debug)]
pub(super) struct Compiled {
    validator: Validator<Counting>,
    title: Option<String>,
    expansion: Expansion,
    /// How many schemas one look is good for, at most.
    work: u64,
}

impl Compiled {
    /// `references` are all schemas that the text refers to, directly or through others, by the
    /// names it has for them.
    pub(super) fn new<'a>(
        text: &str,
        references: impl IntoIterator<Item = (&'a str, &'a Schema)>,
    ) -> Result<Self, Problem> {
        let schema = parse(text)?;
        let documents = references
            .into_iter()
            .map(|(name, schema)| {
                let document = parse(schema.text()).map_err(|problem| {
                    Problem::new(format!("in the reference `{}`: {problem}", excerpt(name)))
                })?;
                Ok((name.to_owned(), document))
            })
            .collect::<Result<_, Problem>>()?;
        let references = References(Arc::new(documents));
        // Draft 7 is what Confluent's serialisers take a schema for that does not say.
        let draft = Draft::Draft7.detect(&schema);
        let expansion = expansion::of(&schema, draft, &references)?;
        let mut options = jsonschema::options_for::<Counting>()
            .with_retriever(references)
            .should_validate_formats(true);
        if schema.get("$schema").is_none() {
            options = options.with_draft(Draft::Draft7);
        }
        let linear = options
            .clone()
            .with_pattern_options(PatternOptions::regex());
        let (validator, work) = if let Ok(validator) = linear.build(&schema) {
            (validator, expansion.schemas)
        } else {
            let backtracking = PatternOptions::fancy_regex().backtrack_limit(MAX_BACKTRACKS);
            let validator = options.with_pattern_options(backtracking).build(&schema);
            let validator = validator.map_err(|error| violation(&error))?;
            (validator, expansion.schemas * LOOK_WITH_BACKTRACKS)
        };
        Ok(Self {
            validator,
            title: schema
                .get("title")
                .and_then(Value::as_str)
                .map(str::to_owned),
            expansion,
            work,
        })
    }

    /// What the schema calls itself.
    pub(super) fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    pub(super) fn encode(&self, value: &Value, limits: &Limits) -> Result<Vec<u8>, Problem> {
        if let Some(problem) = self.violations(value) {
            return Err(problem);
        }
        let bytes = serde_json::to_vec(value).map_err(|error| Problem::new(error.to_string()))?;
        if bytes.len() > limits.payload_bytes {
            return Err(Problem::new(format!(
                "the payload would be larger than {} bytes",
                limits.payload_bytes
            )));
        }
        Ok(bytes)
    }

    /// The value, and what it does not show or the schema has against it: a value that others wrote is
    /// shown all the same.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<(Value, Option<Problem>), Problem> {
        let (value, loss) = read(bytes, limits)?;
        let violations = self.violations(&value);
        let problem = match (loss, violations) {
            (Some(loss), Some(violations)) => Some(Problem::new(format!("{loss}; {violations}"))),
            (Some(loss), None) => Some(Problem::new(loss)),
            (None, violations) => violations,
        };
        Ok((value, problem))
    }

    /// What the schema has against `value`; also that this takes too long to find out.
    fn violations(&self, value: &Value) -> Option<Problem> {
        let levels = depth(value).saturating_mul(self.expansion.depth);
        if levels > MAX_LEVELS {
            return Some(Problem::new(
                "it cannot be checked: the schema and the value together nest too deep",
            ));
        }
        let looks = MAX_WORK / self.work;
        let few = looks.min(MAX_LOOKS_FOR_A_LIST);
        let value = Counted(value);
        match counted::within(looks.min(MAX_LOOKS), || self.validator.is_valid(value)) {
            Some(true) => return None,
            Some(false) => {}
            None => {
                return Some(Problem::new(
                    "it cannot be checked: with this schema, that takes too long",
                ));
            }
        }
        let first = || {
            counted::within(few, || self.validator.validate(value).err())
                .flatten()
                .map(|error| violation(&error))
        };
        counted::within(few, || self.list(value))
            .or_else(first)
            .or_else(|| {
                Some(Problem::new(
                    "it breaks the schema in too many ways to list",
                ))
            })
    }

    /// The first violations.
    fn list(&self, value: Counted<'_>) -> Problem {
        let mut errors = self.validator.iter_errors(value);
        let Some(first) = errors.next() else {
            return Problem::new("it breaks the schema");
        };
        let mut listed = violation(&first);
        let others: Vec<_> = errors
            .by_ref()
            .take(MAX_VIOLATIONS - 1)
            .map(|error| violation(&error).to_string())
            .collect();
        if !others.is_empty() {
            listed = Problem::new(format!("{listed}; {}", others.join("; ")));
        }
        if errors.next().is_some() {
            listed = Problem::new(format!("{listed}; and more"));
        }
        listed
    }
}

/// How deep `value` nests, counting itself. Its depth is bounded already.
fn depth(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Reads a payload without its schema: the value, and what it does not show.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(Value, Option<String>), Problem> {
    let value = serde_json::from_slice(bytes)
        .map_err(|error| Problem::new(format!("the payload is not JSON: {error}")))?;
    check_value(&value, limits)?;
    let loss = exact::loss(bytes, &value);
    Ok((value, loss))
}

fn parse(text: &str) -> Result<Value, Problem> {
    serde_json::from_str(text)
        .map_err(|error| Problem::new(format!("the schema is not JSON: {error}")))
}

fn violation(error: &ValidationError<'_>) -> Problem {
    let path: Vec<_> = error
        .instance_path()
        .segments()
        .map(|segment| match segment {
            LocationSegment::Property(name) => Step::field(&name),
            LocationSegment::Index(index) => Step::Index(index),
        })
        .collect();
    path.into_iter()
        .rev()
        .fold(Problem::new(excerpt(&error.to_string())), Problem::at)
}

/// The referenced schemas. Nothing else is ever fetched.
#[derive(Clone)]
struct References(Arc<HashMap<String, Value>>);

impl Retrieve for References {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let uri = uri.as_str();
        // A `$ref` without a scheme has become absolute by the base URI: it ends in the name.
        let by_end = || {
            self.0
                .iter()
                .filter(|(name, _)| {
                    uri.strip_suffix(name.as_str())
                        .is_some_and(|base| base.ends_with('/'))
                })
                .max_by_key(|(name, _)| name.len())
                .map(|(_, document)| document)
        };
        match self.0.get(uri).or_else(by_end) {
            Some(document) => Ok(document.clone()),
            None => Err("no reference of the schema has this name".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{
        super::schema::{Reference, SchemaKind},
        *,
    };

    fn compile(schema: &Value) -> Compiled {
        Compiled::new(&schema.to_string(), []).unwrap()
    }

    fn refused(schema: &Value, value: &Value) -> String {
        compile(schema)
            .encode(value, &Limits::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn values_that_break_the_schema_are_refused_with_their_paths() {
        let schema = json!({
            "type": "object",
            "properties": {"lines": {"type": "array", "items": {
                "type": "object",
                "properties": {"count": {"type": "integer"}, "at": {"format": "date-time"}},
                "required": ["count"],
            }}},
        });
        let problem = refused(&schema, &json!({"lines": [{"count": 1}, {"count": "x"}]}));
        assert_eq!(
            problem,
            "at `$.lines[1].count`: \"x\" is not of type \"integer\""
        );
        let both = refused(
            &schema,
            &json!({"lines": [{}, {"count": 1, "at": "yesterday"}]}),
        );
        assert!(both.contains("at `$.lines[0]`: \"count\" is a required property"));
        assert!(both.contains("at `$.lines[1].at`: \"yesterday\" is not a \"date-time\""));
    }

    #[test]
    fn only_so_many_violations_are_listed() {
        let problem = refused(
            &json!({"items": {"type": "string"}}),
            &json!([1, 2, 3, 4, 5, 6, 7]),
        );
        assert_eq!(problem.matches("is not of type").count(), MAX_VIOLATIONS);
        assert!(problem.ends_with("; and more"), "{problem}");
    }

    #[test]
    fn the_draft_is_the_declared_one_and_draft_7_otherwise() {
        // An array of `items` is a tuple up to 2019-09, and `prefixItems` from 2020-12 on.
        let tuple = json!({"items": [{"type": "string"}]});
        refused(&tuple, &json!([1]));
        let tuple = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "prefixItems": [{"type": "string"}],
        });
        refused(&tuple, &json!([1]));
        let unknown = json!({"prefixItems": [{"type": "string"}]});
        assert!(
            compile(&unknown)
                .encode(&json!([1]), &Limits::default())
                .is_ok()
        );
    }

    #[test]
    fn references_resolve_by_name_relative_to_the_base_and_through_each_other() {
        let zip = Schema::new(
            SchemaKind::Json,
            json!({"type": "string", "minLength": 5}).to_string(),
            vec![],
        );
        let address = Schema::new(
            SchemaKind::Json,
            json!({"$id": "https://acme.test/s/address.json", "properties": {"zip": {"$ref": "zip.json"}}})
                .to_string(),
            vec![Reference {
                name: "zip.json".into(),
                subject: "zip".into(),
                version: 1,
                schema: Arc::new(zip.clone()),
            }],
        );
        let references = [("zip.json", &zip), ("address.json", &address)];
        for schema in [
            json!({"properties": {"to": {"$ref": "address.json"}}}),
            json!({"$id": "https://acme.test/s/order.json", "properties": {"to": {"$ref": "address.json"}}}),
        ] {
            let schema = Compiled::new(&schema.to_string(), references).unwrap();
            let limits = Limits::default();
            assert!(
                schema
                    .encode(&json!({"to": {"zip": "12345"}}), &limits)
                    .is_ok()
            );
            let problem = schema.encode(&json!({"to": {"zip": "1"}}), &limits);
            let problem = problem.unwrap_err().to_string();
            assert!(problem.starts_with("at `$.to.zip`"), "{problem}");
        }
        let missing = Compiled::new(r#"{"$ref": "other.json"}"#, references).unwrap_err();
        assert!(missing.to_string().contains("other.json"), "{missing}");
    }

    #[test]
    fn a_payload_that_breaks_the_schema_is_shown_with_the_reason() {
        let schema = compile(&json!({"type": "integer"}));
        let limits = Limits::default();
        assert_eq!(schema.decode(b"12", &limits), Ok((json!(12), None)));
        let (value, problem) = schema.decode(b"\"x\"", &limits).unwrap();
        assert_eq!(value, json!("x"));
        assert_eq!(
            problem.map(|p| p.to_string()).as_deref(),
            Some("\"x\" is not of type \"integer\"")
        );
        let problem = |payload: &[u8]| {
            let (_, problem) = schema.decode(payload, &limits).unwrap();
            problem.map(|p| p.to_string()).unwrap_or_default()
        };
        assert_eq!(
            problem(b"123456789012345678901234567890"),
            "a number has more digits than are shown"
        );
        let both = problem(br#"{"a":1,"a":2}"#);
        let (keys, violation) = both.split_once("; ").unwrap();
        assert!(keys.contains("a key more than once"), "{both}");
        assert!(violation.contains("is not of type"), "{both}");
        assert!(schema.decode(b"{", &limits).is_err());
        assert!(schema.decode("[".repeat(1000).as_bytes(), &limits).is_err());
    }
}
