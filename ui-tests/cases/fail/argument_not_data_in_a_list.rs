#![allow(unused_variables)]

use mcp_confluent::prelude::*;

struct TopicName(String);

/// Describe topics.
#[confluent_tool(read_only, category = Kafka)]
async fn describe_topics(
    /// Topics to describe.
    topics: Option<Vec<TopicName>>,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
