//! Flink SQL statements as resources.

use super::statements::FlinkStatement;
use crate::{names, prelude::*};

/// A Flink SQL statement: its SQL, its phase, and why it is in it.
#[confluent_resource(
    uri = "flink://{connection}/statements/{name}",
    category = Flink,
    like = "list-flink-statements"
)]
async fn statement(
    flink: Flink,
    pool: FlinkPool,
    /// Name of the statement.
    #[arg(complete = names::statements)]
    name: String,
) -> Result<FlinkStatement> {
    let statement = flink.session(&pool).statement(&name).await?;
    Ok(FlinkStatement::new(statement, None))
}
