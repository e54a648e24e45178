//! `list-tableflow-catalog-integrations` and `read-tableflow-catalog-integration`.

use super::shared::LenientPage;
use crate::{
    client::tableflow::{Integration, Place},
    prelude::*,
};

/// List the catalog integrations of Tableflow on a cluster.
#[confluent_tool(read_only, category = Tableflow)]
async fn list_tableflow_catalog_integrations(
    tableflow: Tableflow,
    cluster: CloudCluster,
    page: LenientPage,
) -> Result<Paged<CatalogIntegration>> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let place = Place::from(cluster);
    let listed = client.integrations(call, &place, page.wanted()).await?;
    Ok(listed.into())
}

/// Get a catalog integration of Tableflow and its status.
#[confluent_tool(read_only, category = Tableflow)]
async fn read_tableflow_catalog_integration(
    tableflow: Tableflow,
    cluster: CloudCluster,
    /// Id, `tci-…`.
    #[arg(length = 1..)]
    id: String,
) -> Result<CatalogIntegration> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let place = Place::from(cluster);
    Ok(client.integration(call, &place, &id).await?.into())
}

/// A data catalog that is told of tables. Secrets are left out.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct CatalogIntegration {
    /// Id, `tci-…`.
    id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// Kind of the catalog, for example `AwsGlue` or `Snowflake`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// How it goes, for example `PENDING` or `CONNECTED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    /// Whether it is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended: Option<bool>,
    /// Provider integration of Glue, `cspi-…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_integration_id: Option<String>,
    /// URL of the Snowflake Open Catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    /// Warehouse of Snowflake.
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<String>,
    /// Scope of the client of Snowflake.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_scope: Option<String>,
    /// When the catalog was told of tables last, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<String>,
    /// When it was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

impl From<Integration> for CatalogIntegration {
    fn from(integration: Integration) -> Self {
        let Integration {
            id,
            spec,
            status,
            metadata,
        } = integration;
        let config = spec.config.unwrap_or_default();
        Self {
            id,
            display_name: spec.display_name,
            kind: Some(config.kind).filter(|kind| !kind.is_empty()),
            phase: status.phase,
            error_message: status.error_message.filter(|text| !text.is_empty()),
            suspended: spec.suspended,
            provider_integration_id: config.provider_integration_id,
            endpoint: config.endpoint,
            warehouse: config.warehouse,
            allowed_scope: config.allowed_scope,
            last_sync_at: status.last_sync_at,
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
        }
    }
}

impl CatalogIntegration {
    fn prose(&self) -> String {
        let mut facts = vec![match &self.display_name {
            Some(name) => format!("{} {name:?}", self.id),
            None => self.id.clone(),
        }];
        facts.extend(self.kind.clone());
        facts.extend(self.phase.clone());
        if self.suspended == Some(true) {
            facts.push("suspended".to_owned());
        }
        if let Some(error) = &self.error_message {
            facts.push(format!("error: {error}"));
        }
        facts.join(", ")
    }
}
