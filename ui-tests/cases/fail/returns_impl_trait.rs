use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics() -> Result<impl ToolOutput> {
    Ok(Done)
}

fn main() {}
