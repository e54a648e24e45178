use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(
    /// How many at most.
    #[arg(range = 100)]
    limit: u32,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
