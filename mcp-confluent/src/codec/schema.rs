//! Schemas as the codecs take them: text, kind, and everything they refer to.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Result;

/// The language a schema is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemaKind {
    /// Apache Avro; what a registry means where it names no type.
    Avro,
    /// JSON Schema.
    Json,
    /// Protocol Buffers.
    Protobuf,
}

impl SchemaKind {
    /// The registry's word for it: `AVRO`, `JSON` or `PROTOBUF`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        }
    }
}

impl fmt::Display for SchemaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a record names the schema it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemaRef {
    /// The id that the registry gave it.
    Id(u32),
    /// The GUID that follows from the schema's content; the same in every registry that knows GUIDs.
    Guid(Uuid),
}

impl fmt::Display for SchemaRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "schema id {id}"),
            Self::Guid(guid) => write!(f, "schema GUID {guid}"),
        }
    }
}

/// Another schema that a schema refers to.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The name by which the text refers to it: an Avro full name, a `$ref`, or an import path.
    pub name: String,
    /// The subject it is registered under.
    pub subject: String,
    /// Its version there.
    pub version: u32,
    /// The schema itself, its own references resolved.
    pub schema: Arc<Schema>,
}

/// A schema's text with all that it refers to; registered or not.
#[derive(Debug, Clone)]
pub struct Schema {
    kind: SchemaKind,
    text: String,
    references: Vec<Reference>,
    fingerprint: [u8; 32],
}

impl Schema {
    /// `text` is Avro JSON, JSON Schema, Protobuf source or a base64 `FileDescriptorProto`.
    /// Nothing is parsed yet.
    pub fn new(kind: SchemaKind, text: impl Into<String>, references: Vec<Reference>) -> Self {
        let text = text.into();
        let mut hash = Sha256::new();
        hash.update(kind.as_str());
        hash.update(text.len().to_be_bytes());
        hash.update(&text);
        for reference in &references {
            hash.update(reference.name.len().to_be_bytes());
            hash.update(&reference.name);
            hash.update(reference.schema.fingerprint);
        }
        Self {
            kind,
            text,
            references,
            fingerprint: hash.finalize().into(),
        }
    }

    /// The language of the text.
    pub fn kind(&self) -> SchemaKind {
        self.kind
    }

    /// The text, as the registry holds it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text refers to, directly.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Equal for equal kind, text and references: what a compiled schema is remembered by.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

/// A schema with the identity its registry gave it.
#[derive(Debug, Clone)]
pub struct RegisteredSchema {
    /// The registry's id; not known where a schema was asked for by its GUID.
    pub id: Option<u32>,
    /// The GUID; some registries know none.
    pub guid: Option<Uuid>,
    /// The schema.
    pub schema: Arc<Schema>,
}

/// The future of [`SchemaSource::schema`].
pub type SchemaFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<RegisteredSchema>>> + Send + 'a>>;

/// Where the codecs get the writer's schema from.
///
/// A schema never changes once it has an id, so an implementation may remember what it has seen.
pub trait SchemaSource: Send + Sync {
    /// The schema with all references resolved, or why there is none: an error of kind
    /// [`NotFound`](crate::error::ErrorKind::NotFound) where the registry answered that it does
    /// not know it, another kind where it could not be asked.
    fn schema(&self, reference: SchemaRef) -> SchemaFuture<'_>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(text: &str) -> Arc<Schema> {
        Arc::new(Schema::new(SchemaKind::Avro, text, Vec::new()))
    }

    fn referring(text: &str, name: &str, to: &Arc<Schema>) -> Schema {
        let reference = Reference {
            name: name.into(),
            subject: "s".into(),
            version: 1,
            schema: Arc::clone(to),
        };
        Schema::new(SchemaKind::Avro, text, vec![reference])
    }

    #[test]
    fn the_fingerprint_covers_kind_text_and_references() {
        let one = referring("t", "a", &leaf("x"));
        assert_eq!(
            one.fingerprint(),
            referring("t", "a", &leaf("x")).fingerprint()
        );
        for other in [
            Schema::new(SchemaKind::Avro, "t", Vec::new()),
            Schema::new(SchemaKind::Json, "t", Vec::new()),
            referring("u", "a", &leaf("x")),
            referring("t", "b", &leaf("x")),
            referring("t", "a", &leaf("y")),
        ] {
            assert_ne!(one.fingerprint(), other.fingerprint());
        }
    }
}
