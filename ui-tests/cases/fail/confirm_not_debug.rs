#![allow(unused_variables)]

use mcp_confluent::prelude::*;

/// Delete topics.
#[confluent_tool(destructive, category = Kafka, confirm = "Delete {topics}?")]
async fn delete_topics(
    /// Topics to delete.
    topics: Vec<String>,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
