use mcp_confluent::prelude::*;

/// A depot.
#[confluent_resource(uri = "acme://depots/{depot}", category = Kafka)]
async fn depot(
    /// Name of the depot.
    depot: String,
) -> Result<String> {
    Ok(depot)
}

mod again {
    use mcp_confluent::prelude::*;

    /// A depot, by another name of its variable.
    #[confluent_resource(uri = "acme://depots/{name}", category = Kafka, name = "other-depot")]
    async fn depot(
        /// Name of the depot.
        name: String,
    ) -> Result<String> {
        Ok(name)
    }
}

fn main() {}
