use mcp_confluent::prelude::*;

/// The topics of a cluster.
#[confluent_type]
struct Topics {
    /// Their names.
    names: Vec<String>,
}

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics() -> Result<Topics> {
    Ok(Topics { names: Vec::new() })
}

fn main() {}
