//! `list-environments` and `read-environment`.

use super::shared;
use crate::{client::cloud, prelude::*};

/// List the environments of Confluent Cloud.
#[confluent_tool(read_only, category = ConfluentCloud)]
async fn list_environments(cloud: Cloud, page: Page<100>) -> Result<Paged<Environment>> {
    let (client, call) = (cloud.client(), cloud.call());
    Ok(client.environments(call, page.wanted()).await?.into())
}

/// Get an environment of Confluent Cloud.
#[confluent_tool(read_only, category = ConfluentCloud)]
async fn read_environment(
    cloud: Cloud,
    /// Id, `env-…`.
    #[arg(length = 1..)]
    environment_id: String,
) -> Result<Environment> {
    let environment = cloud
        .client()
        .environment(cloud.call(), environment_id.trim());
    Ok(environment.await?.into())
}

/// An environment.
#[confluent_type(text("{}", self.prose()))]
struct Environment {
    /// Id, `env-…`.
    id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Package of Stream Governance, for example `ESSENTIALS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_governance: Option<String>,
    /// Confluent resource name.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    /// When it was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    /// When it was deleted, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
}

impl From<cloud::Environment> for Environment {
    fn from(environment: cloud::Environment) -> Self {
        let metadata = environment.metadata;
        Self {
            id: environment.id,
            name: environment.display_name,
            stream_governance: environment
                .stream_governance_config
                .and_then(|governance| governance.package),
            resource_name: metadata.resource_name,
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
            deleted_at: metadata.deleted_at,
        }
    }
}

impl Environment {
    fn prose(&self) -> String {
        let facts = [
            shared::fact("Stream Governance", self.stream_governance.as_ref()),
            shared::fact("created", self.created_at.as_ref()),
            shared::fact("deleted", self.deleted_at.as_ref()),
        ];
        shared::line(&self.id, self.name.as_deref(), facts)
    }
}
