//! Calls that become tasks (SEP-2663).

use std::time::Duration;

use rmcp::{
    ErrorData,
    model::{ClientCapabilities, InputRequest},
    task_manager::{TaskContext, TaskExit},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{client::Client, rounds::form};
use crate::prelude::*;

/// Longer than a call may take before it becomes a task.
const LONG: Duration = Duration::from_secs(1);

/// Greet.
#[confluent_tool(read_only, category = super::CATEGORY)]
async fn greet(
    /// Whom.
    name: String,
) -> Result<Text> {
    Ok(format!("Hello, {name}!").into())
}

/// Take time.
#[confluent_tool(read_only, long_running, category = super::CATEGORY, name = "slow_compute")]
async fn slow_compute(
    /// How much, in seconds.
    #[arg(default = 1)]
    seconds: u64,
    /// What it is called.
    label: Option<String>,
) -> Result<Text> {
    sleep(Duration::from_secs(seconds)).await;
    Ok(format!("{} is computed.", label.unwrap_or_default()).into())
}

/// Fail after a while. Works as a task only.
#[confluent_tool(read_only, long_running, category = super::CATEGORY, name = "failing_job")]
async fn failing_job(client: Client) -> Result<Done> {
    if !client.capabilities().supports_tasks() {
        let needed = ClientCapabilities::builder().enable_tasks().build();
        let error = ErrorData::missing_required_client_capability(needed);
        return Err(client.refuse(error));
    }
    sleep(LONG).await;
    Err(ToolError::new(ErrorKind::Upstream, "the job failed"))
}

/// Break off after a while with an error of the protocol.
#[confluent_tool(read_only, long_running, category = super::CATEGORY, name = "protocol_error_job")]
async fn protocol_error_job(client: Client) -> Result<Done> {
    sleep(LONG).await;
    Err(client.refuse(ErrorData::internal_error("the job broke off", None)))
}

/// Ask for leave to delete a file, which there is not, after a while.
#[confluent_tool(destructive, long_running, category = super::CATEGORY, name = "confirm_delete")]
async fn confirm_delete(
    client: Client,
    ask: Ask,
    /// The file.
    filename: String,
) -> Result<Text> {
    client.task().await?;
    ask.confirm(format!("Delete {filename}?")).await?;
    Ok(format!("{filename} is deleted.").into())
}

/// Ask two things at once, after a while.
#[confluent_tool(read_only, long_running, category = super::CATEGORY, name = "multi_input")]
async fn multi_input(client: Client) -> Result<Text> {
    let task = client.task().await?;
    let name = asked(&task, "name", form("What is your name?", "name", "string"));
    let leave = asked(&task, "leave", form("Go ahead?", "confirm", "boolean"));
    let (name, leave) = tokio::try_join!(name, leave)?;
    Ok(format!("{name}, {leave}").into())
}

async fn asked(task: &TaskContext, key: &str, request: Value) -> Result<Value> {
    let request: InputRequest = serde_json::from_value(request)?;
    task.request_input(key, request)
        .await
        .map_err(|exit| match exit {
            TaskExit::Cancelled => ToolError::new(ErrorKind::Cancelled, "the task was cancelled"),
            TaskExit::Error(error) => ToolError::internal(error.to_string()),
        })
}

/// Ask for a name, and then take time.
#[confluent_tool(read_only, long_running, category = super::CATEGORY, name = "test_tool_with_task")]
async fn tool_with_task(client: Client) -> Result<Text> {
    let Some(name) = client.field("user_name", "name") else {
        let form = form("What is your name?", "name", "string");
        return Err(client.ask(json!({ "user_name": form }), None));
    };
    sleep(LONG).await;
    Ok(format!("Hello, {}!", name.as_str().unwrap_or_default()).into())
}
