//! Avro schema resolution (specification 1.12): whether a reader's schema can read what a writer's
//! schema wrote, field by field.

use std::collections::HashSet;

use super::Problem;
use crate::registry::avro::{Field, Name, Schema, Type, TypeId};

/// Why data written with `writer` cannot be read with `reader`; paths are those of the reader.
pub(super) fn check(reader: &Schema, writer: &Schema) -> Vec<Problem> {
    let mut check = Check {
        reader,
        writer,
        seen: HashSet::new(),
        problems: Vec::new(),
    };
    check.types(reader.root(), writer.root(), "");
    check.problems
}

struct Check<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    /// Pairs that were, or are being, compared: types can use themselves.
    seen: HashSet<(TypeId, TypeId)>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, kind: &'static str, path: &str, message: String) {
        self.problems.push(Problem::new(kind, path, message));
    }

    fn types(&mut self, reader_id: TypeId, writer_id: TypeId, path: &str) {
        if !self.seen.insert((reader_id, writer_id)) {
            return;
        }
        let (reader, writer) = (self.reader.get(reader_id), self.writer.get(writer_id));
        match (reader, writer) {
            (_, Type::Union(branches)) => self.written_union(reader_id, branches, path),
            (Type::Union(branches), _) => self.union(branches, writer_id, path),
            (Type::Array(items), Type::Array(written)) => {
                self.types(*items, *written, &format!("{path}/items"));
            }
            (Type::Map(values), Type::Map(written)) => {
                self.types(*values, *written, &format!("{path}/values"));
            }
            (
                Type::Fixed { name, size },
                Type::Fixed {
                    name: written,
                    size: written_size,
                },
            ) => {
                if self.names(name, written, path) && size != written_size {
                    let message = format!(
                        "fixed `{}` has {size} bytes, but {written_size} were written",
                        name.full
                    );
                    self.report("FIXED_SIZE_MISMATCH", &format!("{path}/size"), message);
                }
            }
            (
                Type::Enum {
                    name,
                    symbols,
                    default,
                },
                Type::Enum {
                    name: written,
                    symbols: written_symbols,
                    ..
                },
            ) => {
                let missing: Vec<_> = written_symbols
                    .iter()
                    .filter(|symbol| !symbols.contains(symbol))
                    .collect();
                if self.names(name, written, path) && default.is_none() && !missing.is_empty() {
                    let message = format!(
                        "enum `{}` lacks the symbols {missing:?} and has no default for them",
                        name.full
                    );
                    self.report("MISSING_ENUM_SYMBOLS", &format!("{path}/symbols"), message);
                }
            }
            (
                Type::Record { name, fields },
                Type::Record {
                    name: written,
                    fields: written_fields,
                },
            ) => {
                if self.names(name, written, path) {
                    self.records(&name.full, fields, written_fields, path);
                }
            }
            _ if is_read_as(reader, writer) => {}
            _ => {
                let message = format!(
                    "{} cannot be read as {}",
                    writer.describe(),
                    reader.describe()
                );
                self.report("TYPE_MISMATCH", path, message);
            }
        }
    }

    /// Everything that the writer's union can hold must be readable.
    fn written_union(&mut self, reader_id: TypeId, branches: &[TypeId], path: &str) {
        let reader = self.reader.get(reader_id);
        for &branch in branches {
            match reader {
                Type::Union(readers) => self.union(readers, branch, path),
                _ => self.types(reader_id, branch, path),
            }
        }
    }

    /// Some branch of the reader's union must be able to read it.
    fn union(&mut self, readers: &[TypeId], writer_id: TypeId, path: &str) {
        let mut nearest: Option<Vec<Problem>> = None;
        for (index, &reader_id) in readers.iter().enumerate() {
            let mut attempt = Check {
                reader: self.reader,
                writer: self.writer,
                seen: self.seen.clone(),
                problems: Vec::new(),
            };
            attempt.types(reader_id, writer_id, &format!("{path}/{index}"));
            if attempt.problems.is_empty() {
                return;
            }
            if self.is_same_kind(reader_id, writer_id) {
                nearest = Some(attempt.problems);
            }
        }
        // A branch of the same name with problems of its own says more than that none fits.
        if let Some(problems) = nearest {
            self.problems.extend(problems);
            return;
        }
        let message = format!(
            "no branch of the union can read {}",
            self.writer.get(writer_id).describe()
        );
        self.report("MISSING_UNION_BRANCH", path, message);
    }

    fn is_same_kind(&self, reader_id: TypeId, writer_id: TypeId) -> bool {
        match (self.reader.get(reader_id), self.writer.get(writer_id)) {
            (Type::Record { name, .. }, Type::Record { name: written, .. })
            | (Type::Enum { name, .. }, Type::Enum { name: written, .. })
            | (Type::Fixed { name, .. }, Type::Fixed { name: written, .. }) => {
                is_name_of(name, written)
            }
            (Type::Array(_), Type::Array(_)) | (Type::Map(_), Type::Map(_)) => true,
            _ => false,
        }
    }

    fn names(&mut self, reader: &Name, writer: &Name, path: &str) -> bool {
        let same = is_name_of(reader, writer);
        if !same {
            let message = format!(
                "`{}` cannot read `{}`: the names differ and no alias joins them",
                reader.full, writer.full
            );
            self.report("NAME_MISMATCH", &format!("{path}/name"), message);
        }
        same
    }

    fn records(&mut self, record: &str, fields: &[Field], written: &[Field], path: &str) {
        for (index, field) in fields.iter().enumerate() {
            let path = format!("{path}/fields/{index}");
            match find(field, written) {
                Some(source) => self.types(field.of, source.of, &format!("{path}/type")),
                None if field.has_default => {}
                None => {
                    let message = format!(
                        "field `{}` of `{record}` has no default, and it was not written",
                        field.name
                    );
                    self.report("READER_FIELD_MISSING_DEFAULT_VALUE", &path, message);
                }
            }
        }
    }
}

/// The written field that `field` reads: the one of its name, else the one of an alias.
fn find<'a>(field: &Field, written: &'a [Field]) -> Option<&'a Field> {
    let called = |name: &str| written.iter().find(|source| source.name == name);
    called(&field.name).or_else(|| field.aliases.iter().find_map(|alias| called(alias)))
}

/// Names match without their namespaces, as every implementation has it, or by an alias.
fn is_name_of(reader: &Name, writer: &Name) -> bool {
    reader.simple() == writer.simple()
        || reader
            .aliases
            .iter()
            .any(|alias| *alias == writer.full || alias == writer.simple())
}

/// The same primitive type, or one that the written one is promoted to.
fn is_read_as(reader: &Type, writer: &Type) -> bool {
    match writer {
        Type::Null => matches!(reader, Type::Null),
        Type::Boolean => matches!(reader, Type::Boolean),
        Type::Int => matches!(reader, Type::Int | Type::Long | Type::Float | Type::Double),
        Type::Long => matches!(reader, Type::Long | Type::Float | Type::Double),
        Type::Float => matches!(reader, Type::Float | Type::Double),
        Type::Double => matches!(reader, Type::Double),
        Type::Bytes | Type::String => matches!(reader, Type::Bytes | Type::String),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::avro::parse;

    /// The kinds and paths of what is wrong.
    fn kinds(reader: &str, writer: &str) -> Vec<String> {
        let reader = parse(reader, &[]).expect("a schema");
        let writer = parse(writer, &[]).expect("a schema");
        let problems = check(&reader, &writer);
        problems
            .iter()
            .map(|problem| format!("{} {}", problem.kind, problem.path))
            .collect()
    }

    fn record(fields: &str) -> String {
        format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
    }

    fn field(name: &str, rest: &str) -> String {
        format!(r#"{{"name":"{name}",{rest}}}"#)
    }

    #[test]
    fn promotions_go_one_way() {
        let order = ["int", "long", "float", "double"];
        for (low, narrow) in order.iter().enumerate() {
            for wide in &order[low..] {
                let (narrow, wide) = (format!("\"{narrow}\""), format!("\"{wide}\""));
                assert!(kinds(&wide, &narrow).is_empty(), "{wide} reads {narrow}");
                if narrow != wide {
                    assert_eq!(kinds(&narrow, &wide), ["TYPE_MISMATCH /"]);
                }
            }
        }
        assert!(kinds(r#""bytes""#, r#""string""#).is_empty());
        assert!(kinds(r#""string""#, r#""bytes""#).is_empty());
        assert_eq!(kinds(r#""string""#, r#""int""#), ["TYPE_MISMATCH /"]);
        assert_eq!(kinds(r#""boolean""#, r#""null""#), ["TYPE_MISMATCH /"]);
    }

    #[test]
    fn a_new_field_needs_a_default() {
        let old = record(&field("a", r#""type":"int""#));
        let with = |rest: &str| {
            record(&format!(
                "{},{}",
                field("a", r#""type":"int""#),
                field("b", rest)
            ))
        };
        assert!(kinds(&with(r#""type":"int","default":0"#), &old).is_empty());
        assert_eq!(
            kinds(&with(r#""type":"int""#), &old),
            ["READER_FIELD_MISSING_DEFAULT_VALUE /fields/1"]
        );
        // What is no longer read need not be known.
        assert!(kinds(&old, &with(r#""type":"int""#)).is_empty());
    }

    #[test]
    fn a_field_and_a_type_may_be_renamed_with_an_alias() {
        let old = record(&field("a", r#""type":"int""#));
        assert!(
            kinds(
                &record(&field("b", r#""aliases":["a"],"type":"long""#)),
                &old
            )
            .is_empty()
        );
        let named = |name: &str, aliases: &str| {
            format!(r#"{{"type":"record","name":"{name}","aliases":[{aliases}],"fields":[]}}"#)
        };
        assert_eq!(
            kinds(&named("x.B", ""), &named("x.A", "")),
            ["NAME_MISMATCH /name"]
        );
        assert!(kinds(&named("x.B", r#""A""#), &named("x.A", "")).is_empty());
        assert!(kinds(&named("y.A", ""), &named("x.A", "")).is_empty());
    }

    #[test]
    fn unions_must_cover_what_was_written() {
        assert!(kinds(r#"["null","long"]"#, r#""int""#).is_empty());
        assert!(kinds(r#"["null","string","long"]"#, r#"["int","null"]"#).is_empty());
        assert_eq!(
            kinds(r#"["null","int"]"#, r#""string""#),
            ["MISSING_UNION_BRANCH /"]
        );
        assert_eq!(kinds(r#""int""#, r#"["null","int"]"#), ["TYPE_MISMATCH /"]);
        assert!(kinds(r#""long""#, r#"["int","long"]"#).is_empty());
        let inner = |rest: &str| format!(r#"["null",{}]"#, record(&field("a", rest)));
        assert_eq!(
            kinds(&inner(r#""type":"int""#), &inner(r#""type":"string""#)),
            ["TYPE_MISMATCH /1/fields/0/type"]
        );
    }

    #[test]
    fn enums_and_fixed() {
        let of = |symbols: &str| format!(r#"{{"type":"enum","name":"E","symbols":[{symbols}]}}"#);
        assert!(kinds(&of(r#""A","B""#), &of(r#""A""#)).is_empty());
        assert_eq!(
            kinds(&of(r#""A""#), &of(r#""A","B""#)),
            ["MISSING_ENUM_SYMBOLS /symbols"]
        );
        let with_default = r#"{"type":"enum","name":"E","symbols":["A"],"default":"A"}"#;
        assert!(kinds(with_default, &of(r#""A","B""#)).is_empty());
        let fixed = |size: u8| format!(r#"{{"type":"fixed","name":"F","size":{size}}}"#);
        assert_eq!(kinds(&fixed(4), &fixed(8)), ["FIXED_SIZE_MISMATCH /size"]);
    }

    #[test]
    fn types_inside_types() {
        let array = |of: &str| format!(r#"{{"type":"array","items":{of}}}"#);
        let map = |of: &str| format!(r#"{{"type":"map","values":{of}}}"#);
        assert_eq!(
            kinds(&array(r#""int""#), &array(r#""long""#)),
            ["TYPE_MISMATCH /items"]
        );
        assert_eq!(
            kinds(&map(r#""int""#), &map(r#""long""#)),
            ["TYPE_MISMATCH /values"]
        );
        let list = |of: &str| {
            record(&format!(
                "{},{}",
                field("value", &format!(r#""type":"{of}""#)),
                field("next", r#""type":["null","R"],"default":null"#)
            ))
        };
        assert!(kinds(&list("long"), &list("int")).is_empty());
        assert_eq!(
            kinds(&list("int"), &list("long")),
            ["TYPE_MISMATCH /fields/0/type"]
        );
    }
}
