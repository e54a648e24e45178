//! [`Content`]: a piece of what a tool or a prompt says, of any kind.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rmcp::model::{
    AudioContent, ContentBlock, EmbeddedResource, ImageContent, Resource, ResourceContents,
};

/// A picture, a sound, a resource or a text: what a [`Message`](crate::tool::prompt::Message) of a
/// prompt holds, and a [`Rendered`](crate::tool::output::Rendered) beside its prose. A text is one by
/// itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Content(pub(crate) ContentBlock);

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

    /// What it is called where it is left out.
    fn noun(&self) -> &'static str {
        match &self.0 {
            ContentBlock::Text(_) => "a text",
            ContentBlock::Image(_) => "a picture",
            ContentBlock::Audio(_) => "a sound",
            _ => "a resource",
        }
    }
}

impl<T: Into<String>> From<T> for Content {
    fn from(text: T) -> Self {
        Self(ContentBlock::text(text))
    }
}

/// Those that fit into `limit` bytes together, and one line about each that did not: half a picture
/// is of no use.
pub(crate) fn within(content: Vec<Content>, limit: usize) -> (Vec<ContentBlock>, Vec<String>) {
    let (mut blocks, mut notes) = (Vec::new(), Vec::new());
    let mut left = limit;
    for part in content {
        let size = serde_json::to_vec(&part.0).map_or(usize::MAX, |json| json.len());
        if size <= left {
            left -= size;
            blocks.push(part.0);
        } else {
            notes.push(format!("{} of {size} bytes is left out", part.noun()));
        }
    }
    (blocks, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_left_out_whole_and_named() {
        let content = vec![
            Content::image(&[0; 9], "image/png"),
            Content::audio(&[0; 600], "audio/wav"),
            Content::resource("test://a", "text/plain", "abc"),
        ];
        let (blocks, notes) = within(content, 300);
        let blocks = serde_json::to_value(blocks).unwrap();
        assert_eq!(blocks[0]["data"], "AAAAAAAAAAAA");
        assert_eq!(blocks[0]["mimeType"], "image/png");
        assert_eq!(blocks[1]["resource"]["uri"], "test://a");
        assert_eq!(blocks[1]["resource"]["mimeType"], "text/plain");
        assert_eq!(blocks.as_array().unwrap().len(), 2);
        let [note] = &notes[..] else {
            panic!("{notes:?}")
        };
        assert!(note.starts_with("a sound of 8"), "{note}");
    }
}
