//! The audit file: one JSON line before a call changes something, one after.
//!
//! Both lines carry the same `id`. A call without a second line was cut off, or still runs.

use std::{
    borrow::Cow,
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
    sync::Arc,
    time::{Instant, SystemTime},
};

use chrono::{DateTime, SecondsFormat, Utc};
use parking_lot::Mutex;
use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::redact::{self, MASK, is_secret_key};
use crate::{
    error::{ErrorKind, Result, ToolError},
    tool::{effect::Effect, meta::Meta},
};

/// The longest text of an argument that is recorded in full, in characters.
const MAX_TEXT: usize = 1024;

/// How deep a schema is followed beside a value.
const MAX_DEPTH: usize = 64;

/// A file that says who changed what.
///
/// It is opened anew for each line, so that it may be moved away while the server runs.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    /// Lines of this process do not mix.
    turn: Mutex<()>,
}

impl Audit {
    /// Records go to the file at `path`; nothing is opened yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            turn: Mutex::new(()),
        }
    }

    /// Whether the file can be written to; makes it if it is not there.
    pub fn check(&self) -> io::Result<()> {
        open(&self.path).map(drop)
    }

    /// A call that is about to change something, not written yet. `arguments` must be masked.
    pub(crate) fn entry(
        self: &Arc<Self>,
        tool: &Meta,
        connection: Option<&str>,
        caller: &str,
        arguments: &Value,
    ) -> Entry {
        let id = format!("{:032x}", rand::random::<u128>());
        let begun = json!({
            "id": id,
            "time": now(),
            "event": "begin",
            "caller": caller,
            "user": user(),
            "pid": process::id(),
            "tool": tool.name,
            "effect": match tool.effect {
                Effect::ReadOnly => "read_only",
                Effect::Write => "write",
                Effect::Destructive => "destructive",
            },
            "connection": connection,
            "arguments": arguments,
        });
        Entry {
            audit: self.clone(),
            id,
            begun,
        }
    }

    async fn write(self: &Arc<Self>, record: Value) -> io::Result<()> {
        let audit = self.clone();
        tokio::task::spawn_blocking(move || audit.append(&record)).await?
    }

    /// Appends a line and waits until it is on the disk.
    fn append(&self, record: &Value) -> io::Result<()> {
        let _turn = self.turn.lock();
        let mut file = open(&self.path)?;
        // One write, so that lines of several processes do not mix either.
        file.write_all(format!("{record}\n").as_bytes())?;
        file.sync_data()
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A call that is about to change something.
pub(crate) struct Entry {
    audit: Arc<Audit>,
    id: String,
    begun: Value,
}

impl Entry {
    /// Writes the first line. Without it nothing may be changed.
    pub(crate) async fn begin(self) -> Result<Record> {
        let Self { audit, id, begun } = self;
        audit.write(begun).await.map_err(|error| {
            ToolError::new(
                ErrorKind::Refused,
                format!("nothing was changed: the audit file cannot be written: {error}"),
            )
            .hint("the operator has to make the file of `safety.audit_file` writable")
        })?;
        Ok(Record {
            audit,
            id,
            started: Instant::now(),
        })
    }
}

/// A call whose first line is written.
pub(crate) struct Record {
    audit: Arc<Audit>,
    id: String,
    started: Instant,
}

impl Record {
    /// Writes the second line.
    pub(crate) async fn finish(self, outcome: &str, error: Option<&ToolError>) {
        let record = json!({
            "id": self.id,
            "time": now(),
            "event": "end",
            "outcome": outcome,
            "error": error.map(ToolError::message),
            "millis": u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        // What was changed cannot be taken back.
        if let Err(error) = self.audit.write(record).await {
            tracing::error!(%error, id = self.id, "the end of a call could not be written to the audit file");
        }
    }
}

fn now() -> String {
    DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn user() -> Option<String> {
    ["USER", "USERNAME", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
}

/// The arguments without what is secret: values that the schema marks as such (`writeOnly`), and
/// those of keys whose names say so, and what shows itself in texts. Long texts are cut.
pub(crate) fn masked(arguments: &JsonObject, schema: &JsonObject) -> Value {
    let root = Value::Object(schema.clone());
    let mut value = Value::Object(arguments.clone());
    mask(&mut value, &[&root], &root, 0);
    value
}

/// Masks `value`, which all of `schemas` speak about.
fn mask(value: &mut Value, schemas: &[&Value], root: &Value, depth: usize) {
    let schemas = alternatives(schemas, root, depth);
    if schemas.iter().any(|schema| schema["writeOnly"] == true) {
        *value = MASK.into();
        return;
    }
    match value {
        Value::String(text) => {
            if let Cow::Owned(shown) = redact::text(text) {
                *text = shown;
            }
            shorten(text);
        }
        Value::Array(items) => {
            let inner: Vec<_> = schemas
                .iter()
                .filter_map(|schema| schema.get("items"))
                .collect();
            for item in items {
                mask(item, &inner, root, depth + 1);
            }
        }
        Value::Object(map) => {
            let sensitive_name = ["name", "key"].into_iter().any(|key| {
                map.get(key)
                    .and_then(Value::as_str)
                    .is_some_and(is_secret_key)
            });
            for (key, item) in map {
                if is_secret_key(key) || (sensitive_name && key == "value") {
                    *item = MASK.into();
                    continue;
                }
                let inner: Vec<_> = schemas
                    .iter()
                    .filter_map(|schema| {
                        schema["properties"]
                            .get(key)
                            .or_else(|| schema.get("additionalProperties"))
                    })
                    .collect();
                mask(item, &inner, root, depth + 1);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The schemas with everything they refer to and choose between.
fn alternatives<'s>(schemas: &[&'s Value], root: &'s Value, depth: usize) -> Vec<&'s Value> {
    let mut all: Vec<&Value> = Vec::new();
    let mut open: Vec<&Value> = schemas.to_vec();
    while let Some(schema) = open.pop() {
        if depth > MAX_DEPTH || all.iter().any(|known| std::ptr::eq(*known, schema)) {
            continue;
        }
        all.push(schema);
        for keyword in ["anyOf", "oneOf", "allOf"] {
            open.extend(schema[keyword].as_array().into_iter().flatten());
        }
        let target = schema["$ref"]
            .as_str()
            .and_then(|target| target.strip_prefix('#'));
        open.extend(target.and_then(|pointer| root.pointer(pointer)));
    }
    all
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        let length = text.len();
        text.truncate(end);
        // Writing to a `String` cannot fail.
        let _ = write!(text, "… ({length} bytes)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> JsonObject {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_the_schema_calls_secret_is_masked_at_any_depth() {
        let schema = object(&json!({
            "properties": {
                "pin": { "type": "string", "writeOnly": true },
                "many": { "items": { "$ref": "#/$defs/Login" } },
                "one": { "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/Login" }] },
                "map": { "additionalProperties": { "writeOnly": true } },
            },
            "$defs": {
                "Login": { "properties": { "pin": { "writeOnly": true }, "again": { "$ref": "#/$defs/Login" } } },
            },
        }));
        let arguments = object(&json!({
            "pin": "1",
            "many": [{ "pin": "2", "user": "me" }],
            "one": { "pin": "3", "again": { "pin": "4" } },
            "map": { "a": "5" },
            "left": 6,
        }));
        assert_eq!(
            masked(&arguments, &schema),
            json!({
                "pin": "***",
                "many": [{ "pin": "***", "user": "me" }],
                "one": { "pin": "***", "again": { "pin": "***" } },
                "map": { "a": "***" },
                "left": 6,
            })
        );
    }

    #[test]
    fn what_a_key_calls_secret_is_masked() {
        let arguments = object(&json!({
            "connectorConfig": { "database.password": "a", "kafka.api.secret": { "x": "b" }, "name": "c" },
            "changes": [{ "name": "sasl.jaas.config", "value": "d" }, { "name": "retention.ms", "value": "1" }],
            "key": { "message": "turn-1" },
            "accessToken": "e",
            "tokens": 3,
        }));
        assert_eq!(
            masked(&arguments, &JsonObject::new()),
            json!({
                "connectorConfig": { "database.password": "***", "kafka.api.secret": "***", "name": "c" },
                "changes": [{ "name": "sasl.jaas.config", "value": "***" }, { "name": "retention.ms", "value": "1" }],
                "key": { "message": "turn-1" },
                "accessToken": "***",
                "tokens": 3,
            })
        );
    }

    #[test]
    fn secrets_within_a_text_are_masked() {
        let arguments = object(&json!({
            "value": { "message": r#"{"config":"{\"password\":\"hunter2\",\"u\":\"amqp://app:pa/ss@db\"}"}"# },
        }));
        assert_eq!(
            masked(&arguments, &JsonObject::new()),
            json!({
                "value": { "message": r#"{"config":"{\"password\":\"***\",\"u\":\"amqp://***@db\"}"}"# },
            })
        );
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let masked = masked(
            &object(&json!({ "value": "é".repeat(3000) })),
            &JsonObject::new(),
        );
        let text = masked["value"].as_str().unwrap();
        assert_eq!(text, format!("{}… (6000 bytes)", "é".repeat(1024)));
    }
}
