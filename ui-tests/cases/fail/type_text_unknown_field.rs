use mcp_confluent::prelude::*;

/// The topics of a cluster.
#[confluent_type(text("{} topics", self.name.len()))]
struct Topics {
    /// Their names.
    names: Vec<String>,
}

fn main() {}
