use mcp_confluent::prelude::*;

type Maybe<T> = Option<T>;
type Answer = Result<Done>;
type Rows = u32;

/// List the topics of a cluster.
#[confluent_tool(read_only, category = Kafka)]
async fn list_topics(
    /// How many at most.
    #[arg(range = 1..=100)]
    limit: Maybe<Rows>,
) -> Answer {
    let _ = limit;
    Ok(Done)
}

fn main() {
    let registry = mcp_confluent::tool::registry::Registry::collect().unwrap();
    let schema = registry.get("list-topics").unwrap().input_schema();
    assert!(!schema.contains_key("required"));
}
