//! Schemas that are ready to be used, and the memory of them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;

use super::{
    avro, json,
    limits::Limits,
    problem::{Problem, excerpt},
    protobuf,
    schema::{Schema, SchemaKind},
};

/// A schema that is ready to be used.
#[derive(Debug)]
pub(super) enum Compiled {
    Avro(avro::Compiled),
    Json(json::Compiled),
    Protobuf(protobuf::Compiled),
}

impl Compiled {
    /// `references` are all that it refers to, as [`references`] finds them.
    fn new(schema: &Schema, references: Vec<(&str, &Schema)>) -> Result<Self, Problem> {
        Ok(match schema.kind() {
            SchemaKind::Avro => Self::Avro(avro::Compiled::new(schema.text(), references)?),
            SchemaKind::Json => Self::Json(json::Compiled::new(schema.text(), references)?),
            SchemaKind::Protobuf => {
                Self::Protobuf(protobuf::Compiled::new(schema.text(), references)?)
            }
        })
    }
}

/// All schemas that `schema` refers to, directly or through others, by their names; each once, and
/// after those it refers to itself.
fn references<'a>(
    schema: &'a Schema,
    limits: &Limits,
) -> Result<Vec<(&'a str, &'a Schema)>, Problem> {
    struct Walk<'a> {
        seen: HashSet<(&'a str, [u8; 32])>,
        found: Vec<(&'a str, &'a Schema)>,
        bytes: usize,
    }
    impl<'a> Walk<'a> {
        fn visit(&mut self, schema: &'a Schema, limits: &Limits) -> Result<(), Problem> {
            self.bytes += schema.text().len();
            if self.bytes > limits.schema_bytes {
                return Err(Problem::new(format!(
                    "the schema and its references are larger than {} bytes",
                    limits.schema_bytes
                )));
            }
            for reference in schema.references() {
                let (name, inner) = (reference.name.as_str(), &*reference.schema);
                if !self.seen.insert((name, inner.fingerprint())) {
                    continue;
                }
                if self.seen.len() > limits.references {
                    return Err(Problem::new(format!(
                        "the schema has more than {} references",
                        limits.references
                    )));
                }
                if inner.kind() != schema.kind() {
                    return Err(Problem::new(format!(
                        "the reference `{}` is {}, in a schema that is {}",
                        excerpt(name),
                        inner.kind(),
                        schema.kind()
                    )));
                }
                self.visit(inner, limits)?;
                self.found.push((name, inner));
            }
            Ok(())
        }
    }
    let mut walk = Walk {
        seen: HashSet::new(),
        found: Vec::new(),
        bytes: 0,
    };
    walk.visit(schema, limits)?;
    Ok(walk.found)
}

/// What a schema compiled to; also that it did not, as it never will.
type Outcome = Result<Arc<Compiled>, Problem>;

/// The schemas used last, by their content: the same id may mean another schema in another
/// registry or context, the same content never does. Bounded in number and bytes of text.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    by_fingerprint: HashMap<[u8; 32], Entry>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    outcome: Outcome,
    /// Of its text and of those it refers to.
    bytes: usize,
    used: u64,
}

impl Cache {
    /// `schema`, compiled now if it was not before.
    pub(super) fn get(&self, schema: &Schema, limits: &Limits) -> Outcome {
        let key = schema.fingerprint();
        if let Some(outcome) = self.0.lock().touch(key) {
            return outcome;
        }
        // Not under the lock: other schemas are in use meanwhile.
        let references = references(schema, limits);
        let inner = references.iter().flatten();
        let bytes = schema.text().len() + inner.map(|(_, it)| it.text().len()).sum::<usize>();
        let outcome = references.and_then(|references| Compiled::new(schema, references));
        let outcome = outcome.map(Arc::new);
        self.0.lock().insert(key, outcome, bytes, limits)
    }
}

impl Entries {
    fn touch(&mut self, key: [u8; 32]) -> Option<Outcome> {
        self.clock += 1;
        let entry = self.by_fingerprint.get_mut(&key)?;
        entry.used = self.clock;
        Some(entry.outcome.clone())
    }

    /// The outcome that is remembered: of two calls that compile the same, that of the first.
    fn insert(
        &mut self,
        key: [u8; 32],
        outcome: Outcome,
        bytes: usize,
        limits: &Limits,
    ) -> Outcome {
        if let Some(known) = self.touch(key) {
            return known;
        }
        let used = self.clock;
        let entry = Entry {
            outcome: outcome.clone(),
            bytes,
            used,
        };
        self.by_fingerprint.insert(key, entry);
        self.bytes += bytes;
        while self.by_fingerprint.len() > limits.compiled || self.bytes > limits.compiled_bytes {
            let oldest = self.by_fingerprint.iter().min_by_key(|(_, it)| it.used);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                break;
            };
            if let Some(entry) = self.by_fingerprint.remove(&oldest) {
                self.bytes -= entry.bytes;
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::{super::schema::Reference, *};

    fn schema(text: &str, references: &[(&str, &Schema)]) -> Schema {
        let references = references.iter().map(|(name, schema)| Reference {
            name: (*name).into(),
            subject: (*name).into(),
            version: 1,
            schema: Arc::new((*schema).clone()),
        });
        Schema::new(SchemaKind::Avro, text, references.collect())
    }

    #[test]
    fn references_come_once_and_in_the_order_they_are_needed() {
        let leaf = schema("\"int\"", &[]);
        let left = schema("\"long\"", &[("leaf", &leaf)]);
        let right = schema("\"float\"", &[("leaf", &leaf)]);
        let top = schema("\"null\"", &[("left", &left), ("right", &right)]);
        let all = references(&top, &Limits::default()).unwrap();
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["leaf", "left", "right"]);
    }

    #[test]
    fn the_number_size_and_kind_of_references_are_checked() {
        let leaf = schema("\"int\"", &[]);
        let other = schema("\"long\"", &[]);
        let top = schema("\"null\"", &[("a", &leaf), ("b", &other)]);
        let few = Limits {
            references: 1,
            ..Limits::default()
        };
        assert!(references(&top, &few).is_err());
        let small = Limits {
            schema_bytes: 10,
            ..Limits::default()
        };
        assert!(references(&top, &small).is_err());
        let json = Schema::new(SchemaKind::Json, "{}", Vec::new());
        let mixed = schema("\"null\"", &[("j", &json)]);
        let problem = references(&mixed, &Limits::default()).unwrap_err();
        assert!(problem.to_string().contains("`j` is JSON"), "{problem}");
    }

    #[test]
    fn a_schema_is_compiled_once_and_the_one_not_used_longest_makes_room() {
        let limits = Limits {
            compiled: 2,
            ..Limits::default()
        };
        let cache = Cache::default();
        let [a, b, c] = ["\"int\"", "\"long\"", "\"float\""].map(|text| schema(text, &[]));
        let first = cache.get(&a, &limits).unwrap();
        cache.get(&b, &limits).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.get(&a, &limits).unwrap()));
        cache.get(&c, &limits).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.get(&a, &limits).unwrap()));
        let entries = cache.0.lock();
        assert_eq!(entries.by_fingerprint.len(), 2);
        assert!(!entries.by_fingerprint.contains_key(&b.fingerprint()));
    }

    #[test]
    fn large_schemas_make_room_too() {
        let limits = Limits {
            compiled_bytes: 30,
            ..Limits::default()
        };
        let cache = Cache::default();
        let large = schema(&format!("{:30}", "\"int\""), &[]);
        let leaf = schema("\"long\"", &[]);
        for (schema, bytes) in [
            (schema("\"null\"", &[("leaf", &leaf)]), 12),
            (large, 30),
            (leaf, 6),
            // Larger than all together may be.
            (schema(&format!("{:31}", "\"int\""), &[]), 0),
        ] {
            cache.get(&schema, &limits).unwrap();
            assert_eq!(cache.0.lock().bytes, bytes);
        }
        assert!(cache.0.lock().by_fingerprint.is_empty());
    }

    #[test]
    fn a_schema_that_two_calls_compile_takes_the_place_of_one() {
        let limits = Limits {
            compiled: 2,
            ..Limits::default()
        };
        let cache = Cache::default();
        let [a, b] = ["\"int\"", "\"long\""].map(|text| schema(text, &[]));
        cache.get(&a, &limits).unwrap();
        let first = cache.get(&b, &limits).unwrap();
        // What the other call has compiled meanwhile.
        let second = Compiled::new(&b, Vec::new()).map(Arc::new);
        let kept = cache.0.lock().insert(b.fingerprint(), second, 6, &limits);
        assert!(Arc::ptr_eq(&kept.unwrap(), &first));
        let entries = cache.0.lock();
        assert!(entries.by_fingerprint.contains_key(&a.fingerprint()));
        assert_eq!(entries.bytes, 11);
    }

    #[test]
    fn a_schema_that_does_not_compile_is_remembered_too() {
        let cache = Cache::default();
        let broken = schema("{", &[]);
        let problem = cache.get(&broken, &Limits::default()).unwrap_err();
        assert!(problem.to_string().contains("not JSON"), "{problem}");
        assert_eq!(cache.0.lock().by_fingerprint.len(), 1);
    }
}
