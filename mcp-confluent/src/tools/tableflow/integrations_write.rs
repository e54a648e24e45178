//! `create-tableflow-catalog-integration`, `update-tableflow-catalog-integration` and
//! `delete-tableflow-catalog-integration`.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{integrations::CatalogIntegration, shared::NamedPlace};
use crate::{
    client::{
        http::Wanted,
        tableflow::{CatalogConfig, Integration, IntegrationSpec, Place},
    },
    prelude::*,
};

/// The most integrations that are looked through for a name.
const MAX_LOOKED_THROUGH: usize = 1000;
const GLUE: &str = "AwsGlue";

/// Have Tableflow publish the tables of a cluster to a data catalog.
#[confluent_tool(write, category = Tableflow)]
async fn create_tableflow_catalog_integration(
    tableflow: Tableflow,
    cluster: CloudCluster,
    /// The integration.
    tableflow_catalog_integration_config: NewIntegration,
) -> Result<CatalogIntegration> {
    let (client, call) = (tableflow.client(), tableflow.call());
    let NewIntegration {
        display_name,
        config,
        suspended,
    } = tableflow_catalog_integration_config;
    let kind = config.kind.clone().unwrap_or_else(|| GLUE.to_owned());
    let spec = IntegrationSpec {
        display_name: Some(display_name),
        suspended,
        config: Some(config.complete(&kind)?),
    };
    let place = Place::from(cluster);
    Ok(client.create_integration(call, &place, &spec).await?.into())
}

/// An integration to make.
#[confluent_type]
struct NewIntegration {
    /// Name.
    #[arg(length = 1.., name = "display_name")]
    display_name: String,
    /// The catalog.
    config: CatalogSettings,
    /// Only `false`.
    suspended: Option<bool>,
}

/// A data catalog.
#[confluent_type]
struct CatalogSettings {
    /// `AwsGlue` (default) or `Snowflake`.
    #[arg(pattern = "^(AwsGlue|Snowflake)$")]
    kind: Option<String>,
    /// Glue: `cspi-…`.
    #[arg(name = "provider_integration_id")]
    provider_integration_id: Option<String>,
    /// Snowflake: URL of the Open Catalog.
    endpoint: Option<String>,
    /// Snowflake.
    #[arg(name = "client_id")]
    client_id: Option<String>,
    /// Snowflake.
    #[arg(name = "client_secret")]
    client_secret: Option<String>,
    /// Snowflake.
    warehouse: Option<String>,
    /// Snowflake.
    #[arg(name = "allowed_scope")]
    allowed_scope: Option<String>,
}

/// The settings that each kind of catalog has.
const KINDS: [(&str, &[&str]); 2] = [
    (GLUE, &["provider_integration_id"]),
    (
        "Snowflake",
        &[
            "endpoint",
            "client_id",
            "client_secret",
            "warehouse",
            "allowed_scope",
        ],
    ),
];

/// The settings that a catalog of this kind has.
fn settings(kind: &str) -> &'static [&'static str] {
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    known.map_or(&[], |(_, settings)| *settings)
}

impl CatalogSettings {
    /// The settings that are given, by name.
    fn given(&self) -> Vec<&'static str> {
        let settings = [
            ("provider_integration_id", &self.provider_integration_id),
            ("endpoint", &self.endpoint),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("warehouse", &self.warehouse),
            ("allowed_scope", &self.allowed_scope),
        ];
        let given = settings.iter().filter(|(_, value)| value.is_some());
        given.map(|(name, _)| *name).collect()
    }

    /// The catalog, without settings of another kind.
    fn of_kind(self, kind: &str) -> Result<CatalogConfig> {
        let mut given = self.given();
        given.retain(|name| !settings(kind).contains(name));
        if !given.is_empty() {
            return Err(ToolError::argument(format!(
                "a catalog of the kind `{kind}` has no `{}`",
                given.join("` and no `")
            )));
        }
        Ok(CatalogConfig {
            kind: kind.to_owned(),
            provider_integration_id: self.provider_integration_id,
            endpoint: self.endpoint,
            client_id: self.client_id,
            client_secret: self.client_secret.map(SecretString::from),
            warehouse: self.warehouse,
            allowed_scope: self.allowed_scope,
        })
    }

    /// The catalog, if all is said that its kind needs.
    fn complete(self, kind: &str) -> Result<CatalogConfig> {
        let given = self.given();
        let missing = settings(kind).iter().filter(|name| !given.contains(name));
        let missing: Vec<_> = missing.copied().collect();
        if !missing.is_empty() {
            return Err(ToolError::argument(format!(
                "`config` of the kind `{kind}` needs `{}`",
                missing.join("` and `")
            )));
        }
        self.of_kind(kind)
    }
}

/// Change or restart a catalog integration of Tableflow.
///
/// What is left out stays as it is.
#[confluent_tool(write, idempotent, category = Tableflow)]
async fn update_tableflow_catalog_integration(
    tableflow: Tableflow,
    place: NamedPlace,
    /// `tci-…`; by default the one called `display_name`.
    #[arg(length = 1..)]
    id: Option<String>,
    /// What to change.
    tableflow_catalog_integration_config: IntegrationUpdate,
) -> Result<CatalogIntegration> {
    let NamedPlace(place) = place;
    let IntegrationUpdate {
        display_name,
        config,
        suspended,
        ..
    } = tableflow_catalog_integration_config;
    let current = find(&tableflow, &place, id.as_deref(), display_name.as_deref()).await?;
    let catalog = current.spec.config.unwrap_or_default();
    let changes = IntegrationSpec {
        display_name: display_name.filter(|name| current.spec.display_name.as_ref() != Some(name)),
        suspended,
        config: config
            .map(|config| change(config, &catalog))
            .transpose()?
            .flatten(),
    };
    let (client, call) = (tableflow.client(), tableflow.call());
    let updated = client
        .update_integration(call, &place, &current.id, &changes)
        .await?;
    Ok(updated.into())
}

/// What is to be different about an integration.
#[confluent_type]
struct IntegrationUpdate {
    /// New name; the current one if there is no `id`.
    #[arg(length = 1.., name = "display_name")]
    display_name: Option<String>,
    /// `{id}`.
    environment: Option<BTreeMap<String, String>>,
    /// `{id}`.
    #[arg(name = "kafka_cluster")]
    kafka_cluster: Option<BTreeMap<String, String>>,
    /// The catalog.
    config: Option<CatalogSettings>,
    /// `false` restarts it.
    suspended: Option<bool>,
}

/// The integration with this id, or else with this name.
async fn find(
    tableflow: &Tableflow,
    place: &Place,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<Integration> {
    let (client, call) = (tableflow.client(), tableflow.call());
    if let Some(id) = id {
        return client.integration(call, place, id).await;
    }
    let Some(name) = name else {
        return Err(ToolError::argument(
            "say which integration: its `id`, or its `display_name`",
        ));
    };
    let wanted = Wanted::new(MAX_LOOKED_THROUGH, None);
    let mut found = client.integrations(call, place, wanted).await?.items;
    found.retain(|integration| integration.spec.display_name.as_deref() == Some(name));
    let hint = "list the catalog integrations and give the `id` of one";
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => Err(
            ToolError::not_found(format!("there is no catalog integration called `{name}`"))
                .hint(hint),
        ),
        count => Err(ToolError::argument(format!(
            "{count} catalog integrations are called `{name}`"
        ))
        .hint(hint)),
    }
}

/// The catalog to send, if anything is to change about the `current` one.
fn change(mut config: CatalogSettings, current: &CatalogConfig) -> Result<Option<CatalogConfig>> {
    let fixed = |what: &str, value: &str| {
        let message = format!("the {what} of this integration is `{value}`, and stays so");
        let hint = "delete the integration and create another one";
        Err(ToolError::argument(message).hint(hint))
    };
    if config
        .kind
        .as_ref()
        .is_some_and(|kind| *kind != current.kind)
    {
        return fixed("kind", &current.kind);
    }
    if let Some(integration) = config
        .provider_integration_id
        .take_if(|_| current.kind == GLUE)
        && current.provider_integration_id.as_ref() != Some(&integration)
    {
        let there = current.provider_integration_id.as_deref();
        return fixed("provider integration", there.unwrap_or_default());
    }
    // Callers exist that always send the kind and nothing else; there is nothing to do then.
    if config.given().is_empty() {
        return Ok(None);
    }
    config.of_kind(&current.kind).map(Some)
}

/// Remove a catalog integration of Tableflow: the catalog no longer receives tables.
#[confluent_tool(
    destructive,
    category = Tableflow,
    confirm = "Remove the catalog integration {id:?}? The catalog is told of tables no more."
)]
async fn delete_tableflow_catalog_integration(
    tableflow: Tableflow,
    cluster: CloudCluster,
    /// Id, `tci-…`.
    #[arg(length = 1..)]
    id: String,
) -> Result<IntegrationDeleted> {
    let (client, call) = (tableflow.client(), tableflow.call());
    client
        .delete_integration(call, &Place::from(cluster), &id)
        .await?;
    Ok(IntegrationDeleted { id })
}

/// An integration that is gone.
#[confluent_type(text("Removed the catalog integration {}.", self.id))]
struct IntegrationDeleted {
    /// Id.
    id: String,
}
