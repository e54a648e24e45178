//! What the control plane answers with.

use serde::Deserialize;

/// An environment.
#[derive(Debug, Clone, Deserialize)]
pub struct Environment {
    /// Id, `env-…`.
    pub id: String,
    /// The name people gave it.
    pub display_name: Option<String>,
    /// Where it belongs and since when it is there.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its package of Stream Governance.
    pub stream_governance_config: Option<StreamGovernance>,
}

/// Stream Governance of an environment.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamGovernance {
    /// `ESSENTIALS` or `ADVANCED`.
    pub package: Option<String>,
}

/// What every resource says about itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Metadata {
    /// Its Confluent resource name, `crn://…`.
    pub resource_name: Option<String>,
    /// When it was made, RFC 3339.
    pub created_at: Option<String>,
    /// When it was last changed, RFC 3339.
    pub updated_at: Option<String>,
    /// When it was deleted, RFC 3339; absent while it is there.
    pub deleted_at: Option<String>,
}
