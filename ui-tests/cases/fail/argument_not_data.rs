#![allow(unused_variables)]

use mcp_confluent::prelude::*;

struct TopicName(String);

/// Describe a topic.
#[confluent_tool(read_only, category = Kafka)]
async fn describe_topic(
    /// Topic to describe.
    topic: TopicName,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
