use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn ping() -> String {
    String::new()
}

fn main() {}
