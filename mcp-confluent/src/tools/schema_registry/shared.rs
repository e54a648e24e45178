//! What several of these tools take or return.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::{
    client::schema_registry::{
        Deleted, Reference, RegisteredSchema, Registration, Schema, SchemaType, SubjectVersion,
        Version,
    },
    prelude::*,
};

/// Requests that are under way at once.
const AT_ONCE: usize = 8;

/// Language of a schema.
#[confluent_type]
#[derive(Copy)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::tools) enum SchemaKind {
    /// Avro.
    Avro,
    /// JSON Schema.
    Json,
    /// Protobuf.
    Protobuf,
}

impl From<SchemaKind> for SchemaType {
    fn from(kind: SchemaKind) -> Self {
        match kind {
            SchemaKind::Avro => Self::Avro,
            SchemaKind::Json => Self::Json,
            SchemaKind::Protobuf => Self::Protobuf,
        }
    }
}

/// A registered schema.
#[confluent_type]
pub(in crate::tools) struct SchemaReference {
    /// Name, URI or path in the text.
    pub(super) name: String,
    /// Its subject.
    pub(super) subject: String,
    /// -1 is the latest.
    #[arg(range = -1..)]
    pub(super) version: i32,
}

impl From<Reference> for SchemaReference {
    fn from(reference: Reference) -> Self {
        let Reference {
            name,
            subject,
            version,
        } = reference;
        Self {
            name,
            subject,
            version,
        }
    }
}

/// The schema that arguments describe.
pub(in crate::tools) fn schema(
    kind: SchemaKind,
    text: String,
    references: Option<Vec<SchemaReference>>,
) -> Schema {
    let references = references
        .unwrap_or_default()
        .into_iter()
        .map(|reference| Reference {
            name: reference.name,
            subject: reference.subject,
            version: reference.version,
        });
    Schema {
        schema_type: kind.into(),
        text,
        references: references.collect(),
    }
}

/// Registers a schema. The version and the GUID are there wherever the registry can tell them.
pub(in crate::tools) async fn register(
    registry: &SchemaRegistry,
    subject: &str,
    schema: &Schema,
    normalize: bool,
) -> Result<Registration> {
    let (client, call) = (registry.client(), registry.call());
    let mut registered = client
        .register(call, subject, schema, normalize)
        .await
        .map_err(|error| error.context(format_args!("register under `{subject}`")))?;
    if registered.version.is_none() {
        // Registries before Confluent 7.9 answer with the id alone. It is registered all the same
        // if this fails.
        if let Ok(found) = client.lookup(call, subject, schema, normalize, false).await {
            registered.version = Some(found.version);
            registered.guid = registered.guid.or(found.guid);
        }
    }
    Ok(registered)
}

/// One version of a subject.
#[confluent_type]
pub(super) struct SchemaVersion {
    /// Version, from 1.
    pub(super) version: u32,
    /// Id that records carry.
    pub(super) id: u32,
    /// Globally unique id, where the registry has those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guid: Option<String>,
    /// Language: `AVRO`, `JSON` or `PROTOBUF`.
    pub(super) schema_type: String,
    /// Text.
    pub(super) schema: String,
    /// Registered schemas that it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<SchemaReference>,
}

impl From<RegisteredSchema> for SchemaVersion {
    fn from(found: RegisteredSchema) -> Self {
        Self {
            version: found.version,
            id: found.id,
            guid: found.guid,
            schema_type: found.schema.schema_type.to_string(),
            schema: found.schema.text,
            references: found
                .schema
                .references
                .into_iter()
                .map(SchemaReference::from)
                .collect(),
        }
    }
}

/// A place where a schema is registered.
#[confluent_type]
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Subject.
    pub(super) subject: String,
    /// Version there.
    pub(super) version: u32,
}

impl From<SubjectVersion> for Place {
    fn from(place: SubjectVersion) -> Self {
        Self {
            subject: place.subject,
            version: place.version,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} v{}", self.subject, self.version)
    }
}

/// Reads `latest`, a number, or (where it is left out) what `otherwise` says.
pub(super) fn version(text: Option<&str>, otherwise: Version) -> Result<Version> {
    text.map_or(Ok(otherwise), str::parse)
}

/// Versions of a subject, fetched several at once; each fails on its own. `progress` is told how many
/// there are.
pub(super) async fn fetch_versions(
    registry: &SchemaRegistry,
    wanted: Vec<(String, Version)>,
    deleted: bool,
    progress: Option<&Progress>,
) -> Vec<Result<RegisteredSchema>> {
    let total = wanted.len();
    let mut answers = BTreeMap::new();
    let mut under_way = JoinSet::new();
    let mut wanted = wanted.into_iter().enumerate();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((index, (subject, version))) = wanted.next()
        {
            let registry = registry.clone();
            under_way
                .spawn(async move { (index, fetch(&registry, &subject, version, deleted).await) });
        }
        match under_way.join_next().await {
            Some(Ok((index, answer))) => answers.insert(index, answer),
            Some(Err(error)) => {
                answers.insert(usize::MAX, Err(ToolError::internal(error.to_string())))
            }
            None => return answers.into_values().collect(),
        };
        if let Some(progress) = progress {
            let done = answers.len();
            progress.report(done, total, "versions").await;
        }
    }
}

/// One version; `deleted` also finds one that is soft-deleted, and counts those for the latest.
async fn fetch(
    registry: &SchemaRegistry,
    subject: &str,
    version: Version,
    deleted: bool,
) -> Result<RegisteredSchema> {
    let (client, call) = (registry.client(), registry.call());
    let newest = if deleted && version == Version::Latest {
        // What is soft-deleted is no registry's `latest`.
        let versions = client.versions(call, subject, Deleted::Include).await?;
        versions.last().copied()
    } else {
        None
    };
    let version = newest.map_or(version, Version::Number);
    client.version(call, subject, version, deleted).await
}

/// Every version of a subject with its number, ascending.
pub(super) async fn all_versions(
    registry: &SchemaRegistry,
    subject: &str,
    deleted: bool,
) -> Result<Vec<Result<RegisteredSchema>>> {
    let which = if deleted {
        Deleted::Include
    } else {
        Deleted::Exclude
    };
    let numbers = registry
        .client()
        .versions(registry.call(), subject, which)
        .await?;
    let wanted = numbers
        .into_iter()
        .map(|number| (subject.to_owned(), Version::Number(number)));
    Ok(fetch_versions(registry, wanted.collect(), deleted, None).await)
}
