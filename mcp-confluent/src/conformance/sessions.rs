//! Requests to the client of a session (protocol versions up to 2025-11-25).
#![expect(deprecated, reason = "the suite asks for samples")]

use rmcp::model::ElicitRequestParams;
use serde_json::{Value, json};

use super::client::Client;
use crate::prelude::*;

fn failed(error: impl std::fmt::Display) -> ToolError {
    ToolError::new(
        ErrorKind::Unsupported,
        format!("the client could not be asked: {error}"),
    )
}

/// Shows a form: what the person did with it, and what is in it.
async fn elicit(client: &Client, message: &str, schema: Value) -> Result<(String, Value)> {
    let form: ElicitRequestParams = serde_json::from_value(json!({
        "mode": "form",
        "message": message,
        "requestedSchema": schema,
    }))?;
    let answer = client
        .peer()
        .create_elicitation(form)
        .await
        .map_err(failed)?;
    let action = serde_json::to_value(&answer.action)?;
    let action = action.as_str().unwrap_or_default().to_owned();
    Ok((action, serde_json::to_value(answer.content)?))
}

/// Break off the stream before the answer; the client comes back for it.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_reconnection")]
async fn reconnection(client: Client) -> Result<Text> {
    client.break_off().await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    Ok("The answer came by another stream.".into())
}

/// Ask the client's model.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_sampling")]
async fn test_sampling(
    client: Client,
    /// What to ask.
    prompt: String,
) -> Result<Text> {
    let request = serde_json::from_value(json!({
        "messages": [{ "role": "user", "content": { "type": "text", "text": prompt } }],
        "maxTokens": 100,
    }))?;
    let answer = client
        .peer()
        .create_message(request)
        .await
        .map_err(failed)?;
    let answer = serde_json::to_value(answer)?;
    Ok(format!("LLM response: {}", answer["content"]["text"]).into())
}

/// Ask the person for a name and an address.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_elicitation")]
async fn test_elicitation(
    client: Client,
    /// What to show.
    message: String,
) -> Result<Text> {
    let schema = json!({
        "type": "object",
        "properties": {
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        },
        "required": ["username", "email"],
    });
    let (action, content) = elicit(&client, &message, schema).await?;
    Ok(format!("User response: action: {action}, content: {content}").into())
}

/// Show a form with a default for every kind of field (SEP-1034).
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_elicitation_sep1034_defaults")]
async fn elicitation_defaults(client: Client) -> Result<Text> {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": {
                "type": "string",
                "enum": ["active", "inactive", "pending"],
                "default": "active",
            },
            "verified": { "type": "boolean", "default": true },
        },
        "required": [],
    });
    let (action, content) = elicit(&client, "Please check these values", schema).await?;
    Ok(format!("Elicitation completed: action={action}, content={content}").into())
}

/// Show a form with every kind of choice (SEP-1330).
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_elicitation_sep1330_enums")]
async fn elicitation_enums(client: Client) -> Result<Text> {
    let options = json!(["option1", "option2", "option3"]);
    let titled = |word: &str| {
        json!([
            { "const": "value1", "title": format!("First {word}") },
            { "const": "value2", "title": format!("Second {word}") },
            { "const": "value3", "title": format!("Third {word}") },
        ])
    };
    let schema = json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": options },
            "titledSingle": { "type": "string", "oneOf": titled("Option") },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": options } },
            "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
        },
        "required": [],
    });
    let (action, content) = elicit(&client, "Please choose", schema).await?;
    Ok(format!("Elicitation completed: action={action}, content={content}").into())
}
