//! [`Flink`].

use super::{http_client, needs};

http_client! {
    /// Flink SQL. What it does is in the compute pool of a call:
    /// [`FlinkPool`](super::ids::FlinkPool).
    ///
    /// Calls end at the deadline of the tool call and when the client gives up.
    Flink(crate::client::flink::FlinkClient) {
        requires: &[needs::FLINK],
        arguments: &[],
        open: |connection| {
            let config = connection.config();
            let block = super::block(config.flink(), &needs::FLINK)?;
            crate::client::flink::FlinkClient::new(block, config)
        },
        signed_in: super::signed_in::flink,
    }
}

#[cfg(feature = "http")]
impl Flink {
    /// What the call does with the statements of `pool`.
    pub fn session<'a>(
        &'a self,
        pool: &'a super::ids::FlinkPool,
    ) -> crate::client::flink::Session<'a> {
        let scope = crate::client::flink::Scope {
            organization_id: &pool.organization_id,
            environment_id: &pool.environment_id,
            compute_pool_id: &pool.compute_pool_id,
        };
        self.client().session(self.call(), scope)
    }
}
