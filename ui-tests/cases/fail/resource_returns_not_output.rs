use mcp_confluent::prelude::*;

struct Depots;

/// The depots.
#[confluent_resource(uri = "acme://depots", category = Kafka)]
async fn depots() -> Result<Depots> {
    Ok(Depots)
}

fn main() {}
