//! Results of every kind.

use crate::prelude::*;

/// One red pixel.
pub(super) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T',
    0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0xc9, 0xfe, 0x92, 0xef, 0, 0, 0, 0, b'I',
    b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// One silent sample.
const WAV: &[u8] = &[
    b'R', b'I', b'F', b'F', 38, 0, 0, 0, b'W', b'A', b'V', b'E', b'f', b'm', b't', b' ', 16, 0, 0,
    0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0, b'd', b'a', b't', b'a', 2, 0,
    0, 0, 0, 0,
];

/// Return a text.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_simple_text")]
async fn simple_text() -> Result<Text> {
    Ok("This is a simple text response for testing.".into())
}

/// Return a picture.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_image_content")]
async fn image_content() -> Result<Rendered> {
    Ok(Rendered::prose("").with(Content::image(PNG, "image/png")))
}

/// Return a sound.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_audio_content")]
async fn audio_content() -> Result<Rendered> {
    Ok(Rendered::prose("").with(Content::audio(WAV, "audio/wav")))
}

/// Return a resource.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_embedded_resource")]
async fn embedded_resource() -> Result<Rendered> {
    let text = "This is an embedded resource content.";
    let resource = Content::resource("test://embedded-resource", "text/plain", text);
    Ok(Rendered::prose("").with(resource))
}

/// Return a text, a picture and a resource.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_multiple_content_types")]
async fn multiple_content_types() -> Result<Rendered> {
    let text = r#"{"test":"data","value":123}"#;
    let resource = Content::resource("test://mixed-content-resource", "application/json", text);
    let rendered = Rendered::prose("Multiple content types test:");
    Ok(rendered
        .with(Content::image(PNG, "image/png"))
        .with(resource))
}

/// Fail.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_error_handling")]
async fn error_handling() -> Result<Done> {
    Err(ToolError::new(
        ErrorKind::Upstream,
        "This tool intentionally returns an error for testing",
    ))
}
