use mcp_confluent::prelude::*;

#[confluent_tool(read_only, category = Kafka)]
async fn list_topics() -> Result<Done> {
    Ok(Done)
}

fn main() {}
