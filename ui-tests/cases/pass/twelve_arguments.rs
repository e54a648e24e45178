use mcp_confluent::prelude::*;

/// Take twelve arguments.
#[confluent_tool(write, idempotent, category = Kafka)]
async fn take_twelve(
    /// Argument 1.
    a: bool,
    /// Argument 2.
    b: u8,
    /// Argument 3.
    c: i64,
    /// Argument 4.
    d: f64,
    /// Argument 5.
    e: String,
    /// Argument 6.
    f: Option<String>,
    /// Argument 7.
    g: Vec<i32>,
    /// Argument 8.
    h: std::collections::BTreeMap<String, u16>,
    /// Argument 9.
    i: Option<Vec<Option<u32>>>,
    /// Argument 10.
    #[arg(default)]
    j: std::collections::HashMap<String, String>,
    /// Argument 11.
    #[arg(default = 0.5, range = 0.0..=1.0)]
    k: f32,
    /// Argument 12.
    #[arg(length = ..=3)]
    l: std::collections::BTreeSet<String>,
) -> Result<Text> {
    Ok(format!("{a}{b}{c}{d}{e}{f:?}{g:?}{h:?}{i:?}{j:?}{k}{l:?}").into())
}

fn main() {
    mcp_confluent::testing::check_tools();
}
