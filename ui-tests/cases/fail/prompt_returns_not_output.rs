use mcp_confluent::prelude::*;

/// Investigate lag.
#[confluent_prompt(category = Kafka)]
async fn investigate_lag() -> Result<Done> {
    Ok(Done)
}

fn main() {}
