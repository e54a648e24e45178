//! `create-schema` and `delete-schema`.

use super::shared::{self, SchemaKind, SchemaReference};
use crate::{
    client::schema_registry::{Deleted, Version},
    prelude::*,
};

/// Register a schema under a subject: `<topic>-value` or `<topic>-key` for a topic.
///
/// Incompatible schemas are refused; try `check-schema-compatibility` first.
#[confluent_tool(write, idempotent, category = SchemaRegistry)]
async fn create_schema(
    registry: SchemaRegistry,
    /// Subject to register under.
    #[arg(length = 1..)]
    subject: String,
    /// Text of the schema.
    #[arg(length = 1..)]
    schema: String,
    /// Language of the schema.
    schema_type: SchemaKind,
    /// Registered schemas that it uses.
    references: Option<Vec<SchemaReference>>,
    /// Normalize first: a difference in form is no new version.
    #[arg(default)]
    normalize: bool,
) -> Result<SchemaCreated> {
    let schema = shared::schema(schema_type, schema, references);
    let registered = shared::register(&registry, &subject, &schema, normalize).await?;
    Ok(SchemaCreated {
        subject,
        version: registered.version,
        id: registered.id,
        guid: registered.guid,
    })
}

/// A schema that is registered now.
#[confluent_type(text("{}", self.prose()))]
struct SchemaCreated {
    /// Subject.
    subject: String,
    /// Its version there, where the registry tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// Id that records carry.
    id: u32,
    /// Globally unique id, where the registry has those.
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
}

impl SchemaCreated {
    fn prose(&self) -> String {
        let version = self
            .version
            .map(|version| format!(" version {version}"))
            .unwrap_or_default();
        let guid = self
            .guid
            .as_ref()
            .map(|guid| format!(", GUID {guid}"))
            .unwrap_or_default();
        format!(
            "Registered as{version} of `{}`, id {}{guid}.",
            self.subject, self.id
        )
    }
}

/// Delete a subject of the schema registry, or one version of it.
///
/// Soft deletion, the default, is undone by registering again. Permanent deletion needs a soft one
/// first, and makes records unreadable.
#[confluent_tool(destructive, category = SchemaRegistry)]
async fn delete_schema(
    registry: SchemaRegistry,
    ask: Ask,
    /// Subject.
    #[arg(length = 1..)]
    subject: String,
    /// A number or `latest`; by default the whole subject.
    #[arg(length = 1..)]
    version: Option<String>,
    /// Remove for good.
    #[arg(default)]
    permanent: bool,
) -> Result<SchemaDeleted> {
    let (client, call) = (registry.client(), registry.call());
    let version = match version.as_deref().map(str::parse).transpose()? {
        // What is approved is deleted, and not what is the latest by then.
        Some(Version::Latest) => {
            let versions = client.versions(call, &subject, Deleted::Exclude).await?;
            let latest = versions.last().copied().ok_or_else(|| {
                let message = format!("all versions of `{subject}` are soft-deleted");
                ToolError::new(ErrorKind::NotFound, message).hint("give the number of the version")
            });
            Some(latest?)
        }
        Some(Version::Number(number)) => Some(number),
        None => None,
    };
    let which = if permanent {
        Deleted::Include
    } else {
        Deleted::Exclude
    };
    let there = client.versions(call, &subject, which).await?;
    ask.confirm(question(&subject, version, permanent, there.len()))
        .await?;
    let versions = match version {
        Some(version) => vec![
            client
                .delete_version(call, &subject, Version::Number(version), permanent)
                .await?,
        ],
        None => client.delete_subject(call, &subject, permanent).await?,
    };
    Ok(SchemaDeleted {
        subject,
        versions,
        permanent,
    })
}

fn question(subject: &str, version: Option<u32>, permanent: bool, count: usize) -> String {
    let what = match version {
        Some(version) => format!("version {version} of the subject `{subject}`"),
        None => format!("the subject `{subject}` with its {count} version(s)"),
    };
    if permanent {
        format!("Delete {what} for good? Records written with it can no longer be read.")
    } else {
        format!("Delete {what}? It can be brought back by registering again.")
    }
}

/// What is deleted now.
#[confluent_type(text("{}", self.prose()))]
struct SchemaDeleted {
    /// Subject.
    subject: String,
    /// The versions that were deleted.
    versions: Vec<u32>,
    /// Whether they are gone for good.
    permanent: bool,
}

impl SchemaDeleted {
    fn prose(&self) -> String {
        let how = if self.permanent { "for good" } else { "softly" };
        let versions: Vec<_> = self.versions.iter().map(ToString::to_string).collect();
        format!(
            "Deleted {how} of `{}`: version(s) {}.",
            self.subject,
            versions.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_says_what_is_lost() {
        let asked = question("s", None, true, 3);
        assert_eq!(
            asked,
            "Delete the subject `s` with its 3 version(s) for good? Records written with it can no \
             longer be read."
        );
        let asked = question("s", Some(2), false, 3);
        assert!(asked.starts_with("Delete version 2 of the subject `s`? It can be brought back"));
    }
}
