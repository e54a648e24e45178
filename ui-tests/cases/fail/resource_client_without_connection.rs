use mcp_confluent::prelude::*;

/// A topic.
#[confluent_resource(uri = "kafka://topics/{topic}", category = Kafka)]
async fn topic(
    _kafka: Kafka,
    /// Name of the topic.
    topic: String,
) -> Result<String> {
    Ok(topic)
}

fn main() {}
