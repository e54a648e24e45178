use mcp_confluent::prelude::*;

#[confluent_tool(readonly, category = Kafka, title = 5)]
async fn list__topics<T>(
    limit: u32,
    /// First letters of the names.
    #[arg(lenght = 1..)]
    prefix: &str,
    /// Connection to use.
    connection_id: String,
) {
}

fn main() {}
