use mcp_confluent::prelude::*;

/// Ping, for some.
#[confluent_tool(read_only, category = Kafka)]
#[cfg(any())]
async fn ping_off(nothing: ThatIs) -> There {}

/// Ping, for all.
#[confluent_tool(read_only, category = Kafka)]
#[cfg(all())]
async fn ping_on() -> Result<Done> {
    Ok(Done)
}

#[cfg(any())]
/// Ping, for some.
#[confluent_tool(read_only, category = Kafka)]
async fn ping_off_too(nothing: ThatIs) -> There {}

fn main() {
    let registry = mcp_confluent::tool::registry::Registry::collect().unwrap();
    assert!(registry.get("ping-on").is_some());
    assert!(registry.get("ping-off").is_none());
}
