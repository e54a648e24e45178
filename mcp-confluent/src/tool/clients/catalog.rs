//! [`Catalog`].

use super::{http_client, needs};

http_client! {
    /// The Stream Catalog of Confluent Cloud: tags and the topics that have them.
    ///
    /// Calls end at the deadline of the tool call and when the client gives up.
    Catalog(crate::client::catalog::CatalogClient) {
        requires: needs::CATALOG,
        // As with the schema registry.
        arguments: &[super::ids::ENVIRONMENT_IF_SIGNED_IN],
        open: |connection| {
            let config = connection.config();
            let block = super::block(config.schema_registry(), &needs::SCHEMA_REGISTRY)?;
            let cluster = config.kafka().and_then(|kafka| kafka.cluster_id.as_deref());
            crate::client::catalog::CatalogClient::new(block, cluster, config.read_only)
        },
        signed_in: super::signed_in::catalog,
    }
}
