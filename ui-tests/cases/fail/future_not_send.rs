use mcp_confluent::prelude::*;

use std::rc::Rc;

/// Ping the cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn ping() -> Result<Done> {
    let shared = Rc::new(5);
    std::future::ready(()).await;
    drop(shared);
    Ok(Done)
}

fn main() {}
