use mcp_confluent::prelude::*;

struct Topics(Vec<String>);

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics() -> Result<Topics> {
    Ok(Topics(Vec::new()))
}

fn main() {}
