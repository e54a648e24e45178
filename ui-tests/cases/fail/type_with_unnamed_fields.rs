use mcp_confluent::prelude::*;

/// A name and a value.
#[confluent_type]
struct ConfigEntry(String, String);

fn main() {}
