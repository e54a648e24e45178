use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
struct Ping;

fn main() {}
