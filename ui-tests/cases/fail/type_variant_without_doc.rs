use mcp_confluent::prelude::*;

/// What to do with a configuration key.
#[confluent_type]
enum ConfigAction {
    /// Set this value.
    Set(String),
    Reset,
}

fn main() {}
