#![allow(unused_variables)]

use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(
    /// First letters of the names.
    #[arg(range = 1..=100)]
    prefix: String,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
