//! The documents that list tools, resources, prompts and keys say what the program says:
//! `UPDATE_DOCS=1 cargo test --workspace --test documents` writes them anew.

#![cfg(all(feature = "kafka", feature = "http"))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is a failure")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use mcp_confluent::{
    Requirement,
    tool::{
        effect::Effect,
        meta::Meta,
        registry::{Entry, Registry},
    },
};
use serde_json::{Map, Value, json};

const BEGIN: &str = "<!-- tools: generated -->\n";
const END: &str = "<!-- end of tools -->";

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(name)
}

/// Compares a document with what it should be, or writes it.
fn check(name: &str, expected: &str) {
    let path = file(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{name} is not up to date: UPDATE_DOCS=1 cargo test --workspace --test documents"
    );
}

fn by_category() -> BTreeMap<&'static str, Vec<&'static Entry>> {
    let mut categories: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in Registry::collect().unwrap().iter() {
        let category = entry.meta().category.as_str();
        categories.entry(category).or_default().push(entry);
    }
    categories
}

#[test]
fn the_readme_names_every_tool() {
    let mut table = String::from("| Category | Tools |\n|---|---|\n");
    for (category, tools) in by_category() {
        let names: Vec<_> = tools
            .iter()
            .map(|entry| format!("`{}`", entry.meta().name))
            .collect();
        table += &format!("| {category} | {} |\n", names.join(", "));
    }
    let readme = fs::read_to_string(file("README.md")).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the mark before the table");
    let (_, after) = rest.split_once(END).expect("the mark behind the table");
    check("README.md", &format!("{before}{BEGIN}{table}{END}{after}"));
}

#[test]
fn the_reference_says_what_each_tool_takes() {
    let mut text = String::from(ABOUT_TOOLS);
    let categories = by_category();
    let needed: BTreeMap<_, _> = categories
        .values()
        .flatten()
        .flat_map(|entry| entry.meta().requirements())
        .map(|need| (need.name(), need.reason()))
        .collect();
    for (need, reason) in needed {
        text += &format!("| `{need}` | {reason} |\n");
    }
    for (category, tools) in categories {
        text += &format!("\n## {category}\n");
        for entry in tools {
            text += &section(entry);
        }
    }
    check("docs/tools.md", &text);
}

const ABOUT_TOOLS: &str = "# Tools

Generated from the code: `UPDATE_DOCS=1 cargo test --workspace --test documents`.

Bold arguments are required; those within an object, where the object is given. `topics[].name` is the field `name` of
each item of `topics`, `headers.<name>` a value of the map `headers`. With several connections, every tool that needs
one also takes `connectionId`. `confirmToken` comes from the plan that a destructive tool answers with where the client
cannot ask a person; the same call with it goes through.

A tool is on where a connection offers what the tool needs. A connection of `type: oauth` offers everything but
`kafka-api-key`; any other lacks a need where

| Need | |
|---|---|
";

#[test]
fn the_configuration_document_lists_every_key() {
    let schema = mcp_confluent::config::json_schema();
    let mut blocks = Vec::new();
    find_blocks(&schema, "", &schema["definitions"], &mut blocks);
    let mut text = String::from("\n### The file\n") + &keys(&schema);
    for (name, places) in blocks {
        let definition = &schema["definitions"][&name];
        let about = definition["description"].as_str().unwrap();
        let comma = if places.len() > 3 { ",\n" } else { ", " };
        text += &format!("\n### `{name}`\n\nPath: {}.\n", places.join(comma));
        let Some(arms) = definition.get("oneOf").and_then(Value::as_array) else {
            text += &keys(definition);
            continue;
        };
        text += &format!("\n{about}\n");
        // Ways that take the same keys stand together.
        let mut ways: Vec<(Vec<String>, String)> = Vec::new();
        for arm in arms {
            let kind = arm["properties"]["type"]["const"].as_str().unwrap();
            let title = format!("`type: {kind}`");
            let keys = keys(arm);
            match ways.iter_mut().find(|(_, known)| *known == keys) {
                Some((titles, _)) => titles.push(title),
                None => ways.push((vec![title], keys)),
            }
        }
        for (titles, keys) in ways {
            text += &format!("\n#### {}\n{keys}", titles.join(", "));
        }
    }
    let document = fs::read_to_string(file("docs/configuration.md")).unwrap();
    let (before, rest) = document
        .split_once(BEGIN_KEYS)
        .expect("the mark before the keys");
    let (_, after) = rest.split_once(END_KEYS).expect("the mark behind the keys");
    let expected = format!("{before}{BEGIN_KEYS}{text}\n{END_KEYS}{after}");
    check("docs/configuration.md", &expected);
}

const BEGIN_KEYS: &str = "<!-- keys: generated -->\n";
const END_KEYS: &str = "<!-- end of keys -->";

/// The blocks that `schema` refers to, in the order of the file, each with the places where the file
/// has it; `place` is that of `schema`.
fn find_blocks(schema: &Value, place: &str, all: &Value, found: &mut Vec<(String, Vec<String>)>) {
    let arms = schema.get("oneOf").and_then(Value::as_array);
    for schema in arms.unwrap_or(&vec![schema.clone()]) {
        for (key, value) in schema["properties"].as_object().unwrap() {
            let Some(name) = block_of(value) else {
                continue;
            };
            let dot = if place.is_empty() { "" } else { "." };
            let each = if value.get("additionalProperties").is_some() {
                ".<id>"
            } else {
                ""
            };
            let place = format!("{place}{dot}{key}{each}");
            let known = found.iter().position(|(known, _)| known == name);
            let index = known.unwrap_or_else(|| {
                found.push((name.to_owned(), Vec::new()));
                found.len() - 1
            });
            let quoted = format!("`{place}`");
            if !found[index].1.contains(&quoted) {
                found[index].1.push(quoted);
            }
            find_blocks(&all[name], &place, all, found);
        }
    }
}

/// The name of the block that a key holds, or a map of.
fn block_of(key: &Value) -> Option<&str> {
    let reference = [&key["allOf"][0], &key["additionalProperties"]]
        .into_iter()
        .find_map(|it| it["$ref"].as_str());
    reference?.strip_prefix("#/definitions/")
}

/// What a block is, and its keys as a table.
fn keys(block: &Value) -> String {
    let required = block["required"].as_array().cloned().unwrap_or_default();
    let properties = block["properties"].as_object().unwrap();
    let rows: Vec<_> = properties
        .iter()
        .filter(|(name, _)| *name != "type")
        .map(|(name, key)| {
            let is_required = required.iter().any(|it| it == name);
            let mark = if is_required { "**" } else { "" };
            let about = key["description"].as_str().unwrap_or_default();
            let choices = key["anyOf"].as_array().cloned().unwrap_or_default();
            let choices: Vec<_> = choices
                .iter()
                .filter_map(|it| {
                    Some(format!(
                        "`{}` ({})",
                        it["const"].as_str()?,
                        it["description"].as_str()?
                    ))
                })
                .collect();
            let choices = if choices.is_empty() {
                String::new()
            } else {
                format!(" One of {}.", choices.join(", "))
            };
            let default = key.get("default").map(|it| format!(" Default: `{it}`."));
            let see = block_of(key).map(|it| format!(" See [`{it}`](#{it})."));
            format!(
                "| {mark}`{name}`{mark} | {about}{choices}{}{} |\n",
                default.unwrap_or_default(),
                see.unwrap_or_default()
            )
        })
        .collect();
    let about = block["description"].as_str().unwrap_or_default();
    if rows.is_empty() {
        return format!("\n{about}\n");
    }
    format!("\n{about}\n\n| Key | |\n|---|---|\n{}", rows.concat())
}

#[test]
fn the_reference_says_what_can_be_read_and_asked_for() {
    let registry = Registry::collect().unwrap();
    let mut text = String::from(
        "# Resources and prompts\n\nGenerated from the code: `UPDATE_DOCS=1 cargo test --workspace --test documents`. \
         [tools.md](tools.md) explains\nwhat a connection needs.\n\n\
         ## Resources\n\nValues in a URI are percent-encoded, all but letters, digits, `-`, `.`, `_` and `~`. \
         `{connection}` is the id of a\nconfigured connection.\n",
    );
    for entry in registry.resources() {
        let listed = if entry.is_listed() {
            " Listed live."
        } else {
            ""
        };
        text += &format!(
            "\n### `{}`\n\n{}\n\n`{}`, {}.{listed} Needs: {}.\n",
            entry.uri(),
            entry.meta().description,
            entry.meta().name,
            entry.mime_type(),
            needs(entry.meta())
        );
        text += &texts(&entry.variables(), "Variable");
    }
    text += "\n## Prompts\n\nA prompt that is a skill too is also the file `skill://<name>/SKILL.md`.\n";
    for entry in registry.prompts() {
        let skill = if entry.is_skill() {
            " A skill too."
        } else {
            ""
        };
        text += &format!(
            "\n### {}\n\n{}\n\n{}.{skill} Needs: {}.\n",
            entry.meta().name,
            entry.meta().description,
            entry.meta().category.as_str(),
            needs(entry.meta())
        );
        text += &texts(&entry.arguments(), "Argument");
    }
    check("docs/resources.md", &text);
}

fn needs(meta: &Meta) -> String {
    let needs: Vec<_> = meta.requirements().map(Requirement::name).collect();
    if needs.is_empty() {
        "no service".to_owned()
    } else {
        needs.join(", ")
    }
}

/// A table of arguments that are texts.
fn texts(schema: &Map<String, Value>, head: &str) -> String {
    let Some(arguments) = schema["properties"].as_object().filter(|it| !it.is_empty()) else {
        return String::new();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let mut text = format!("\n| {head} | |\n|---|---|\n");
    for (name, argument) in arguments {
        let is_required = required.is_some_and(|names| names.iter().any(|it| it == name));
        let mark = if is_required { "**" } else { "" };
        let what = argument["description"].as_str().unwrap_or_default();
        text += &format!("| {mark}`{name}`{mark} | {} |\n", what.replace('|', "\\|"));
    }
    text
}

fn section(entry: &Entry) -> String {
    let meta = entry.meta();
    let effect = match meta.effect {
        Effect::ReadOnly => "Reads only.",
        Effect::Write if meta.always_changes() => "Changes something.",
        Effect::Write => "Changes something, or only reads, depending on its arguments.",
        Effect::Destructive => "Can destroy something.",
    };
    let needs: Vec<_> = meta.requirements().map(Requirement::name).collect();
    let needs = if needs.is_empty() {
        "no connection".to_owned()
    } else {
        needs.join(", ")
    };
    let mut text = format!(
        "\n### {}\n\n{}\n\n{effect} Needs: {needs}.\n",
        meta.name, meta.description
    );
    let mut schema = entry.input_schema();
    if meta.confirm {
        schema["properties"]["confirmToken"] =
            json!({ "type": "string", "description": "From the plan." });
    }
    let mut rows = String::new();
    add_rows(&mut rows, "", &Value::Object(schema.clone()), &schema);
    if !rows.is_empty() {
        text += &format!("\n| Argument | Type | |\n|---|---|---|\n{rows}");
    }
    text
}

/// A row for each property of `object`, which is at `path`, and for what is in it.
fn add_rows(rows: &mut String, path: &str, object: &Value, schema: &Map<String, Value>) {
    let object = resolved(object, schema);
    let required = object["required"].as_array();
    for (name, property) in object["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        let is_required = required.is_some_and(|names| names.iter().any(|it| it == name));
        let mark = if is_required { "**" } else { "" };
        // An alternative of one property says what that property means.
        let what = property["description"].as_str();
        let what = what.or(object["description"].as_str()).unwrap_or_default();
        let cell = |text: String| text.replace('\n', " ").replace('|', "\\|");
        *rows += &format!(
            "| {mark}`{path}`{mark} | {} | {} |\n",
            cell(kind(property, schema)),
            cell(format!(
                "{what}{}{}",
                meanings(property, schema),
                default(property)
            ))
        );
        add_inner_rows(rows, &path, property, schema);
    }
}

/// The rows for what is in the value at `path`.
fn add_inner_rows(rows: &mut String, path: &str, value: &Value, schema: &Map<String, Value>) {
    let value = resolved(value, schema);
    add_rows(rows, &format!("{path}."), value, schema);
    for alternative in alternatives(value) {
        add_inner_rows(rows, path, alternative, schema);
    }
    for (word, inner) in [("items", "[]"), ("additionalProperties", ".<name>")] {
        if value[word].is_object() {
            add_inner_rows(rows, &format!("{path}{inner}"), &value[word], schema);
        }
    }
}

/// What `$ref` stands for.
fn resolved<'a>(it: &'a Value, schema: &'a Map<String, Value>) -> &'a Value {
    let name = it["$ref"].as_str();
    match name.and_then(|it| it.strip_prefix("#/$defs/")) {
        Some(name) => &schema["$defs"][name],
        None => it,
    }
}

fn alternatives(it: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["anyOf", "oneOf"].map(|word| it[word].as_array());
    lists.into_iter().flatten().flatten()
}

/// What the forms mean that a property may have; those of objects are told by their fields.
fn meanings(property: &Value, schema: &Map<String, Value>) -> String {
    let meanings = alternatives(resolved(property, schema))
        .filter(|it| it.get("properties").is_none())
        .filter_map(|it| {
            let meaning = it["description"].as_str()?;
            Some(format!(" {}: {meaning}", kind(it, schema)))
        });
    meanings.collect()
}

fn default(argument: &Value) -> String {
    match argument.get("default") {
        None | Some(Value::Null | Value::Object(_)) => String::new(),
        Some(default) => format!(" Default: `{default}`."),
    }
}

/// The type of an argument in a word or two.
fn kind(argument: &Value, schema: &Map<String, Value>) -> String {
    let argument = resolved(argument, schema);
    if let Some(word) = argument["const"].as_str() {
        return format!("`{word}`");
    }
    if let Some(values) = argument["enum"].as_array() {
        let values: Vec<_> = values
            .iter()
            .filter_map(Value::as_str)
            .map(|value| format!("`{value}`"))
            .collect();
        return values.join(", ");
    }
    let mut kinds: Vec<_> = alternatives(argument).map(|it| kind(it, schema)).collect();
    kinds.dedup();
    if !kinds.is_empty() {
        return kinds.join(" or ");
    }
    match argument["type"].as_str() {
        Some("array") => format!("list of {}", kind(&argument["items"], schema)),
        Some("object") if argument["additionalProperties"].is_object() => {
            format!("map of {}", kind(&argument["additionalProperties"], schema))
        }
        Some(kind) => kind.to_owned(),
        None => "any".to_owned(),
    }
}
