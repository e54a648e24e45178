//! The control plane of Confluent Cloud: organizations, environments, clusters, compute pools,
//! costs.
//!
//! What the service may leave out, now or for a new kind of resource, is optional in these types:
//! one resource that is not finished must not hide the others.

mod billing;
mod model;
mod resources;

pub use self::{
    billing::{Cost, CostResource, Days},
    model::{
        Cluster, ClusterConfig, ClusterSpec, ClusterStatus, ComputePool, ComputePoolSpec,
        ComputePoolStatus, Environment, Metadata, Organization, Reference, Registry, RegistrySpec,
        StreamGovernance,
    },
};

use super::http::{HttpClient, HttpSettings};
use crate::{config::ConfluentCloudBlock, error::Result};

/// The control plane. Clones share connections.
#[derive(Debug, Clone)]
pub struct CloudClient {
    http: HttpClient,
}

impl CloudClient {
    /// A client of the control plane that `block` describes; nothing is read or opened before the
    /// first call. A `read_only` client refuses everything that would change something.
    ///
    /// # Errors
    /// The endpoint is no URL, or a credential cannot be sent.
    pub fn new(block: &ConfluentCloudBlock, read_only: bool) -> Result<Self> {
        let mut settings = HttpSettings::new(
            "control plane of Confluent Cloud",
            "confluent_cloud",
            &block.endpoint,
        );
        settings.auth = Some(block.auth.clone());
        settings.tls.clone_from(&block.tls);
        settings.read_only = read_only;
        Ok(Self {
            http: HttpClient::new(settings)?,
        })
    }

    /// A client of the control plane at `endpoint` for whoever signed in; otherwise as
    /// [`CloudClient::new`].
    ///
    /// # Errors
    /// The endpoint is no URL.
    #[cfg(feature = "login")]
    pub fn signed_in(
        endpoint: &str,
        sign_in: super::login::SignedIn,
        read_only: bool,
    ) -> Result<Self> {
        let service = "control plane of Confluent Cloud";
        let settings = HttpSettings::signed_in(service, endpoint, sign_in, read_only);
        Ok(Self {
            http: HttpClient::new(settings)?,
        })
    }
}
