//! Receipts, and how to complain about one.

use mcp_confluent::prelude::*;

const ACME: Category = Category::Other("acme");

/// The receipt of a parcel.
#[confluent_resource(
    uri = "acme://parcels/{parcel}/receipt",
    category = crate::receipts::ACME,
    mime_type = "text/markdown"
)]
async fn receipt(
    /// Number of the parcel.
    #[arg(pattern = "^P-[0-9]+$", complete = ["P-1", "P-17"])]
    parcel: String,
) -> Result<String> {
    Ok(format!("# Receipt\n\nParcel {parcel}, paid."))
}

/// Complain about a parcel that is late.
#[confluent_prompt(category = crate::receipts::ACME)]
async fn complain(
    /// Number of the parcel.
    #[arg(pattern = "^P-[0-9]+$", complete = ["P-1", "P-17"])]
    parcel: String,
) -> Result<Vec<Message>> {
    let uri = format!("acme://parcels/{parcel}/receipt");
    Ok(vec![
        Message::user(format!(
            "Find out with `track-parcel` where {parcel} is, and write a complaint."
        )),
        Message::user(Content::link(&uri, "receipt")),
    ])
}
