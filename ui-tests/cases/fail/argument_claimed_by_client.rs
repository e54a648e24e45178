#![allow(unused_variables)]

use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(
    kafka: Kafka,
    /// Cluster to list.
    cluster_id: String,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
