//! [`SchemaRegistry`].

use super::{http_client, needs};

http_client! {
    /// A schema registry with Confluent's REST API.
    ///
    /// Calls end at the deadline of the tool call and when the client gives up.
    SchemaRegistry(crate::client::schema_registry::SchemaRegistryClient) {
        requires: &[needs::SCHEMA_REGISTRY],
        // As with Kafka.
        arguments: &[super::ids::ENVIRONMENT_IF_SIGNED_IN],
        open: |connection| {
            let config = connection.config();
            let block = super::block(config.schema_registry(), &needs::SCHEMA_REGISTRY)?;
            crate::client::schema_registry::SchemaRegistryClient::new(block, config.read_only)
        },
        signed_in: super::signed_in::registry,
    }
}
