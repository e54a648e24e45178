use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(#[arg(default = 10)] limit: u32) -> Result<Done> {
    Ok(Done)
}

fn main() {}
