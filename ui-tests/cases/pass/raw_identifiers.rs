use mcp_confluent::prelude::*;

/// Move a thing.
#[confluent_tool(write, category = Kafka, confirm = "Move {type} to {fn}?")]
async fn r#move(
    /// Kind of thing.
    r#type: String,
    /// Where to.
    r#fn: String,
) -> Result<Text> {
    Ok(format!("{type} {fn}", r#type = r#type, r#fn = r#fn).into())
}

/// A thing.
#[confluent_type(text("{}", self.r#type))]
struct Thing {
    /// Kind of thing.
    r#type: String,
}

fn main() {
    mcp_confluent::testing::check_tools();
    let _ = Thing { r#type: String::new() };
}
