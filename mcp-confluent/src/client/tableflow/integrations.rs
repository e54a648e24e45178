//! Catalogs that are told of the tables of a cluster.

use super::{Integration, IntegrationSpec, Place, TableflowClient, topics::within};
use crate::{
    client::http::{Call, Listed, Request, Wanted},
    error::Result,
};

const ALL: &str = "/tableflow/v1/catalog-integrations";
const ONE: &str = "/tableflow/v1/catalog-integrations/{id}";

impl TableflowClient {
    /// The integrations of a cluster: `GET /tableflow/v1/catalog-integrations`.
    pub async fn integrations(
        &self,
        call: &Call,
        place: &Place,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Integration>> {
        let request = within(Request::get(ALL), place);
        self.http.list(call, request, wanted).await
    }

    /// One integration: `GET /tableflow/v1/catalog-integrations/{id}`.
    pub async fn integration(&self, call: &Call, place: &Place, id: &str) -> Result<Integration> {
        let request = within(Request::get(ONE), place).path("id", id);
        self.http.fetch(call, request).await
    }

    /// Makes an integration: `POST /tableflow/v1/catalog-integrations`.
    pub async fn create_integration(
        &self,
        call: &Call,
        place: &Place,
        spec: &IntegrationSpec,
    ) -> Result<Integration> {
        let body = place.body(serde_json::to_value(spec)?);
        self.http.fetch(call, Request::post(ALL).json(&body)).await
    }

    /// Changes what `changes` holds and nothing else:
    /// `PATCH /tableflow/v1/catalog-integrations/{id}`. The kind of its catalog must stay.
    pub async fn update_integration(
        &self,
        call: &Call,
        place: &Place,
        id: &str,
        changes: &IntegrationSpec,
    ) -> Result<Integration> {
        let request = Request::patch(ONE)
            .path("id", id)
            .json(&place.body(serde_json::to_value(changes)?))
            .repeatable();
        self.http.fetch(call, request).await
    }

    /// Removes an integration: `DELETE /tableflow/v1/catalog-integrations/{id}`.
    pub async fn delete_integration(&self, call: &Call, place: &Place, id: &str) -> Result<()> {
        let request = within(Request::delete(ONE), place).path("id", id);
        self.http.send(call, request).await.map(|_| ())
    }
}
