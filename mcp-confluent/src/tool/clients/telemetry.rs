//! [`Telemetry`].

use super::{http_client, needs};

http_client! {
    /// The metrics API of Confluent Cloud.
    ///
    /// Calls end at the deadline of the tool call and when the client gives up.
    Telemetry(crate::client::telemetry::TelemetryClient) {
        requires: &[needs::TELEMETRY],
        arguments: &[],
        open: |connection| {
            let block = super::block(connection.config().telemetry(), &needs::TELEMETRY)?;
            crate::client::telemetry::TelemetryClient::new(block)
        },
        signed_in: super::signed_in::telemetry,
    }
}
