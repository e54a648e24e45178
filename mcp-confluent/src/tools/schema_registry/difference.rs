//! What differs between two schemas.

use serde_json::{Map, Value};

use crate::{
    client::schema_registry::{Schema, SchemaType},
    prelude::*,
};

/// Lines of Protobuf that are compared at most; more are compared as a whole.
const MAX_LINES: usize = 2000;

/// One difference.
#[confluent_type]
#[derive(PartialEq)]
pub(super) struct Change {
    /// What happened.
    pub(super) kind: ChangeKind,
    /// Where: the names that lead there (Avro, JSON Schema), or the line (Protobuf).
    pub(super) path: String,
    /// What was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

/// What happened to a part of a schema.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another one.
    Changed,
}

impl Change {
    fn added(path: &str, after: String) -> Self {
        Self {
            kind: ChangeKind::Added,
            path: path.to_owned(),
            before: None,
            after: Some(after),
        }
    }

    fn removed(path: &str, before: String) -> Self {
        Self {
            kind: ChangeKind::Removed,
            path: path.to_owned(),
            before: Some(before),
            after: None,
        }
    }

    fn changed(path: &str, before: String, after: String) -> Self {
        let (before, after) = (Some(before), Some(after));
        Self {
            kind: ChangeKind::Changed,
            path: path.to_owned(),
            before,
            after,
        }
    }
}

/// The differences from one schema to another, also in what they refer to.
pub(super) fn between(from: &Schema, to: &Schema) -> Vec<Change> {
    let mut changes = Vec::new();
    if from.schema_type != to.schema_type {
        let (before, after) = (from.schema_type.to_string(), to.schema_type.to_string());
        return vec![Change::changed("schemaType", before, after)];
    }
    let parse = |schema: &Schema| serde_json::from_str::<Value>(&schema.text).ok();
    match (&from.schema_type, parse(from), parse(to)) {
        (SchemaType::Avro | SchemaType::Json, Some(before), Some(after)) => {
            values("", &before, &after, &mut changes);
        }
        _ => lines(&from.text, &to.text, &mut changes),
    }
    let references = |schema: &Schema| serde_json::to_value(&schema.references).unwrap_or_default();
    values(
        "references",
        &references(from),
        &references(to),
        &mut changes,
    );
    changes
}

fn values(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => members(path, before, after, changes),
        (Value::Array(old), Value::Array(new))
            if let (Some(before), Some(after)) = (by_name(old), by_name(new)) =>
        {
            members(path, &before, &after, changes);
            // The fields of an Avro record are written in their order.
            let (before, after) = (order(old, &after), order(new, &before));
            if before != after {
                changes.push(Change::changed(path, before, after));
            }
        }
        _ => changes.push(Change::changed(path, before.to_string(), after.to_string())),
    }
}

fn members(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    changes: &mut Vec<Change>,
) {
    let inside = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    for (key, old) in before {
        match after.get(key) {
            Some(new) => values(&inside(key), old, new, changes),
            None => changes.push(Change::removed(&inside(key), old.to_string())),
        }
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        changes.push(Change::added(&inside(key), new.to_string()));
    }
}

/// A list of objects with a `name` each, such as an Avro record's fields, as an object.
fn by_name(list: &[Value]) -> Option<Map<String, Value>> {
    let mut named = Map::new();
    for item in list {
        let name = item.get("name")?.as_str()?;
        if named.insert(name.to_owned(), item.clone()).is_some() {
            return None;
        }
    }
    Some(named)
}

/// The names of a list, without those that the other one does not have.
fn order(list: &[Value], other: &Map<String, Value>) -> String {
    let names = list.iter().filter_map(|item| item.get("name")?.as_str());
    let common: Vec<_> = names.filter(|name| other.contains_key(*name)).collect();
    common.join(", ")
}

/// The lines that were added and removed, by their longest common subsequence; spaces at their ends
/// and empty lines do not count.
fn lines(before: &str, after: &str, changes: &mut Vec<Change>) {
    let split = |text: &str| -> Vec<(usize, String)> {
        let lines = text.lines().enumerate();
        let lines = lines.map(|(index, line)| (index + 1, line.trim().to_owned()));
        lines.filter(|(_, line)| !line.is_empty()).collect()
    };
    let (old, new) = (split(before), split(after));
    if old.len().max(new.len()) > MAX_LINES {
        if before != after {
            changes.push(Change::changed("text", before.to_owned(), after.to_owned()));
        }
        return;
    }
    // common[i][j]: the length of what old[i..] and new[j..] have in common.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i].1 == new[j].1 {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i].1 == new[j].1 {
            i += 1;
            j += 1;
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            changes.push(Change::removed(
                &format!("line {}", old[i].0),
                old[i].1.clone(),
            ));
            i += 1;
        } else {
            changes.push(Change::added(
                &format!("line {}", new[j].0),
                new[j].1.clone(),
            ));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(kind: SchemaType, before: &str, after: &str) -> Vec<String> {
        let changes = between(
            &Schema::new(kind.clone(), before),
            &Schema::new(kind, after),
        );
        let sign = |kind| match kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
        };
        changes
            .iter()
            .map(|change| format!("{}{}", sign(change.kind), change.path))
            .collect()
    }

    #[test]
    fn avro_fields_are_matched_by_name() {
        let before = r#"{"type":"record","name":"R","fields":[
            {"name":"a","type":"int"},{"name":"b","type":"string"},{"name":"c","type":{"type":"record","name":"C","fields":[{"name":"x","type":"int"}]}}]}"#;
        let after = r#"{"type":"record","name":"R","doc":"new","fields":[
            {"name":"c","type":{"type":"record","name":"C","fields":[{"name":"x","type":"long"}]}},{"name":"a","type":"int"},{"name":"d","type":"int"}]}"#;
        assert_eq!(
            paths(SchemaType::Avro, before, after),
            [
                "-fields.b",
                "~fields.c.type.fields.x.type",
                "+fields.d",
                "~fields",
                "+doc"
            ]
        );
        assert!(paths(SchemaType::Avro, before, before).is_empty());
        assert_eq!(
            paths(SchemaType::Avro, r#""int""#, r#"["null","int"]"#),
            ["~"]
        );
    }

    #[test]
    fn the_order_of_avro_fields_counts() {
        let schema = |fields: &[&str]| {
            let fields: Vec<Value> = fields
                .iter()
                .map(|name| serde_json::json!({"name": name, "type": "int"}))
                .collect();
            let text = serde_json::json!({"type": "record", "name": "R", "fields": fields});
            Schema::new(SchemaType::Avro, text.to_string())
        };
        let changes = between(&schema(&["a", "b"]), &schema(&["b", "a"]));
        let (before, after) = ("a, b".to_owned(), "b, a".to_owned());
        assert_eq!(changes, [Change::changed("fields", before, after)]);
        let added = between(&schema(&["a", "b"]), &schema(&["a", "c", "b"]));
        assert_eq!(added.len(), 1, "only what is added");
    }

    #[test]
    fn json_schemas_are_matched_by_key() {
        assert_eq!(
            paths(
                SchemaType::Json,
                r#"{"properties":{"a":{"type":"string"}},"required":["a"]}"#,
                r#"{"required":["a","b"],"properties":{"a":{"type":"string","maxLength":3}}}"#
            ),
            ["+properties.a.maxLength", "~required"]
        );
    }

    #[test]
    fn protobuf_is_compared_by_line() {
        let before = "syntax = \"proto3\";\nmessage M {\n  int32 a = 1;\n  int32 b = 2;\n}\n";
        let after = "syntax = \"proto3\";\n\nmessage M {\n    int32 a = 1;\n    int64 c = 3;\n}\n";
        assert_eq!(
            paths(SchemaType::Protobuf, before, after),
            ["-line 4", "+line 5"]
        );
    }

    #[test]
    fn references_count() {
        let schema = |version| Schema {
            references: vec![crate::client::schema_registry::Reference {
                name: "n".to_owned(),
                subject: "s".to_owned(),
                version,
            }],
            ..Schema::new(SchemaType::Avro, r#""n""#)
        };
        let changes = between(&schema(1), &schema(2));
        assert_eq!(
            changes,
            [Change::changed(
                "references.n.version",
                "1".to_owned(),
                "2".to_owned()
            )]
        );
    }
}
