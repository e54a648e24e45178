use mcp_confluent::prelude::*;

struct Server;

impl Server {
    /// Ping the cluster.
    #[confluent_tool(read_only, category = Kafka)]
    async fn ping(&self) -> Result<Done> {
        Ok(Done)
    }
}

fn main() {}
