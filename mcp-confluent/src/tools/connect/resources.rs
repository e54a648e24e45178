//! Connectors as resources.

use std::collections::BTreeMap;

use super::{
    config::get_connector_config,
    state::{StatusOfConnector, get_connector_status},
};
use crate::{names, prelude::*};

/// A connector: its state, that of its tasks, and its configuration without the secrets.
#[confluent_resource(
    uri = "connect://{connection}/connectors/{name}",
    category = Connect,
    list,
    like = "get-connector-config"
)]
async fn connector(
    connect: Connect,
    /// Name of the connector.
    #[arg(complete = names::connectors)]
    name: String,
) -> Result<ConnectorCard> {
    let status = get_connector_status(connect.clone(), name.clone()).await?;
    let config = get_connector_config(connect, name).await?.config;
    Ok(ConnectorCard { status, config })
}

/// One connector.
#[confluent_type(text("{} is {}", self.status.connector_name, self.status.state))]
struct ConnectorCard {
    /// Its state and that of its tasks.
    status: StatusOfConnector,
    /// Its configuration; secrets are shown as `***`.
    config: BTreeMap<String, String>,
}
