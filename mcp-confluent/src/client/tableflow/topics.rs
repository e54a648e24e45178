//! Topics that are tables.

use serde_json::json;

use super::{Place, Region, Table, TableConfig, TableSpec, TableflowClient};
use crate::{
    client::http::{Call, Listed, Request, Wanted},
    error::Result,
};

/// The one table that a route is about.
const TABLE: &str = "/tableflow/v1/tableflow-topics/{display_name}";

/// What is to be different about a table.
#[derive(Debug, Clone, Default)]
pub struct TableChanges {
    /// `false` starts one that is stopped.
    pub suspended: Option<bool>,
    /// Settings; those that are left out stay.
    pub config: TableConfig,
    /// All of its formats.
    pub table_formats: Option<Vec<String>>,
}

impl TableflowClient {
    /// The regions that have Tableflow, of one cloud or of all: `GET /tableflow/v1/regions`.
    pub async fn regions(
        &self,
        call: &Call,
        cloud: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Region>> {
        let request = Request::get("/tableflow/v1/regions").query_if_some("cloud", cloud);
        self.http.list(call, request, wanted).await
    }

    /// The tables of a cluster: `GET /tableflow/v1/tableflow-topics`.
    pub async fn tables(
        &self,
        call: &Call,
        place: &Place,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Table>> {
        let request = within(Request::get("/tableflow/v1/tableflow-topics"), place);
        self.http.list(call, request, wanted).await
    }

    /// The table of a topic: `GET /tableflow/v1/tableflow-topics/{display_name}`.
    pub async fn table(&self, call: &Call, place: &Place, topic: &str) -> Result<Table> {
        let request = within(Request::get(TABLE), place).path("display_name", topic);
        self.http.fetch(call, request).await
    }

    /// Makes a topic a table: `POST /tableflow/v1/tableflow-topics`.
    pub async fn create_table(
        &self,
        call: &Call,
        place: &Place,
        spec: &TableSpec,
    ) -> Result<Table> {
        let body = place.body(serde_json::to_value(spec)?);
        let request = Request::post("/tableflow/v1/tableflow-topics").json(&body);
        self.http.fetch(call, request).await
    }

    /// Changes what `changes` holds and nothing else:
    /// `PATCH /tableflow/v1/tableflow-topics/{display_name}`. `current` is the table as it is, because
    /// the service wants to be told some things again.
    pub async fn update_table(
        &self,
        call: &Call,
        place: &Place,
        topic: &str,
        current: &TableSpec,
        changes: TableChanges,
    ) -> Result<Table> {
        let formats = changes
            .table_formats
            .or_else(|| current.table_formats.clone());
        let mut spec =
            json!({ "table_formats": formats.unwrap_or_else(|| vec!["ICEBERG".into()]) });
        if let Some(suspended) = changes.suspended {
            spec["suspended"] = json!(suspended);
        }
        let TableConfig {
            retention_ms,
            record_failure_strategy,
            ..
        } = changes.config;
        if retention_ms.is_some() || record_failure_strategy.is_some() {
            let current = current.config.clone().unwrap_or_default();
            let strategy = record_failure_strategy.or(current.record_failure_strategy);
            let config = TableConfig {
                retention_ms: retention_ms.or(current.retention_ms),
                record_failure_strategy: Some(strategy.unwrap_or_else(|| "SUSPEND".to_owned())),
                ..TableConfig::default()
            };
            spec["config"] = serde_json::to_value(config)?;
        }
        let request = Request::patch(TABLE)
            .path("display_name", topic)
            .json(&place.body(spec))
            .repeatable();
        self.http.fetch(call, request).await
    }

    /// Makes a table a mere topic again: `DELETE /tableflow/v1/tableflow-topics/{display_name}`.
    pub async fn delete_table(&self, call: &Call, place: &Place, topic: &str) -> Result<()> {
        let request = within(Request::delete(TABLE), place).path("display_name", topic);
        self.http.send(call, request).await.map(|_| ())
    }
}

/// The request with the place in its query.
pub(super) fn within(request: Request, place: &Place) -> Request {
    request
        .query("environment", &place.environment)
        .query("spec.kafka_cluster", &place.cluster)
}
