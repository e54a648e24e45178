//! The documents that list tools and keys say what the program says:
//! `UPDATE_DOCS=1 cargo test -p mcp-confluent --test documents` writes them anew.

#![cfg(all(feature = "kafka", feature = "http"))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is a failure")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use mcp_confluent::{
    Requirement,
    tool::{
        effect::Effect,
        registry::{Entry, Registry},
    },
};
use serde_json::{Map, Value};

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
        "{name} is not up to date: UPDATE_DOCS=1 cargo test -p mcp-confluent --test documents"
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
    let mut text = String::from(
        "# Tools\n\nGenerated from the tools themselves: `UPDATE_DOCS=1 cargo test -p mcp-confluent --test documents`.\n\
         With several connections every tool that needs one also takes `connectionId`.\n",
    );
    for (category, tools) in by_category() {
        text += &format!("\n## {category}\n");
        for entry in tools {
            text += &section(entry);
        }
    }
    check("docs/tools.md", &text);
}

#[test]
fn the_configuration_document_lists_every_key() {
    let schema = mcp_confluent::config::json_schema();
    let mut text = keys("The file", &schema);
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        let alternatives = definition.get("oneOf").and_then(Value::as_array);
        for definition in alternatives.unwrap_or(&vec![definition.clone()]) {
            let kind = definition["properties"]["type"]["const"].as_str();
            let title = match kind {
                Some(kind) => format!("`{name}`, type `{kind}`"),
                None => format!("`{name}`"),
            };
            text += &keys(&title, definition);
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

/// The keys of one block as a table.
fn keys(title: &str, block: &Value) -> String {
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
            format!(
                "| {mark}`{name}`{mark} | {about}{choices}{} |\n",
                default.unwrap_or_default()
            )
        })
        .collect();
    let about = block["description"].as_str().unwrap_or_default();
    if rows.is_empty() {
        return format!("\n### {title}\n\n{about}\n");
    }
    format!(
        "\n### {title}\n\n{about}\n\n| Key | |\n|---|---|\n{}",
        rows.concat()
    )
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
    let schema = entry.input_schema();
    let Some(arguments) = schema["properties"].as_object().filter(|it| !it.is_empty()) else {
        return text;
    };
    let required = schema.get("required").and_then(Value::as_array);
    text += "\n| Argument | Type | |\n|---|---|---|\n";
    for (name, argument) in arguments {
        let is_required = required.is_some_and(|names| names.iter().any(|it| it == name));
        let mark = if is_required { "**" } else { "" };
        let what = argument["description"].as_str().unwrap_or_default();
        text += &format!(
            "| {mark}`{name}`{mark} | {} | {}{} |\n",
            kind(argument, &schema).replace('|', "\\|"),
            what.replace('\n', " ").replace('|', "\\|"),
            default(argument)
        );
    }
    text
}

fn default(argument: &Value) -> String {
    match argument.get("default") {
        None | Some(Value::Null | Value::Object(_)) => String::new(),
        Some(default) => format!(" Default: `{default}`."),
    }
}

/// The type of an argument in a word or two.
fn kind(argument: &Value, schema: &Map<String, Value>) -> String {
    if let Some(name) = argument["$ref"]
        .as_str()
        .and_then(|it| it.strip_prefix("#/$defs/"))
    {
        return kind(&schema["$defs"][name], schema);
    }
    if let Some(values) = argument["enum"].as_array() {
        let values: Vec<_> = values
            .iter()
            .filter_map(Value::as_str)
            .map(|value| format!("`{value}`"))
            .collect();
        return values.join(", ");
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(choices) = argument[word].as_array() {
            let mut kinds: Vec<_> = choices.iter().map(|it| kind(it, schema)).collect();
            kinds.dedup();
            return kinds.join(" or ");
        }
    }
    match argument["type"].as_str() {
        Some("array") => format!("list of {}", kind(&argument["items"], schema)),
        Some(kind) => kind.to_owned(),
        None => "any".to_owned(),
    }
}
