//! Offsets of partitions.

use crate::prelude::*;

/// Get the low and high watermark of each partition of a topic.
///
/// Low is the offset of the oldest record, high that of the next one. Not every offset in between
/// has a record.
#[confluent_tool(read_only, category = Kafka)]
async fn get_partition_offsets(
    kafka: Kafka,
    /// Its name.
    #[arg(length = 1..)]
    topic_name: String,
    /// Partition; by default all.
    #[arg(range = 0..)]
    partition: Option<i32>,
) -> Result<TopicOffsets> {
    let watermarks = kafka
        .client()
        .watermarks(kafka.call(), &topic_name, partition)
        .await?;
    let known = watermarks.iter().any(|found| found.offsets.is_ok());
    let mut partitions = Vec::new();
    for found in watermarks {
        match found.offsets {
            Err(error) if !known => return Err(error),
            offsets => partitions.push(PartitionOffsets::of(found.partition, offsets)),
        }
    }
    Ok(TopicOffsets {
        topic_name,
        partitions,
    })
}

/// Offsets of one topic.
#[confluent_type(text("{}", self.prose()))]
struct TopicOffsets {
    /// Name of the topic.
    topic_name: String,
    /// Its partitions.
    partitions: Vec<PartitionOffsets>,
}

/// Offsets of one partition. Offsets are texts, because they can be larger than what a JSON number
/// holds exactly.
#[confluent_type]
struct PartitionOffsets {
    /// Number of the partition.
    partition: i32,
    /// Offset of the oldest record still kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_watermark: Option<String>,
    /// Offset of the next record to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    high_watermark: Option<String>,
    /// The difference of the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_count: Option<i64>,
    /// Why the offsets are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl PartitionOffsets {
    fn of(partition: i32, offsets: Result<(i64, i64)>) -> Self {
        let (offsets, error) = match offsets {
            Ok(offsets) => (Some(offsets), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            partition,
            low_watermark: offsets.map(|(low, _)| low.to_string()),
            high_watermark: offsets.map(|(_, high)| high.to_string()),
            message_count: offsets.map(|(low, high)| high - low),
            error,
        }
    }
}

impl TopicOffsets {
    fn prose(&self) -> String {
        let total: i64 = self.partitions.iter().filter_map(|p| p.message_count).sum();
        let count = match self.partitions.len() {
            1 => "1 partition".to_owned(),
            count => format!("{count} partitions"),
        };
        let mut text = format!("{}: {count}, {total} records", self.topic_name);
        for partition in &self.partitions {
            let line = match (&partition.low_watermark, &partition.high_watermark) {
                (Some(low), Some(high)) => format!("\n{}: {low} to {high}", partition.partition),
                _ => format!(
                    "\n{}: {}",
                    partition.partition,
                    partition.error.as_deref().unwrap_or("not known")
                ),
            };
            text.push_str(&line);
        }
        text
    }
}
