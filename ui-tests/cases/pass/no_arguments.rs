use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn ping() -> Result<Done> {
    Ok(Done)
}

fn main() {
    mcp_confluent::testing::check_tools();
}
