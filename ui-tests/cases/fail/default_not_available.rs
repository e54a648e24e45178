#![allow(unused_variables)]

use mcp_confluent::prelude::*;

/// What to list.
#[confluent_type]
enum Kind {
    /// Topics.
    Topics,
}

/// List things.
#[confluent_tool(read_only, category = Kafka)]
async fn list_things(
    /// What to list.
    #[arg(default)]
    kind: Kind,
) -> Result<Done> {
    Ok(Done)
}

fn main() {}
