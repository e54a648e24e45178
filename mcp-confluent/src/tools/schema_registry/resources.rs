//! Schemas as resources.

use super::read::{SchemaDetails, get_schema};
use crate::{names, prelude::*};

/// One version of a subject: the text of its schema, what it refers to, and who uses it.
#[confluent_resource(
    uri = "registry://{connection}/subjects/{subject}/versions/{version}",
    category = SchemaRegistry,
    like = "get-schema"
)]
async fn schema(
    registry: SchemaRegistry,
    progress: Progress,
    /// Subject, such as `orders-value`; in another context than the default one `:.context:orders-value`.
    #[arg(complete = names::subjects)]
    subject: String,
    /// Number of the version, or `latest`.
    #[arg(complete = names::versions)]
    version: String,
) -> Result<SchemaDetails> {
    get_schema(
        registry,
        progress,
        Some(subject),
        Some(version),
        None,
        None,
        true,
    )
    .await
}
