//! `produce-message`.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    message::{Payload, argument},
    payload,
    serialize::{Half, Planned, UsedSchema},
    timestamp::{self, Timestamp},
};
use crate::{
    client::kafka::records::{Header, NewRecord},
    codec::Part,
    observe::TraceContext,
    prelude::*,
};

/// Write one record to an existing topic.
///
/// A `null` value is a tombstone: it deletes the key in a compacted topic. With
/// `useSchemaRegistry`, nothing is registered or written unless key and value fit.
#[confluent_tool(write, category = Kafka)]
async fn produce_message(
    cx: &ToolContext,
    kafka: Kafka,
    registry: Option<SchemaRegistry>,
    /// Its name.
    #[arg(length = 1..)]
    topic_name: String,
    /// Value of the record.
    value: Payload,
    /// Key of the record, which also chooses the partition.
    key: Option<Payload>,
    /// Partition; by default the key's.
    #[arg(range = 0..)]
    partition: Option<i32>,
    /// By default now.
    timestamp: Option<Timestamp>,
    /// Headers by name. A list repeats the header.
    headers: Option<BTreeMap<String, HeaderValues>>,
) -> Result<Produced> {
    let mut problems = value.problems("value");
    problems.extend(key.iter().flat_map(|key| key.problems("key")));
    let headers = headers.unwrap_or_default();
    for (part, payload) in [(Part::Value, Some(&value)), (Part::Key, key.as_ref())] {
        // Readers believe the header rather than the payload.
        if payload.is_some_and(Payload::has_schema) && headers.contains_key(part.header()) {
            problems.push(format!(
                "`headers.{}` says with which schema `{}` is written, which it does itself: leave it out",
                part.header(),
                argument(part)
            ));
        }
    }
    let timestamp_ms = match timestamp.map(|time| time.milliseconds("timestamp")) {
        // Kafka's client takes it for no timestamp at all.
        Some(Ok(0)) => {
            problems.push("`timestamp` must be after 1970-01-01T00:00:00Z".to_owned());
            None
        }
        timestamp => timestamp.transpose()?,
    };
    if !problems.is_empty() {
        return Err(ToolError::argument(problems.join("; ")));
    }
    let mut record = NewRecord {
        topic: topic_name,
        partition,
        headers: self::headers(headers)?,
        timestamp_ms,
        ..NewRecord::default()
    };
    let plan = |part, payload| Planned::new(cx, registry.as_ref(), &record.topic, part, payload);
    let (value, key) = tokio::join!(plan(Part::Value, value), async {
        match key {
            Some(key) => plan(Part::Key, key).await.map(Some),
            None => Ok(None),
        }
    });
    let (value, key) = both(value, key)?;
    let registers = [value.registers(), key.as_ref().and_then(Planned::registers)];
    if let [Some((subject, of_value)), Some((other, of_key))] = registers
        && subject == other
        && of_value != of_key
    {
        return Err(ToolError::argument(format!(
            "`key` and `value` each have a new schema for the subject `{subject}`"
        ))
        .hint("name two subjects, or register one of the schemas with create-schema first"));
    }
    if registers.iter().any(Option::is_some) {
        // A schema must not be left behind for a record that cannot be written.
        kafka.client().check_record(kafka.call(), &record).await?;
    }
    let value = value.finish().await?;
    let key = match key {
        Some(key) => key.finish().await,
        None => Ok(Half::default()),
    };
    let key = key.map_err(|error| after_registering(error, [&value]))?;
    for half in [&value, &key] {
        if let Some((name, guid)) = &half.header {
            record.headers.push(Header {
                name: (*name).to_owned(),
                value: Some(guid.clone()),
            });
        }
    }
    add_trace(&mut record.headers, cx.trace().as_ref());
    (record.value, record.key) = (value.payload.clone(), key.payload.clone());
    let written = kafka.client().produce(kafka.call(), &record).await;
    let written = written.map_err(|error| after_registering(error, [&value, &key]))?;
    Ok(Produced {
        topic: record.topic,
        partition: written.partition,
        offset: written.offset.to_string(),
        timestamp: written.timestamp_ms.map(timestamp::iso),
        value_schema: value.schema,
        key_schema: key.schema,
    })
}

/// Adds the place of the call in its trace, unless the caller said where the record belongs.
fn add_trace(headers: &mut Vec<Header>, trace: Option<&TraceContext>) {
    if headers.iter().any(|it| TraceContext::is_header(&it.name)) {
        return;
    }
    let added = trace.into_iter().flat_map(TraceContext::headers);
    headers.extend(added.map(|(name, value)| Header {
        name: name.to_owned(),
        value: Some(value.as_bytes().to_vec()),
    }));
}

/// Both, or what is wrong with both.
fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) if [a.kind(), b.kind()] == [ErrorKind::Argument; 2] => Err(
            ToolError::argument(format!("{}; {}", a.message(), b.message())),
        ),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Says which schemas are registered now although the call failed.
fn after_registering<const N: usize>(error: ToolError, halves: [&Half; N]) -> ToolError {
    halves
        .iter()
        .rev()
        .filter_map(|half| half.schema.as_ref())
        .filter(|schema| schema.registered)
        .fold(error, |error, schema| {
            error.context(format_args!("{}, but", schema.registered_as()))
        })
}

/// What a header is set to.
#[confluent_type]
#[serde(untagged)]
enum HeaderValues {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Base64),
    /// Several.
    Many(Vec<HeaderValue>),
}

/// Value of a header.
#[confluent_type]
#[serde(untagged)]
enum HeaderValue {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Base64),
}

/// Bytes.
#[confluent_type]
struct Base64 {
    /// Base64.
    base64: String,
}

fn headers(headers: BTreeMap<String, HeaderValues>) -> Result<Vec<Header>> {
    let mut list = Vec::new();
    for (name, values) in headers {
        let values = match values {
            HeaderValues::Text(text) => vec![HeaderValue::Text(text)],
            HeaderValues::Binary(binary) => vec![HeaderValue::Binary(binary)],
            HeaderValues::Many(values) => values,
        };
        for value in values {
            let value = match value {
                HeaderValue::Text(text) => text.into_bytes(),
                HeaderValue::Binary(binary) => {
                    payload::from_base64(&format!("headers.{name}.base64"), &binary.base64)?
                }
            };
            list.push(Header {
                name: name.clone(),
                value: Some(value),
            });
        }
    }
    Ok(list)
}

/// Where a record was written.
#[confluent_type(text("{}", self.prose()))]
struct Produced {
    /// Name of the topic.
    topic: String,
    /// Partition.
    partition: i32,
    /// Offset in the partition, as text: it can be larger than what a JSON number holds exactly.
    offset: String,
    /// Timestamp that the broker keeps for the record, ISO 8601 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    /// Schema of the value, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_schema: Option<UsedSchema>,
    /// Schema of the key, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_schema: Option<UsedSchema>,
}

impl Produced {
    fn prose(&self) -> String {
        let mut text = format!(
            "Written to {}, partition {}, at offset {}.",
            self.topic, self.partition, self.offset
        );
        for (what, schema) in [("Value", &self.value_schema), ("Key", &self.key_schema)] {
            let Some(schema) = schema else { continue };
            let version = schema
                .version
                .map(|version| format!(" version {version} of"))
                .unwrap_or_default();
            let new = if schema.registered {
                ", registered now"
            } else {
                ""
            };
            // Writing to a `String` cannot fail.
            let _ = write!(
                text,
                " {what} with{version} `{}` ({}, id {}{new}).",
                schema.subject, schema.schema_type, schema.id
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_belongs_to_the_trace_of_its_call_or_to_the_callers() {
        let trace = TraceContext::parse(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            Some("a=b"),
        );
        let header = |name: &str| Header {
            name: name.to_owned(),
            value: None,
        };
        let names = |mut headers: Vec<Header>, trace| {
            add_trace(&mut headers, trace);
            let names: Vec<_> = headers.into_iter().map(|header| header.name).collect();
            names.join(" ")
        };
        assert_eq!(names(vec![header("x")], None), "x");
        assert_eq!(
            names(vec![header("x")], trace.as_ref()),
            "x traceparent tracestate"
        );
        assert_eq!(
            names(vec![header("TraceParent")], trace.as_ref()),
            "TraceParent"
        );
        assert_eq!(
            names(vec![header("tracestate")], trace.as_ref()),
            "tracestate"
        );
    }

    #[test]
    fn headers_are_texts_lists_and_bytes() {
        let map = serde_json::from_value(json!({
            "trace": ["1", {"base64": "/w=="}, "1"],
            "source": "test"
        }));
        let list: Vec<_> = headers(map.unwrap())
            .unwrap()
            .into_iter()
            .map(|header| (header.name, header.value.unwrap()))
            .collect();
        let expected = [
            ("source", &b"test"[..]),
            ("trace", b"1"),
            ("trace", b"\xff"),
            ("trace", b"1"),
        ];
        assert_eq!(
            list,
            expected.map(|(name, value)| (name.to_owned(), value.to_vec()))
        );

        let map = serde_json::from_value(json!({"trace": {"base64": "?"}}));
        let error = headers(map.unwrap()).unwrap_err();
        assert!(
            error.message().contains("`headers.trace.base64`"),
            "{error}"
        );
    }
}
