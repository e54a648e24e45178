use mcp_confluent::prelude::*;

#[doc = include_str!("description.md")]
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics() -> Result<Done> {
    Ok(Done)
}

fn main() {}
