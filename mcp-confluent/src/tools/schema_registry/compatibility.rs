//! `check-schema-compatibility`, `get-compatibility` and `set-compatibility`.

use std::fmt::Write as _;

use super::{
    earlier::{self, Incompatibility},
    shared::{self, SchemaKind, SchemaReference},
};
use crate::{
    client::schema_registry::{CompatibilityLevel, Version},
    prelude::*,
};

/// What a new version of a subject must be able to do.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Level {
    /// None.
    None,
    /// Reads older data.
    Backward,
    /// Backward transitive.
    BackwardTransitive,
    /// Read by older code.
    Forward,
    /// Forward transitive.
    ForwardTransitive,
    /// Both.
    Full,
    /// Full transitive.
    FullTransitive,
}

/// Makes a [`Level`] the client's, and the other way round.
macro_rules! same_names {
    ($($name:ident),*) => {
        impl From<Level> for CompatibilityLevel {
            fn from(level: Level) -> Self {
                match level {
                    $(Level::$name => Self::$name,)*
                }
            }
        }

        impl From<CompatibilityLevel> for Level {
            fn from(level: CompatibilityLevel) -> Self {
                match level {
                    $(CompatibilityLevel::$name => Self::$name,)*
                }
            }
        }
    };
}

same_names!(
    None,
    Backward,
    BackwardTransitive,
    Forward,
    ForwardTransitive,
    Full,
    FullTransitive
);

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        CompatibilityLevel::from(*self).fmt(f)
    }
}

/// Check whether a schema may become the next version of a subject; nothing is registered.
#[confluent_tool(read_only, category = SchemaRegistry)]
async fn check_schema_compatibility(
    registry: SchemaRegistry,
    /// Subject.
    #[arg(length = 1..)]
    subject: String,
    /// Text of the new schema.
    #[arg(length = 1..)]
    schema: String,
    /// Language of the new schema.
    schema_type: SchemaKind,
    /// Registered schemas that it uses.
    references: Option<Vec<SchemaReference>>,
    /// Only against this version: a number or `latest`.
    version: Option<String>,
    /// Level to check; by default the subject's.
    level: Option<Level>,
    /// Normalize the schema first.
    #[arg(default)]
    normalize: bool,
) -> Result<CompatibilityReport> {
    let (client, call) = (registry.client(), registry.call());
    let schema = shared::schema(schema_type, schema, references);
    let version = version.as_deref().map(str::parse::<Version>).transpose()?;
    if let Some(level) = level {
        let outcome = earlier::compare(&registry, &subject, &schema, level.into(), version).await?;
        return Ok(CompatibilityReport {
            subject,
            level,
            compatible: outcome.problems.is_empty(),
            compared_with: Some(outcome.versions),
            incompatibilities: outcome.problems,
            registry_messages: Vec::new(),
        });
    }
    let check = client
        .check_compatibility(call, &subject, version, &schema, normalize)
        .await?;
    let level = client.compatibility(call, &subject).await?;
    let mut report = CompatibilityReport {
        subject,
        level: level.into(),
        compatible: check.is_compatible,
        compared_with: None,
        incompatibilities: Vec::new(),
        registry_messages: check.messages,
    };
    if !report.compatible {
        // The registry has decided; this only adds which field it is about, if it can be told.
        if let Ok(outcome) =
            earlier::compare(&registry, &report.subject, &schema, level, version).await
        {
            report.compared_with = Some(outcome.versions);
            report.incompatibilities = outcome.problems;
        }
    }
    Ok(report)
}

/// Whether a schema may follow.
#[confluent_type(text("{}", self.prose()))]
struct CompatibilityReport {
    /// Subject.
    subject: String,
    /// Level that was checked for.
    level: Level,
    /// Whether the schema may become the next version.
    compatible: bool,
    /// Versions it was compared with, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared_with: Option<Vec<u32>>,
    /// What stands against it.
    incompatibilities: Vec<Incompatibility>,
    /// What the registry itself says, in its own words.
    registry_messages: Vec<String>,
}

impl CompatibilityReport {
    fn prose(&self) -> String {
        let Self { subject, level, .. } = self;
        if self.compatible {
            return format!("Compatible: it may be registered under `{subject}` at level {level}.");
        }
        let mut text = format!("Not compatible with `{subject}` at level {level}:");
        // Writing into a string cannot fail.
        for problem in &self.incompatibilities {
            let Incompatibility {
                kind,
                path,
                message,
                version,
            } = problem;
            let _ = write!(text, "\n{kind} at {path}: {message}");
            if let Some(version) = version {
                let _ = write!(text, " (version {version})");
            }
        }
        if self.incompatibilities.is_empty() {
            for message in &self.registry_messages {
                let _ = write!(text, "\n{message}");
            }
            if self.registry_messages.is_empty() {
                text.push_str("\nThe registry gives no reason.");
            }
        }
        text
    }
}

/// Get the compatibility level of a subject, or the global one.
#[confluent_tool(read_only, category = SchemaRegistry)]
async fn get_compatibility(
    registry: SchemaRegistry,
    /// Subject; by default the global level.
    #[arg(length = 1..)]
    subject: Option<String>,
) -> Result<CompatibilitySetting> {
    setting(&registry, subject).await
}

/// Set the compatibility level of a subject, or the global one for subjects without their own.
#[confluent_tool(write, idempotent, category = SchemaRegistry)]
async fn set_compatibility(
    registry: SchemaRegistry,
    ask: Ask,
    /// Subject; by default the global level.
    #[arg(length = 1..)]
    subject: Option<String>,
    /// New level; by default the subject's own is removed.
    level: Option<Level>,
) -> Result<CompatibilitySetting> {
    let (client, call) = (registry.client(), registry.call());
    match (&subject, level) {
        (None, None) => {
            return Err(ToolError::argument(
                "say which `level`: the global one cannot be removed",
            ));
        }
        (None, Some(level)) => {
            let question = format!(
                "Set the global compatibility level to {level}? It counts for every subject without \
                 a level of its own."
            );
            ask.confirm(question).await?;
            client.set_compatibility(call, None, level.into()).await?;
        }
        (Some(_), Some(level)) => {
            client
                .set_compatibility(call, subject.as_deref(), level.into())
                .await?;
        }
        (Some(_), None) => client.reset_compatibility(call, subject.as_deref()).await?,
    }
    setting(&registry, subject).await
}

async fn setting(
    registry: &SchemaRegistry,
    subject: Option<String>,
) -> Result<CompatibilitySetting> {
    let (client, call) = (registry.client(), registry.call());
    let own = client
        .own_compatibility(call, subject.as_deref())
        .await?
        .map(Level::from);
    let level = match (&subject, own) {
        (_, Some(own)) => own,
        (Some(subject), None) => client.compatibility(call, subject).await?.into(),
        (None, None) => return Err(ToolError::internal("the registry has no global level")),
    };
    let source = match (&subject, own) {
        (Some(_), Some(_)) => LevelSource::Subject,
        _ => LevelSource::Global,
    };
    Ok(CompatibilitySetting {
        subject,
        level,
        source,
    })
}

/// The level that counts.
#[confluent_type(text("{}", self.prose()))]
struct CompatibilitySetting {
    /// Subject; absent for the global level.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Level that counts.
    level: Level,
    /// Where it is set.
    source: LevelSource,
}

/// Where a level is set.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
enum LevelSource {
    /// For the subject. Apicurio also says this of subjects that only have the global level.
    Subject,
    /// For all subjects without their own, or for a context.
    Global,
}

impl CompatibilitySetting {
    fn prose(&self) -> String {
        match (&self.subject, self.source) {
            (None, _) => format!("Global compatibility level: {}.", self.level),
            (Some(subject), LevelSource::Subject) => {
                format!("`{subject}`: {}, set for the subject.", self.level)
            }
            (Some(subject), LevelSource::Global) => {
                format!(
                    "`{subject}`: {}, the global level; it has none of its own.",
                    self.level
                )
            }
        }
    }
}
