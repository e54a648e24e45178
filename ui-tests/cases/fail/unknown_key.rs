use mcp_confluent::prelude::*;

/// Ping the cluster.
#[confluent_tool(readonly, catgory = Kafka, colour = "red")]
async fn ping() -> Result<Done> {
    Ok(Done)
}

fn main() {}
