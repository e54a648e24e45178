//! What there is in the cloud.

use super::catalog::Catalog;
use super::connect::Connectors;
use super::flink::Flink;
use super::logs::Tokens;
use super::tableflow::Tableflow;

/// The organization.
pub const ORGANIZATION: &str = "4b0c9b1e-6d8a-4f57-9a3e-2f1f6c0d7a55";
/// The environment of the cluster, the registry and the compute pool.
pub const ENVIRONMENT: &str = "env-shop01";
/// Its display name, which is the name of the Flink catalog.
pub const ENVIRONMENT_NAME: &str = "shop";
/// The Kafka cluster: the sandbox broker.
pub const CLUSTER: &str = "lkc-shop01";
/// Its display name, which is the name of the Flink database.
pub const CLUSTER_NAME: &str = "orders";
/// The schema registry: the sandbox registry.
pub const REGISTRY: &str = "lsrc-shop01";
/// The compute pool of Flink.
pub const COMPUTE_POOL: &str = "lfcp-shop01";
/// The cloud and the region of everything.
pub const CLOUD: &str = "AWS";
/// See [`CLOUD`].
pub const REGION: &str = "eu-central-1";

/// The tasks of every running Flink statement, by id, from its source to its sink.
pub(super) const FLINK_TASKS: [&str; 2] = ["task-1", "task-2"];

/// The state of every service that has one.
#[derive(Debug)]
pub(super) struct World {
    /// Where the broker listens.
    pub(super) kafka_port: u16,
    /// Where the brokers are, with their protocol.
    pub(super) bootstrap: String,
    pub(super) connectors: Connectors,
    /// What connector logs are read with.
    pub(super) tokens: Tokens,
    pub(super) catalog: Catalog,
    pub(super) tableflow: Tableflow,
    pub(super) flink: Flink,
}

impl World {
    pub(super) fn new(kafka_port: u16, bootstrap: String) -> Self {
        Self {
            kafka_port,
            bootstrap,
            connectors: Connectors::default(),
            tokens: Tokens::default(),
            catalog: Catalog::new(),
            tableflow: Tableflow::new(),
            flink: Flink::new(),
        }
    }
}
