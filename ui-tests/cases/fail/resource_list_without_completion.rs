use mcp_confluent::prelude::*;

/// A depot.
#[confluent_resource(uri = "acme://depots/{depot}", category = Kafka, list)]
async fn depot(
    /// Name of the depot.
    depot: String,
) -> Result<String> {
    Ok(depot)
}

fn main() {}
