//! `list-environments`.

use crate::{client::cloud, prelude::*};

/// List the environments of a Confluent Cloud organization.
#[confluent_tool(read_only, category = ConfluentCloud)]
async fn list_environments(cloud: Cloud, page: Page<100>) -> Result<Paged<Environment>> {
    let (client, call) = (cloud.client(), cloud.call());
    Ok(client.environments(call, page.wanted()).await?.into())
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
        let mut text = self.id.clone();
        if let Some(name) = &self.name {
            text.push_str(&format!(" {name:?}"));
        }
        let facts = [
            ("Stream Governance", &self.stream_governance),
            ("made", &self.created_at),
            ("deleted", &self.deleted_at),
        ];
        for (what, fact) in facts {
            if let Some(fact) = fact {
                text.push_str(&format!(", {what} {fact}"));
            }
        }
        text
    }
}
