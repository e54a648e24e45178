//! What several of these tools take or return.

use std::future::Future;

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

impl From<SchemaReference> for Reference {
    fn from(reference: SchemaReference) -> Self {
        let SchemaReference {
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
    let references = references.unwrap_or_default().into_iter();
    Schema {
        schema_type: kind.into(),
        text,
        references: references.map(Reference::from).collect(),
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

/// What `fetch` gets for each of `wanted`, in their order, several at once; each fails on its own.
/// `progress` is told how many of what there are.
pub(super) async fn fetch_each<W, T, F>(
    wanted: Vec<W>,
    progress: Option<(&Progress, &str)>,
    fetch: impl Fn(W) -> F,
) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let total = wanted.len();
    let mut answers: Vec<_> = wanted.iter().map(|_| None).collect();
    let mut broken = None;
    let mut under_way = JoinSet::new();
    let mut wanted = wanted.into_iter().enumerate();
    for done in 1.. {
        while under_way.len() < AT_ONCE
            && let Some((index, wanted)) = wanted.next()
        {
            let fetch = fetch(wanted);
            under_way.spawn(async move { (index, fetch.await) });
        }
        match under_way.join_next().await {
            Some(Ok((index, answer))) => answers[index] = Some(answer),
            Some(Err(error)) => broken = Some(ToolError::internal(error.to_string())),
            None => break,
        }
        if let Some((progress, what)) = progress {
            progress.report(done, total, what).await;
        }
    }
    let broken = broken.unwrap_or_else(|| ToolError::internal("there is no answer"));
    answers
        .into_iter()
        .map(|answer| answer.unwrap_or_else(|| Err(broken.clone())))
        .collect()
}

/// Versions of subjects, in this order; each fails on its own. `progress` is told how many there are.
pub(super) async fn fetch_versions(
    registry: &SchemaRegistry,
    wanted: Vec<(String, Version)>,
    deleted: bool,
    progress: Option<&Progress>,
) -> Vec<Result<RegisteredSchema>> {
    let progress = progress.map(|progress| (progress, "versions"));
    fetch_each(wanted, progress, |(subject, version)| {
        let registry = registry.clone();
        async move { fetch(&registry, &subject, version, deleted).await }
    })
    .await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_breaks_leaves_the_others_in_their_places() {
        let wanted: Vec<usize> = (0..20).collect();
        let answers = fetch_each(wanted, None, |number| async move {
            assert_ne!(number, 3, "this one breaks");
            // The later ones are done first.
            for _ in number..20 {
                tokio::task::yield_now().await;
            }
            if number == 5 {
                return Err(ToolError::argument("this one fails"));
            }
            Ok(number)
        });
        for (index, answer) in answers.await.into_iter().enumerate() {
            match index {
                3 => assert_eq!(answer.unwrap_err().kind(), ErrorKind::Internal),
                5 => assert_eq!(answer.unwrap_err().kind(), ErrorKind::Argument),
                _ => assert_eq!(answer.unwrap(), index),
            }
        }
    }
}
