use mcp_confluent::prelude::*;

struct Acme;

impl FromContext for Acme {
    const REQUIRES: &'static [Requirement] =
        &[Requirement::new("acme", "the connection has no Acme", |_| false)];
    const ARGUMENTS: &'static [ArgSpec] =
        &[ArgSpec::new::<Option<String>>("tenant", "Tenant; yours if left out.")];

    async fn from_context(_: &ToolContext) -> Result<Self> {
        Ok(Self)
    }
}

/// Use all there is.
#[confluent_tool(read_only, category = Category::Other("acme"))]
async fn use_all(
    cx: &ToolContext,
    by_value: ToolContext,
    kafka: &Kafka,
    optional: Option<Acme>,
    acme: Acme,
    page: Page,
    /// How many at most.
    #[arg(default = 10)]
    limit: u32,
) -> Result<Paged<String>> {
    let _ = (cx, by_value, kafka, optional, acme, limit);
    Ok(page.of(["a".to_owned()], |name| name))
}

fn main() {
    let registry = mcp_confluent::tool::registry::Registry::collect().unwrap();
    let tool = registry.get("use-all").unwrap();
    let required: Vec<_> = tool.meta().requirements().map(Requirement::name).collect();
    assert_eq!(required, ["kafka", "acme"]);
    let schema = tool.input_schema();
    for argument in ["limit", "tenant", "pageSize", "pageToken"] {
        assert!(schema["properties"].get(argument).is_some(), "{argument}");
    }
}
