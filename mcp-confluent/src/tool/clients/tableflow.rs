//! [`Tableflow`].

use super::{http_client, needs};

http_client! {
    /// Tableflow of Confluent Cloud: topics as tables of a data lake.
    ///
    /// Calls end at the deadline of the tool call and when the client gives up.
    Tableflow(crate::client::tableflow::TableflowClient) {
        requires: &[needs::TABLEFLOW],
        arguments: &[],
        open: |connection| {
            let config = connection.config();
            let block = super::block(config.tableflow(), &needs::TABLEFLOW)?;
            let cloud = config.confluent_cloud();
            crate::client::tableflow::TableflowClient::new(block, cloud, config.read_only)
        },
        signed_in: super::signed_in::tableflow,
    }
}
