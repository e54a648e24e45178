use mcp_confluent::prelude::*;

/// A topic.
#[confluent_resource(uri = "acme://{cluster}{topic}", category = Kafka)]
async fn topic() -> Result<String> {
    Ok(String::new())
}

fn main() {}
