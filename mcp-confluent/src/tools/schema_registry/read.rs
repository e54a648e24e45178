//! `get-schema`.

use std::{collections::BTreeSet, fmt::Write as _};

use super::shared::{self, Place, SchemaReference};
use crate::{
    client::schema_registry::{ResolvedReference, Schema, Version},
    prelude::*,
};

/// Of how many schemas that use this one the places are looked up.
const MAX_USERS: usize = 50;

/// Get a schema: text, references, where it is registered and who uses it.
///
/// Name it by `subject` (and `version`), by the `id` in records, or by `guid`.
#[confluent_tool(read_only, category = SchemaRegistry)]
pub(super) async fn get_schema(
    registry: SchemaRegistry,
    progress: Progress,
    /// Subject.
    #[arg(length = 1..)]
    subject: Option<String>,
    /// A number or `latest`, the default.
    version: Option<String>,
    /// Its id, in the context of `subject`, as in `:.name:`.
    id: Option<u32>,
    /// Globally unique id.
    #[arg(length = 1..)]
    guid: Option<String>,
    /// Also return all schemas it refers to.
    #[arg(default = true)]
    resolve_references: bool,
) -> Result<SchemaDetails> {
    let (client, call) = (registry.client(), registry.call());
    // With the subject whose context it was found in, which is not always the one that was asked for.
    let (schema, within, mut details) = match (&subject, id, &guid) {
        (_, Some(id), None) if version.is_none() => {
            let known = client.schema_by_id(call, id, subject.as_deref()).await?;
            let details = SchemaDetails {
                id: Some(id),
                guid: known.guid.clone(),
                ..SchemaDetails::of(&known.schema)
            };
            let within = known.subject.clone().or_else(|| subject.clone());
            (known.schema.clone(), within, details)
        }
        (None, None, Some(guid)) if version.is_none() => {
            let known = client.schema_by_guid(call, guid).await?;
            let mut details = SchemaDetails {
                guid: Some(guid.clone()),
                ..SchemaDetails::of(&known.schema)
            };
            // It may be in several contexts; the first one counts.
            let first = client.ids_of_guid(call, guid).await?.into_iter().next();
            details.id = first.as_ref().map(|first| first.id);
            let within = first.map(|first| format!(":{}:", first.context));
            (known.schema.clone(), within, details)
        }
        (Some(subject), None, None) => {
            let version = shared::version(version.as_deref(), Version::Latest)?;
            let found = client
                .version(call, subject, version, version != Version::Latest)
                .await?;
            let details = SchemaDetails {
                subject: Some(found.subject.clone()),
                version: Some(found.version),
                id: Some(found.id),
                guid: found.guid,
                ..SchemaDetails::of(&found.schema)
            };
            (found.schema, Some(found.subject), details)
        }
        _ => {
            return Err(ToolError::argument(
                "say which schema: `subject` with or without `version`, or `id`, or `guid`",
            ));
        }
    };
    if let Some(id) = details.id {
        let places = client.usages(call, id, within.as_deref(), false).await?;
        details.registered_as = places.into_iter().map(Place::from).collect();
    }
    let place = match (&details.subject, details.version) {
        (Some(subject), Some(version)) => Some((subject.clone(), version)),
        _ => details
            .registered_as
            .first()
            .map(|place| (place.subject.clone(), place.version)),
    };
    if resolve_references {
        let place = place.as_ref().map(|(subject, _)| subject.as_str());
        let within = place.or(within.as_deref());
        match client.resolve_references(call, &schema, within).await {
            Ok(resolved) => {
                details.resolved_references = resolved.into_iter().map(Resolved::from).collect();
            }
            // The text that was asked for is there all the same.
            Err(error) => details.references_problem = Some(error.to_string()),
        }
    }
    if let Some((subject, version)) = place {
        (details.used_by, details.unlisted_users) =
            users(&registry, &progress, &subject, version).await?;
    }
    Ok(details)
}

/// Where the schemas are registered that refer to this version, and how many more schemas do.
async fn users(
    registry: &SchemaRegistry,
    progress: &Progress,
    subject: &str,
    version: u32,
) -> Result<(Vec<Place>, usize)> {
    let (client, call) = (registry.client(), registry.call());
    let ids = client
        .referenced_by(call, subject, Version::Number(version))
        .await;
    let mut ids = match ids {
        // Some registries do not look among what is soft-deleted; nothing can refer to it.
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        ids => ids?,
    };
    let unlisted = ids.len().saturating_sub(MAX_USERS);
    ids.truncate(MAX_USERS);
    let usages = shared::fetch_each(ids, Some((progress, "users")), |id| {
        let (registry, subject) = (registry.clone(), subject.to_owned());
        async move {
            let (client, call) = (registry.client(), registry.call());
            client.usages(call, id, Some(&subject), false).await
        }
    });
    let mut places = BTreeSet::new();
    for usages in usages.await {
        places.extend(usages?.into_iter().map(Place::from));
    }
    Ok((places.into_iter().collect(), unlisted))
}

/// A schema and its surroundings.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct SchemaDetails {
    /// Subject that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// Id that records carry; absent where only the GUID is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// Globally unique id, where the registry has those.
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
    /// Language: `AVRO`, `JSON` or `PROTOBUF`.
    schema_type: String,
    /// Text.
    schema: String,
    /// What the text refers to.
    references: Vec<SchemaReference>,
    /// Those schemas and what they refer to, each after those it uses itself.
    resolved_references: Vec<Resolved>,
    /// Why they are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    references_problem: Option<String>,
    /// Every subject and version that holds this schema.
    registered_as: Vec<Place>,
    /// Subjects and versions whose schema refers to this one.
    used_by: Vec<Place>,
    /// How many more schemas refer to this one; 0 if `usedBy` has all.
    unlisted_users: usize,
}

/// A schema that another one refers to.
#[confluent_type]
struct Resolved {
    /// Name that the referring text uses.
    name: String,
    /// Subject.
    subject: String,
    /// Version.
    version: u32,
    /// Id.
    id: u32,
    /// Text.
    schema: String,
}

impl From<ResolvedReference> for Resolved {
    fn from(reference: ResolvedReference) -> Self {
        Self {
            name: reference.name,
            subject: reference.subject,
            version: reference.version,
            id: reference.id,
            schema: reference.schema.text,
        }
    }
}

impl SchemaDetails {
    fn of(schema: &Schema) -> Self {
        Self {
            subject: None,
            version: None,
            id: None,
            guid: None,
            schema_type: schema.schema_type.to_string(),
            schema: schema.text.clone(),
            references: schema
                .references
                .iter()
                .cloned()
                .map(SchemaReference::from)
                .collect(),
            resolved_references: Vec::new(),
            references_problem: None,
            registered_as: Vec::new(),
            used_by: Vec::new(),
            unlisted_users: 0,
        }
    }

    fn prose(&self) -> String {
        let mut text = match (&self.subject, self.version) {
            (Some(subject), Some(version)) => format!("{subject} v{version}, {}", self.schema_type),
            _ => format!("{} schema", self.schema_type),
        };
        // Writing into a string cannot fail.
        if let Some(id) = self.id {
            let _ = write!(text, ", id {id}");
        }
        if let Some(guid) = &self.guid {
            let _ = write!(text, ", GUID {guid}");
        }
        let _ = write!(text, "\n{}", self.schema);
        for Resolved {
            name,
            subject,
            version,
            schema,
            ..
        } in &self.resolved_references
        {
            let _ = write!(text, "\nRefers to {name} ({subject} v{version}):\n{schema}");
        }
        if let Some(problem) = &self.references_problem {
            let _ = write!(text, "\nWhat it refers to is missing: {problem}");
        }
        for (what, places) in [
            ("Registered as", &self.registered_as),
            ("Used by", &self.used_by),
        ] {
            if !places.is_empty() {
                let places: Vec<_> = places.iter().map(ToString::to_string).collect();
                let _ = write!(text, "\n{what}: {}", places.join(", "));
            }
        }
        if self.unlisted_users > 0 {
            let _ = write!(text, ", and {} more schema(s)", self.unlisted_users);
        }
        text
    }
}
