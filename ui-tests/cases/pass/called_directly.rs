use mcp_confluent::prelude::*;

/// Add two numbers.
#[confluent_tool(read_only, category = Diagnostics)]
async fn add(
    /// The first.
    a: i64,
    /// The second.
    #[arg(default = 1)]
    b: i64,
) -> Result<Text> {
    Ok((a + b).to_string().into())
}

fn main() {
    // It stays an ordinary function.
    let _ = add(1, 2);
}
