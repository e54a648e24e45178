use mcp_confluent::prelude::*;

/// The topics of a cluster.
#[confluent_type(text)]
struct Topics {
    /// Their names.
    names: Vec<String>,
}

fn main() {}
