//! Compatibility levels, modes, and the check of a schema before it is registered.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Schema, SchemaRegistryClient, Version, errors};
use crate::{
    client::http::{Call, Request},
    error::{Result, ToolError},
};

/// What a new version of a subject must be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompatibilityLevel {
    /// Nothing is checked.
    None,
    /// It can read data written with the version before.
    Backward,
    /// It can read data written with every version before.
    BackwardTransitive,
    /// The version before can read its data.
    Forward,
    /// Every version before can read its data.
    ForwardTransitive,
    /// Both ways with the version before.
    Full,
    /// Both ways with every version before.
    FullTransitive,
}

impl CompatibilityLevel {
    /// The registry's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Backward => "BACKWARD",
            Self::BackwardTransitive => "BACKWARD_TRANSITIVE",
            Self::Forward => "FORWARD",
            Self::ForwardTransitive => "FORWARD_TRANSITIVE",
            Self::Full => "FULL",
            Self::FullTransitive => "FULL_TRANSITIVE",
        }
    }
}

impl Display for CompatibilityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// Everything.
    ReadWrite,
    /// Nothing.
    ReadOnly,
    /// Nothing, whatever a subject says.
    #[serde(rename = "READONLY_OVERRIDE")]
    ReadOnlyOverride,
    /// Schemas with the ids and versions they had elsewhere.
    Import,
    /// What this registry does not know, it asks another one for.
    Forward,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CompatibilityCheck {
    /// Whether the schema may follow.
    pub is_compatible: bool,
    /// Why not, where the registry says so.
    #[serde(default)]
    pub messages: Vec<String>,
}

#[derive(Deserialize)]
struct Level {
    #[serde(alias = "compatibility")]
    #[serde(rename = "compatibilityLevel")]
    level: CompatibilityLevel,
}

#[derive(Deserialize)]
struct ModeAnswer {
    mode: Mode,
}

impl SchemaRegistryClient {
    /// The level that is set for `subject` itself, or the global one; `None` if the subject has none.
    ///
    /// Apicurio gives the global level for a subject without an own one.
    pub async fn own_compatibility(
        &self,
        call: &Call,
        subject: Option<&str>,
    ) -> Result<Option<CompatibilityLevel>> {
        let request = setting(Request::get, "/config", "/config/{subject}", subject);
        let own = self.fetch(call, request).await;
        unless_unset(own, errors::SUBJECT_HAS_NO_LEVEL, |own: Level| own.level)
    }

    /// The level that a new version of `subject` is held to.
    pub async fn compatibility(&self, call: &Call, subject: &str) -> Result<CompatibilityLevel> {
        let request = Request::get("/config/{subject}")
            .path("subject", subject)
            .query("defaultToGlobal", true);
        let answer: Level = self.fetch(call, request).await?;
        Ok(answer.level)
    }

    /// Sets the level of `subject`, or the global one.
    pub async fn set_compatibility(
        &self,
        call: &Call,
        subject: Option<&str>,
        level: CompatibilityLevel,
    ) -> Result<CompatibilityLevel> {
        let request = setting(Request::put, "/config", "/config/{subject}", subject)
            .json(&json!({ "compatibility": level }))
            .repeatable();
        let answer: Level = self.fetch(call, request).await?;
        Ok(answer.level)
    }

    /// Removes the level of `subject` itself, so that the global one counts; `None` puts the global
    /// one back to the registry's default. A subject without one stays so.
    pub async fn reset_compatibility(&self, call: &Call, subject: Option<&str>) -> Result<()> {
        let request = setting(Request::delete, "/config", "/config/{subject}", subject);
        let answer = self.http()?.send(call, request).await;
        unless_unset(
            answer.map_err(errors::explain),
            errors::SUBJECT_HAS_NO_LEVEL,
            drop,
        )?;
        Ok(())
    }

    /// The mode that is set for `subject` itself, or the global one; `None` if the subject has none.
    pub async fn own_mode(&self, call: &Call, subject: Option<&str>) -> Result<Option<Mode>> {
        let request = setting(Request::get, "/mode", "/mode/{subject}", subject);
        let own = self.fetch(call, request).await;
        unless_unset(own, errors::SUBJECT_HAS_NO_MODE, |own: ModeAnswer| own.mode)
    }

    /// The mode that counts for `subject`.
    pub async fn mode(&self, call: &Call, subject: &str) -> Result<Mode> {
        let request = Request::get("/mode/{subject}")
            .path("subject", subject)
            .query("defaultToGlobal", true);
        let answer: ModeAnswer = self.fetch(call, request).await?;
        Ok(answer.mode)
    }

    /// Sets the mode of `subject`, or the global one.
    pub async fn set_mode(&self, call: &Call, subject: Option<&str>, mode: &Mode) -> Result<Mode> {
        let request = setting(Request::put, "/mode", "/mode/{subject}", subject)
            .json(&json!({ "mode": mode }))
            .repeatable();
        let answer: ModeAnswer = self.fetch(call, request).await?;
        Ok(answer.mode)
    }

    /// Removes the mode of `subject` itself, so that the global one counts.
    pub async fn reset_mode(&self, call: &Call, subject: &str) -> Result<()> {
        let request = Request::delete("/mode/{subject}").path("subject", subject);
        let answer = self.http()?.send(call, request).await;
        answer.map(drop).map_err(errors::explain)
    }

    /// Whether `schema` could be registered under `subject` now: against one `version`, or against
    /// those that its level names. Nothing is registered.
    pub async fn check_compatibility(
        &self,
        call: &Call,
        subject: &str,
        version: Option<Version>,
        schema: &Schema,
        normalize: bool,
    ) -> Result<CompatibilityCheck> {
        let request = match version {
            Some(version) => Request::post("/compatibility/subjects/{subject}/versions/{version}")
                .path("subject", subject)
                .path("version", version),
            None => {
                Request::post("/compatibility/subjects/{subject}/versions").path("subject", subject)
            }
        };
        let request = request
            .query("verbose", true)
            .query_if_some("normalize", normalize.then_some(true))
            .json(schema)
            .reads_only();
        self.fetch(call, request).await
    }
}

/// The request for the setting of a subject, or for the global one.
fn setting(
    method: fn(&'static str) -> Request,
    global: &'static str,
    of_subject: &'static str,
    subject: Option<&str>,
) -> Request {
    match subject {
        Some(subject) => method(of_subject).path("subject", subject),
        None => method(global),
    }
}

/// `None` where the registry says by `code` that there is no such setting.
fn unless_unset<A, T>(
    answer: Result<A, ToolError>,
    code: &str,
    value: impl FnOnce(A) -> T,
) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(value(answer))),
        Err(error) if error.code_text() == Some(code) => Ok(None),
        Err(error) => Err(error),
    }
}
