//! Protobuf: JSON as the [canonical mapping](https://protobuf.dev/programming-guides/json/) has it.
//!
//! 64-bit integers are strings, bytes are base64, enums are names, the well-known types have their
//! own forms, and fields that hold their default and have no presence are left out. Field names are
//! written in lowerCamelCase and read in both spellings.

pub(super) mod builtin;
mod compile;
mod known;
mod messages;
mod parse;
mod print;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use prost_reflect::{
    Cardinality, DynamicMessage, FileDescriptor, ReflectMessage as _, Value as Field,
    prost::Message as _,
};
use serde_json::Value;

use super::{
    limits::Limits,
    problem::{Problem, Step, excerpt},
    schema::Schema,
};

/// A schema that is ready to be used.
#[derive(Debug)]
pub(super) struct Compiled {
    file: FileDescriptor,
    /// Whether any message has required fields (proto2).
    has_required: bool,
}

/// A message as bytes.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// Where the message is in its file.
    pub(super) indexes: Vec<usize>,
    /// The full name of the message.
    pub(super) message: String,
}

/// A message as JSON.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) value: Value,
    /// The full name of the message.
    pub(super) message: String,
    /// What the JSON does not show.
    pub(super) problem: Option<Problem>,
}

impl Compiled {
    /// `references` are all files that the text imports, directly or through others.
    pub(super) fn new<'a>(
        text: &str,
        references: impl IntoIterator<Item = (&'a str, &'a Schema)>,
    ) -> Result<Self, Problem> {
        let file = compile::compile(text, references)?;
        let has_required = file
            .parent_pool()
            .all_messages()
            .filter(|message| message.package_name() != "google.protobuf")
            .flat_map(|message| message.fields().collect::<Vec<_>>())
            .any(|field| field.cardinality() == Cardinality::Required);
        Ok(Self { file, has_required })
    }

    /// Writes `value` as the message called `name`.
    pub(super) fn encode(
        &self,
        value: &Value,
        name: Option<&str>,
        limits: &Limits,
    ) -> Result<Encoded, Problem> {
        let (message, indexes) = messages::by_name(&self.file, name)?;
        let name = message.full_name().to_owned();
        let message = parse::parse(message, value)?;
        if self.has_required {
            check_required(&message)?;
        }
        if message.encoded_len() > limits.payload_bytes {
            return Err(Problem::new(format!(
                "the payload would be larger than {} bytes",
                limits.payload_bytes
            )));
        }
        Ok(Encoded {
            bytes: message.encode_to_vec(),
            indexes,
            message: name,
        })
    }

    /// Reads the message at `indexes`.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        indexes: &[usize],
        limits: &Limits,
    ) -> Result<Decoded, Problem> {
        let mut message = messages::by_indexes(&self.file, indexes)?;
        let mut unknown = scan::scan(&message, bytes, limits);
        // The Python client counts in another way, and where only that leads to a message that has all
        // the fields, it was the one to write this.
        if !unknown.as_ref().is_ok_and(BTreeSet::is_empty)
            && let Some(other) = messages::by_indexes_otherwise(&self.file, indexes, &message)
            && let Ok(none) = scan::scan(&other, bytes, limits)
            && none.is_empty()
        {
            (message, unknown) = (other, Ok(none));
        }
        let name = message.full_name().to_owned();
        let mut notes: Vec<_> = scan::note(unknown?).into_iter().collect();
        let decoded = DynamicMessage::decode(message, bytes).map_err(|error| {
            Problem::new(format!("as `{name}`: {}", excerpt(&error.to_string())))
        })?;
        let value = print::print(&decoded, limits, &mut notes)?;
        Ok(Decoded {
            value,
            message: name,
            problem: (!notes.is_empty()).then(|| Problem::new(notes.join("; "))),
        })
    }
}

/// Other clients refuse a message that lacks a required field.
fn check_required(message: &DynamicMessage) -> Result<(), Problem> {
    let missing = message
        .descriptor()
        .fields()
        .find(|field| field.cardinality() == Cardinality::Required && !message.has_field(field));
    if let Some(field) = missing {
        return Err(
            Problem::new("missing, and the schema requires it").at(Step::field(field.json_name()))
        );
    }
    for (field, value) in message.fields() {
        let at = |problem: Problem| problem.at(Step::field(field.json_name()));
        match value {
            Field::Message(inner) => check_required(inner).map_err(at)?,
            Field::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Field::Message(inner) = item {
                        check_required(inner).map_err(|p| at(p.at(Step::Index(index))))?;
                    }
                }
            }
            Field::Map(entries) => {
                for (key, entry) in entries {
                    if let Field::Message(inner) = entry {
                        let step = || Step::field(&print::key_text(key));
                        check_required(inner).map_err(|p| at(p.at(step())))?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}
