//! What the end-to-end tests are written with: the server's binary behind its pipes, both protocol
//! eras, a person who answers questions, and a cluster that is the embedded broker or a real Kafka.
#![allow(
    clippy::missing_panics_doc,
    reason = "a test harness reports by panicking"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "tests write `json!(…)` in place"
)]

pub mod answer;
pub mod binary;
pub mod broker;
pub mod browser;
pub mod client;
pub mod cloud;
pub mod cluster;
pub mod config;
pub mod coverage;
pub mod http;
pub mod person;
pub mod plan;
pub mod registry;
pub mod server;
mod wire;

pub use crate::{
    answer::ToolAnswer,
    broker::Broker,
    client::{Client, Era},
    cloud::CloudWorld,
    cluster::Cluster,
    config::Config,
    person::Person,
    plan::Plan,
    registry::Registry,
    server::Server,
};

/// How long anything may take on a slow, busy machine before the test gives up.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// Waits until `condition` holds, looking again every few milliseconds.
///
/// # Panics
/// It did not hold within [`PATIENCE`].
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < end,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
