//! `diff-schemas`.

use std::fmt::Write as _;

use super::{
    difference::{self, Change, ChangeKind},
    shared,
};
use crate::{
    client::schema_registry::{Deleted, RegisteredSchema, Version, context_of},
    prelude::*,
};

/// Compare two registered schemas and list what differs.
#[confluent_tool(read_only, category = SchemaRegistry)]
async fn diff_schemas(
    registry: SchemaRegistry,
    /// Subject.
    #[arg(length = 1..)]
    subject: String,
    /// A number or `latest`; by default the one before `toVersion`.
    from_version: Option<String>,
    /// A number or `latest`.
    to_version: Option<String>,
    /// Subject of `toVersion`; by default the same.
    #[arg(length = 1..)]
    other_subject: Option<String>,
) -> Result<SchemaDiff> {
    let (client, call) = (registry.client(), registry.call());
    let to_subject = other_subject.as_ref().unwrap_or(&subject);
    let to = shared::version(to_version.as_deref(), Version::Latest)?;
    let to = client
        .version(call, to_subject, to, to != Version::Latest)
        .await?;
    // It may have been found in another context, where the earlier ones are, too.
    let subject = if other_subject.is_none() && context_of(&to.subject).is_some() {
        to.subject.clone()
    } else {
        subject
    };
    let from = match (from_version, &other_subject) {
        (Some(version), _) => version.parse()?,
        (None, Some(_)) => Version::Latest,
        (None, None) => {
            let versions = client.versions(call, &subject, Deleted::Include).await?;
            let before = versions.into_iter().rfind(|version| *version < to.version);
            Version::Number(before.ok_or_else(|| {
                ToolError::argument(format!(
                    "version {} of `{subject}` is the first: name `fromVersion` or `otherSubject`",
                    to.version
                ))
            })?)
        }
    };
    let from = client
        .version(call, &subject, from, from != Version::Latest)
        .await?;
    let changes = difference::between(&from.schema, &to.schema);
    Ok(SchemaDiff {
        from: from.into(),
        to: to.into(),
        changes,
    })
}

/// What differs between two schemas.
#[confluent_type(text("{}", self.prose()))]
struct SchemaDiff {
    /// The first one.
    from: Side,
    /// The second one.
    to: Side,
    /// The differences, in the order of the text; none if both are the same but for their form.
    changes: Vec<Change>,
}

/// One of two schemas.
#[confluent_type]
struct Side {
    /// Subject.
    subject: String,
    /// Version.
    version: u32,
    /// Id.
    id: u32,
    /// Language: `AVRO`, `JSON` or `PROTOBUF`.
    schema_type: String,
}

impl From<RegisteredSchema> for Side {
    fn from(found: RegisteredSchema) -> Self {
        Self {
            subject: found.subject,
            version: found.version,
            id: found.id,
            schema_type: found.schema.schema_type.to_string(),
        }
    }
}

impl SchemaDiff {
    fn prose(&self) -> String {
        let name = |side: &Side| format!("`{}` v{}", side.subject, side.version);
        let (from, to) = (name(&self.from), name(&self.to));
        if self.changes.is_empty() {
            return format!("No difference between {from} and {to}.");
        }
        let mut text = format!("{} difference(s) from {from} to {to}:", self.changes.len());
        for Change {
            kind,
            path,
            before,
            after,
        } in &self.changes
        {
            let before = before.as_deref().unwrap_or_default();
            let after = after.as_deref().unwrap_or_default();
            // Writing into a string cannot fail.
            let _ = match kind {
                ChangeKind::Added => write!(text, "\n+ {path}: {after}"),
                ChangeKind::Removed => write!(text, "\n- {path}: {before}"),
                ChangeKind::Changed => write!(text, "\n~ {path}: {before} -> {after}"),
            };
        }
        text
    }
}
