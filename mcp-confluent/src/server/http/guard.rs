//! Who may send a request, and how large and slow it may be.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{
        HeaderMap, Method, StatusCode, Uri,
        header::{
            AUTHORIZATION, HOST, HeaderName, HeaderValue, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE,
        },
        request::Parts,
        uri::Authority,
    },
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::{sync::RwLock, time::timeout};
use tracing::warn;

use super::{
    limits::{Limits, MAX_BODY_BYTES},
    oauth::{Rejection, Scopes, Verifier},
    problem,
    rate::Rate,
};
use crate::{
    config::ServerAuth,
    tool::{effect::Effect, toolbox::Toolbox},
};

/// Methods besides calls of tools that look into a cluster.
const READS: [&str; 6] = [
    "completion/complete",
    "prompts/get",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "subscriptions/listen",
];

/// The header of the TypeScript server.
const KEY_HEADER: &str = "cflt-mcp-api-key";

/// The answer to a request that is not let in.
struct Refused(Box<Response>);

impl Refused {
    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers_mut().insert(name, value);
        self
    }
}

/// Who sent a request; in its extensions once it was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal(pub(crate) String);

/// What a request has to show.
pub(super) struct Guard {
    hosts: Vec<String>,
    open: bool,
    key: Option<SecretString>,
    oauth: Option<Arc<Verifier>>,
    rate: Option<Rate>,
    toolbox: Arc<Toolbox>,
    body_time: Duration,
    /// Requests share it as readers until they are answered.
    answering: Arc<RwLock<()>>,
}

/// Somebody who was let in.
struct Admitted {
    principal: Principal,
    /// What a token allows; a key allows everything.
    scopes: Option<Scopes>,
}

impl Admitted {
    fn everything(name: &str) -> Self {
        Self {
            principal: Principal(name.to_owned()),
            scopes: None,
        }
    }
}

impl Guard {
    pub(super) fn new(
        auth: &ServerAuth,
        oauth: Option<Arc<Verifier>>,
        toolbox: Arc<Toolbox>,
        limits: &Limits,
        answering: Arc<RwLock<()>>,
    ) -> Self {
        Self {
            hosts: auth
                .allowed_hosts
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            open: auth.disabled,
            key: auth.api_key.clone(),
            oauth,
            rate: auth.requests_per_minute.map(Rate::new),
            toolbox,
            body_time: limits.body,
            answering,
        }
    }

    async fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<Admitted, Refused> {
        self.check_host(headers, uri)?;
        let admitted = if self.open {
            Admitted::everything("http")
        } else {
            self.authenticate(headers).await?
        };
        if let Some(rate) = &self.rate
            && let Err(wait) = rate.take(&admitted.principal.0)
        {
            let refused = refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "this caller asks too often: wait as long as Retry-After says",
            );
            let seconds = HeaderValue::from(wait.as_secs() + 1);
            return Err(refused.header(RETRY_AFTER, seconds));
        }
        Ok(admitted)
    }

    fn check_host(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Refused> {
        let host = uri
            .authority()
            .map(Authority::as_str)
            .or_else(|| only(headers, HOST.as_str())?.to_str().ok());
        if !host.is_some_and(|host| self.allows(host)) {
            return Err(refuse(
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
            return Err(refuse(
                StatusCode::FORBIDDEN,
                "the Origin header names a page of a host that is not allowed",
            ));
        }
        Ok(())
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Admitted, Refused> {
        let token = bearer(headers);
        let given = token.or_else(|| only(headers, KEY_HEADER).map(HeaderValue::as_bytes));
        if let (Some(given), Some(key)) = (given, &self.key)
            && is_same(given, key.expose_secret().as_bytes())
        {
            return Ok(Admitted::everything("http: API key"));
        }
        let Some(oauth) = &self.oauth else {
            let message = match given {
                Some(_) => "the API key is wrong",
                None => "send the API key as `Authorization: Bearer KEY` or in `cflt-mcp-api-key`",
            };
            return Err(self.unauthorized(message, ""));
        };
        let Some(token) = token.and_then(|token| std::str::from_utf8(token).ok()) else {
            return Err(
                self.unauthorized("send an access token as `Authorization: Bearer TOKEN`", "")
            );
        };
        match oauth.verify(token).await {
            Ok(bearer) => Ok(Admitted {
                principal: Principal(format!("http: {}", bearer.subject)),
                scopes: Some(bearer.scopes),
            }),
            Err(Rejection::Invalid(why)) => Err(self.unauthorized(
                &format!("the access token is not accepted: {why}"),
                ", error=\"invalid_token\"",
            )),
            Err(Rejection::Unavailable(error)) => {
                warn!(%error, "access tokens cannot be checked");
                Err(refuse(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the access token cannot be checked now: try again",
                ))
            }
        }
    }

    fn unauthorized(&self, message: &str, more: &str) -> Refused {
        refuse(StatusCode::UNAUTHORIZED, message).header(WWW_AUTHENTICATE, self.challenge(more))
    }

    /// How to get in: with OAuth, where the metadata is (RFC 9728 §5.1).
    fn challenge(&self, more: &str) -> HeaderValue {
        let challenge = match &self.oauth {
            Some(oauth) => format!(
                "Bearer resource_metadata=\"{}\"{more}",
                oauth.metadata_url()
            ),
            None => "Bearer".to_owned(),
        };
        HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("Bearer"))
    }

    /// Refuses a request that does more than the token allows (RFC 6750 §3.1).
    fn check_scopes(&self, scopes: Scopes, body: &[u8]) -> Result<(), Refused> {
        // What is no JSON reaches no tool either.
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let messages = match &body {
            Value::Array(messages) => messages.as_slice(),
            message => std::slice::from_ref(message),
        };
        let lack = messages
            .iter()
            .filter_map(|message| self.effect_of(message))
            .find_map(|effect| scopes.lack(effect));
        let Some(scope) = lack else {
            return Ok(());
        };
        let refused = refuse(
            StatusCode::FORBIDDEN,
            &format!("the access token lacks the scope `{scope}`, which this needs"),
        );
        let challenge = self.challenge(&format!(
            ", error=\"insufficient_scope\", scope=\"{scope}\""
        ));
        Err(refused.header(WWW_AUTHENTICATE, challenge))
    }

    /// What a request does to a cluster; `None` for one that reaches none.
    fn effect_of(&self, message: &Value) -> Option<Effect> {
        let method = message["method"].as_str()?;
        if method == "tools/call" {
            let offered = self.toolbox.offered(message["params"]["name"].as_str()?)?;
            return Some(offered.entry.meta().effect);
        }
        READS.contains(&method).then_some(Effect::ReadOnly)
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

fn refuse(status: StatusCode, message: &str) -> Refused {
    Refused(Box::new(problem(status, message)))
}

/// Lets a request in, with its whole body, or answers it.
pub(super) async fn admit(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let Admitted { principal, scopes } = match guard.check(&head.headers, &head.uri).await {
        Ok(admitted) => admitted,
        Err(refused) => return *refused.0,
    };
    head.extensions.insert(principal);
    // The protocol needs to know who; nobody behind this point needs the key or the token.
    head.headers.remove(AUTHORIZATION);
    head.headers.remove(KEY_HEADER);
    let body = match whole(body, guard.body_time).await {
        Ok(body) => body,
        Err(refused) => return *refused.0,
    };
    if let Some(scopes) = scopes
        && let Err(refused) = guard.check_scopes(scopes, &body)
    {
        return *refused.0;
    }
    if only_listens(&head) {
        return next.run(Request::from_parts(head, Body::from(body))).await;
    }
    let answering = guard.answering.clone().read_owned().await;
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    // Kept until the last of the answer is sent, or nobody wants it any more.
    answer.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &answering;
            frame
        }))
    })
}

/// Whether the request is for a stream of what happens, which ends when the server does.
fn only_listens(head: &Parts) -> bool {
    let method = head.headers.get("mcp-method");
    head.method == Method::GET || method.is_some_and(|method| method == "subscriptions/listen")
}

async fn whole(body: Body, time: Duration) -> Result<Bytes, Refused> {
    let read = Limited::new(body, MAX_BODY_BYTES).collect();
    match timeout(time, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("a request may have {MAX_BODY_BYTES} bytes"),
        )),
        Ok(Err(_)) => Err(refuse(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => Err(refuse(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time",
        )),
    }
}
