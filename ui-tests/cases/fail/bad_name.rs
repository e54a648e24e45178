use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka, name = "List_Topics")]
async fn list_topics() -> Result<Done> {
    Ok(Done)
}

fn main() {}
