use mcp_confluent::prelude::*;

/// One configuration key.
#[confluent_type]
struct ConfigEntry {
    name: String,
    /// Its value.
    value: Option<String>,
}

fn main() {}
