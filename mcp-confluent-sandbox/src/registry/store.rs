//! What the registry holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::check::Level;
use super::errors::ApiError;
use super::names::{DEFAULT, Subject, qualified};
use super::schema::{Kind, Parsed, Referenced};

/// Everything, by context.
#[derive(Debug, Default)]
pub(super) struct Store {
    contexts: BTreeMap<String, Context>,
    /// What Protobuf schemas may import without a reference.
    pub(super) imports: Vec<Referenced>,
    pub(super) level: Option<Level>,
    pub(super) mode: Option<Mode>,
}

/// Schemas and subjects that share ids.
#[derive(Debug, Default)]
pub(super) struct Context {
    last_id: u32,
    pub(super) schemas: BTreeMap<u32, Arc<Stored>>,
    by_guid: HashMap<Uuid, u32>,
    pub(super) subjects: BTreeMap<String, Versions>,
    pub(super) level: Option<Level>,
    pub(super) mode: Option<Mode>,
}

/// A schema that is registered somewhere.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) references: Vec<Reference>,
    pub(super) metadata: Option<Value>,
    pub(super) rules: Option<Value>,
    pub(super) guid: Uuid,
    pub(super) parsed: Parsed,
    /// The form that `normalize` compares.
    pub(super) normal: String,
}

/// How a schema uses another one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) version: i32,
}

/// A subject.
#[derive(Debug, Default)]
pub(super) struct Versions {
    pub(super) entries: BTreeMap<u32, Entry>,
    pub(super) level: Option<Level>,
    pub(super) mode: Option<Mode>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) id: u32,
    pub(super) deleted: bool,
}

/// What may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    ReadWrite,
    ReadOnly,
    ReadOnlyOverride,
    Import,
}

impl Mode {
    const ALL: [Self; 4] = [
        Self::ReadWrite,
        Self::ReadOnly,
        Self::ReadOnlyOverride,
        Self::Import,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "READWRITE",
            Self::ReadOnly => "READONLY",
            Self::ReadOnlyOverride => "READONLY_OVERRIDE",
            Self::Import => "IMPORT",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(name))
    }

    pub(super) fn is_read_only(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadOnlyOverride)
    }
}

/// A version that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Latest,
    Number(u32),
}

impl Asked {
    /// # Errors
    /// 42202 if it is neither a number from 1 nor `latest`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "latest" | "-1" => Ok(Self::Latest),
            number => match number.parse() {
                Ok(number) if number > 0 => Ok(Self::Number(number)),
                _ => {
                    let message =
                        format!("'{text}' is no version: it is a number from 1, or latest");
                    Err(ApiError::new(422, 42202, message))
                }
            },
        }
    }
}

/// A version that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) subject: String,
    pub(super) version: u32,
    pub(super) id: u32,
    pub(super) deleted: bool,
    pub(super) schema: Arc<Stored>,
}

impl Store {
    pub(super) fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.get(name)
    }

    pub(super) fn context_mut(&mut self, name: &str) -> &mut Context {
        self.contexts.entry(name.to_owned()).or_default()
    }

    /// The contexts that hold something, and the default one.
    pub(super) fn context_names(&self) -> Vec<&str> {
        let used = self
            .contexts
            .iter()
            .filter(|(name, context)| !context.subjects.is_empty() && name.as_str() != DEFAULT);
        std::iter::once(DEFAULT)
            .chain(used.map(|(name, _)| name.as_str()))
            .collect()
    }

    pub(super) fn subject(&self, subject: &Subject) -> Option<&Versions> {
        self.context(&subject.context)?.subjects.get(&subject.name)
    }

    /// The subject with the versions that are not deleted, or with all of them.
    ///
    /// # Errors
    /// 40401 if there is none of those.
    pub(super) fn versions(
        &self,
        subject: &Subject,
        deleted: bool,
    ) -> Result<Vec<Found>, ApiError> {
        let versions = self
            .subject(subject)
            .into_iter()
            .flat_map(|subject| &subject.entries);
        let found: Vec<Found> = versions
            .filter(|(_, entry)| deleted || !entry.deleted)
            .filter_map(|(version, entry)| self.found(subject, *version, *entry))
            .collect();
        if found.is_empty() {
            return Err(ApiError::subject_not_found(&subject.qualified()));
        }
        Ok(found)
    }

    /// One version.
    ///
    /// # Errors
    /// 40401 without the subject, 40402 without the version.
    pub(super) fn version(
        &self,
        subject: &Subject,
        asked: Asked,
        deleted: bool,
    ) -> Result<Found, ApiError> {
        let mut versions = self.versions(subject, deleted)?;
        let found = match asked {
            Asked::Latest => versions.pop(),
            Asked::Number(number) => versions.into_iter().find(|found| found.version == number),
        };
        found.ok_or_else(|| match asked {
            Asked::Latest => ApiError::version_not_found("latest"),
            Asked::Number(number) => ApiError::version_not_found(number),
        })
    }

    /// As [`Store::version`]; a subject without a context is looked for in all of them.
    ///
    /// # Errors
    /// 40401 without the subject, 40402 without the version.
    pub(super) fn version_anywhere(
        &self,
        subject: &Subject,
        asked: Asked,
        deleted: bool,
    ) -> Result<Found, ApiError> {
        self.anywhere(subject, |subject| self.version(subject, asked, deleted))
    }

    /// What `look` finds for `subject`, or, where that has no context, for the subject of this name
    /// in the first context that has it.
    pub(super) fn anywhere<T>(
        &self,
        subject: &Subject,
        look: impl Fn(&Subject) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let here = look(subject);
        if here.is_ok() || subject.context != DEFAULT {
            return here;
        }
        let named = self.named_like(subject);
        let found = named.iter().find_map(|subject| look(subject).ok());
        found.map_or(here, Ok)
    }

    /// The subjects of this name that there could be, one for each context.
    fn named_like(&self, subject: &Subject) -> Vec<Subject> {
        let contexts = self.context_names().into_iter();
        contexts
            .map(|context| Subject {
                context: context.to_owned(),
                name: subject.name.clone(),
            })
            .collect()
    }

    /// The subject and version that have the schema of an id, soft-deleted or not. `asked` must have
    /// it; without a name, any subject of its context may. A name without a context is looked for in
    /// all of them, and if it has no such schema there, any subject of the default context may.
    pub(super) fn place_of_id(&self, id: u32, asked: &Subject) -> Option<(Subject, u32)> {
        let held_by = |subject: &Subject| {
            let entries = &self.subject(subject)?.entries;
            let (version, _) = entries.iter().rfind(|(_, entry)| entry.id == id)?;
            Some((subject.clone(), *version))
        };
        let held_in = |context: &str| {
            let mut names = self.context(context)?.subjects.keys();
            names.find_map(|name| {
                held_by(&Subject {
                    context: context.to_owned(),
                    name: name.clone(),
                })
            })
        };
        if asked.name.is_empty() {
            held_in(&asked.context)
        } else if asked.context == DEFAULT {
            let named = self.named_like(asked);
            let found = named.iter().find_map(held_by);
            found.or_else(|| held_in(DEFAULT))
        } else {
            held_by(asked)
        }
    }

    fn found(&self, subject: &Subject, version: u32, entry: Entry) -> Option<Found> {
        let schema = self
            .context(&subject.context)?
            .schemas
            .get(&entry.id)?
            .clone();
        Some(Found {
            subject: subject.qualified(),
            version,
            id: entry.id,
            deleted: entry.deleted,
            schema,
        })
    }

    /// Every version of every subject in the contexts that `wanted` says.
    pub(super) fn all(&self, wanted: impl Fn(&str) -> bool) -> Vec<Found> {
        let contexts = self.contexts.iter().filter(|(name, _)| wanted(name));
        let subjects = contexts.flat_map(|(context, state)| {
            state.subjects.iter().map(move |(name, versions)| {
                (
                    Subject {
                        context: context.clone(),
                        name: name.clone(),
                    },
                    versions,
                )
            })
        });
        subjects
            .flat_map(|(subject, versions)| {
                let entries = versions.entries.iter();
                entries
                    .filter_map(|(version, entry)| self.found(&subject, *version, *entry))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// The versions whose schema refers to this one.
    pub(super) fn referring(&self, subject: &Subject, version: u32) -> Vec<Found> {
        let all = self.all(|_| true);
        all.into_iter()
            .filter(|found| {
                !found.deleted
                    && found.schema.references.iter().any(|reference| {
                        let target = Subject::parse(&found.subject).beside(&reference.subject);
                        target == *subject && u32::try_from(reference.version) == Ok(version)
                    })
            })
            .collect()
    }

    /// The level that counts for a subject: its own, its context's, the global one.
    pub(super) fn level_for(&self, subject: &Subject) -> Level {
        let context = self.context(&subject.context);
        self.subject(subject)
            .and_then(|subject| subject.level)
            .or_else(|| context.and_then(|context| context.level))
            .or(self.level)
            .unwrap_or(Level::Backward)
    }

    /// The mode that counts for a subject.
    pub(super) fn mode_for(&self, subject: &Subject) -> Mode {
        if self.mode == Some(Mode::ReadOnlyOverride) {
            return Mode::ReadOnlyOverride;
        }
        let context = self.context(&subject.context);
        self.subject(subject)
            .and_then(|subject| subject.mode)
            .or_else(|| context.and_then(|context| context.mode))
            .or(self.mode)
            .unwrap_or(Mode::ReadWrite)
    }
}

impl Context {
    /// The id of a schema, a new one if it has none yet.
    pub(super) fn id_of(&mut self, schema: Arc<Stored>) -> u32 {
        if let Some(id) = self.by_guid.get(&schema.guid) {
            return *id;
        }
        let id = self.last_id + 1;
        self.put(id, schema);
        id
    }

    /// Gives a schema the id it had elsewhere.
    ///
    /// # Errors
    /// 42205 if the id is another schema's.
    pub(super) fn import(&mut self, id: u32, schema: Arc<Stored>) -> Result<(), ApiError> {
        match self.schemas.get(&id) {
            Some(there) if there.guid != schema.guid => Err(ApiError::new(
                422,
                42205,
                format!("the id {id} is another schema's"),
            )),
            _ => {
                self.put(id, schema);
                Ok(())
            }
        }
    }

    fn put(&mut self, id: u32, schema: Arc<Stored>) {
        self.last_id = self.last_id.max(id);
        self.by_guid.insert(schema.guid, id);
        self.schemas.insert(id, schema);
    }

    pub(super) fn id_of_guid(&self, guid: &Uuid) -> Option<u32> {
        self.by_guid.get(guid).copied()
    }

    /// Where a schema is registered, by subject and version.
    pub(super) fn usages(&self, context: &str, id: u32, deleted: bool) -> Vec<(String, u32)> {
        let mut usages = Vec::new();
        for (name, subject) in &self.subjects {
            for (version, entry) in &subject.entries {
                if entry.id == id && (deleted || !entry.deleted) {
                    usages.push((qualified(context, name), *version));
                }
            }
        }
        usages
    }

    /// Forgets the schemas that no version has any more.
    pub(super) fn forget_unused(&mut self) {
        let subjects = &self.subjects;
        let used = |id: &u32| {
            subjects
                .values()
                .any(|subject| subject.entries.values().any(|entry| entry.id == *id))
        };
        self.schemas.retain(|id, _| used(id));
        let schemas = &self.schemas;
        self.by_guid.retain(|_, id| schemas.contains_key(id));
    }
}

impl Stored {
    pub(super) fn new(
        kind: Kind,
        text: &str,
        references: Vec<Reference>,
        (metadata, rules): (Option<Value>, Option<Value>),
        parsed: Parsed,
    ) -> Self {
        let text = parsed.stored(text);
        let normal = parsed.normal(&text);
        let mut hash = Sha256::new();
        for reference in &references {
            hash.update(format!("{reference:?}\n"));
        }
        hash.update(format!("{kind}\n{metadata:?}\n{rules:?}\n{text}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        let guid = uuid::Builder::from_custom_bytes(bytes).into_uuid();
        Self {
            kind,
            text,
            references,
            metadata,
            rules,
            guid,
            parsed,
            normal,
        }
    }

    /// Whether both are the same but for their form.
    pub(super) fn is_normally(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.normal == other.normal
            && self.references == other.references
            && self.metadata == other.metadata
            && self.rules == other.rules
    }
}
