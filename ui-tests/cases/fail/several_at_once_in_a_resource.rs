use mcp_confluent::prelude::*;

/// A topic.
#[confluent_resource(uri = "kafka://{connection}/topics/{topic}", mime_type = "json", lst)]
fn topic<T>(
    /// Name of the topic.
    #[arg(default = "orders")]
    name: String,
    version: String,
) -> String {
    name
}

fn main() {}
