use mcp_confluent::prelude::*;

const LIMITS: std::ops::RangeInclusive<u32> = 1..=1000;
const ACME: Requirement = Requirement::new("acme", "the connection has no Acme", |_| false);

/// Where to start.
#[confluent_type]
enum Start {
    /// At the oldest record.
    Earliest,
    /// At this offset.
    Offset(#[arg(range = 0..)] i64),
}

/// Read records.
#[confluent_tool(
    destructive,
    idempotent,
    long_running,
    experimental,
    category = crate::ACME_CATEGORY,
    name = "acme-read",
    title = "Read from Acme",
    confirm = "Read {limit} records of {topic:?} from {start:?}?",
    requires(ACME),
)]
async fn read(
    /// Topic to read.
    #[arg(header = "Topic", length = 1..=249, pattern = "^[a-z]+$", example = "orders")]
    topic: String,
    /// Where to start.
    #[arg(default = Start::Earliest, name = "from")]
    start: Start,
    /// How many at most.
    #[arg(default = 10)]
    #[arg(range = *LIMITS.start()..=*LIMITS.end())]
    limit: u32,
    /// Password of the topic.
    #[arg(secret)]
    password: Option<String>,
) -> Result<Text, std::io::Error> {
    Ok(format!("{topic} {start:?} {limit} {password:?}").into())
}

const ACME_CATEGORY: Category = Category::Other("acme");

fn main() {
    mcp_confluent::testing::check_tools();
    let registry = mcp_confluent::tool::registry::Registry::collect().unwrap();
    let tool = registry.get("acme-read").unwrap();
    assert_eq!(tool.meta().title, "Read from Acme");
    assert_eq!(tool.meta().category, Category::Other("acme"));
    assert_eq!(tool.meta().requirements().count(), 1);
}
