//! Stream Catalog of Confluent Cloud: tags, and the topics that have them. It answers at the URL of
//! the schema registry.

mod model;
mod search;
mod tags;

pub use self::{
    model::{Assignment, NewTag, TagDefinition, TopicEntity},
    search::{MAX_FOUND, Search, TOPIC},
};
use super::http::{HttpClient, HttpSettings};
use crate::{config::SchemaRegistryBlock, error::Result};

/// A catalog. Clones share connections.
#[derive(Debug, Clone)]
pub struct CatalogClient {
    http: HttpClient,
    /// The Kafka cluster whose topics are meant where a name does not say, `lkc-…`.
    cluster: Option<String>,
}

impl CatalogClient {
    /// A client of the catalog beside the registry that `block` describes; nothing is read or opened
    /// before the first call. A `read_only` client refuses everything that would change something.
    /// Topics that are not named in full are those of `cluster`, or of any cluster without one.
    ///
    /// # Errors
    /// An endpoint is no URL, or a credential cannot be sent.
    pub fn new(
        block: &SchemaRegistryBlock,
        cluster: Option<&str>,
        read_only: bool,
    ) -> Result<Self> {
        let mut settings = HttpSettings::of_registry("catalog", block);
        settings.read_only = read_only;
        Ok(Self {
            http: HttpClient::new(settings)?,
            cluster: cluster.map(str::to_owned),
        })
    }

    /// A client of the catalog beside the registry at `place` for whoever signed in; otherwise as
    /// [`CatalogClient::new`].
    ///
    /// # Errors
    /// The endpoint is no URL, or the id cannot be sent.
    #[cfg(feature = "login")]
    pub fn signed_in(
        place: &super::login::RegistryPlace,
        sign_in: super::login::SignedIn,
        read_only: bool,
    ) -> Result<Self> {
        let mut settings = HttpSettings::signed_in("catalog", &place.endpoint, sign_in, read_only);
        settings
            .headers
            .push(("target-sr-cluster", place.id.clone()));
        Ok(Self {
            http: HttpClient::new(settings)?,
            cluster: None,
        })
    }
}
