#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms)]
//! A crate with every lint on.

use mcp_confluent::prelude::*;

/// Topics.
#[confluent_type(text("{} topics", self.names.len()))]
pub struct Topics {
    /// Their names.
    pub names: Vec<String>,
    /// How many were asked for.
    #[arg(default = 10, range = 1..)]
    pub limit: u32,
}

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
pub async fn list_topics(
    cx: &ToolContext,
    kafka: Kafka,
    /// How many at most.
    #[arg(default = 10, range = 1..=100)]
    limit: u32,
    /// First letters of the names.
    prefix: Option<String>,
) -> Result<Topics> {
    let _ = (cx, kafka);
    Ok(Topics { names: prefix.into_iter().collect(), limit })
}

fn main() {
    mcp_confluent::testing::check_tools();
}
