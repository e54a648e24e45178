//! JSON Schema: whether a new schema accepts every document that an old one accepts, as far as
//! comparing keyword by keyword can tell.

mod keywords;
mod objects;

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::Problem;
use crate::registry::schema::JsonDocuments;

/// Why a document that `old` accepts may not be accepted by `new`; paths are those of `new`.
pub(super) fn check(new: &JsonDocuments, old: &JsonDocuments) -> Vec<Problem> {
    let mut check = Check {
        new,
        old,
        seen: HashSet::new(),
        problems: Vec::new(),
    };
    check.compare(At::root(new), At::root(old), "");
    check.problems
}

/// A schema and the document that its references are relative to.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) schema: &'a Value,
    pub(super) document: &'a Value,
}

impl<'a> At<'a> {
    fn root(documents: &'a JsonDocuments) -> Self {
        Self {
            schema: &documents.root,
            document: &documents.root,
        }
    }

    pub(super) fn with(self, schema: &'a Value) -> Self {
        Self { schema, ..self }
    }

    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.schema.get(key)
    }
}

/// A comparison under way.
pub(super) struct Check<'a> {
    new: &'a JsonDocuments,
    old: &'a JsonDocuments,
    /// Pairs that were, or are being, compared, by address: schemas can refer to themselves.
    seen: HashSet<(usize, usize)>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    pub(super) fn report(&mut self, kind: &'static str, path: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(kind, path, message));
    }

    pub(super) fn compare(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        let (new, old) = (resolve(self.new, new), resolve(self.old, old));
        let pair = (
            std::ptr::from_ref(new.schema).addr(),
            std::ptr::from_ref(old.schema).addr(),
        );
        if !self.seen.insert(pair) {
            return;
        }
        if accepts_all(new.schema)
            || old.schema == &Value::Bool(false)
            || new.schema == old.schema && new.document == old.document
        {
            return;
        }
        if new.schema == &Value::Bool(false) {
            self.report(
                "SCHEMA_FALSE_ADDED",
                path,
                "nothing is accepted here any more",
            );
            return;
        }
        if self.alternatives(new, old, path) || self.types(new, old, path) {
            return;
        }
        self.all_of(new, old, path);
        self.not(new, old, path);
        self.values(new, old, path);
        self.numbers(new, old, path);
        self.strings(new, old, path);
        self.arrays(new, old, path);
        objects::compare(self, new, old, path);
    }

    /// Whether `new` accepts all of `old`, without reporting.
    pub(super) fn covers(&self, new: At<'a>, old: At<'a>, path: &str) -> bool {
        let mut attempt = Check {
            new: self.new,
            old: self.old,
            seen: self.seen.clone(),
            problems: Vec::new(),
        };
        attempt.compare(new, old, path);
        attempt.problems.is_empty()
    }

    /// `anyOf` and `oneOf`: each old branch must be accepted by some new one. Whether they were all
    /// that there is to compare.
    fn alternatives(&mut self, new: At<'a>, old: At<'a>, path: &str) -> bool {
        let (new_branches, old_branches) = (branches(new), branches(old));
        if new_branches.is_none() && old_branches.is_none() {
            return false;
        }
        let news: Vec<_> =
            new_branches.map_or(vec![new], |of| of.iter().map(|s| new.with(s)).collect());
        let olds: Vec<_> =
            old_branches.map_or(vec![old], |of| of.iter().map(|s| old.with(s)).collect());
        for (index, old_branch) in olds.iter().enumerate() {
            if !news
                .iter()
                .any(|new_branch| self.covers(*new_branch, *old_branch, path))
            {
                let message = if olds.len() == 1 {
                    "no alternative accepts what was accepted before".to_owned()
                } else {
                    format!(
                        "nothing accepts what alternative {index} of the earlier schema accepts"
                    )
                };
                self.report("COMBINED_TYPE_SUBSCHEMAS_CHANGED", path, message);
            }
        }
        true
    }

    /// `type`. Whether the types differ so much that nothing else is worth comparing.
    fn types(&mut self, new: At<'a>, old: At<'a>, path: &str) -> bool {
        let Some(news) = type_names(new.schema) else {
            return false;
        };
        let Some(olds) = type_names(old.schema) else {
            let message = format!("only {news:?} is accepted now; before, the type was free");
            self.report("TYPE_NARROWED", &format!("{path}/type"), message);
            return false;
        };
        let accepted =
            |name: &&str| news.contains(*name) || *name == "integer" && news.contains("number");
        let lost: Vec<_> = olds
            .iter()
            .copied()
            .filter(|name| !accepted(name))
            .collect();
        if lost.is_empty() {
            return false;
        }
        let narrows = |name: &&str| *name == "number" && news.contains("integer");
        let kind = if lost.len() == olds.len() && !lost.iter().any(narrows) {
            "TYPE_CHANGED"
        } else {
            "TYPE_NARROWED"
        };
        let message = format!("the types {lost:?} are no longer accepted, only {news:?}");
        self.report(kind, &format!("{path}/type"), message);
        true
    }

    /// `allOf`: each new part must accept what the old schema, or one of its parts, accepts.
    fn all_of(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        let parts = |at: At<'a>| {
            at.get("allOf")
                .and_then(Value::as_array)
                .map_or(&[][..], Vec::as_slice)
        };
        for (index, part) in parts(new).iter().enumerate() {
            let path = format!("{path}/allOf/{index}");
            let part = new.with(part);
            let covered = self.covers(part, old, &path)
                || parts(old)
                    .iter()
                    .any(|old_part| self.covers(part, old.with(old_part), &path));
            if !covered {
                self.report(
                    "PRODUCT_TYPE_EXTENDED",
                    &path,
                    "a condition was added or narrowed",
                );
            }
        }
    }

    fn not(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        let Some(new_not) = new.get("not") else {
            return;
        };
        let path = format!("{path}/not");
        match old.get("not") {
            None => self.report("NOT_ADDED", &path, "an exclusion was added"),
            Some(old_not) => {
                // What is excluded now must have been excluded before: the other way round.
                let mut reversed = Check {
                    new: self.old,
                    old: self.new,
                    seen: HashSet::new(),
                    problems: Vec::new(),
                };
                reversed.compare(old.with(old_not), new.with(new_not), &path);
                if !reversed.problems.is_empty() {
                    self.report("NOT_TYPE_EXTENDED", &path, "more is excluded than before");
                }
            }
        }
    }
}

/// Follows `$ref` to a place in the document, or in another one that is a registered reference.
fn resolve<'a>(documents: &'a JsonDocuments, mut at: At<'a>) -> At<'a> {
    // A chain longer than this leads round in a circle.
    for _ in 0..32 {
        let Some(target) = at.get("$ref").and_then(Value::as_str) else {
            return at;
        };
        let (file, pointer) = target.split_once('#').unwrap_or((target, ""));
        let document = if file.is_empty() {
            Some(at.document)
        } else {
            documents.named(file)
        };
        let found = document.and_then(|document| {
            Some(At {
                schema: document.pointer(pointer)?,
                document,
            })
        });
        match found {
            Some(found) => at = found,
            None => return at,
        }
    }
    at
}

pub(super) fn accepts_all(schema: &Value) -> bool {
    match schema {
        Value::Bool(all) => *all,
        Value::Object(object) => object.keys().all(|key| {
            matches!(
                key.as_str(),
                "title"
                    | "description"
                    | "default"
                    | "examples"
                    | "$comment"
                    | "$id"
                    | "$schema"
                    | "$defs"
                    | "definitions"
            )
        }),
        _ => false,
    }
}

fn branches(at: At<'_>) -> Option<&Vec<Value>> {
    at.get("anyOf")
        .or_else(|| at.get("oneOf"))
        .and_then(Value::as_array)
}

fn type_names(schema: &Value) -> Option<BTreeSet<&str>> {
    match schema.get("type")? {
        Value::String(name) => Some(BTreeSet::from([name.as_str()])),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The kinds and paths of what is wrong when `new` follows `old`.
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

    #[test]
    fn types_may_widen() {
        assert!(kinds(json!({"type": "number"}), json!({"type": "integer"})).is_empty());
        assert!(
            kinds(
                json!({"type": ["string", "null"]}),
                json!({"type": "string"})
            )
            .is_empty()
        );
        assert!(kinds(json!(true), json!({"type": "string"})).is_empty());
        assert!(kinds(json!({"type": "string"}), json!(false)).is_empty());
        assert_eq!(
            kinds(json!({"type": "integer"}), json!({"type": "number"})),
            ["TYPE_NARROWED /type"]
        );
        assert_eq!(
            kinds(json!({"type": "string"}), json!({"type": "integer"})),
            ["TYPE_CHANGED /type"]
        );
        assert_eq!(
            kinds(json!({"type": "string"}), json!({})),
            ["TYPE_NARROWED /type"]
        );
        assert_eq!(
            kinds(json!(false), json!({"type": "string"})),
            ["SCHEMA_FALSE_ADDED /"]
        );
    }

    #[test]
    fn bounds_may_widen() {
        for (key, tight, wide) in [
            ("maximum", 1, 2),
            ("exclusiveMaximum", 1, 2),
            ("minimum", 2, 1),
            ("exclusiveMinimum", 2, 1),
            ("maxLength", 1, 2),
            ("minLength", 2, 1),
            ("maxItems", 1, 2),
            ("minItems", 2, 1),
            ("maxProperties", 1, 2),
            ("minProperties", 2, 1),
            ("multipleOf", 4, 2),
        ] {
            let (tight, wide) = (json!({key: tight}), json!({key: wide}));
            assert!(kinds(wide.clone(), tight.clone()).is_empty(), "{key}");
            assert!(kinds(json!({}), tight.clone()).is_empty(), "{key}");
            assert_eq!(kinds(tight.clone(), wide).len(), 1, "{key}");
            let added = kinds(tight, json!({"title": "x"}));
            assert_eq!(added.len(), 1, "{key}");
            assert!(added[0].ends_with(key), "{added:?}");
        }
    }

    #[test]
    fn values_and_patterns() {
        let of = |values: &[&str]| json!({"enum": values});
        assert!(kinds(of(&["a", "b"]), of(&["a"])).is_empty());
        assert!(kinds(of(&["a", "b"]), json!({"const": "a"})).is_empty());
        assert_eq!(
            kinds(of(&["a"]), of(&["a", "b"])),
            ["ENUM_ARRAY_NARROWED /enum"]
        );
        assert_eq!(kinds(of(&["a"]), json!({})), ["ENUM_ARRAY_ADDED /enum"]);
        let pattern = |pattern: &str| json!({"type": "string", "pattern": pattern});
        assert_eq!(
            kinds(pattern("a"), pattern("b")),
            ["PATTERN_CHANGED /pattern"]
        );
        assert!(kinds(json!({"type": "string"}), pattern("b")).is_empty());
    }

    #[test]
    fn alternatives_conditions_and_exclusions() {
        let any = |types: &[&str]| json!({"anyOf": types.iter().map(|t| json!({"type": t})).collect::<Vec<_>>()});
        assert!(kinds(any(&["string", "null"]), json!({"type": "string"})).is_empty());
        assert!(
            kinds(
                any(&["null", "string", "integer"]),
                any(&["string", "null"])
            )
            .is_empty()
        );
        assert_eq!(
            kinds(any(&["string"]), any(&["string", "null"])),
            ["COMBINED_TYPE_SUBSCHEMAS_CHANGED /"]
        );
        let all = |max: u8| json!({"allOf": [{"maxLength": max}]});
        assert!(kinds(all(3), all(2)).is_empty());
        assert_eq!(kinds(all(2), all(3)), ["PRODUCT_TYPE_EXTENDED /allOf/0"]);
        let not = |max: u8| json!({"not": {"maximum": max}});
        assert!(kinds(not(2), not(3)).is_empty());
        assert_eq!(kinds(not(3), not(2)), ["NOT_TYPE_EXTENDED /not"]);
        assert_eq!(kinds(not(3), json!({})), ["NOT_ADDED /not"]);
    }

    #[test]
    fn items() {
        let of = |kind: &str| json!({"type": "array", "items": {"type": kind}});
        assert!(kinds(of("number"), of("integer")).is_empty());
        assert_eq!(
            kinds(of("string"), of("integer")),
            ["TYPE_CHANGED /items/type"]
        );
        let pair = |kind: &str| json!({"prefixItems": [{"type": "string"}, {"type": kind}]});
        assert_eq!(
            kinds(pair("string"), pair("integer")),
            ["TYPE_CHANGED /items/1/type"]
        );
        assert_eq!(
            kinds(json!({"uniqueItems": true}), json!({})),
            ["UNIQUE_ITEMS_ADDED /uniqueItems"]
        );
    }

    #[test]
    fn references_are_followed_also_in_circles() {
        let list = |kind: &str| {
            json!({
                "$ref": "#/$defs/node",
                "$defs": {"node": {"type": "object", "properties": {
                    "value": {"type": kind}, "next": {"$ref": "#/$defs/node"}}}},
            })
        };
        assert!(kinds(list("number"), list("integer")).is_empty());
        assert_eq!(
            kinds(list("string"), list("integer")),
            ["TYPE_CHANGED /properties/value/type"]
        );
        assert!(kinds(json!({"$ref": "#"}), json!({"$ref": "#"})).is_empty());
    }
}
