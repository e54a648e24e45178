use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(
    /// Connection to use.
    connection_id: String,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
