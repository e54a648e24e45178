use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(category = Kafka)]
async fn ping() -> Result<Done> {
    Ok(Done)
}

fn main() {}
