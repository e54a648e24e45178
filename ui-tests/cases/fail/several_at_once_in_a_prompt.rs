use mcp_confluent::prelude::*;

#[confluent_prompt(category = Kafka, skil, title = 5)]
async fn investigate__lag(
    group: String,
    /// Topic.
    #[arg(range = 1..)]
    topic: &str,
    /// Connection.
    connection_id: String,
) {
}

fn main() {}
