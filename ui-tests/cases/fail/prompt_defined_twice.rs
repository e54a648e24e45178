use mcp_confluent::prelude::*;

/// Investigate lag.
#[confluent_prompt(category = Kafka)]
async fn investigate_lag() -> Result<String> {
    Ok(String::new())
}

mod again {
    use mcp_confluent::prelude::*;

    /// Investigate lag, again.
    #[confluent_prompt(category = Kafka)]
    async fn investigate_lag() -> Result<String> {
        Ok(String::new())
    }
}

fn main() {}
