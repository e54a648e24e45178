//! Requests taken apart, and answers put together.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

pub(crate) type Answer = Response<Full<Bytes>>;

/// A request with its path and query decoded.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
}

impl<'a> Request<'a> {
    /// # Errors
    /// The path or the query is no percent-encoded UTF-8.
    pub(crate) fn new(head: &'a Parts, body: &'a [u8]) -> Result<Self, String> {
        let path = head.uri.path().trim_matches('/');
        let segments = path.split('/').filter(|_| !path.is_empty()).map(decode);
        Ok(Self {
            method: &head.method,
            segments: segments.collect::<Result<_, String>>()?,
            query: pairs(head.uri.query().unwrap_or_default())?,
            body,
        })
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A number from the query, or `otherwise` where it is missing, no number or negative.
    pub(crate) fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(otherwise)
    }
}

/// The names and values of a query, or of a form.
pub(crate) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(&value.replace('+', " "))?))
    });
    pairs.collect()
}

/// `%2F` and the like as the characters they stand for.
fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.ok_or("a `%` stands alone")?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// An answer with a body of this media type.
pub(crate) fn answer(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Whether the credentials are those of a user, or nobody has to have any.
pub(crate) fn is_allowed(users: &[(String, String)], headers: &HeaderMap) -> bool {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Basic "));
    let given = given.and_then(|value| STANDARD.decode(value).ok());
    users.is_empty()
        || given.is_some_and(|given| {
            users
                .iter()
                .any(|(name, password)| format!("{name}:{password}").as_bytes() == given)
        })
}
