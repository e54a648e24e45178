use mcp_confluent::prelude::*;

#[confluent_type]
struct ConfigEntry {
    /// Configuration key.
    name: String,
}

fn main() {}
