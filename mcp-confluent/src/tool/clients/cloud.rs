//! [`Cloud`].

use super::{http_client, needs};

http_client! {
    /// The control plane of Confluent Cloud: organizations, environments, clusters, costs.
    ///
    /// Calls end at the deadline of the tool call and when the client gives up.
    Cloud(crate::client::cloud::CloudClient) {
        requires: &[needs::CLOUD],
        arguments: &[],
        open: |connection| {
            let config = connection.config();
            let block = super::block(config.confluent_cloud(), &needs::CLOUD)?;
            crate::client::cloud::CloudClient::new(block, config.read_only)
        },
        signed_in: super::signed_in::cloud,
    }
}
