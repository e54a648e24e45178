use mcp_confluent::prelude::*;

/// Investigate lag.
#[confluent_prompt(category = Kafka, skill)]
async fn investigate_lag(
    /// Consumer group.
    group: String,
) -> Result<String> {
    Ok(group)
}

fn main() {}
