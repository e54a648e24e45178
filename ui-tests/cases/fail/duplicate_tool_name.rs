use mcp_confluent::prelude::*;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics() -> Result<Done> {
    Ok(Done)
}

mod again {
    use mcp_confluent::prelude::*;

    /// List the topics of a cluster, again.
    #[confluent_tool(read_only, category = Kafka, name = "list-topics")]
    async fn topics() -> Result<Done> {
        Ok(Done)
    }
}

fn main() {}
