//! What a schema makes of one value, found out before it is used.
//!
//! The validator follows a reference each time it comes by it. A few hundred bytes of schema can so
//! keep it busy for ever, take all memory for errors, or use up the stack.

use std::collections::{HashMap, HashSet};

use jsonschema::{Draft, Registry, uri};
use referencing::{Resolver, Uri};
use serde_json::Value;

use super::{super::problem::Problem, References};

/// How many schemas may apply to one value, one within another or by reference.
const MAX_SCHEMAS: u64 = 10_000;
/// How many schemas may apply to one value through each other.
const MAX_DEPTH: usize = 64;
/// How many references are followed; each one of a chain makes compiling slower.
const MAX_REFERENCES: usize = 10_000;

/// What is done for one value, not counting the values in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expansion {
    /// How many schemas apply to it at most.
    pub(super) schemas: u64,
    /// How many of them apply through each other at most.
    pub(super) depth: usize,
}

/// The largest expansion of all parts of `schema` and what it refers to.
///
/// # Errors
/// It is larger than anything sensible, or has no end.
pub(super) fn of(
    schema: &Value,
    draft: Draft,
    references: &References,
) -> Result<Expansion, Problem> {
    let unknown = |error: referencing::Error| Problem::new(error.to_string());
    let resource = draft.create_resource_ref(schema);
    let base = resource.id().unwrap_or("json-schema:///");
    let registry = Registry::new()
        .retriever(references.clone())
        .draft(draft)
        .add(base, resource)
        .and_then(referencing::RegistryBuilder::prepare)
        .map_err(unknown)?;
    let resolver = registry.resolver(uri::from_str(base).map_err(unknown)?);
    let (schema, resolver, draft) = resolver.lookup("").map_err(unknown)?.into_inner();
    let mut walk = Walk {
        seen: HashMap::new(),
        inside: Vec::new(),
        references: 0,
        is_dynamic: false,
        bases: HashSet::new(),
    };
    let found = walk.visit(schema, &resolver, draft, 0)?;
    walk.run(found)
}

struct Walk<'r> {
    /// What was found out about the schemas seen so far; `None` while it is not known.
    seen: HashMap<*const Value, Option<Expansion>>,
    /// What holds schemas for the values inside others: it may be any JSON.
    inside: Vec<(&'r Value, Resolver<'r>, Draft)>,
    references: usize,
    is_dynamic: bool,
    bases: HashSet<Uri<String>>,
}

impl<'r> Walk<'r> {
    /// The largest expansion, of `root` or of what is inside of it.
    fn run(mut self, root: Expansion) -> Result<Expansion, Problem> {
        let mut largest = root;
        while let Some((value, resolver, draft)) = self.inside.pop() {
            match value {
                Value::Array(items) => {
                    let items = items.iter().map(|item| (item, resolver.clone(), draft));
                    self.inside.extend(items);
                }
                Value::Object(_) => {
                    let found = self.descend(value, &resolver, draft, 0)?;
                    largest.schemas = largest.schemas.max(found.schemas);
                    largest.depth = largest.depth.max(found.depth);
                }
                _ => {}
            }
        }
        if self.is_dynamic && self.bases.len() > 1 {
            return Err(Problem::new(
                "`$dynamicRef` and `$recursiveRef` are not supported in a schema with several `$id`",
            ));
        }
        Ok(largest)
    }

    /// [`visit`](Self::visit) for a schema within another, where `resolver` is still that one's.
    fn descend(
        &mut self,
        schema: &'r Value,
        resolver: &Resolver<'r>,
        draft: Draft,
        depth: usize,
    ) -> Result<Expansion, Problem> {
        let draft = draft.detect(schema);
        let resolver = resolver
            .in_subresource(draft.create_resource_ref(schema))
            .map_err(|error| Problem::new(error.to_string()))?;
        self.visit(schema, &resolver, draft, depth)
    }

    /// The expansion of `schema`, which applies through `depth` others.
    fn visit(
        &mut self,
        schema: &'r Value,
        resolver: &Resolver<'r>,
        draft: Draft,
        depth: usize,
    ) -> Result<Expansion, Problem> {
        let mut found = Expansion {
            schemas: 1,
            depth: 0,
        };
        let Value::Object(keywords) = schema else {
            return Ok(found);
        };
        match self.seen.insert(schema, None) {
            None => {}
            Some(Some(known)) => {
                self.seen.insert(schema, Some(known));
                return Ok(known);
            }
            Some(None) => {
                return Err(Problem::new("the schema refers to itself without an end"));
            }
        }
        if depth >= MAX_DEPTH {
            return Err(Problem::new(format!(
                "more than {MAX_DEPTH} schemas apply to one value through each other"
            )));
        }
        self.bases.insert(resolver.base_uri().as_ref().clone());
        for (keyword, value) in keywords {
            let mut add = |inner: Expansion| {
                found.schemas = found.schemas.saturating_add(inner.schemas);
                found.depth = found.depth.max(inner.depth);
            };
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                    self.is_dynamic |= keyword != "$ref";
                    self.references += 1;
                    if self.references > MAX_REFERENCES {
                        return Err(Problem::new(format!(
                            "the schema has more than {MAX_REFERENCES} references"
                        )));
                    }
                    // One that leads nowhere is refused where it is used.
                    if let Ok(target) = resolver.lookup(reference) {
                        let (target, resolver, draft) = target.into_inner();
                        add(self.visit(target, &resolver, draft, depth + 1)?);
                    }
                }
                ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                    for schema in schemas {
                        add(self.descend(schema, resolver, draft, depth + 1)?);
                    }
                }
                ("not" | "if" | "then" | "else", schema) => {
                    add(self.descend(schema, resolver, draft, depth + 1)?);
                }
                ("dependentSchemas" | "dependencies", Value::Object(schemas)) => {
                    for schema in schemas.values() {
                        add(self.descend(schema, resolver, draft, depth + 1)?);
                    }
                }
                _ => self.inside.push((value, resolver.clone(), draft)),
            }
        }
        // To know what is evaluated, the same schemas are gone through again, at every level.
        if keywords.contains_key("unevaluatedProperties")
            || keywords.contains_key("unevaluatedItems")
        {
            found.schemas = found.schemas.saturating_mul(4);
        }
        if found.schemas > MAX_SCHEMAS {
            return Err(Problem::new(format!(
                "more than {MAX_SCHEMAS} schemas apply to one value"
            )));
        }
        found.depth += 1;
        self.seen.insert(schema, Some(found));
        Ok(found)
    }
}
