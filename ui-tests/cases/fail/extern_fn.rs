use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
async extern "C" fn ping() -> Result<Done> {
    Ok(Done)
}

fn main() {}
