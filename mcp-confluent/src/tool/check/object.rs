//! Objects: the spelling of keys, what is unknown, missing or null.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::{Check, Path, Problem};
use crate::tool::{
    keyword::{camel_case, is_of_type},
    suggest,
    wording::{echo, join},
};

impl<'s> Check<'s> {
    pub(super) fn object(
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
