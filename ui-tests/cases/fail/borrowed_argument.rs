use mcp_confluent::prelude::*;

/// Describe topics.
#[confluent_tool(read_only, category = Kafka)]
async fn describe_topics(
    /// Topic to describe.
    topic: &str,
    /// Partitions to describe.
    partitions: &[i32],
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
