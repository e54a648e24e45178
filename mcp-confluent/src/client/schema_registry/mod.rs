//! A schema registry with Confluent's REST API: Confluent Cloud, Confluent Platform, Apicurio's
//! compatible API, the sandbox.
//!
//! Nothing but the schema of an id is remembered: what is the latest version, or how compatible it
//! must be, is asked for every time.

mod cache;
mod compatibility;
mod errors;
mod model;
mod references;
mod schemas;
mod source;
mod subjects;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;

use self::{cache::Cache, source::Linked};
pub use self::{
    compatibility::{CompatibilityCheck, CompatibilityLevel, Mode},
    model::{
        ContextId, Deleted, KnownSchema, Reference, RegisteredSchema, Registration, Schema,
        SchemaType, SubjectVersion, Version, context_of, without_context,
    },
    references::ResolvedReference,
    source::Source,
};
use super::http::{Call, HttpClient, HttpSettings, Request};
use crate::{config::SchemaRegistryBlock, error::Result};

const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
const ACCEPT: &str = "application/vnd.schemaregistry.v1+json, application/json;q=0.9";

/// A schema registry. Clones share connections and the schemas that are known by their ids.
#[derive(Clone)]
pub struct SchemaRegistryClient {
    /// The service, or why there is none.
    http: Result<HttpClient>,
    read_only: bool,
    known: Arc<Cache<KnownSchema>>,
    resolved: Arc<Cache<Linked>>,
}

impl SchemaRegistryClient {
    /// A client of the registry that `block` describes; nothing is read or opened before the first
    /// call. A `read_only` client refuses everything that would change the registry.
    ///
    /// # Errors
    /// An endpoint is no URL, or a credential cannot be sent.
    pub fn new(block: &SchemaRegistryBlock, read_only: bool) -> Result<Self> {
        let mut settings = HttpSettings::of_registry("schema registry", block);
        settings.read_only = read_only;
        settings.media_type = MEDIA_TYPE;
        settings.accept = ACCEPT;
        Self::of(settings)
    }

    /// A client of the registry at `place` for whoever signed in; otherwise as
    /// [`SchemaRegistryClient::new`].
    ///
    /// # Errors
    /// The endpoint is no URL, or the id cannot be sent.
    #[cfg(feature = "login")]
    pub fn signed_in(
        place: &super::login::RegistryPlace,
        sign_in: super::login::SignedIn,
        read_only: bool,
    ) -> Result<Self> {
        let mut settings =
            HttpSettings::signed_in("schema registry", &place.endpoint, sign_in, read_only);
        settings.media_type = MEDIA_TYPE;
        settings.accept = ACCEPT;
        settings
            .headers
            .push(("target-sr-cluster", place.id.clone()));
        Self::of(settings)
    }

    /// A client for where there is no registry: whatever is asked of it fails with `error`. So a call
    /// that turns out not to need one is not held up.
    #[cfg(feature = "login")]
    pub fn missing(error: crate::error::ToolError, read_only: bool) -> Self {
        Self {
            http: Err(error),
            read_only,
            known: Arc::new(Cache::new("")),
            resolved: Arc::new(Cache::new("")),
        }
    }

    fn of(settings: HttpSettings) -> Result<Self> {
        let read_only = settings.read_only;
        let http = HttpClient::new(settings)?;
        Ok(Self {
            read_only,
            known: Arc::new(Cache::new(http.host())),
            resolved: Arc::new(Cache::new(http.host())),
            http: Ok(http),
        })
    }

    /// Whether it refuses everything that would change the registry.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    fn http(&self) -> Result<&HttpClient> {
        self.http.as_ref().map_err(Clone::clone)
    }

    /// Sends `request`, reads its answer, and explains the registry's own error codes.
    async fn fetch<T: DeserializeOwned>(&self, call: &Call, request: Request) -> Result<T> {
        // On the heap: futures that hold several of these would grow to hundreds of kilobytes.
        let answer = Box::pin(self.http()?.fetch(call, request)).await;
        answer.map_err(errors::explain)
    }
}

impl fmt::Debug for SchemaRegistryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaRegistryClient")
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}
