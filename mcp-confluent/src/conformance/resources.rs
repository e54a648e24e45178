//! Resources and prompts.

use serde_json::json;

use super::{client::Client, content::PNG, rounds::form};
use crate::prelude::*;

/// A text.
#[confluent_resource(uri = "test://static-text", category = super::CATEGORY)]
async fn static_text() -> Result<String> {
    Ok("This is the content of the static text resource.".to_owned())
}

/// A picture.
#[confluent_resource(
    uri = "test://static-binary",
    category = super::CATEGORY,
    mime_type = "image/png",
)]
async fn static_binary() -> Result<Blob> {
    Ok(Blob(PNG.to_vec()))
}

/// A text that is watched.
#[confluent_resource(uri = "test://watched-resource", category = super::CATEGORY)]
async fn watched_resource() -> Result<String> {
    Ok("Nothing changes here.".to_owned())
}

/// Data of something.
#[confluent_resource(uri = "test://template/{id}/data", category = super::CATEGORY)]
async fn template_data(
    /// Which.
    id: String,
) -> Result<Json<TemplateData>> {
    let data = format!("Data for ID: {id}");
    Ok(Json(TemplateData {
        id,
        template_test: true,
        data,
    }))
}

/// What the template gives.
#[confluent_type]
struct TemplateData {
    /// Which.
    id: String,
    /// That it is one.
    template_test: bool,
    /// The data.
    data: String,
}

/// Say something.
#[confluent_prompt(category = super::CATEGORY, name = "test_simple_prompt")]
async fn simple_prompt() -> Result<String> {
    Ok("This is a simple prompt for testing.".to_owned())
}

/// Say something with two words in it.
#[confluent_prompt(category = super::CATEGORY, name = "test_prompt_with_arguments")]
async fn prompt_with_arguments(
    /// First word.
    #[arg(complete = ["paris", "park", "party"])]
    arg1: String,
    /// Second word.
    arg2: String,
) -> Result<String> {
    Ok(format!(
        "Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"
    ))
}

/// Say something about a resource.
#[confluent_prompt(category = super::CATEGORY, name = "test_prompt_with_embedded_resource")]
async fn prompt_with_embedded_resource(
    /// URI of the resource.
    resource_uri: String,
) -> Result<[Message; 2]> {
    let text = "Embedded resource content for testing.";
    Ok([
        Message::user(Content::resource(&resource_uri, "text/plain", text)),
        Message::user("Please process the embedded resource above."),
    ])
}

/// Say something about a picture.
#[confluent_prompt(category = super::CATEGORY, name = "test_prompt_with_image")]
async fn prompt_with_image() -> Result<[Message; 2]> {
    Ok([
        Message::user(Content::image(PNG, "image/png")),
        Message::user("Please analyze the image above."),
    ])
}

/// Ask what to say.
#[confluent_prompt(category = super::CATEGORY, name = "test_input_required_result_prompt")]
async fn input_prompt(client: Client) -> Result<String> {
    if let Some(context) = client.field("user_context", "context") {
        return Ok(format!("The context is {context}."));
    }
    let form = form("What context should the prompt use?", "context", "string");
    Err(client.ask(json!({ "user_context": form }), None))
}
