use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_type]
async fn ping() -> Result<Done> {
    Ok(Done)
}

fn main() {}
