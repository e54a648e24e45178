//! Compatibility checked here, where the registry cannot say enough.

use crate::{
    client::schema_registry::{CompatibilityLevel, Schema, Version},
    prelude::*,
};

/// One reason why a schema may not follow an earlier version.
#[confluent_type]
pub(super) struct Incompatibility {
    /// Sort of change, for example `READER_FIELD_MISSING_DEFAULT_VALUE`.
    pub(super) kind: String,
    /// Where: a JSON pointer (Avro, JSON Schema) or a full name (Protobuf).
    pub(super) path: String,
    /// What is wrong, naming the field.
    pub(super) message: String,
    /// The earlier version it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u32>,
}

/// Which versions count, and what is wrong.
pub(super) struct Outcome {
    pub(super) versions: Vec<u32>,
    pub(super) problems: Vec<Incompatibility>,
}

/// Compares `schema` with the versions of `subject` that `level` names, or with `version` alone.
#[cfg(feature = "sandbox")]
pub(super) async fn compare(
    registry: &SchemaRegistry,
    subject: &str,
    schema: &Schema,
    level: CompatibilityLevel,
    version: Option<Version>,
) -> Result<Outcome> {
    use mcp_confluent_sandbox::registry::{Level, Source, check_compatibility};

    use super::shared;
    use crate::client::schema_registry::Deleted;

    let (client, call) = (registry.client(), registry.call());
    let level: Level = level.as_str().parse().map_err(|()| {
        ToolError::internal(format!("the checker does not know the level {level}"))
    })?;
    let kind = checker::kind(&schema.schema_type)?;
    let wanted = if let Some(version) = version {
        vec![version]
    } else {
        let numbers = match client.versions(call, subject, Deleted::Exclude).await {
            // A new subject has none.
            Err(error) if error.code_text() == Some("40401") => Vec::new(),
            numbers => numbers?,
        };
        let skip = if level.is_transitive() {
            0
        } else {
            numbers.len().saturating_sub(1)
        };
        numbers
            .into_iter()
            .skip(skip)
            .map(Version::Number)
            .collect()
    };
    let wanted = wanted
        .into_iter()
        .map(|version| (subject.to_owned(), version))
        .collect();
    let mut earlier = Vec::new();
    for found in shared::fetch_versions(registry, wanted, false, None).await {
        let found = found?;
        let references = client
            .resolve_references(call, &found.schema, Some(subject))
            .await?;
        earlier.push((found.version, found.schema, checker::texts(references)));
    }
    earlier.sort_by_key(|(version, ..)| *version);
    let references = checker::texts(
        client
            .resolve_references(call, schema, Some(subject))
            .await?,
    );
    let new = Source {
        text: &schema.text,
        references: &references,
    };
    let sources: Vec<_> = earlier
        .iter()
        .filter(|(_, earlier, _)| earlier.schema_type == schema.schema_type)
        .map(|(version, schema, references)| {
            (
                *version,
                Source {
                    text: &schema.text,
                    references,
                },
            )
        })
        .collect();
    let mut problems: Vec<_> = check_compatibility(kind, level, new, &sources)
        .map_err(ToolError::argument)?
        .into_iter()
        .map(|problem| Incompatibility {
            kind: problem.kind.to_owned(),
            path: problem.path,
            message: problem.message,
            version: problem.version,
        })
        .collect();
    problems.extend(
        earlier
            .iter()
            .filter(|(_, earlier, _)| earlier.schema_type != schema.schema_type)
            .map(|(version, earlier, _)| Incompatibility {
                kind: "SCHEMA_TYPE_CHANGED".to_owned(),
                path: "/".to_owned(),
                message: format!(
                    "version {version} is {}, not {}",
                    earlier.schema_type, schema.schema_type
                ),
                version: Some(*version),
            }),
    );
    Ok(Outcome {
        versions: earlier.iter().map(|(version, ..)| *version).collect(),
        problems,
    })
}

#[cfg(feature = "sandbox")]
mod checker {
    use mcp_confluent_sandbox::registry::Kind;

    use crate::{
        client::schema_registry::{ResolvedReference, SchemaType},
        prelude::*,
    };

    pub(super) fn kind(kind: &SchemaType) -> Result<Kind> {
        match kind {
            SchemaType::Avro => Ok(Kind::Avro),
            SchemaType::Json => Ok(Kind::Json),
            SchemaType::Protobuf => Ok(Kind::Protobuf),
            SchemaType::Other(name) => Err(ToolError::new(
                ErrorKind::Unsupported,
                format!("schemas of type {name} cannot be compared"),
            )),
        }
    }

    pub(super) fn texts(references: Vec<ResolvedReference>) -> Vec<(String, String)> {
        let texts = references.into_iter();
        texts
            .map(|reference| (reference.name, reference.schema.text))
            .collect()
    }
}

/// Compares `schema` with the versions of `subject` that `level` names, or with `version` alone.
#[cfg(not(feature = "sandbox"))]
pub(super) async fn compare(
    _: &SchemaRegistry,
    _: &str,
    _: &Schema,
    _: CompatibilityLevel,
    _: Option<Version>,
) -> Result<Outcome> {
    Err(ToolError::new(
        ErrorKind::Unsupported,
        "this program was built without the compatibility checker",
    )
    .hint("build it with the feature `sandbox`, or leave `level` out to ask the registry"))
}
