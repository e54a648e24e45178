//! [`Content`]: what a result holds besides prose and structured content, and a message of a prompt
//! instead of a text.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rmcp::model::{ContentBlock, ResourceContents};

/// A part of a result that clients show, play or open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A picture.
    Image {
        /// The bytes of the file.
        data: Vec<u8>,
        /// For example `image/png`.
        mime_type: Cow<'static, str>,
    },
    /// A sound.
    Audio {
        /// The bytes of the file.
        data: Vec<u8>,
        /// For example `audio/wav`.
        mime_type: Cow<'static, str>,
    },
    /// A text with a URI of its own, for example a document or a configuration file.
    Resource {
        /// What identifies it.
        uri: String,
        /// For example `application/json`.
        mime_type: Cow<'static, str>,
        /// The text.
        text: String,
    },
}

impl Content {
    /// A picture.
    pub fn image(data: impl Into<Vec<u8>>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Image {
            data: data.into(),
            mime_type: mime_type.into(),
        }
    }

    /// A sound.
    pub fn audio(data: impl Into<Vec<u8>>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Audio {
            data: data.into(),
            mime_type: mime_type.into(),
        }
    }

    /// A text with a URI of its own.
    pub fn resource(
        uri: impl Into<String>,
        mime_type: impl Into<Cow<'static, str>>,
        text: impl Into<String>,
    ) -> Self {
        Self::Resource {
            uri: uri.into(),
            mime_type: mime_type.into(),
            text: text.into(),
        }
    }

    /// Its type, for people.
    fn mime_type(&self) -> &str {
        match self {
            Self::Image { mime_type, .. }
            | Self::Audio { mime_type, .. }
            | Self::Resource { mime_type, .. } => mime_type,
        }
    }

    /// Bytes on the wire, nearly.
    fn size(&self) -> usize {
        match self {
            Self::Image { data, .. } | Self::Audio { data, .. } => data.len().div_ceil(3) * 4,
            Self::Resource { uri, text, .. } => uri.len() + text.len(),
        }
    }

    pub(crate) fn into_block(self) -> ContentBlock {
        match self {
            Self::Image { data, mime_type } => {
                ContentBlock::image(STANDARD.encode(data), mime_type)
            }
            Self::Audio { data, mime_type } => {
                ContentBlock::audio(STANDARD.encode(data), mime_type)
            }
            Self::Resource {
                uri,
                mime_type,
                text,
            } => {
                ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(mime_type))
            }
        }
    }
}

/// Those that fit into `limit` bytes together, and one line about each that did not: half a picture
/// is of no use.
pub(crate) fn within(content: Vec<Content>, limit: usize) -> (Vec<ContentBlock>, Vec<String>) {
    let (mut blocks, mut notes) = (Vec::new(), Vec::new());
    let mut left = limit;
    for part in content {
        let size = part.size();
        if size <= left {
            left -= size;
            blocks.push(part.into_block());
        } else {
            notes.push(format!("{} of {size} bytes is left out", part.mime_type()));
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
            Content::image(vec![0; 9], "image/png"),
            Content::audio(vec![0; 600], "audio/wav"),
            Content::resource("test://a", "text/plain", "abc"),
        ];
        let (blocks, notes) = within(content, 100);
        let blocks = serde_json::to_value(blocks).unwrap();
        assert_eq!(blocks[0]["data"], "AAAAAAAAAAAA");
        assert_eq!(blocks[0]["mimeType"], "image/png");
        assert_eq!(blocks[1]["resource"]["uri"], "test://a");
        assert_eq!(blocks[1]["resource"]["mimeType"], "text/plain");
        assert_eq!(blocks.as_array().unwrap().len(), 2);
        assert_eq!(notes, ["audio/wav of 800 bytes is left out"]);
    }
}
