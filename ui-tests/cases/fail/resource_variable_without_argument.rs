use mcp_confluent::prelude::*;

/// A topic.
#[confluent_resource(uri = "acme://topics/{topc}/{partition}", category = Kafka)]
async fn topic(
    /// Name of the topic.
    topic: String,
    /// Number of the partition.
    partition: String,
) -> Result<String> {
    Ok(topic + &partition)
}

fn main() {}
