use mcp_confluent::prelude::*;

/// A depot.
#[confluent_resource(uri = "acme://depots/{depot}", category = Kafka)]
async fn depot(
    /// Name of the depot.
    #[arg(complete = depots)]
    depot: String,
) -> Result<String> {
    Ok(depot)
}

async fn depots(_: ToolContext) -> Result<Vec<u32>> {
    Ok(Vec::new())
}

fn main() {}
