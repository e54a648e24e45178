//! [`Response`]: the answer to a request that worked, read up to a bound.

use std::fmt;

use reqwest::{StatusCode, header};
use serde::de::DeserializeOwned;

use super::failure;
use crate::error::{ErrorKind, Result, ToolError};

/// A successful answer, or a redirection that was asked to be one.
pub struct Response {
    pub(super) request: String,
    pub(super) status: StatusCode,
    pub(super) is_html: bool,
    /// The media type, in lower case.
    pub(super) media_type: String,
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Response {
    /// The HTTP status, 200 to 299, or that of a redirection.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The media type, without parameters and in lower case; empty where there is none.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Where a redirection leads, as the service wrote it; only requests for pages see one.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Whether there is no body, as with 204.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn text(self) -> Result<String> {
        let Self { request, body, .. } = self;
        String::from_utf8(body).map_err(|_| {
            ToolError::new(
                ErrorKind::Upstream,
                format!("{request} answered with something that is not text"),
            )
        })
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// It is empty, a web page, or has another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let Self {
                request, status, ..
            } = self;
            let reason = if self.body.is_empty() {
                format!("{request} answered {status} with an empty body")
            } else if self.is_html {
                let page = failure::page_line(&String::from_utf8_lossy(&self.body));
                format!("{request} answered with a web page instead of data ({page})")
            } else {
                format!("{request} answered with something unexpected: {error}")
            };
            ToolError::new(ErrorKind::Upstream, reason).hint(
                "check that the endpoint is the service's own URL, with its path if it has one",
            )
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("request", &self.request)
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What reading a body came to.
pub(in crate::client) enum Read {
    Whole(Vec<u8>),
    /// The first `limit` bytes of a longer one.
    Cut(Vec<u8>),
}

/// Reads at most `limit` bytes.
pub(in crate::client) async fn read(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Read, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(Read::Cut(body));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Read::Whole(body))
}

/// The media type, without parameters and in lower case.
pub(super) fn media_type(headers: &header::HeaderMap) -> String {
    let named = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let named = named.and_then(|value| value.split(';').next());
    named.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the answer calls itself a web page, or looks like one.
pub(super) fn is_html(headers: &header::HeaderMap, body: &[u8]) -> bool {
    let called = media_type(headers).contains("html");
    let start = body.trim_ascii_start();
    called || starts_with(start, b"<!doctype html") || starts_with(start, b"<html")
}

fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
