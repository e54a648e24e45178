//! `list-organizations`.

use super::shared;
use crate::{client::cloud, prelude::*};

/// List the Confluent Cloud organizations of the connection's key; usually one.
#[confluent_tool(read_only, category = ConfluentCloud)]
async fn list_organizations(cloud: Cloud, page: Page<100>) -> Result<Paged<Organization>> {
    let (client, call) = (cloud.client(), cloud.call());
    Ok(client.organizations(call, page.wanted()).await?.into())
}

/// An organization.
#[confluent_type(text("{}", self.prose()))]
struct Organization {
    /// Id, a UUID.
    id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Confluent resource name.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    /// When it was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

impl From<cloud::Organization> for Organization {
    fn from(organization: cloud::Organization) -> Self {
        let metadata = organization.metadata;
        Self {
            id: organization.id,
            name: organization.display_name,
            resource_name: metadata.resource_name,
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
        }
    }
}

impl Organization {
    fn prose(&self) -> String {
        let created = shared::fact("created", self.created_at.as_ref());
        shared::line(&self.id, self.name.as_deref(), [created])
    }
}
