//! The JSON Schema of the file, for editors: written from the same description that the reader
//! uses.

use std::collections::BTreeMap;

use serde_json::{Map as Object, Value, json};

use super::{
    keys::ROOT,
    shape::{Block, Key, Map, Shape, Text, Union},
};

/// Text that holds a variable, which may become anything.
const VARIABLE: &str = r"\$\{";

/// The JSON Schema (draft 7, which editors know best) of a configuration file.
pub fn json_schema() -> Value {
    let mut definitions = BTreeMap::new();
    let mut root = block(&ROOT, None, &mut definitions);
    root.insert(
        "$schema".into(),
        "http://json-schema.org/draft-07/schema#".into(),
    );
    root.insert("title".into(), "mcp-confluent configuration".into());
    root.insert("definitions".into(), definitions.into_iter().collect());
    root.into()
}

type Definitions = BTreeMap<String, Value>;

fn block(
    block: &Block,
    kind: Option<&str>,
    definitions: &mut Definitions,
) -> Object<String, Value> {
    let mut properties = Object::new();
    let mut required: Vec<&str> = Vec::new();
    if let Some(kind) = kind {
        properties.insert(
            "type".into(),
            json!({ "const": kind, "description": block.about }),
        );
        required.push("type");
    }
    for key in block.keys() {
        properties.insert(key.name.into(), described(key, definitions));
        if key.required {
            required.push(key.name);
        }
    }
    let mut schema = Object::new();
    schema.insert("description".into(), block.about.into());
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    schema.extend(rules(block.name));
    schema
}

/// What joins several keys of a block, as far as a schema can say it.
fn rules(block: &str) -> Object<String, Value> {
    let rules = match block {
        "kafka" => {
            json!({ "anyOf": [{ "required": ["bootstrap_servers"] }, { "required": ["rest_endpoint"] }] })
        }
        "telemetry" => json!({ "anyOf": [{ "required": ["endpoint"] }, { "required": ["auth"] }] }),
        "tls" => json!({
            "dependencies": {
                "cert_file": ["key_file"], "key_file": ["cert_file"], "key_password": ["key_file"],
            },
        }),
        _ => json!({}),
    };
    match rules {
        Value::Object(rules) => rules,
        _ => Object::new(),
    }
}

fn described(key: &Key, definitions: &mut Definitions) -> Value {
    let mut schema = shape(&key.shape, definitions);
    if let Some(object) = schema.as_object_mut() {
        // Beside `$ref`, draft 7 ignores everything.
        if let Some(reference) = object.remove("$ref") {
            object.insert("allOf".into(), json!([{ "$ref": reference }]));
        }
        object.insert("description".into(), key.about.into());
        if let Some(default) = key.default.and_then(|text| serde_json::from_str(text).ok()) {
            object.insert("default".into(), default);
        }
    }
    schema
}

fn shape(shape: &Shape, definitions: &mut Definitions) -> Value {
    match shape {
        Shape::Text(kind) => text(*kind),
        Shape::Flag => json!({ "anyOf": [{ "type": "boolean" }, variable()] }),
        Shape::Integer { min, max } => json!({
            "anyOf": [
                { "type": "integer", "minimum": min, "maximum": max },
                { "type": "string", "pattern": r"^\s*(0x[0-9a-fA-F]+|[0-9]+)\s*$" },
                variable(),
            ]
        }),
        Shape::Ratio => json!({
            "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, variable()]
        }),
        Shape::Choice(choices) => {
            let choices: Vec<Value> = choices
                .iter()
                .map(|(name, about)| json!({ "const": name, "description": about }))
                .chain([variable()])
                .collect();
            json!({ "anyOf": choices })
        }
        Shape::List(list) => {
            let items = self::shape(&list.of, definitions);
            let least = usize::from(!list.may_be_empty);
            json!({ "type": "array", "items": items, "minItems": least, "uniqueItems": list.unique })
        }
        Shape::Block(inner) => reference(inner.name, definitions, |definitions| {
            block(inner, None, definitions).into()
        }),
        Shape::Union(inner) => reference(inner.name, definitions, |definitions| {
            union(inner, definitions)
        }),
        Shape::Map(map) => self::map(map, definitions),
        Shape::Any => json!({}),
    }
}

fn union(union: &Union, definitions: &mut Definitions) -> Value {
    let arms: Vec<Value> = union
        .arms
        .iter()
        .map(|arm| block(arm.block, Some(arm.name), definitions).into())
        .collect();
    json!({ "description": union.about, "oneOf": arms })
}

fn map(map: &Map, definitions: &mut Definitions) -> Value {
    let mut names = json!({ "description": map.keys, "pattern": r"\S" });
    if !map.except.is_empty() {
        names["not"] = json!({ "enum": map.except });
    }
    json!({
        "type": "object",
        "propertyNames": names,
        "additionalProperties": shape(&map.of, definitions),
    })
}

fn text(kind: Text) -> Value {
    let or_variable =
        |pattern: &str| json!({ "type": "string", "pattern": format!("{pattern}|{VARIABLE}") });
    let scalar = json!(["string", "number", "boolean"]);
    match kind {
        Text::Note | Text::Raw => json!({ "type": scalar }),
        Text::Brokers => or_variable(r"^\s*[^,\s][^,]*:[0-9]+\s*(,\s*[^,\s][^,]*:[0-9]+\s*)*$"),
        Text::Line | Text::File => json!({ "type": scalar, "pattern": r"\S" }),
        Text::Secret => json!({ "type": scalar, "pattern": r"\S", "writeOnly": true }),
        Text::LongSecret(least) => {
            let mut schema = or_variable(&format!(r"^\s*\S{{{least},}}\s*$"));
            schema["writeOnly"] = true.into();
            schema
        }
        Text::Url | Text::WholeUrl | Text::RegionUrl | Text::UrlWithUser | Text::Urls => {
            or_variable(r"^\s*[Hh][Tt][Tt][Pp][Ss]?://")
        }
        Text::Id(start) => or_variable(&format!(r"^\s*{start}")),
    }
}

fn variable() -> Value {
    json!({ "type": "string", "pattern": VARIABLE, "description": "an environment variable" })
}

fn reference(
    name: &str,
    definitions: &mut Definitions,
    build: impl FnOnce(&mut Definitions) -> Value,
) -> Value {
    if !definitions.contains_key(name) {
        let schema = build(definitions);
        definitions.insert(name.to_owned(), schema);
    }
    json!({ "$ref": format!("#/definitions/{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config.schema.json");

    #[test]
    fn the_schema_in_the_tree_is_up_to_date() {
        let schema = json_schema();
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
            std::fs::write(FILE, text).expect("the file can be written");
        }
        let kept = std::fs::read_to_string(FILE).unwrap_or_default();
        let kept: Value = serde_json::from_str(&kept).unwrap_or_default();
        assert!(
            kept == schema,
            "config.schema.json is out of date: run the tests with UPDATE_SCHEMA=1 and commit it"
        );
    }

    #[test]
    fn every_key_and_choice_is_described_and_every_default_fits() {
        fn visit(schema: &Value, path: &str) {
            let Some(object) = schema.as_object() else {
                return;
            };
            let properties = object.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                let about = property["description"].as_str().unwrap_or_default();
                assert!(about.len() > 5, "{path}.{name} is not described");
            }
            for (name, inner) in object {
                let inner: Vec<&Value> = match inner {
                    Value::Array(items) => items.iter().collect(),
                    inner => vec![inner],
                };
                for inner in inner {
                    visit(inner, &format!("{path}.{name}"));
                }
            }
        }
        fn check_defaults(block: &Block, definitions: &mut Definitions) {
            for key in block.keys() {
                if let Some(text) = key.default {
                    let default: Value = serde_json::from_str(text).expect("a default is JSON");
                    let schema = shape(&key.shape, definitions);
                    assert!(jsonschema::is_valid(&schema, &default), "{}", key.name);
                }
            }
        }
        visit(&json_schema(), "");
        for name in ["kafka", "tls", "telemetry", "confluent_cloud"] {
            let mut definitions = Definitions::new();
            let found = find(&ROOT, name).unwrap_or_else(|| panic!("{name} exists"));
            check_defaults(found, &mut definitions);
        }
        for key in ROOT.keys() {
            if let Shape::Block(block) = &key.shape {
                check_defaults(block, &mut Definitions::new());
            }
        }
    }

    fn find(block: &'static Block, name: &str) -> Option<&'static Block> {
        block.keys().find_map(|key| match &key.shape {
            Shape::Block(inner) if inner.name == name => Some(*inner),
            Shape::Block(inner) => find(inner, name),
            Shape::Map(Map {
                of: Shape::Union(union),
                ..
            }) => union.arms.iter().find_map(|arm| find(arm.block, name)),
            _ => None,
        })
    }
}
