use mcp_confluent::prelude::*;

/// Investigate lag.
#[confluent_prompt(category = Kafka)]
async fn investigate_lag(
    /// The cluster.
    kafka: Kafka,
) -> Result<String> {
    Ok(format!("{kafka:?}"))
}

fn main() {}
