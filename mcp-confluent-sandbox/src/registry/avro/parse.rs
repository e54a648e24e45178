//! Reads an Avro schema.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::defaults;
use super::{Field, Name, Schema, Type, TypeId};

const MAX_DEPTH: usize = 64;

/// Reads `text`; `references` are the texts it may use the named types of, each after those it uses
/// itself. The error says where in the schema the mistake is.
pub(in super::super) fn parse(text: &str, references: &[&str]) -> Result<Schema, String> {
    let mut parser = Parser::default();
    for reference in references {
        parser.read(reference)?;
    }
    let root = parser.read(text)?;
    let schema = Schema {
        types: parser.types,
        root,
    };
    for (field, id, default) in &parser.defaults {
        if !defaults::fits(&schema, *id, default) {
            let wanted = schema.get(*id).describe();
            return Err(format!("{field}: the default {default} is no {wanted}"));
        }
    }
    Ok(schema)
}

#[derive(Default)]
struct Parser {
    types: Vec<Type>,
    named: HashMap<String, TypeId>,
    /// Checked at the end, when every named type is known.
    defaults: Vec<(String, TypeId, Value)>,
}

/// Where the parser is.
#[derive(Clone, Copy)]
struct At<'a> {
    path: &'a str,
    namespace: &'a str,
    depth: usize,
}

impl Parser {
    fn read(&mut self, text: &str) -> Result<TypeId, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        self.schema(
            &value,
            At {
                path: "",
                namespace: "",
                depth: 0,
            },
        )
    }

    fn add(&mut self, of: Type) -> TypeId {
        self.types.push(of);
        self.types.len() - 1
    }

    fn schema(&mut self, value: &Value, at: At<'_>) -> Result<TypeId, String> {
        if at.depth > MAX_DEPTH {
            return Err(problem(at.path, "it is nested too deeply"));
        }
        match value {
            Value::String(name) => self.by_name(name, at),
            Value::Array(branches) => self.union(branches, at),
            Value::Object(object) => self.object(object, at),
            _ => Err(problem(at.path, &format!("{value} is no schema"))),
        }
    }

    fn by_name(&mut self, name: &str, at: At<'_>) -> Result<TypeId, String> {
        if let Some(primitive) = primitive(name) {
            return Ok(self.add(primitive));
        }
        let full = full_name(name, at.namespace);
        // A name without a namespace may also mean one of the null namespace.
        let known = self.named.get(&full).or_else(|| self.named.get(name));
        known
            .copied()
            .ok_or_else(|| problem(at.path, &format!("the type `{full}` is not defined")))
    }

    fn union(&mut self, branches: &[Value], at: At<'_>) -> Result<TypeId, String> {
        let mut ids = Vec::new();
        let mut seen = HashSet::new();
        for (index, branch) in branches.iter().enumerate() {
            let path = format!("{}/{index}", at.path);
            let id = self.schema(
                branch,
                At {
                    path: &path,
                    depth: at.depth + 1,
                    ..at
                },
            )?;
            if matches!(self.types[id], Type::Union(_)) {
                return Err(problem(&path, "a union cannot hold a union"));
            }
            // A named type that is being read right now is known by its number only.
            let known_as = match &self.types[id] {
                Type::Unfinished => format!("named type {id}"),
                of => of.describe(),
            };
            if !seen.insert(known_as.clone()) {
                return Err(problem(&path, &format!("the union holds {known_as} twice")));
            }
            ids.push(id);
        }
        Ok(self.add(Type::Union(ids)))
    }

    fn object(&mut self, object: &Map<String, Value>, at: At<'_>) -> Result<TypeId, String> {
        let Some(of) = object.get("type") else {
            return Err(problem(at.path, "it has no `type`"));
        };
        let Value::String(of) = of else {
            let path = format!("{}/type", at.path);
            return self.schema(
                of,
                At {
                    path: &path,
                    depth: at.depth + 1,
                    ..at
                },
            );
        };
        match of.as_str() {
            "array" => self
                .inner(object, "items", at)
                .map(|of| self.add(Type::Array(of))),
            "map" => self
                .inner(object, "values", at)
                .map(|of| self.add(Type::Map(of))),
            "record" | "error" => self.record(object, at),
            "enum" => self.enumeration(object, at),
            "fixed" => self.fixed(object, at),
            name => self.by_name(name, at),
        }
    }

    fn inner(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        at: At<'_>,
    ) -> Result<TypeId, String> {
        let inner = object.get(key);
        let inner = inner.ok_or_else(|| problem(at.path, &format!("it has no `{key}`")))?;
        let path = format!("{}/{key}", at.path);
        self.schema(
            inner,
            At {
                path: &path,
                depth: at.depth + 1,
                ..at
            },
        )
    }

    /// Takes the name of a named type, so that its definition can already use it.
    fn name(&mut self, object: &Map<String, Value>, at: At<'_>) -> Result<(Name, TypeId), String> {
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let name = text("name").ok_or_else(|| problem(at.path, "it has no `name`"))?;
        let full = full_name(name, text("namespace").unwrap_or(at.namespace));
        if !full.split('.').all(is_name) {
            return Err(problem(at.path, &format!("`{full}` is no name")));
        }
        if primitive(&full).is_some() {
            return Err(problem(
                at.path,
                &format!("`{full}` is the name of a primitive type"),
            ));
        }
        let namespace = namespace_of(&full).to_owned();
        let aliases = strings(object, "aliases", at)?;
        let aliases = aliases
            .iter()
            .map(|alias| full_name(alias, &namespace))
            .collect();
        let id = self.add(Type::Unfinished);
        if self.named.insert(full.clone(), id).is_some() {
            return Err(problem(at.path, &format!("`{full}` is defined twice")));
        }
        Ok((Name { full, aliases }, id))
    }

    fn record(&mut self, object: &Map<String, Value>, at: At<'_>) -> Result<TypeId, String> {
        let (name, id) = self.name(object, at)?;
        let Some(Value::Array(fields)) = object.get("fields") else {
            return Err(problem(
                at.path,
                &format!("record `{}` has no `fields`", name.full),
            ));
        };
        let namespace = namespace_of(&name.full).to_owned();
        let mut read = Vec::new();
        let mut seen = HashSet::new();
        for (index, field) in fields.iter().enumerate() {
            let path = format!("{}/fields/{index}", at.path);
            let inside = At {
                path: &path,
                namespace: &namespace,
                depth: at.depth + 1,
            };
            let field = self.field(field, inside)?;
            if !seen.insert(field.name.clone()) {
                return Err(problem(
                    &path,
                    &format!("the field `{}` is there twice", field.name),
                ));
            }
            read.push(field);
        }
        self.types[id] = Type::Record { name, fields: read };
        Ok(id)
    }

    fn field(&mut self, field: &Value, at: At<'_>) -> Result<Field, String> {
        let Some(object) = field.as_object() else {
            return Err(problem(at.path, "a field is an object"));
        };
        let Some(name) = object.get("name").and_then(Value::as_str) else {
            return Err(problem(at.path, "the field has no `name`"));
        };
        if !is_name(name) {
            return Err(problem(at.path, &format!("`{name}` is no name")));
        }
        let of = self.inner(object, "type", at)?;
        let default = object.get("default");
        if let Some(default) = default {
            self.defaults
                .push((format!("{} (field `{name}`)", at.path), of, default.clone()));
        }
        Ok(Field {
            name: name.to_owned(),
            aliases: strings(object, "aliases", at)?,
            has_default: default.is_some(),
            of,
        })
    }

    fn enumeration(&mut self, object: &Map<String, Value>, at: At<'_>) -> Result<TypeId, String> {
        let (name, id) = self.name(object, at)?;
        if !object.contains_key("symbols") {
            return Err(problem(
                at.path,
                &format!("enum `{}` has no `symbols`", name.full),
            ));
        }
        let symbols = strings(object, "symbols", at)?;
        let mut seen = HashSet::new();
        for symbol in &symbols {
            if !is_name(symbol) || !seen.insert(symbol) {
                let what = format!("`{symbol}` is no name, or there twice");
                return Err(problem(&format!("{}/symbols", at.path), &what));
            }
        }
        let default = object
            .get("default")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if default
            .as_ref()
            .is_some_and(|default| !symbols.contains(default))
        {
            return Err(problem(at.path, "the default is none of the symbols"));
        }
        self.types[id] = Type::Enum {
            name,
            symbols,
            default,
        };
        Ok(id)
    }

    fn fixed(&mut self, object: &Map<String, Value>, at: At<'_>) -> Result<TypeId, String> {
        let (name, id) = self.name(object, at)?;
        let Some(size) = object.get("size").and_then(Value::as_u64) else {
            return Err(problem(
                at.path,
                &format!("fixed `{}` has no `size`", name.full),
            ));
        };
        self.types[id] = Type::Fixed { name, size };
        Ok(id)
    }
}

fn problem(path: &str, what: &str) -> String {
    if path.is_empty() {
        what.to_owned()
    } else {
        format!("{path}: {what}")
    }
}

fn primitive(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int,
        "long" => Type::Long,
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        _ => return None,
    })
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

fn namespace_of(full: &str) -> &str {
    full.rsplit_once('.').map_or("", |(namespace, _)| namespace)
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The strings of the list `key`, which may be left out.
fn strings(object: &Map<String, Value>, key: &str, at: At<'_>) -> Result<Vec<String>, String> {
    let Some(list) = object.get(key) else {
        return Ok(Vec::new());
    };
    let strings = list.as_array().and_then(|list| {
        list.iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
    });
    strings.ok_or_else(|| problem(at.path, &format!("`{key}` is no list of names")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_schemas() {
        for text in [
            r#""long""#,
            r#"["null", "string"]"#,
            r#"{"type": {"type": "array", "items": "int"}}"#,
            r#"{"type": "record", "name": "Node", "namespace": "a.b", "fields": [
                {"name": "next", "type": ["null", "Node"], "default": null},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A"], "default": "A"}},
                {"name": "again", "type": "a.b.Kind", "default": "A"},
                {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4}, "default": "ÿ"},
                {"name": "inner", "type": {"type": "record", "name": "Inner", "fields": []}, "default": {}}]}"#,
        ] {
            assert!(
                parse(text, &[]).is_ok(),
                "{text}: {:?}",
                parse(text, &[]).err()
            );
        }
    }

    #[test]
    fn bad_schemas_say_where() {
        for (text, expected) in [
            ("", "no JSON"),
            ("17", "17 is no schema"),
            (r#""Nope""#, "`Nope` is not defined"),
            (r#"{"type": "array"}"#, "no `items`"),
            (r#"["int", ["null"]]"#, "/1: a union cannot hold a union"),
            (r#"["int", "int"]"#, "/1: the union holds int twice"),
            (
                r#"{"type": "record", "name": "9", "fields": []}"#,
                "`9` is no name",
            ),
            (
                r#"{"type": "record", "name": "R"}"#,
                "record `R` has no `fields`",
            ),
            (
                r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int", "default": "x"}]}"#,
                r#"/fields/0 (field `a`): the default "x" is no int"#,
            ),
            (
                r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}]}"#,
                "/fields/1: the field `a` is there twice",
            ),
            (
                r#"{"type": "enum", "name": "E", "symbols": ["A", "A"]}"#,
                "/symbols",
            ),
            (
                r#"{"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}"#,
                "none of",
            ),
            (r#"{"type": "fixed", "name": "F"}"#, "no `size`"),
        ] {
            let error = parse(text, &[]).err().unwrap_or_else(|| panic!("{text}"));
            assert!(error.contains(expected), "{error}");
        }
        let deep = format!(
            "{}\"int\"{}",
            r#"{"type":"array","items":"#.repeat(100),
            "}".repeat(100)
        );
        assert!(parse(&deep, &[]).is_err());
    }

    #[test]
    fn a_reference_brings_its_names() {
        let money = r#"{"type": "fixed", "name": "Money", "namespace": "shop", "size": 8}"#;
        let text = r#"{"type": "record", "name": "Order", "namespace": "shop",
            "fields": [{"name": "price", "type": "Money"}]}"#;
        assert!(parse(text, &[money]).is_ok());
        assert!(parse(text, &[]).is_err());
    }
}
