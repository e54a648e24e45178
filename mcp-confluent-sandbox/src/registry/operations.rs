//! What can be asked of the registry, without HTTP.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::check::{self, Level, Problem};
use super::errors::ApiError;
use super::names::Subject;
use super::schema::{Kind, Parsed, Referenced};
use super::store::{Asked, Entry, Found, Mode, Reference, Store, Stored};

const MAX_REFERENCES: usize = 200;

/// The body of a request that holds a schema.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SchemaBody {
    pub(super) schema: Option<String>,
    pub(super) schema_type: Option<String>,
    #[serde(default)]
    pub(super) references: Option<Vec<Reference>>,
    pub(super) metadata: Option<Value>,
    pub(super) rule_set: Option<Value>,
    pub(super) id: Option<i64>,
    pub(super) version: Option<i64>,
}

impl Store {
    /// Reads the schema of a request.
    ///
    /// # Errors
    /// 42201 if it is invalid or refers to what is not registered.
    pub(super) fn read(&self, subject: &Subject, body: &SchemaBody) -> Result<Stored, ApiError> {
        let text = body
            .schema
            .as_deref()
            .ok_or_else(|| ApiError::invalid_schema("it is missing"))?;
        let name = body.schema_type.as_deref().unwrap_or("AVRO");
        let kind = Kind::parse(name)
            .ok_or_else(|| ApiError::invalid_schema(format!("'{name}' is no schema type")))?;
        let mut references = body.references.clone().unwrap_or_default();
        let mut found = Vec::new();
        for reference in &mut references {
            self.resolve(subject, reference, &mut found, 0)?;
        }
        if kind == Kind::Protobuf {
            found.extend_from_slice(&self.imports);
        }
        let parsed = Parsed::new(kind, text, &found).map_err(ApiError::invalid_schema)?;
        let more = (body.metadata.clone(), body.rule_set.clone());
        Ok(Stored::new(kind, text, references, more, parsed))
    }

    /// Adds what a reference means to `found`, after what that refers to itself, and replaces a
    /// version of -1 by the number it means now.
    fn resolve(
        &self,
        subject: &Subject,
        reference: &mut Reference,
        found: &mut Vec<Referenced>,
        depth: usize,
    ) -> Result<(), ApiError> {
        if found.len() >= MAX_REFERENCES || depth > 32 {
            return Err(ApiError::invalid_schema("it refers to too many others"));
        }
        let target = subject.beside(&reference.subject);
        let asked = u32::try_from(reference.version).map_or(Asked::Latest, Asked::Number);
        let there = self
            .version(&target, asked, asked != Asked::Latest)
            .map_err(|error| {
                ApiError::invalid_schema(format!(
                    "the reference '{}': {}",
                    reference.name, error.message
                ))
            })?;
        reference.version = i32::try_from(there.version).unwrap_or(-1);
        if found.iter().any(|known| known.name == reference.name) {
            return Ok(());
        }
        for inner in &there.schema.references {
            self.resolve(&target, &mut inner.clone(), found, depth + 1)?;
        }
        let text = there.schema.text.clone();
        found.push(Referenced {
            name: reference.name.clone(),
            text,
        });
        Ok(())
    }

    /// The texts that `schema` refers to, directly or not, each after those it refers to itself;
    /// `None` if one is not there any more.
    pub(super) fn referenced(&self, schema: &Stored) -> Option<Vec<String>> {
        let mut found = Vec::new();
        for reference in &schema.references {
            let mut reference = reference.clone();
            self.resolve(&Subject::parse(""), &mut reference, &mut found, 0)
                .ok()?;
        }
        Some(found.into_iter().map(|it| it.text).collect())
    }

    /// Registers a schema; the same one again is the version it has.
    pub(super) fn register(
        &mut self,
        subject: &Subject,
        body: &SchemaBody,
        normalize: bool,
    ) -> Result<Found, ApiError> {
        let mode = self.mode_for(subject);
        let imports = body.id.is_some_and(|id| id >= 0);
        if mode.is_read_only() || imports && mode != Mode::Import {
            return Err(ApiError::not_permitted(&subject.qualified(), mode.as_str()));
        }
        let schema = Arc::new(self.read(subject, body)?);
        if let Some(there) = self.same(subject, &schema, normalize, false) {
            return Ok(there);
        }
        if mode != Mode::Import {
            let problems = self.check(subject, &schema, self.level_for(subject), None)?;
            if !problems.is_empty() {
                let message = format!(
                    "the schema is incompatible with an earlier one of subject '{}': {}",
                    subject.qualified(),
                    in_words(&problems).join("; ")
                );
                return Err(ApiError::new(409, 409, message));
            }
        }
        let context = self.context_mut(&subject.context);
        let id = match body
            .id
            .filter(|_| imports)
            .and_then(|id| u32::try_from(id).ok())
        {
            Some(id) => {
                context.import(id, schema)?;
                id
            }
            None => context.id_of(schema),
        };
        let versions = &mut context
            .subjects
            .entry(subject.name.clone())
            .or_default()
            .entries;
        let next = versions.keys().next_back().map_or(1, |last| last + 1);
        let wanted = body
            .version
            .filter(|_| imports)
            .and_then(|version| u32::try_from(version).ok());
        let version = wanted.filter(|version| *version > 0).unwrap_or(next);
        versions.insert(version, Entry { id, deleted: false });
        self.version(subject, Asked::Number(version), false)
    }

    /// The version of a subject that holds a schema; a subject without a context is looked for in
    /// all of them.
    ///
    /// # Errors
    /// 40401 without the subject, 40403 without the schema.
    pub(super) fn look_up(
        &self,
        subject: &Subject,
        body: &SchemaBody,
        normalize: bool,
        deleted: bool,
    ) -> Result<Found, ApiError> {
        self.anywhere(subject, |subject| {
            self.versions(subject, deleted)?;
            let schema = self.read(subject, body)?;
            self.same(subject, &schema, normalize, deleted)
                .ok_or_else(ApiError::schema_not_found)
        })
    }

    fn same(
        &self,
        subject: &Subject,
        schema: &Stored,
        normalize: bool,
        deleted: bool,
    ) -> Option<Found> {
        let versions = self.versions(subject, deleted).ok()?;
        versions.into_iter().rev().find(|found| {
            found.schema.guid == schema.guid || normalize && found.schema.is_normally(schema)
        })
    }

    /// Why a schema may not become the next version: against one version, or against those that the
    /// level names.
    pub(super) fn check(
        &self,
        subject: &Subject,
        schema: &Stored,
        level: Level,
        against: Option<Asked>,
    ) -> Result<Vec<Problem>, ApiError> {
        let earlier = match against {
            Some(asked) => vec![self.version(subject, asked, false)?],
            None => self.versions(subject, false).unwrap_or_default(),
        };
        let earlier = earlier
            .iter()
            .map(|found| (found.version, &found.schema.parsed));
        Ok(check::check(level, &schema.parsed, earlier))
    }

    /// Deletes a subject and says which versions it had.
    pub(super) fn delete_subject(
        &mut self,
        subject: &Subject,
        permanent: bool,
    ) -> Result<Vec<u32>, ApiError> {
        self.may_delete(subject)?;
        let name = subject.qualified();
        let all = self.versions(subject, true)?;
        let live: Vec<u32> = all
            .iter()
            .filter(|found| !found.deleted)
            .map(|found| found.version)
            .collect();
        if permanent && !live.is_empty() {
            let message = format!("subject '{name}' must be soft-deleted before");
            return Err(ApiError::new(404, 40405, message));
        }
        if !permanent && live.is_empty() {
            let message = format!("subject '{name}' is soft-deleted; permanent=true removes it");
            return Err(ApiError::new(404, 40404, message));
        }
        let versions: Vec<u32> = if permanent {
            all.iter().map(|found| found.version).collect()
        } else {
            live
        };
        for version in &versions {
            self.not_referenced(subject, *version)?;
        }
        let context = self.context_mut(&subject.context);
        if permanent {
            context.subjects.remove(&subject.name);
            context.forget_unused();
        } else if let Some(there) = context.subjects.get_mut(&subject.name) {
            for entry in there.entries.values_mut() {
                entry.deleted = true;
            }
        }
        Ok(versions)
    }

    /// Deletes one version.
    pub(super) fn delete_version(
        &mut self,
        subject: &Subject,
        asked: Asked,
        permanent: bool,
    ) -> Result<u32, ApiError> {
        self.may_delete(subject)?;
        let found = self.version(subject, asked, asked != Asked::Latest)?;
        let (name, version) = (subject.qualified(), found.version);
        if permanent && !found.deleted {
            let message =
                format!("version {version} of subject '{name}' must be soft-deleted before");
            return Err(ApiError::new(404, 40407, message));
        }
        if !permanent && found.deleted {
            let message = format!(
                "version {version} of subject '{name}' is soft-deleted; permanent=true removes it"
            );
            return Err(ApiError::new(404, 40406, message));
        }
        self.not_referenced(subject, version)?;
        let context = self.context_mut(&subject.context);
        if let Some(there) = context.subjects.get_mut(&subject.name) {
            if permanent {
                there.entries.remove(&version);
            } else if let Some(entry) = there.entries.get_mut(&version) {
                entry.deleted = true;
            }
            if there.entries.is_empty() {
                context.subjects.remove(&subject.name);
            }
        }
        context.forget_unused();
        Ok(version)
    }

    fn may_delete(&self, subject: &Subject) -> Result<(), ApiError> {
        let mode = self.mode_for(subject);
        if mode.is_read_only() {
            return Err(ApiError::not_permitted(&subject.qualified(), mode.as_str()));
        }
        Ok(())
    }

    fn not_referenced(&self, subject: &Subject, version: u32) -> Result<(), ApiError> {
        match self.referring(subject, version).first() {
            Some(by) => {
                let message = format!(
                    "version {version} of subject '{}' is referenced by version {} of '{}'",
                    subject.qualified(),
                    by.version,
                    by.subject
                );
                Err(ApiError::new(422, 42206, message))
            }
            None => Ok(()),
        }
    }
}

/// The problems as the API lists them.
pub(super) fn in_words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
