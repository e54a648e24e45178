//! [`Message`]: one message of a prompt.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rmcp::model::{
    AudioContent, ContentBlock, EmbeddedResource, ImageContent, PromptMessage, Resource,
    ResourceContents, Role,
};

use crate::tool::bound;

/// One message of a prompt: who says it, and what.
///
/// ```
/// use mcp_confluent::prelude::*;
///
/// let messages = [
///     Message::user("What is in this picture?"),
///     Message::user(Content::image(&[0x89, 0x50], "image/png")),
///     Message::assistant("A queue."),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Message(PromptMessage);

/// What a message holds. A text is one by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Content(ContentBlock);

impl Message {
    /// What the user says.
    pub fn user(content: impl Into<Content>) -> Self {
        Self(PromptMessage::new(Role::User, content.into().0))
    }

    /// What the model says.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self(PromptMessage::new(Role::Assistant, content.into().0))
    }

    /// Its text, if it is one.
    pub fn text(&self) -> Option<&str> {
        self.0.content.as_text().map(|text| text.text.as_str())
    }

    /// The message of the protocol, its text cut at `limit` bytes.
    pub(crate) fn bounded(mut self, limit: usize) -> PromptMessage {
        match &mut self.0.content {
            ContentBlock::Text(text) => bound::text(&mut text.text, limit),
            ContentBlock::Resource(EmbeddedResource {
                resource: ResourceContents::TextResourceContents { text, .. },
                ..
            }) => bound::text(text, limit),
            _ => {}
        }
        self.0
    }
}

impl Content {
    /// A picture.
    pub fn image(bytes: &[u8], mime_type: &str) -> Self {
        let image = ImageContent::new(BASE64_STANDARD.encode(bytes), mime_type);
        Self(ContentBlock::Image(image))
    }

    /// A sound.
    pub fn audio(bytes: &[u8], mime_type: &str) -> Self {
        let audio = AudioContent::new(BASE64_STANDARD.encode(bytes), mime_type);
        Self(ContentBlock::Audio(audio))
    }

    /// A resource with its text.
    pub fn resource(uri: &str, mime_type: &str, text: impl Into<String>) -> Self {
        Self::embedded(ResourceContents::text(text, uri).with_mime_type(mime_type))
    }

    /// A resource with its bytes.
    pub fn blob(uri: &str, mime_type: &str, bytes: &[u8]) -> Self {
        let contents = ResourceContents::blob(BASE64_STANDARD.encode(bytes), uri);
        Self::embedded(contents.with_mime_type(mime_type))
    }

    /// A resource that the client may read itself.
    pub fn link(uri: &str, name: &str) -> Self {
        Self(ContentBlock::ResourceLink(Resource::new(uri, name)))
    }

    fn embedded(contents: ResourceContents) -> Self {
        Self(ContentBlock::Resource(EmbeddedResource::new(contents)))
    }
}

impl<T: Into<String>> From<T> for Content {
    fn from(text: T) -> Self {
        Self(ContentBlock::text(text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn on_the_wire(message: Message) -> Value {
        serde_json::to_value(message.bounded(1000)).unwrap()
    }

    #[test]
    fn each_kind_of_content_has_the_shape_of_the_protocol() {
        assert_eq!(
            on_the_wire(Message::assistant("hello")),
            json!({"role": "assistant", "content": {"type": "text", "text": "hello"}})
        );
        for (content, expected) in [
            (
                Content::image(b"hello", "image/png"),
                json!({"type": "image", "data": "aGVsbG8=", "mimeType": "image/png"}),
            ),
            (
                Content::audio(b"hello", "audio/wav"),
                json!({"type": "audio", "data": "aGVsbG8=", "mimeType": "audio/wav"}),
            ),
            (
                Content::resource("acme://depots", "text/plain", "north"),
                json!({"type": "resource", "resource":
                    {"uri": "acme://depots", "mimeType": "text/plain", "text": "north"}}),
            ),
            (
                Content::blob("acme://map", "image/png", b"hello"),
                json!({"type": "resource", "resource":
                    {"uri": "acme://map", "mimeType": "image/png", "blob": "aGVsbG8="}}),
            ),
            (
                Content::link("acme://depots", "depots"),
                json!({"type": "resource_link", "uri": "acme://depots", "name": "depots"}),
            ),
        ] {
            assert_eq!(
                on_the_wire(Message::user(content)),
                json!({"role": "user", "content": expected})
            );
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let message = Message::user("x".repeat(5000));
        let text = on_the_wire(message)["content"]["text"].to_string();
        assert!(
            text.len() < 1100 && text.contains("(cut: 1000 of 5000 bytes)"),
            "{text}"
        );
    }
}
