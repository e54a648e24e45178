use mcp_confluent::prelude::*;

/// What happened.
#[confluent_type(text("done"))]
enum Outcome {
    /// It was created.
    Created,
}

fn main() {}
