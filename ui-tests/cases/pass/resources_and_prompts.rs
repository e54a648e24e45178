#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms)]
//! Every key of resources and prompts, with every lint on.

use mcp_confluent::{prelude::*, testing, tool::registry::Registry};

const ACME: Category = Category::Other("acme");
const OFFICE: Requirement = Requirement::new("office", "the connection has no office", |_| false);

/// A depot.
#[confluent_resource(
    uri = "acme://{connection}/depots/{depotName}",
    category = crate::ACME,
    name = "acme-depot",
    title = "Depot of Acme",
    mime_type = "text/markdown",
    list,
    experimental,
    requires(OFFICE),
)]
pub async fn depot(
    cx: &ToolContext,
    /// Name of the depot.
    #[arg(complete = depots, length = 1..=10, pattern = "^[a-z/]+$")]
    depot_name: String,
) -> Result<String> {
    Ok(format!("{}: {depot_name}", cx.tool()))
}

async fn depots(_: ToolContext) -> Result<Vec<String>> {
    Ok(vec!["kiel".to_owned()])
}

/// A map.
#[confluent_resource(uri = "acme://map", category = crate::ACME, mime_type = "image/png")]
pub async fn map() -> Result<Blob> {
    Ok(Blob(vec![1, 2, 3]))
}

/// Prices.
#[confluent_resource(uri = "acme://prices/{kind}", category = crate::ACME)]
pub async fn prices(
    /// Kind of parcel.
    #[arg(name = "kind", complete = ["small", "large"])]
    r#type: String,
) -> Result<Json<Vec<u32>>, std::io::Error> {
    Ok(Json(vec![r#type.len().try_into().unwrap_or(0)]))
}

/// Find a parcel.
#[confluent_prompt(
    category = crate::ACME,
    name = "find-it",
    title = "Find it",
    skill,
    experimental,
)]
pub async fn find_parcel(
    _cx: ToolContext,
    /// Number of the parcel.
    #[arg(default = "P-1".to_owned(), length = 1.., complete = ["P-1", "P-2"])]
    parcel: String,
    /// Depot to begin with.
    depot: Option<String>,
) -> Result<[Message; 3]> {
    Ok([
        Message::user(format!("Find {parcel:?} in {depot:?}.")),
        Message::user(Content::image(&[1, 2, 3], "image/png")),
        Message::assistant("It is there."),
    ])
}

fn main() {
    testing::check_tools();
    let registry = Registry::collect().unwrap();
    let depot = registry.resources().find(|it| it.meta().name == "acme-depot").unwrap();
    assert_eq!(depot.uri(), "acme://{connection}/depots/{depotName}");
    assert_eq!((depot.mime_type(), depot.is_listed()), ("text/markdown", true));
    let listed = registry.resources().find(|it| it.meta().name == "prices").unwrap();
    assert_eq!(listed.mime_type(), "application/json");
    let prompt = registry.prompts().next().unwrap();
    assert_eq!((prompt.meta().name, prompt.is_skill()), ("find-it", true));
    // They stay ordinary functions.
    let _ = (map(), prices(String::new()));
}
