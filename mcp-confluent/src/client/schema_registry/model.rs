//! What a registry holds.

use std::{
    fmt::{self, Display},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ToolError;

/// The language of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum SchemaType {
    /// Apache Avro; what a registry means where it does not say.
    #[default]
    Avro,
    /// JSON Schema.
    Json,
    /// Protocol Buffers.
    Protobuf,
    /// One that a plug-in of the registry brings.
    Other(String),
}

impl SchemaType {
    /// The registry's name for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for SchemaType {
    fn from(name: String) -> Self {
        match name.as_str() {
            "AVRO" => Self::Avro,
            "JSON" => Self::Json,
            "PROTOBUF" => Self::Protobuf,
            _ => Self::Other(name),
        }
    }
}

impl Display for SchemaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SchemaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SchemaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// A schema as it is registered: text and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// Its language.
    #[serde(default)]
    pub schema_type: SchemaType,
    /// The text.
    #[serde(rename = "schema")]
    pub text: String,
    /// Other registered schemas that the text uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

impl Schema {
    /// A schema that refers to no other.
    pub fn new(schema_type: SchemaType, text: impl Into<String>) -> Self {
        Self {
            schema_type,
            text: text.into(),
            references: Vec::new(),
        }
    }
}

/// How one schema uses another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// The name in the text: a full name (Avro), a URI (JSON Schema), an import path (Protobuf).
    pub name: String,
    /// The subject it is registered under.
    pub subject: String,
    /// Its version there; -1 means the latest.
    pub version: i32,
}

/// A schema that was asked for by its id or GUID.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KnownSchema {
    /// A subject that has it, in the context where it was found. Newer registries say it if they are
    /// asked with a subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// The globally unique id, where the registry says it.
    #[serde(default)]
    pub guid: Option<String>,
    /// The schema.
    #[serde(flatten)]
    pub schema: Schema,
}

/// One version of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RegisteredSchema {
    /// The subject.
    pub subject: String,
    /// The version, from 1.
    pub version: u32,
    /// The id that records carry.
    pub id: u32,
    /// The globally unique id, where the registry has those.
    #[serde(default)]
    pub guid: Option<String>,
    /// The schema.
    #[serde(flatten)]
    pub schema: Schema,
}

/// What registering a schema came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Registration {
    /// The id that records carry.
    pub id: u32,
    /// The version, where the registry says it.
    #[serde(default)]
    pub version: Option<u32>,
    /// The globally unique id, where the registry has those.
    #[serde(default)]
    pub guid: Option<String>,
}

/// A place where a schema is registered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct SubjectVersion {
    /// The subject.
    pub subject: String,
    /// The version, from 1.
    pub version: u32,
}

/// The id of a schema in one of the contexts it is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct ContextId {
    /// The context, `.` for the default one.
    pub context: String,
    /// The id.
    pub id: u32,
}

/// Which version of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The one with the highest number that is not deleted.
    Latest,
    /// The one with this number, from 1.
    Number(u32),
}

impl Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl FromStr for Version {
    type Err = ToolError;

    fn from_str(text: &str) -> Result<Self, ToolError> {
        match text.trim() {
            "latest" => Ok(Self::Latest),
            number => match number.parse() {
                Ok(number) if number > 0 => Ok(Self::Number(number)),
                _ => Err(ToolError::argument(format!(
                    "`{text}` is no version: it is a number from 1, or `latest`"
                ))),
            },
        }
    }
}

/// Whether soft-deleted subjects and versions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    /// Only what is not deleted.
    #[default]
    Exclude,
    /// Both.
    Include,
    /// Only what is soft-deleted.
    Only,
}

/// The context of a qualified subject such as `:.staging:orders-value`: `.staging`. `None` where the
/// subject is in the default context.
pub fn context_of(subject: &str) -> Option<&str> {
    let (context, _) = subject.strip_prefix(':')?.split_once(':')?;
    (context.starts_with('.') && context != ".").then_some(context)
}

/// The name of a subject in its context: `orders-value` of `:.staging:orders-value`.
pub fn without_context(subject: &str) -> &str {
    let qualified = subject.strip_prefix(":.").and_then(|it| it.split_once(':'));
    qualified.map_or(subject, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_version_is() {
        assert_eq!("latest".parse::<Version>().ok(), Some(Version::Latest));
        assert_eq!(" 7 ".parse::<Version>().ok(), Some(Version::Number(7)));
        for bad in ["", "0", "-1", "1.0", "v1", "99999999999"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }

    #[test]
    fn contexts_of_subjects() {
        assert_eq!(context_of(":.staging:orders"), Some(".staging"));
        assert_eq!(context_of(":.:orders"), None);
        assert_eq!(context_of("orders"), None);
        assert_eq!(context_of(":odd"), None);
        assert_eq!(without_context(":.staging:orders"), "orders");
        assert_eq!(without_context(":.:orders"), "orders");
        assert_eq!(without_context(":.staging:"), "");
        assert_eq!(without_context("a:b"), "a:b");
        assert_eq!(without_context(":odd"), ":odd");
    }

    #[test]
    fn a_registry_may_leave_out_what_is_usual() {
        let answer = r#"{"subject":"s","version":1,"id":7,"schema":"\"long\"","ts":1}"#;
        let schema: RegisteredSchema = serde_json::from_str(answer).expect("a schema");
        assert_eq!(schema.schema, Schema::new(SchemaType::Avro, "\"long\""));
        assert_eq!(schema.guid, None);
        let sent = serde_json::to_string(&schema.schema).expect("JSON");
        assert_eq!(sent, r#"{"schemaType":"AVRO","schema":"\"long\""}"#);
    }
}
