//! Flink SQL: statements, their results, and the catalog, which is asked for by SQL too.
//!
//! The tools speak to a [`Session`] and know no route, so that another service that runs Flink SQL
//! can stand behind it.

mod internal;
mod model;
mod query;
mod reading;
mod sql;
mod statements;

pub use self::{
    model::{NewStatement, ResultRow, Scope, Statement, StatementException, Task, TaskGraph},
    query::{Compare, Query, QueryRow},
    reading::{Bounds, Reading, Stop},
    sql::{Literal, Name, SqlEffect, effect_of, targets_of, without_secrets},
};
use super::http::{Call, HttpClient, HttpSettings};
use crate::{
    config::{ConnectionConfig, FlinkBlock, Glob},
    error::Result,
};

/// Flink SQL in Confluent Cloud. Clones share connections.
#[derive(Debug, Clone)]
pub struct FlinkClient {
    http: HttpClient,
    protected_topics: Vec<Glob>,
    catalog: Option<String>,
    database: Option<String>,
    cluster: Option<String>,
}

impl FlinkClient {
    /// A client of the Flink that `block` describes; nothing is read or opened before the first
    /// call. On a connection that is read-only it refuses everything but SQL that only reads, and
    /// on any it leaves the protected topics alone.
    ///
    /// # Errors
    /// The endpoint is no URL, or a credential cannot be sent.
    pub fn new(block: &FlinkBlock, connection: &ConnectionConfig) -> Result<Self> {
        let mut settings = HttpSettings::new("Flink SQL", "flink", &block.endpoint);
        settings.auth.clone_from(&block.auth);
        settings.tls.clone_from(&block.tls);
        settings.read_only = connection.read_only;
        let cluster = connection
            .kafka()
            .and_then(|kafka| kafka.cluster_id.clone());
        Ok(Self {
            http: HttpClient::new(settings)?,
            protected_topics: connection.protected_topics.clone(),
            catalog: block.catalog_name.clone(),
            database: block.database_name.clone(),
            cluster,
        })
    }

    /// A client of Flink at `endpoint` for whoever signed in; otherwise as [`FlinkClient::new`].
    ///
    /// # Errors
    /// The endpoint is no URL.
    #[cfg(feature = "login")]
    pub fn signed_in(
        endpoint: &str,
        sign_in: super::login::SignedIn,
        connection: &ConnectionConfig,
    ) -> Result<Self> {
        let settings =
            HttpSettings::signed_in("Flink SQL", endpoint, sign_in, connection.read_only);
        Ok(Self {
            http: HttpClient::new(settings)?,
            protected_topics: connection.protected_topics.clone(),
            catalog: None,
            database: None,
            cluster: None,
        })
    }

    /// What one call does with the statements of `scope`.
    pub fn session<'a>(&'a self, call: &'a Call, scope: Scope<'a>) -> Session<'a> {
        Session {
            client: self,
            call,
            scope,
        }
    }
}

/// What one call does with the statements of one place.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    client: &'a FlinkClient,
    call: &'a Call,
    scope: Scope<'a>,
}

impl Session<'_> {
    /// The environment: what a catalog is called by id.
    pub fn environment_id(&self) -> &str {
        self.scope.environment_id
    }

    /// The database that the connection is about, if it says so: its Kafka cluster, by id, or else
    /// the database of its Flink.
    pub fn database(&self) -> Option<&str> {
        let client = self.client;
        client.cluster.as_deref().or(client.database.as_deref())
    }
}

/// The first of two that is not blank, trimmed.
fn given<'a>(given: Option<&'a str>, otherwise: Option<&'a str>) -> Option<&'a str> {
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    given.or(otherwise)
}
