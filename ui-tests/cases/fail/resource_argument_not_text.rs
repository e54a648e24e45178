use mcp_confluent::prelude::*;

/// A partition.
#[confluent_resource(uri = "acme://partitions/{partition}", category = Kafka)]
async fn partition(
    /// Number of the partition.
    partition: u32,
) -> Result<String> {
    Ok(partition.to_string())
}

fn main() {}
