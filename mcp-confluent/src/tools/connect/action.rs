//! `pause-connector`, `resume-connector`, `restart-connector`, `delete-connector`.

use crate::prelude::*;

/// Pause a connector; it keeps its offsets.
#[confluent_tool(write, idempotent, category = Connect)]
async fn pause_connector(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<ActionRequested> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    client.pause(call, connect.cluster(), name).await?;
    Ok(ActionRequested::of(name, "pause"))
}

/// Resume a paused connector.
#[confluent_tool(write, idempotent, category = Connect)]
async fn resume_connector(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<ActionRequested> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    client.resume(call, connect.cluster(), name).await?;
    Ok(ActionRequested::of(name, "resume"))
}

/// Restart a connector and all its tasks.
#[confluent_tool(write, category = Connect)]
async fn restart_connector(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<ActionRequested> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    client.restart(call, connect.cluster(), name).await?;
    Ok(ActionRequested::of(name, "restart"))
}

/// What a connector was asked to do.
#[confluent_type(text(
    "{} was asked to {}; get-connector-status shows when it is done.", self.connector_name, self.action
))]
struct ActionRequested {
    /// Name of the connector.
    connector_name: String,
    /// `pause`, `resume` or `restart`. It is done a little later.
    action: String,
}

impl ActionRequested {
    fn of(name: &str, action: &str) -> Self {
        Self {
            connector_name: name.to_owned(),
            action: action.to_owned(),
        }
    }
}

/// Delete a connector, with its configuration and offsets.
#[confluent_tool(
    destructive,
    category = Connect,
    confirm = "Delete the connector {connector_name:?} with its configuration and its place in what it reads?"
)]
async fn delete_connector(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<ConnectorDeleted> {
    let (client, call) = (connect.client(), connect.call());
    client
        .delete(call, connect.cluster(), &connector_name)
        .await?;
    Ok(ConnectorDeleted { connector_name })
}

/// A connector that is gone.
#[confluent_type(text("{} was deleted.", self.connector_name))]
struct ConnectorDeleted {
    /// Name of the connector.
    connector_name: String,
}
