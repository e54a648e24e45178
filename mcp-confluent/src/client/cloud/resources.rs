//! Organizations, environments, clusters, compute pools.

use super::{CloudClient, Cluster, ComputePool, Environment, Organization, Registry};
use crate::{
    client::http::{Call, Listed, Request, Wanted},
    error::Result,
};

impl CloudClient {
    /// The organizations that the key belongs to; usually one: `GET /org/v2/organizations`.
    pub async fn organizations(
        &self,
        call: &Call,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Organization>> {
        let request = Request::get("/org/v2/organizations");
        self.http.list(call, request, wanted).await
    }

    /// The environments of the organization: `GET /org/v2/environments`.
    pub async fn environments(
        &self,
        call: &Call,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Environment>> {
        let request = Request::get("/org/v2/environments");
        self.http.list(call, request, wanted).await
    }

    /// One environment: `GET /org/v2/environments/{id}`.
    pub async fn environment(&self, call: &Call, id: &str) -> Result<Environment> {
        let request = Request::get("/org/v2/environments/{id}").path("id", id);
        self.http.fetch(call, request).await
    }

    /// The Kafka clusters of an environment: `GET /cmk/v2/clusters`.
    pub async fn clusters(
        &self,
        call: &Call,
        environment: &str,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Cluster>> {
        let request = Request::get("/cmk/v2/clusters").query("environment", environment);
        self.http.list(call, request, wanted).await
    }

    /// One Kafka cluster: `GET /cmk/v2/clusters/{id}`.
    pub async fn cluster(&self, call: &Call, environment: &str, id: &str) -> Result<Cluster> {
        let request = Request::get("/cmk/v2/clusters/{id}")
            .path("id", id)
            .query("environment", environment);
        self.http.fetch(call, request).await
    }

    /// The schema registries of an environment, usually one: `GET /srcm/v3/clusters`.
    pub async fn registries(&self, call: &Call, environment: &str) -> Result<Vec<Registry>> {
        let request = Request::get("/srcm/v3/clusters").query("environment", environment);
        let listed = self.http.list(call, request, Wanted::new(10, None)).await?;
        Ok(listed.items)
    }

    /// One compute pool: `GET /fcpm/v2/compute-pools/{id}`.
    pub async fn compute_pool(
        &self,
        call: &Call,
        environment: &str,
        id: &str,
    ) -> Result<ComputePool> {
        let request = Request::get("/fcpm/v2/compute-pools/{id}")
            .path("id", id)
            .query("environment", environment);
        self.http.fetch(call, request).await
    }

    /// The compute pools of an environment: `GET /fcpm/v2/compute-pools`.
    pub async fn compute_pools(
        &self,
        call: &Call,
        environment: &str,
        wanted: Wanted<'_>,
    ) -> Result<Listed<ComputePool>> {
        let request = Request::get("/fcpm/v2/compute-pools").query("environment", environment);
        self.http.list(call, request, wanted).await
    }
}
