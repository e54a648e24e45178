use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn ping<T: Send>() -> Result<Done> {
    Ok(Done)
}

fn main() {}
