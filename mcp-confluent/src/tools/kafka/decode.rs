//! Keys and values that were written with a schema, as JSON.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    CODEC,
    message::default_subject,
    payload::{self, Shown},
};
use crate::{
    client::{
        http::Call,
        kafka::records::Record,
        schema_registry::{SchemaRegistryClient, Source, SubjectVersion, without_context},
    },
    codec::{Codec, Decoded, Part, RegisteredSchema, SchemaRef, SchemaSource as _},
    prelude::*,
};

/// Schemas that are asked for at once.
const AT_ONCE: usize = 8;
/// After so many schemas in a row that cannot be had, no more are asked for: what is no schema but a
/// number, as the keys of other serialisers are, names another one in each record.
const MISSING_IN_A_ROW: usize = 32;

/// How to decode keys or values.
#[confluent_type]
#[derive(Default)]
pub(super) struct Format {
    /// Show raw bytes; do not decode.
    #[arg(default)]
    pub(super) disable_schema_registry: bool,
    /// Subject whose context the ids are in; by default the topic's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
}

/// Reads keys and values with the schemas they name.
#[derive(Default)]
pub(super) struct Decoder {
    key: Option<Side>,
    value: Option<Side>,
}

/// What there is to read keys, or values, with.
struct Side {
    part: Part,
    /// The subject the call names.
    subject: Option<String>,
    /// By the subject that says which schema an id means.
    sources: HashMap<String, Arc<Source>>,
    /// Where the schemas are registered, by what names them and the same subject.
    places: HashMap<(SchemaRef, String), Vec<SubjectVersion>>,
    /// What is not asked for after too many that cannot be had.
    skipped: HashSet<SchemaRef>,
}

/// A half of a record, and what became of reading it.
pub(super) struct Half<'r> {
    bytes: Option<&'r [u8]>,
    content: Content,
    /// The schema it names.
    pub(super) schema: Option<RecordSchema>,
    /// Why it was not read, or what there is to say about it.
    pub(super) problem: Option<String>,
}

enum Content {
    /// It names no schema.
    Plain,
    /// It names a schema and was not read.
    Unread,
    Value(Value),
}

/// The schema a key or value names.
#[confluent_type]
#[derive(Default)]
pub(super) struct RecordSchema {
    /// Language: `AVRO`, `JSON` or `PROTOBUF`; absent where the schema could not be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_type: Option<String>,
    /// Id, where the record names that.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// GUID, where the record names that.
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
    /// A subject that has it: the topic's, if that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Its version there.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// Full name of the message, for Protobuf.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Decoder {
    /// Gets the schemas that `records` name.
    ///
    /// # Errors
    /// The registry cannot be asked, and so not a single schema is known.
    pub(super) async fn new(
        registry: &SchemaRegistryClient,
        call: &Call,
        records: &[Record],
        key: Format,
        value: Format,
    ) -> Result<Self> {
        let mut decoder = Self::default();
        let mut outcomes = Vec::new();
        for (part, format) in [(Part::Key, key), (Part::Value, value)] {
            if format.disable_schema_registry {
                continue;
            }
            let mut side = Side {
                part,
                subject: format.subject,
                sources: HashMap::new(),
                places: HashMap::new(),
                skipped: HashSet::new(),
            };
            outcomes.extend(side.fetch(registry, call, records).await);
            *match part {
                Part::Key => &mut decoder.key,
                Part::Value => &mut decoder.value,
            } = Some(side);
        }
        let nothing_known = outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_err_and(is_away));
        match outcomes.pop() {
            Some(Err(error)) if nothing_known => Err(not_to_be_had(error)),
            _ => Ok(decoder),
        }
    }

    /// Reads the key or the value of `record`, one of those that it was made for.
    pub(super) async fn read<'r>(&self, record: &'r Record, part: Part) -> Half<'r> {
        let (side, bytes) = match part {
            Part::Key => (&self.key, &record.key),
            Part::Value => (&self.value, &record.value),
        };
        let bytes = bytes.as_deref();
        match (side, bytes) {
            (Some(side), Some(bytes)) => side.read(record, bytes).await,
            _ => Half::plain(bytes),
        }
    }
}

/// The error of a call whose records name schemas that the registry does not give.
fn not_to_be_had(error: ToolError) -> ToolError {
    let first = match (error.kind(), error.hint_text()) {
        // Waiting does not help.
        (ErrorKind::Unauthenticated | ErrorKind::Denied, Some(hint)) => hint,
        _ => "once the schema registry answers again, call again",
    };
    let hint = format!(
        "{first}; or see the bytes with `valueFormat` and `keyFormat` of \
         `{{\"disableSchemaRegistry\": true}}`"
    );
    error
        .context("the records name schemas that cannot be had")
        .hint(hint)
}

/// Whether a registry said nothing about what it was asked.
fn is_away(error: &ToolError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unreachable
            | ErrorKind::TimedOut
            | ErrorKind::Cancelled
            | ErrorKind::Unauthenticated
            | ErrorKind::Denied
            | ErrorKind::Upstream
    )
}

impl Side {
    /// Gets each schema once, several at a time, and where it is registered.
    async fn fetch(
        &mut self,
        registry: &SchemaRegistryClient,
        call: &Call,
        records: &[Record],
    ) -> Vec<Result<()>> {
        // In the order of the records.
        let (mut wanted, mut seen) = (Vec::new(), HashSet::new());
        for record in records {
            let subject = self.subject_of(&record.topic);
            let source = self
                .sources
                .entry(subject.clone())
                .or_insert_with_key(|subject| {
                    Arc::new(registry.source(call, Some(subject.clone())))
                });
            let bytes = match self.part {
                Part::Key => &record.key,
                Part::Value => &record.value,
            };
            let named = bytes
                .as_deref()
                .and_then(|bytes| Codec::named(bytes, headers(record), self.part));
            if let Some(named) = named
                && seen.insert((named, subject.clone()))
            {
                wanted.push((named, subject, source.clone()));
            }
        }
        let mut wanted = wanted.into_iter();
        let mut under_way = JoinSet::new();
        let mut outcomes = Vec::new();
        let mut missing = 0;
        loop {
            while under_way.len() < AT_ONCE
                && missing < MISSING_IN_A_ROW
                && let Some((named, subject, source)) = wanted.next()
            {
                let (registry, call) = (registry.clone(), call.clone());
                under_way.spawn(async move {
                    let outcome = match source.schema(named).await {
                        Ok(_) => Ok(places(&registry, &call, named, &subject).await),
                        Err(error) => Err(error),
                    };
                    ((named, subject), outcome)
                });
            }
            match under_way.join_next().await {
                Some(Ok((named, outcome))) => {
                    missing = if outcome.is_ok() { 0 } else { missing + 1 };
                    outcomes.push(outcome.map(|places| {
                        self.places.insert(named, places);
                    }));
                }
                Some(Err(error)) => outcomes.push(Err(ToolError::internal(error.to_string()))),
                None => {
                    self.skipped.extend(wanted.map(|(named, ..)| named));
                    return outcomes;
                }
            }
        }
    }

    fn subject_of(&self, topic: &str) -> String {
        self.subject
            .clone()
            .unwrap_or_else(|| default_subject(topic, self.part))
    }

    async fn read<'r>(&self, record: &'r Record, bytes: &'r [u8]) -> Half<'r> {
        if let Some(named) = self.skips(record, bytes) {
            let problem = format!(
                "{named} was not asked for, as {MISSING_IN_A_ROW} before it could not be had"
            );
            return Half {
                schema: Some(RecordSchema::named(named)),
                ..Half::unread(bytes, problem)
            };
        }
        let Some(source) = self.sources.get(&self.subject_of(&record.topic)) else {
            return Half::plain(Some(bytes));
        };
        match CODEC
            .decode(&**source, bytes, headers(record), self.part)
            .await
        {
            Decoded::NotFramed => Half::plain(Some(bytes)),
            Decoded::Value(read) => Half {
                schema: Some(self.schema(record, &read.schema, read.message)),
                bytes: Some(bytes),
                content: Content::Value(read.value),
                problem: read.problem,
            },
            Decoded::UnknownSchema { schema, error } => Half {
                schema: Some(RecordSchema::named(schema)),
                ..Half::unread(bytes, error.message())
            },
            Decoded::Broken { schema, error } => Half {
                schema: schema.map(|schema| self.schema(record, &schema, None)),
                ..Half::unread(bytes, error.message())
            },
        }
    }

    fn skips(&self, record: &Record, bytes: &[u8]) -> Option<SchemaRef> {
        if self.skipped.is_empty() {
            return None;
        }
        Codec::named(bytes, headers(record), self.part).filter(|named| self.skipped.contains(named))
    }

    fn schema(
        &self,
        record: &Record,
        schema: &RegisteredSchema,
        message: Option<String>,
    ) -> RecordSchema {
        let id = schema.id.map(SchemaRef::Id);
        let Some(named) = id.or(schema.guid.map(SchemaRef::Guid)) else {
            return RecordSchema::default();
        };
        let key = (named, self.subject_of(&record.topic));
        let place = self.places.get(&key).and_then(|places| {
            // They are all in one context.
            let wanted = without_context(&key.1);
            let topics = places
                .iter()
                .rfind(|place| without_context(&place.subject) == wanted);
            topics.or(places.first())
        });
        RecordSchema {
            schema_type: Some(schema.schema.kind().to_string()),
            subject: place.map(|place| place.subject.clone()),
            version: place.map(|place| place.version),
            message,
            ..RecordSchema::named(named)
        }
    }
}

/// Where a schema is registered. Records can be read without knowing, so a registry that does not
/// tell is none the worse.
async fn places(
    registry: &SchemaRegistryClient,
    call: &Call,
    schema: SchemaRef,
    subject: &str,
) -> Vec<SubjectVersion> {
    match schema {
        SchemaRef::Id(id) => {
            let Ok(known) = registry.schema_by_id(call, id, Some(subject)).await else {
                return Vec::new();
            };
            // The subject's own context is not always the one where it was found.
            let place = known.subject.as_deref().unwrap_or(subject);
            let usages = registry.usages(call, id, Some(place), false).await;
            usages.unwrap_or_default()
        }
        // Few registries tell where a GUID is; all tell whether this subject has its schema.
        SchemaRef::Guid(guid) => {
            let Ok(known) = registry.schema_by_guid(call, &guid.to_string()).await else {
                return Vec::new();
            };
            let found = registry
                .lookup(call, subject, &known.schema, false, false)
                .await;
            found
                .map(|found| {
                    vec![SubjectVersion {
                        subject: found.subject,
                        version: found.version,
                    }]
                })
                .unwrap_or_default()
        }
    }
}

fn headers(record: &Record) -> impl Iterator<Item = (&str, &[u8])> {
    record.headers.iter().map(|header| {
        (
            header.name.as_str(),
            header.value.as_deref().unwrap_or_default(),
        )
    })
}

impl RecordSchema {
    fn named(by: SchemaRef) -> Self {
        let (id, guid) = match by {
            SchemaRef::Id(id) => (Some(id), None),
            SchemaRef::Guid(guid) => (None, Some(guid.to_string())),
        };
        Self {
            id,
            guid,
            ..Self::default()
        }
    }

    /// Without the names that are longer than `limit` bytes.
    pub(super) fn with_names_within(&self, limit: usize) -> Self {
        let fits = |name: &String| name.len() <= limit;
        let subject = self.subject.clone().filter(fits);
        Self {
            version: self.version.filter(|_| subject.is_some()),
            subject,
            message: self.message.clone().filter(fits),
            ..self.clone()
        }
    }

    #[cfg(test)]
    pub(super) fn with_names(name: &str) -> Self {
        Self {
            subject: Some(name.to_owned()),
            message: Some(name.to_owned()),
            ..Self::named(SchemaRef::Id(1))
        }
    }
}

impl<'r> Half<'r> {
    fn plain(bytes: Option<&'r [u8]>) -> Self {
        Self {
            bytes,
            content: Content::Plain,
            schema: None,
            problem: None,
        }
    }

    pub(super) fn unread(bytes: &'r [u8], problem: impl Into<String>) -> Self {
        Self {
            bytes: Some(bytes),
            content: Content::Unread,
            schema: None,
            problem: Some(problem.into()),
        }
    }

    /// Shows at most about `limit` bytes of it.
    pub(super) fn show(&self, limit: usize) -> Shown {
        match (&self.content, self.bytes) {
            (Content::Value(value), _) => payload::show_value(value, limit),
            (Content::Unread, Some(bytes)) => payload::show_base64(bytes, limit),
            (Content::Plain | Content::Unread, bytes) => payload::show(bytes, limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_registry_that_is_away_is_waited_for() {
        for (kind, start) in [
            (
                ErrorKind::Unauthenticated,
                "check the key; or see the bytes",
            ),
            (ErrorKind::Denied, "check the key; or see the bytes"),
            (ErrorKind::Unreachable, "once the schema registry answers"),
        ] {
            let error = ToolError::new(kind, "no").hint("check the key");
            let error = not_to_be_had(error);
            let hint = error.hint_text().unwrap();
            assert!(hint.starts_with(start), "{kind:?}: {hint}");
        }
    }
}
