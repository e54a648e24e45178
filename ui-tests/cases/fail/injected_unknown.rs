#![allow(unused_variables)]

use mcp_confluent::prelude::*;

struct Database;

/// Count the rows of a table.
#[confluent_tool(read_only, category = Kafka)]
async fn count_rows(database: Database) -> Result<Done> {
    Ok(Done)
}

fn main() {}
