use mcp_confluent::prelude::*;

/// A connection.
#[confluent_resource(uri = "acme://{connection}", category = Kafka)]
async fn card(
    /// Id of the connection.
    connection: String,
) -> Result<String> {
    Ok(connection)
}

fn main() {}
