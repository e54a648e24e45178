use mcp_confluent::prelude::*;

/// Describe a range of partitions.
#[confluent_tool(read_only, category = Kafka)]
async fn describe_partitions(
    /// First and last partition.
    (first, last): (i32, i32),
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
