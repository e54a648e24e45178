//! Requests taken apart, and answers put together.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::errors::ApiError;

pub(super) type Answer = Response<Full<Bytes>>;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.schemaregistry.v1+json");

/// A request with its path and query decoded.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a Method,
    pub(super) segments: Vec<String>,
    query: Vec<(String, String)>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    pub(super) fn new(head: &'a Parts, body: &'a [u8]) -> Result<Self, ApiError> {
        let path = head.uri.path().trim_matches('/');
        let segments = path.split('/').filter(|_| !path.is_empty()).map(decode);
        let query = head
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty());
        let query = query.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(&value.replace('+', " "))?))
        });
        Ok(Self {
            method: &head.method,
            segments: segments.collect::<Result<_, _>>()?,
            query: query.collect::<Result<_, _>>()?,
            body,
        })
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.query(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A number from the query, or `otherwise` where it is missing, no number or negative.
    pub(super) fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(otherwise)
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(self.body).map_err(ApiError::malformed)
    }
}

/// `%2F` and the like as the characters they stand for.
fn decode(text: &str) -> Result<String, ApiError> {
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
        bytes.push(byte.ok_or_else(|| ApiError::malformed("a `%` stands alone"))?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(ApiError::malformed)
}

pub(super) fn answer(status: u16, body: &impl Serialize) -> Answer {
    let mut answer = text(serde_json::to_string(body).unwrap_or_default());
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

/// An answer that is a schema's text, as it is.
pub(super) fn text(body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    answer.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
    answer
}

pub(super) fn error(error: &ApiError) -> Answer {
    answer(
        error.status,
        &json!({ "error_code": error.code, "message": error.message }),
    )
}

pub(super) fn unauthorized() -> Answer {
    let mut answer = error(&ApiError::new(
        401,
        401,
        "the user or password is missing or wrong",
    ));
    answer.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"registry\""),
    );
    answer
}

/// Whether the credentials are those of a user, or nobody has to have any.
pub(super) fn is_allowed(users: &[(String, String)], headers: &HeaderMap) -> bool {
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
