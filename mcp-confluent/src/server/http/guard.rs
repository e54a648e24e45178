//! Who may send a request, and how large and slow it may be.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode, Uri,
        header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use super::{MAX_BODY_BYTES, problem};
use crate::config::ServerAuth;

/// The header of the TypeScript server.
const KEY_HEADER: &str = "cflt-mcp-api-key";
/// How long a request's body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Who sent a request; in its extensions once it was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal(pub(crate) String);

/// What a request has to show.
pub(super) struct Guard {
    hosts: Vec<String>,
    key: Option<SecretString>,
}

impl Guard {
    pub(super) fn new(auth: &ServerAuth) -> Self {
        Self {
            hosts: auth
                .allowed_hosts
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            key: auth.api_key.clone().filter(|_| !auth.disabled),
        }
    }

    fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<Principal, Response> {
        let host = uri
            .authority()
            .map(|authority| authority.as_str())
            .or_else(|| only(headers, HOST.as_str())?.to_str().ok());
        if !host.is_some_and(|host| self.allows(host)) {
            return Err(problem(
                StatusCode::FORBIDDEN,
                "the Host header names no allowed host: add it to `server.auth.allowed_hosts` (--allowed-hosts)",
            ));
        }
        // Only browsers send it, for the page that asks.
        let foreign = headers.get_all(ORIGIN).iter().any(|origin| {
            let page = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.split_once("://"));
            !page.is_some_and(|(_, host)| self.allows(host))
        });
        if foreign {
            return Err(problem(
                StatusCode::FORBIDDEN,
                "the Origin header names a page of a host that is not allowed",
            ));
        }
        let Some(key) = &self.key else {
            return Ok(Principal("http".to_owned()));
        };
        let given =
            bearer(headers).or_else(|| only(headers, KEY_HEADER).map(HeaderValue::as_bytes));
        let message = match given {
            Some(given) if is_same(given, key.expose_secret().as_bytes()) => {
                return Ok(Principal("http: API key".to_owned()));
            }
            Some(_) => "the API key is wrong",
            None => "send the API key as `Authorization: Bearer KEY` or in `cflt-mcp-api-key`",
        };
        let mut refused = problem(StatusCode::UNAUTHORIZED, message);
        refused
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Err(refused)
    }

    /// Whether `authority` (`host` or `host:port`) is one of the allowed hosts; an entry may name
    /// its port.
    fn allows(&self, authority: &str) -> bool {
        let authority = authority.to_ascii_lowercase();
        let bare = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            _ => &authority,
        };
        let plain = bare.trim_matches(['[', ']']);
        self.hosts
            .iter()
            .any(|host| *host == authority || *host == bare || *host == plain)
    }
}

/// A header that comes exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = only(headers, AUTHORIZATION.as_str())?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

/// Compares in a time that tells nothing but the length.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len() && openssl::memcmp::eq(given, expected)
}

/// Lets a request in, with its whole body, or answers it.
pub(super) async fn admit(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    match guard.check(&head.headers, &head.uri) {
        Ok(principal) => head.extensions.insert(principal),
        Err(refused) => return refused,
    };
    // The protocol needs to know who; nobody behind this point needs the key.
    head.headers.remove(AUTHORIZATION);
    head.headers.remove(KEY_HEADER);
    let body = match whole(body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    next.run(Request::from_parts(head, Body::from(body))).await
}

async fn whole(body: Body) -> Result<Bytes, Response> {
    let read = Limited::new(body, MAX_BODY_BYTES).collect();
    match timeout(BODY_TIME, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("a request may have {MAX_BODY_BYTES} bytes"),
        )),
        Ok(Err(_)) => Err(problem(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => Err(problem(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time",
        )),
    }
}
