use mcp_confluent::prelude::*;

/// A topic.
#[confluent_resource(category = Kafka)]
async fn topic() -> Result<String> {
    Ok(String::new())
}

fn main() {}
