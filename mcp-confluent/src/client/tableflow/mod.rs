//! Tableflow of Confluent Cloud: topics as tables of a data lake, and the catalogs that know of them.
//! It answers at the URL of the control plane.

mod integrations;
mod model;
mod topics;

pub use self::{
    model::{
        CatalogConfig, Integration, IntegrationSpec, Metadata, Place, Region, Status, Storage,
        Table, TableConfig, TableSpec,
    },
    topics::TableChanges,
};
use super::http::{HttpClient, HttpSettings};
use crate::{
    config::{ConfluentCloudBlock, DEFAULT_CLOUD_ENDPOINT, TableflowBlock},
    error::Result,
};

/// Tableflow. Clones share connections.
#[derive(Debug, Clone)]
pub struct TableflowClient {
    http: HttpClient,
}

impl TableflowClient {
    /// A client that signs in as `block` says, at the endpoint of `cloud` or the usual one; nothing is
    /// read or opened before the first call. A `read_only` client refuses everything that would change
    /// something.
    ///
    /// # Errors
    /// The endpoint is no URL, or a credential cannot be sent.
    pub fn new(
        block: &TableflowBlock,
        cloud: Option<&ConfluentCloudBlock>,
        read_only: bool,
    ) -> Result<Self> {
        let endpoint = cloud.map_or(DEFAULT_CLOUD_ENDPOINT, |cloud| &cloud.endpoint);
        let mut settings = HttpSettings::new("Tableflow", "tableflow", endpoint);
        settings.auth = Some(block.auth.clone());
        settings.tls = cloud.and_then(|cloud| cloud.tls.clone());
        settings.read_only = read_only;
        Ok(Self {
            http: HttpClient::new(settings)?,
        })
    }

    /// A client at the `endpoint` of the control plane for whoever signed in; otherwise as
    /// [`TableflowClient::new`].
    ///
    /// # Errors
    /// The endpoint is no URL.
    #[cfg(feature = "login")]
    pub fn signed_in(
        endpoint: &str,
        sign_in: super::login::SignedIn,
        read_only: bool,
    ) -> Result<Self> {
        let settings = HttpSettings::signed_in("Tableflow", endpoint, sign_in, read_only);
        Ok(Self {
            http: HttpClient::new(settings)?,
        })
    }
}
