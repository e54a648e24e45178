use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn ping() -> Result<Done, std::fmt::Error> {
    Ok(Done)
}

fn main() {}
