//! `get-connector-offsets`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{client::connect, prelude::*};

/// Get the offsets of a connector by partition.
#[confluent_tool(read_only, category = Connect)]
async fn get_connector_offsets(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<OffsetsOfConnector> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    let found = client.offsets(call, connect.cluster(), name).await?;
    Ok(OffsetsOfConnector {
        connector_name: name.to_owned(),
        connector_id: found.id,
        observed_at: found.metadata.observed_at,
        offsets: found
            .offsets
            .into_iter()
            .map(PlaceOfConnector::from)
            .collect(),
    })
}

/// How far one connector is.
#[confluent_type(text("{}", self.prose()))]
struct OffsetsOfConnector {
    /// Name of the connector.
    connector_name: String,
    /// Id, `lcc-…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    connector_id: Option<String>,
    /// When it was so, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<String>,
    /// One for each partition.
    offsets: Vec<PlaceOfConnector>,
}

/// A place in one partition, in the connector's own shape.
#[confluent_type]
struct PlaceOfConnector {
    /// Which partition; for a sink `kafka_topic` and `kafka_partition`.
    partition: BTreeMap<String, Value>,
    /// The place in it; for a sink `kafka_offset`.
    offset: BTreeMap<String, Value>,
}

impl From<connect::Offset> for PlaceOfConnector {
    fn from(place: connect::Offset) -> Self {
        Self {
            partition: place.partition,
            offset: place.offset,
        }
    }
}

impl OffsetsOfConnector {
    fn prose(&self) -> String {
        let name = &self.connector_name;
        if self.offsets.is_empty() {
            return format!("{name} has no offsets yet.");
        }
        let words = |map: &BTreeMap<String, Value>| {
            let words: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{key} {value}"))
                .collect();
            words.join(", ")
        };
        let mut text = format!("Offsets of {name}");
        if let Some(time) = &self.observed_at {
            text.push_str(&format!(" at {time}"));
        }
        for place in &self.offsets {
            text.push_str(&format!(
                "\n{}: {}",
                words(&place.partition),
                words(&place.offset)
            ));
        }
        text
    }
}
