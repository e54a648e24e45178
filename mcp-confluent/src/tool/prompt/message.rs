//! [`Message`]: one message of a prompt.

use rmcp::model::{ContentBlock, EmbeddedResource, PromptMessage, ResourceContents, Role};

use crate::tool::{bound, content::Content};

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
