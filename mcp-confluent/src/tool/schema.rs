//! Input and output schemas: JSON Schema 2020-12, written for models and for strict clients.

use rmcp::model::JsonObject;
use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Value, json};

use crate::tool::{
    argument::{Arguments, Completers, Properties},
    meta::Meta,
};

/// What a call of a tool may hold.
pub(crate) fn input<A: Arguments>(meta: &Meta) -> JsonObject {
    let mut generator = settings().for_deserialize().into_generator();
    let mut into = Properties::default();
    A::describe(&mut generator, &mut into);
    for argument in meta.injected_arguments() {
        argument.describe(&mut generator, &mut into);
    }
    whole(generator, into)
}

/// What a prompt or the URI of a resource may be given: the documented parameters alone, and what
/// lists the values of each.
pub(crate) fn texts<A: Arguments>() -> (JsonObject, Completers) {
    let mut generator = settings().for_deserialize().into_generator();
    let mut into = Properties::default();
    A::describe(&mut generator, &mut into);
    let completers = std::mem::take(&mut into.completers);
    (whole(generator, into), completers)
}

fn whole(generator: SchemaGenerator, into: Properties) -> JsonObject {
    let mut schema = Schema::from(finish(object(generator, into)));
    Fold.transform(&mut schema);
    std::mem::take(schema.ensure_object())
}

/// The schema of an argument struct alone.
pub fn arguments<A: Arguments>(generator: &mut SchemaGenerator) -> Schema {
    let mut into = Properties::default();
    A::describe(generator, &mut into);
    let mut schema = Schema::default();
    *schema.ensure_object() = properties(into);
    schema
}

/// What the structured content of `T` looks like.
///
/// The description of `T` itself is left out: the tool's description says it already.
pub fn output<T: JsonSchema>() -> JsonObject {
    let mut schema = settings()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    let object = schema.ensure_object();
    object.shift_remove("title");
    object.shift_remove("description");
    finish(std::mem::take(object))
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        // Not every client resolves `$ref`; only a type that contains itself still needs one.
        settings.inline_subschemas = true;
    })
}

fn object(mut generator: SchemaGenerator, into: Properties) -> JsonObject {
    let mut object = properties(into);
    let definitions = generator.take_definitions(false);
    if !definitions.is_empty() {
        object.insert("$defs".to_owned(), definitions.into());
    }
    object
}

fn properties(into: Properties) -> JsonObject {
    let mut object = JsonObject::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("properties".to_owned(), into.schemas.into());
    if !into.required.is_empty() {
        object.insert("required".to_owned(), into.required.into());
    }
    object.insert("additionalProperties".to_owned(), false.into());
    object
}

fn finish(object: JsonObject) -> JsonObject {
    let mut schema = Schema::from(object);
    Tidy.transform(&mut schema);
    std::mem::take(schema.ensure_object())
}

/// Says with standard keywords what schemars says with formats of its own, and says that a
/// property may be left out only once.
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        numbers(object);
        optional_properties(object);
        // Legal, but some clients refuse tools with a schema that is no object.
        if object.get("items") == Some(&Value::Bool(true)) {
            object.insert("items".to_owned(), json!({}));
        }
        transform_subschemas(self, schema);
    }
}

/// Objects of fewer bytes are written out each time: not every client resolves `$ref`.
const WORTH_SHARING: usize = 200;

/// The schema as `tools/list` shows it: what calls are checked against, with less to read. A large
/// object that comes twice stands in `$defs`; what goes without saying is left to the answer of a call
/// that tries.
pub(crate) fn listed(checked: &JsonObject) -> JsonObject {
    let mut listed = checked.clone();
    lighten(&mut listed);
    for (_, argument) in properties_of(&mut listed) {
        without_echoes(argument);
    }
    // Said once, at the top, where strict clients look for it.
    listed.insert("additionalProperties".to_owned(), false.into());
    let mut objects = Vec::new();
    for (name, property) in properties_of(&mut listed) {
        if let Some(shape) = shape(property) {
            objects.push((name.clone(), shape));
        }
    }
    let mut shared = JsonObject::new();
    for (_, property) in properties_of(&mut listed) {
        let Some(shape) = shape(property) else {
            continue;
        };
        let same = objects.iter().filter(|(_, other)| *other == shape);
        let mut same = same.map(|(name, _)| name);
        let (Some(first), true) = (same.next(), same.next().is_some()) else {
            continue;
        };
        if shape.to_string().len() < WORTH_SHARING {
            continue;
        }
        let mut reference = json!({ "$ref": format!("#/$defs/{first}") });
        if let Some(description) = property.get("description") {
            reference["description"] = description.clone();
        }
        shared.insert(first.clone(), shape);
        *property = reference;
    }
    if !shared.is_empty() {
        listed.insert("$defs".to_owned(), shared.into());
    }
    listed
}

fn properties_of(schema: &mut JsonObject) -> impl Iterator<Item = (&String, &mut Value)> {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flatten()
}

/// An object with all but its own description.
fn shape(schema: &Value) -> Option<Value> {
    let mut shape = schema.as_object()?.clone();
    shape.shift_remove("description");
    shape.contains_key("properties").then(|| shape.into())
}

/// Leaves out what a model need not know beforehand.
fn lighten(schema: &mut JsonObject) {
    schema.retain(|keyword, value| match keyword.as_str() {
        "additionalProperties" => *value != false,
        // Nobody gives an empty name or list on purpose, or asks for less than nothing.
        "minLength" | "minItems" => *value != 1,
        "minimum" => *value != 0 && *value != 1,
        // More than what anybody writes or asks for; and what the description says in words.
        "maxLength" | "maxItems" | "pattern" => false,
        "maximum" => value.as_u64().is_some_and(|greatest| greatest < 10_000),
        // What one expects of an argument that is left out.
        "default" => !(*value == false || *value == json!([]) || value.is_object()),
        _ => true,
    });
    // An array or a map says what it holds.
    if schema.contains_key("description") {
        for held in ["items", "additionalProperties"] {
            if let Some(held) = schema.get_mut(held).and_then(Value::as_object_mut) {
                held.shift_remove("description");
            }
        }
    }
    for (keyword, value) in schema {
        match value {
            Value::String(text) if keyword == "description" && text.ends_with('.') => {
                text.pop();
            }
            // Keys that are names, not keywords.
            Value::Object(named) if keyword == "properties" => {
                named
                    .values_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(lighten);
            }
            Value::Object(subschema) => lighten(subschema),
            Value::Array(subschemas) => subschemas
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(lighten),
            _ => {}
        }
    }
}

/// Leaves out descriptions of what is nested in an argument that only repeat the name.
fn without_echoes(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let properties = object.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                if let Some(property) = property.as_object_mut()
                    && let Some(text) = property.get("description").and_then(Value::as_str)
                    && says_no_more(text, name)
                {
                    property.shift_remove("description");
                }
            }
            object.values_mut().for_each(without_echoes);
        }
        Value::Array(values) => values.iter_mut().for_each(without_echoes),
        _ => {}
    }
}

/// Whether the description says what the name of the property says already.
fn says_no_more(description: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let words = description.split_whitespace().map(str::to_lowercase);
    words
        .filter(|word| !["a", "an", "the", "its", "of"].contains(&word.as_str()))
        .all(|word| name.contains(&word))
}

/// Writes a choice of texts as `enum`, with what each of them means in the one description: a third
/// of the size, and understood by more clients.
struct Fold;

impl Transform for Fold {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            fold(object);
        }
        transform_subschemas(self, schema);
    }
}

fn fold(object: &mut JsonObject) {
    let Some(Value::Array(arms)) = object.get("oneOf") else {
        return;
    };
    let choices: Option<Vec<_>> = arms.iter().map(choice).collect();
    let Some(choices) = choices else {
        return;
    };
    // What says the same as the value itself is left out.
    let letters = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let meanings: Vec<_> = choices
        .iter()
        .filter(|(value, meaning)| letters(value) != letters(meaning))
        .map(|(value, meaning)| format!("`{value}`: {}", meaning.trim_end_matches('.')))
        .collect();
    let values: Vec<Value> = choices.iter().map(|(value, _)| (*value).into()).collect();
    let about = object.get("description").and_then(Value::as_str);
    let mut about = about.unwrap_or_default().to_owned();
    if !meanings.is_empty() {
        let space = if about.is_empty() { "" } else { " " };
        about.push_str(&format!("{space}{}.", meanings.join("; ")));
    }
    object.shift_remove("oneOf");
    object.insert("type".to_owned(), "string".into());
    object.insert("enum".to_owned(), values.into());
    if !about.is_empty() {
        object.insert("description".to_owned(), about.into());
    }
}

/// The value and the meaning of one text of a choice.
fn choice(arm: &Value) -> Option<(&str, &str)> {
    let arm = arm.as_object()?;
    let known = ["type", "const", "description"];
    if arm.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let meaning = arm.get("description").and_then(Value::as_str);
    Some((arm.get("const")?.as_str()?, meaning.unwrap_or_default()))
}

fn numbers(object: &mut JsonObject) {
    let bounds = match object.get("format").and_then(Value::as_str) {
        Some("int32") => Some((json!(i32::MIN), json!(i32::MAX))),
        Some("uint32") => Some((json!(0), json!(u32::MAX))),
        Some(
            "int8" | "uint8" | "int16" | "uint16" | "int64" | "uint64" | "int" | "uint" | "float"
            | "double",
        ) => None,
        _ => return,
    };
    object.shift_remove("format");
    if let Some((least, greatest)) = bounds {
        for (keyword, exclusive, bound) in [
            ("minimum", "exclusiveMinimum", least),
            ("maximum", "exclusiveMaximum", greatest),
        ] {
            if !object.contains_key(exclusive) {
                object.entry(keyword).or_insert(bound);
            }
        }
    }
    // A positive `exclusiveMinimum` makes the type's own `minimum` of 0 superfluous.
    for (keyword, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        if object.contains_key(exclusive) {
            object.shift_remove(keyword);
        }
    }
}

/// A property that may be left out need not be `null` as well: calls with `null` are accepted, but
/// a model has one way to say it.
fn optional_properties(object: &mut JsonObject) {
    let required: Vec<String> = object
        .get("required")
        .and_then(Value::as_array)
        .map(|names| {
            names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        let Some(property) = property.as_object_mut() else {
            continue;
        };
        if !required.contains(name) {
            without_null(property);
        }
    }
}

fn without_null(property: &mut JsonObject) {
    if property.get("default").is_some_and(Value::is_null) {
        property.shift_remove("default");
    }
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &mut types[..] {
            let only = only.take();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = property.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(arms)) = property.get_mut("anyOf") else {
        return;
    };
    arms.retain(|arm| arm.get("type").is_none_or(|name| name != "null"));
    if let [Value::Object(only)] = &mut arms[..] {
        let only = std::mem::take(only);
        property.shift_remove("anyOf");
        for (keyword, value) in only {
            property.entry(keyword).or_insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tool::argument::{Arg, range};

    fn described(add: impl Fn(&mut SchemaGenerator, &mut Properties)) -> Value {
        let mut generator = settings().for_deserialize().into_generator();
        let mut into = Properties::default();
        add(&mut generator, &mut into);
        finish(object(generator, into)).into()
    }

    #[test]
    fn optional_arguments_are_not_required_and_not_null() {
        let schema = described(|generator, into| {
            Arg::<Option<u32>>::new("limit", "Rows.").describe(generator, into);
            Arg::<Option<Vec<String>>>::new("names", "Names.").describe(generator, into);
            Arg::<bool>::new("force", "Force.")
                .default(|| false)
                .describe(generator, into);
            Arg::<BTreeMap<String, String>>::new("labels", "Labels.").describe(generator, into);
        });
        assert_eq!(
            schema,
            json!({
                "type": "object",
                "properties": {
                    "limit": {"type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "Rows."},
                    "names": {"type": "array", "items": {"type": "string"}, "description": "Names."},
                    "force": {"type": "boolean", "description": "Force.", "default": false},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Labels."},
                },
                "required": ["labels"],
                "additionalProperties": false,
            })
        );
    }

    #[test]
    fn a_range_replaces_the_bounds_of_the_type() {
        let schema = described(|generator, into| {
            Arg::<u32>::new("limit", "Rows.")
                .keywords(&[|| range::<u32>(1..=1000)])
                .describe(generator, into);
        });
        let limit = &schema["properties"]["limit"];
        assert_eq!(
            *limit,
            json!({"type": "integer", "minimum": 1, "maximum": 1000, "description": "Rows."})
        );
    }

    #[test]
    fn properties_keep_the_order_of_the_parameters() {
        let schema = described(|generator, into| {
            for name in ["zebra", "ant", "monkey"] {
                Arg::<String>::new(name, "Animal.").describe(generator, into);
            }
        });
        let order: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(order, ["zebra", "ant", "monkey"]);
    }
}
