use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, destructive, category = Kafka)]
async fn ping() -> Result<Done> {
    Ok(Done)
}

fn main() {}
