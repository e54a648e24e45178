use mcp_confluent::prelude::*;

/// Investigate lag.
#[confluent_prompt(category = Kafka)]
async fn investigate_lag(
    /// Records it may be behind.
    most: Option<u64>,
) -> Result<String> {
    Ok(format!("{most:?}"))
}

fn main() {}
