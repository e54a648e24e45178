use mcp_confluent::prelude::*;

mod deep {
    pub(crate) mod deeper {
        use mcp_confluent::prelude::*;

        /// Ping from a module.
        #[confluent_tool(read_only, category = Kafka)]
        pub(crate) async fn ping_from_a_module() -> Result<Done> {
            Ok(Done)
        }
    }
}

fn main() {
    /// Ping from a function.
    #[confluent_tool(read_only, category = Kafka)]
    async fn ping_from_a_function() -> Result<Done> {
        Ok(Done)
    }

    let registry = mcp_confluent::tool::registry::Registry::collect().unwrap();
    assert!(registry.get("ping-from-a-module").is_some());
    assert!(registry.get("ping-from-a-function").is_some());
    let _ = deep::deeper::ping_from_a_module();
}
