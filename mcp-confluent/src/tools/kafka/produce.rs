//! `produce-message`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    payload::{self, MessageEncoding},
    timestamp::{self, Timestamp},
};
use crate::{
    client::kafka::records::{Header, NewRecord},
    prelude::*,
};

/// Write one record to a topic that exists.
///
/// A value of `null` is a tombstone, which deletes the key in a compacted topic.
#[confluent_tool(write, category = Kafka)]
async fn produce_message(
    kafka: Kafka,
    /// Name of the topic.
    #[arg(length = 1..)]
    topic_name: String,
    /// Value of the record.
    value: Payload,
    /// Key of the record; none if left out. Records of one key go to one partition.
    key: Option<Payload>,
    /// Partition; chosen by the key if left out.
    #[arg(range = 0..)]
    partition: Option<i32>,
    /// Timestamp; now if left out.
    timestamp: Option<Timestamp>,
    /// Headers by name. A list writes the header several times.
    headers: Option<BTreeMap<String, HeaderValues>>,
) -> Result<Produced> {
    let timestamp_ms = timestamp
        .map(|time| time.milliseconds("timestamp"))
        .transpose()?;
    let record = NewRecord {
        topic: topic_name,
        partition,
        key: key.map(|key| key.bytes("key")).transpose()?.flatten(),
        value: value.bytes("value")?,
        headers: self::headers(headers.unwrap_or_default())?,
        timestamp_ms,
    };
    let written = kafka.client().produce(kafka.call(), &record).await?;
    Ok(Produced {
        topic: record.topic,
        partition: written.partition,
        offset: written.offset.to_string(),
        timestamp: written.timestamp_ms.map(timestamp::iso),
    })
}

/// What to write as the key or the value of a record.
#[confluent_type]
struct Payload {
    /// Any JSON value: a text as it is, anything else as JSON, unless `encoding` says otherwise;
    /// `null` is Kafka's null.
    message: Value,
    /// How the message becomes bytes.
    encoding: Option<MessageEncoding>,
    /// Serialise with a registered schema.
    #[arg(default)]
    use_schema_registry: bool,
    /// Kind of schema, with `useSchemaRegistry`.
    schema_type: Option<SchemaType>,
    /// Schema to register first; else the latest one.
    schema: Option<String>,
    /// Full name of the Protobuf message.
    message_name: Option<String>,
    /// Subject, else by the topic's name.
    subject: Option<String>,
    /// Normalise the schema first.
    normalize: Option<bool>,
    /// Where the id of the schema goes.
    #[arg(default = SchemaIdLocation::Payload)]
    schema_id_location: SchemaIdLocation,
}

/// Kind of schema.
#[confluent_type]
#[derive(Copy)]
#[serde(rename_all = "UPPERCASE")]
enum SchemaType {
    /// Avro.
    Avro,
    /// JSON Schema.
    Json,
    /// Protobuf.
    Protobuf,
}

/// Where the id of the schema goes.
#[confluent_type]
#[derive(Copy)]
enum SchemaIdLocation {
    /// In front of the payload.
    Payload,
    /// Into a header.
    Header,
}

impl Payload {
    fn bytes(&self, part: &str) -> Result<Option<Vec<u8>>> {
        if self.use_schema_registry {
            return Err(ToolError::new(
                ErrorKind::Unsupported,
                format!("`{part}.useSchemaRegistry`: schemas cannot be used for writing yet"),
            )
            .hint(
                "write JSON or text without a schema, or finished bytes with `encoding: base64`",
            ));
        }
        payload::bytes(&format!("{part}.message"), &self.message, self.encoding)
    }
}

/// What a header is set to.
#[confluent_type]
#[serde(untagged)]
enum HeaderValues {
    /// Once.
    One(HeaderValue),
    /// Several times, in this order.
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
    /// The bytes in base64.
    base64: String,
}

fn headers(headers: BTreeMap<String, HeaderValues>) -> Result<Vec<Header>> {
    let mut list = Vec::new();
    for (name, values) in headers {
        let values = match values {
            HeaderValues::One(value) => vec![value],
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
#[confluent_type(text("Written to {}, partition {}, at offset {}.", self.topic, self.partition, self.offset))]
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
        assert_eq!(value.bytes("value").unwrap().unwrap(), b"{\"id\":1}");
        assert_eq!(
            payload(json!({"message": null})).bytes("value").unwrap(),
            None
        );
        assert!(serde_json::from_value::<Payload>(json!({})).is_err());
    }

    #[test]
    fn a_schema_is_not_silently_left_out() {
        let value = payload(json!({"message": {}, "useSchemaRegistry": true}));
        let error = value.bytes("key").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error.message().contains("`key.useSchemaRegistry`"),
            "{error}"
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
