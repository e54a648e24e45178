use mcp_confluent::prelude::*;

/// Investigate lag.
#[confluent_prompt(category = Kafka)]
async fn investigate_lag() -> String {
    String::new()
}

fn main() {}
