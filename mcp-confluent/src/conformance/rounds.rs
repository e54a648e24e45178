//! Questions as results, which the client answers by calling again (SEP-2322).

use std::sync::LazyLock;

use rmcp::{
    ErrorData,
    model::{ClientCapabilities, RequestStateCodec},
};
use serde_json::{Value, json};

use super::client::Client;
use crate::prelude::*;

/// Seals what goes through the client and has to come back as it was.
#[expect(
    deprecated,
    reason = "the checked constructor only looks at the length, and that is fixed"
)]
static SEAL: LazyLock<RequestStateCodec> =
    LazyLock::new(|| RequestStateCodec::new(rand::random::<[u8; 32]>().to_vec()));

fn seal(state: &Value) -> Result<String> {
    SEAL.seal_json(state)
        .map_err(|error| ToolError::internal(error.to_string()))
}

/// The state that came back, if one did.
fn unseal(client: &Client) -> Result<Option<Value>> {
    let Some(state) = client.state() else {
        return Ok(None);
    };
    SEAL.open_json(state).map(Some).map_err(|_| {
        let message = "the request state is not the one that was given";
        client.refuse(ErrorData::invalid_params(message, None))
    })
}

/// A form with one field.
pub(super) fn form(message: &str, field: &str, kind: &str) -> Value {
    json!({ "method": "elicitation/create", "params": {
        "mode": "form",
        "message": message,
        "requestedSchema": {
            "type": "object",
            "properties": { field: { "type": kind } },
            "required": [field],
        },
    }})
}

/// A question to the client's model.
fn sampling(prompt: &str) -> Value {
    json!({ "method": "sampling/createMessage", "params": {
        "messages": [{ "role": "user", "content": { "type": "text", "text": prompt } }],
        "maxTokens": 100,
    }})
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Ask for a name.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_elicitation")]
async fn input_elicitation(client: Client) -> Result<Text> {
    if let Some(name) = client.field("user_name", "name") {
        return Ok(format!("Hello, {}!", text(&name)).into());
    }
    let form = form("What is your name?", "name", "string");
    Err(client.ask(json!({ "user_name": form }), None))
}

/// Ask the client's model.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_sampling")]
async fn input_sampling(client: Client) -> Result<Text> {
    if let Some(answer) = client.answer::<Value>("capital_question") {
        return Ok(text(&answer["content"]["text"]).into());
    }
    let question = sampling("What is the capital of France?");
    Err(client.ask(json!({ "capital_question": question }), None))
}

/// Ask for the client's roots.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_list_roots")]
async fn input_list_roots(client: Client) -> Result<Text> {
    match client.answer::<Value>("client_roots") {
        Some(answer) => Ok(format!("The roots are {}.", answer["roots"]).into()),
        None => Err(client.ask(json!({ "client_roots": roots() }), None)),
    }
}

/// Ask with a state.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_request_state")]
async fn input_request_state(client: Client) -> Result<Text> {
    confirmed_with_state(&client)
}

/// Ask with a state that must not be changed.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_tampered_state")]
async fn input_tampered_state(client: Client) -> Result<Text> {
    confirmed_with_state(&client)
}

fn confirmed_with_state(client: &Client) -> Result<Text> {
    if let (Some(_), Some(ok)) = (unseal(client)?, client.field("confirm", "ok")) {
        return Ok(format!("state-ok: {ok}").into());
    }
    let form = form("Please confirm", "ok", "boolean");
    Err(client.ask(json!({ "confirm": form }), Some(seal(&json!(1))?)))
}

/// Ask for three things at once.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_multiple_inputs")]
async fn input_multiple(client: Client) -> Result<Text> {
    let state = unseal(&client)?;
    let name = client.field("user_name", "name");
    let greeting = client.answer::<Value>("greeting");
    let given = client.answer::<Value>("client_roots");
    if let (Some(_), Some(name), Some(greeting), Some(given)) = (state, name, greeting, given) {
        let greeting = text(&greeting["content"]["text"]);
        return Ok(format!("{greeting}, {}: {}", text(&name), given["roots"]).into());
    }
    let requests = json!({
        "user_name": form("What is your name?", "name", "string"),
        "greeting": sampling("Generate a greeting"),
        "client_roots": roots(),
    });
    Err(client.ask(requests, Some(seal(&json!(1))?)))
}

/// Ask twice.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_multi_round")]
async fn input_multi_round(client: Client) -> Result<Text> {
    let state = unseal(&client)?.unwrap_or_default();
    if let (Some(name), Some(color)) = (state.get("name"), client.field("step2", "color")) {
        return Ok(format!("{} likes {}.", text(name), text(&color)).into());
    }
    if let Some(name) = client.field("step1", "name") {
        let form = form("Step 2: What is your favorite color?", "color", "string");
        let state = seal(&json!({ "name": name }))?;
        return Err(client.ask(json!({ "step2": form }), Some(state)));
    }
    let form = form("Step 1: What is your name?", "name", "string");
    Err(client.ask(json!({ "step1": form }), Some(seal(&json!({}))?)))
}

/// Ask only for what the client can give.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_input_required_result_capabilities")]
async fn input_capabilities(client: Client) -> Result<Text> {
    let can = client.capabilities();
    let mut requests = json!({});
    if can.elicitation.is_some() && client.field("user_name", "name").is_none() {
        requests["user_name"] = form("What is your name?", "name", "string");
    }
    if can.sampling.is_some() && client.answer::<Value>("greeting").is_none() {
        requests["greeting"] = sampling("Generate a greeting");
    }
    if requests == json!({}) {
        return Ok("There is nothing to ask.".into());
    }
    Err(client.ask(requests, None))
}

/// Ask for a name, over a stream.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_streaming_elicitation")]
async fn streaming_elicitation(client: Client) -> Result<Text> {
    input_elicitation(client).await
}

/// Do what needs the client's model.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_missing_capability")]
async fn missing_capability(client: Client) -> Result<Text> {
    if client.capabilities().sampling.is_none() {
        #[expect(deprecated, reason = "the suite asks for samples")]
        let needed = ClientCapabilities::builder().enable_sampling().build();
        let error = ErrorData::missing_required_client_capability(needed);
        return Err(client.refuse(error));
    }
    input_sampling(client).await
}
