//! What to write as a key or a value.

use serde_json::Value;

use super::payload::MessageEncoding;
use crate::{
    codec::Part,
    prelude::*,
    tools::schema_registry::shared::{SchemaKind, SchemaReference},
};

/// What to write as the key or the value of a record.
#[confluent_type]
pub(super) struct Payload {
    /// Any JSON value. Without a schema, a string is written as it is, anything else as JSON;
    /// `null` is Kafka's null.
    pub(super) message: Value,
    /// How it becomes bytes without a schema; by default by its type.
    pub(super) encoding: Option<MessageEncoding>,
    /// Write with a schema.
    #[arg(default)]
    pub(super) use_schema_registry: bool,
    /// Language; needed with `schema`.
    pub(super) schema_type: Option<SchemaKind>,
    /// Text of the schema, registered if new; by default a registered one.
    #[arg(length = 1..)]
    pub(super) schema: Option<String>,
    /// What `schema` refers to.
    pub(super) references: Option<Vec<SchemaReference>>,
    /// Registered version; by default the latest.
    #[arg(range = 1..)]
    pub(super) version: Option<u32>,
    /// Full name of the Protobuf message, if there are several.
    #[arg(length = 1..)]
    pub(super) message_name: Option<String>,
    /// Subject of the schema.
    #[arg(length = 1..)]
    pub(super) subject: Option<String>,
    /// What `subject` is named after by default.
    #[arg(default = SubjectNameStrategy::Topic)]
    pub(super) subject_name_strategy: SubjectNameStrategy,
    /// Normalize `schema`.
    #[arg(default)]
    pub(super) normalize: bool,
    /// Where the id goes: before the payload, or as a GUID in a header.
    #[arg(default = SchemaIdLocation::Payload)]
    pub(super) schema_id_location: SchemaIdLocation,
}

/// What a subject is called after.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
pub(super) enum SubjectNameStrategy {
    /// Topic.
    Topic,
    /// Record.
    Record,
    /// Topic record.
    TopicRecord,
}

/// Where a record names its schema.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
pub(super) enum SchemaIdLocation {
    /// Payload.
    Payload,
    /// Header.
    Header,
}

impl Payload {
    /// Whether it is written with a schema. As with Kafka's own serialisers, null is null whatever the
    /// schema.
    pub(super) fn has_schema(&self) -> bool {
        self.use_schema_registry && !self.message.is_null()
    }

    /// What contradicts itself; `what` is the argument.
    pub(super) fn problems(&self, what: &str) -> Vec<String> {
        if !self.use_schema_registry {
            return Vec::new();
        }
        let mut problems = Vec::new();
        if self.encoding.is_some() {
            problems.push(format!(
                "`{what}.encoding` is for messages without a schema: leave it out with `useSchemaRegistry`"
            ));
        }
        if self.subject.is_some() && self.subject_name_strategy != SubjectNameStrategy::Topic {
            problems.push(format!(
                "`{what}.subject` and `{what}.subjectNameStrategy` both say the subject: leave one out"
            ));
        }
        if self.schema.is_some() {
            if self.schema_type.is_none() {
                problems.push(format!(
                    "`{what}.schemaType` must say what `{what}.schema` is: AVRO, JSON or PROTOBUF"
                ));
            }
            if self.version.is_some() {
                problems.push(format!(
                    "`{what}.schema` and `{what}.version` both say the schema: leave one out"
                ));
            }
        } else if self.references.is_some() {
            problems.push(format!(
                "`{what}.references` belong to `{what}.schema`, which is left out"
            ));
        }
        problems
    }

    /// The name of the Protobuf message, if it is one.
    pub(super) fn message_of(&self, is_protobuf: bool) -> Option<&str> {
        self.message_name.as_deref().filter(|_| is_protobuf)
    }

    /// The subject. `record` is the full name of what is written.
    pub(super) fn subject_for(
        &self,
        topic: &str,
        part: Part,
        record: Option<&str>,
    ) -> Result<String> {
        if let Some(subject) = &self.subject {
            return Ok(subject.clone());
        }
        let what = argument(part);
        let record = || {
            record.ok_or_else(|| {
                ToolError::argument(format!(
                    "`{what}.subjectNameStrategy` needs the full name of the record"
                ))
                .hint(format!(
                    "give `{what}.subject` instead, `{what}.schema` (a JSON Schema with a `title`), or \
                     `{what}.messageName`"
                ))
            })
        };
        Ok(match self.subject_name_strategy {
            SubjectNameStrategy::Topic => default_subject(topic, part),
            SubjectNameStrategy::Record => record()?.to_owned(),
            SubjectNameStrategy::TopicRecord => format!("{topic}-{}", record()?),
        })
    }
}

/// The argument that a half of a record comes from.
pub(super) fn argument(part: Part) -> &'static str {
    match part {
        Part::Key => "key",
        Part::Value => "value",
    }
}

/// The subject of a topic's keys or values, unless somebody says otherwise.
pub(super) fn default_subject(topic: &str, part: Part) -> String {
    format!("{topic}-{}", argument(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payload(value: Value) -> Payload {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn calls_written_for_the_reference_are_understood() {
        let value = payload(json!({
            "message": {"id": 1}, "useSchemaRegistry": false, "schemaType": "AVRO",
            "schema": "{}", "messageName": "a.B", "subject": "s", "normalize": true,
            "schemaIdLocation": "header"
        }));
        assert!(value.problems("value").is_empty());
        assert!(serde_json::from_value::<Payload>(json!({})).is_err());
    }

    #[test]
    fn contradictions_are_told_all_at_once() {
        let value = payload(json!({
            "message": 1, "useSchemaRegistry": true, "encoding": "json", "schema": "\"int\"",
            "version": 2, "subject": "s", "subjectNameStrategy": "record"
        }));
        let problems = value.problems("key");
        assert_eq!(problems.len(), 4, "{problems:?}");
        for named in [
            "key.encoding",
            "key.subject",
            "key.schemaType",
            "key.version",
        ] {
            let quoted = format!("`{named}`");
            assert!(
                problems.iter().any(|it| it.contains(&quoted)),
                "{problems:?}"
            );
        }
        let value = payload(json!({"message": 1, "useSchemaRegistry": true, "references": []}));
        assert_eq!(value.problems("value").len(), 1);
    }

    #[test]
    fn the_subject_is_called_after_topic_and_record() {
        for (strategy, part, expected) in [
            ("topic", Part::Value, "orders-value"),
            ("topic", Part::Key, "orders-key"),
            ("record", Part::Value, "shop.Order"),
            ("topicRecord", Part::Key, "orders-shop.Order"),
        ] {
            let value = payload(json!({"message": 1, "subjectNameStrategy": strategy}));
            let subject = value.subject_for("orders", part, Some("shop.Order"));
            assert_eq!(subject.unwrap(), expected, "{strategy}");
        }
        let value = payload(json!({"message": 1, "subject": ":.a:s"}));
        assert_eq!(value.subject_for("t", Part::Key, None).unwrap(), ":.a:s");
        let value = payload(json!({"message": 1, "subjectNameStrategy": "record"}));
        let error = value.subject_for("t", Part::Key, None).unwrap_err();
        assert!(
            error.message().contains("`key.subjectNameStrategy`"),
            "{error}"
        );
    }
}
