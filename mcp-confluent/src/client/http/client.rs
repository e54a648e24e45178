//! [`HttpClient`]: sends requests to one service.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use tokio::time::sleep;
use tracing::{Instrument as _, debug};

use super::{
    auth::{Credentials, plain},
    body::{self, Read, Response},
    failure::{Refusal, line},
    request::Request,
    retry::{Cause, MAX_ATTEMPTS, MAX_WAIT, backoff},
    settings::HttpSettings,
    token::Token,
    transport::{Transport, Trust},
    url::BaseUrl,
};
use crate::{
    client::call::{Call, Ended, cancelled},
    error::{ErrorKind, Result, ToolError},
    observe::Outside,
};

/// How much of an error's body is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// A client of one service. Clones share connections, tokens and the choice of server.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    settings: HttpSettings,
    servers: Vec<BaseUrl>,
    /// The server that answered last.
    preferred: AtomicUsize,
    headers: HeaderMap,
    credentials: Credentials,
    transport: Transport,
}

/// One attempt that failed.
struct Failure {
    error: ToolError,
    cause: Cause,
    /// What the service answered, if it did.
    status: Option<u16>,
}

impl Failure {
    fn lasting(error: ToolError) -> Self {
        Self {
            error,
            cause: Cause::Lasting,
            status: None,
        }
    }
}

impl HttpClient {
    /// A client of the service; nothing is read or opened yet.
    ///
    /// # Errors
    /// An endpoint is no `http` or `https` URL, or a credential cannot be put into a header.
    pub fn new(settings: HttpSettings) -> Result<Self> {
        let servers = settings
            .endpoints
            .iter()
            .map(|endpoint| BaseUrl::parse(endpoint))
            .collect::<Result<Vec<_>>>()?;
        if servers.is_empty() {
            return Err(ToolError::internal(format!(
                "the {} has no endpoint",
                settings.service
            )));
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, plain(settings.accept)?);
        for (name, value) in &settings.headers {
            headers.insert(*name, plain(value)?);
        }
        let tls = settings.tls.as_ref();
        let mut credentials = Credentials::new(settings.auth.as_ref(), tls, &mut headers)?;
        #[cfg(feature = "login")]
        if let Some(sign_in) = &settings.sign_in {
            credentials = Credentials::SignIn(sign_in.clone());
        }
        if let Some(endpoint) = &settings.token_exchange {
            credentials = credentials.exchanged(endpoint, tls)?;
        }
        // What runs on this machine is not behind a proxy, whatever the environment forgot to say.
        let use_proxy = !servers.iter().all(BaseUrl::is_loopback);
        let transport = Transport::new(settings.tls.clone(), Trust::Configured, use_proxy);
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                servers,
                preferred: AtomicUsize::new(0),
                headers,
                credentials,
                transport,
            }),
        })
    }

    /// Whether it refuses everything that could change something.
    pub fn is_read_only(&self) -> bool {
        self.inner.settings.read_only
    }

    /// The host of its first server.
    pub(in crate::client) fn host(&self) -> &str {
        self.inner.servers.first().map_or("", BaseUrl::host)
    }

    /// Sends `request` and reads the answer as JSON.
    pub async fn fetch<T: DeserializeOwned>(&self, call: &Call, request: Request) -> Result<T> {
        self.send(call, request).await?.json()
    }

    /// Sends `request` and returns its answer if the service says that it worked.
    ///
    /// A failure that can pass is tried again for as long as the call lasts, on another server where
    /// there is one; a request that changes something only if the service did not look at it, or if
    /// it may be repeated.
    pub async fn send(&self, call: &Call, request: Request) -> Result<Response> {
        self.permit(&request)?;
        let inner = &*self.inner;
        let mut server = inner.preferred.load(Ordering::Relaxed) % inner.servers.len();
        let mut away = 0;
        let mut attempt = 1;
        let mut refused: Option<Arc<Token>> = None;
        let mut last: Option<ToolError> = None;
        loop {
            let base = &inner.servers[server];
            let mut token = None;
            let asked = Outside::http(request.method().as_str(), request.route(), base.host());
            let outcome = call
                .wait(inner.attempt(base, &request, refused.as_ref(), &mut token))
                .instrument(asked.span())
                .await;
            let (status, fault) = came_to(&outcome);
            asked.end(status, fault);
            let outcome =
                outcome.map_err(|ended| inner.ended(ended, base, &request, call, last.as_ref()))?;
            let Failure { error, cause, .. } = match outcome {
                Ok(response) => {
                    inner.preferred.store(server, Ordering::Relaxed);
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            debug!(request = %request, host = base.host(), attempt, %error, "an attempt failed");
            if cause == Cause::Unauthenticated && refused.is_none() && token.is_some() {
                refused = token;
                continue;
            }
            let others = inner.servers.len() > 1;
            if others && cause.is_of_this_server(request.is_repeatable()) {
                server = (server + 1) % inner.servers.len();
            }
            if cause == Cause::NotSent {
                away += 1;
                if away >= inner.servers.len() {
                    return Err(error);
                }
                continue;
            }
            if !cause.passes(request.is_repeatable()) {
                return Err(error);
            }
            if attempt >= MAX_ATTEMPTS {
                return Err(error.context(format_args!("after {attempt} attempts")));
            }
            let wait = cause.asked().unwrap_or_else(|| backoff(attempt));
            if wait > MAX_WAIT || wait >= call.remaining() {
                return Err(gave_up(error, cause.asked()));
            }
            call.wait(sleep(wait))
                .await
                .map_err(|ended| inner.ended(ended, base, &request, call, Some(&error)))?;
            last = Some(error);
            attempt += 1;
        }
    }

    /// Refuses what a read-only connection must not send, before anything is sent.
    fn permit(&self, request: &Request) -> Result<()> {
        let settings = &self.inner.settings;
        if !settings.read_only || request.is_read_only() {
            return Ok(());
        }
        let service = settings.service;
        Err(ToolError::new(
            ErrorKind::Refused,
            format!("{request} was not sent: the connection to the {service} is read-only"),
        )
        .hint("use a connection without `read_only: true`"))
    }
}

impl Inner {
    /// Sends the request once. `used` becomes the token it was signed with.
    async fn attempt(
        &self,
        base: &BaseUrl,
        request: &Request,
        refused: Option<&Arc<Token>>,
        used: &mut Option<Arc<Token>>,
    ) -> Result<Response, Failure> {
        let lasting = Failure::lasting;
        let url = request.url(base).map_err(lasting)?;
        let body = request.body().map_err(lasting)?;
        let client = self.transport.client().await.map_err(lasting)?;
        let (authorization, token) = self.credentials.header(refused).await.map_err(lasting)?;
        *used = token;
        let mut sent = client
            .request(request.method().clone(), url)
            .headers(self.headers.clone());
        if let Some(authorization) = authorization {
            sent = sent.header(AUTHORIZATION, authorization);
        }
        if let Some(body) = body {
            sent = sent
                .header(CONTENT_TYPE, self.settings.media_type)
                .body(body);
        }
        let name = format!("{request} on {}", base.host());
        let fault = |error: reqwest::Error| Failure {
            error: broken(&name, &error),
            cause: if error.is_connect() {
                Cause::NotSent
            } else {
                Cause::Broken
            },
            status: None,
        };
        let mut response = sent.send().await.map_err(fault)?;
        let status = response.status();
        debug!(request = %request, host = base.host(), status = status.as_u16(), "answered");
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        let redirects = status.is_redirection() && location.is_some();
        if status.is_success() || (redirects && request.follows_itself()) {
            let limit = self.settings.max_response_bytes;
            let Read::Whole(body) = body::read(&mut response, limit).await.map_err(fault)? else {
                return Err(lasting(too_large(&name, limit)));
            };
            let is_html = body::is_html(response.headers(), &body);
            return Ok(Response {
                request: name,
                status,
                is_html,
                media_type: body::media_type(response.headers()),
                location,
                body,
            });
        }
        // The status is the answer; a body that breaks off must not hide it.
        let body = match body::read(&mut response, MAX_ERROR_BYTES).await {
            Ok(Read::Whole(body) | Read::Cut(body)) => body,
            Err(_) => Vec::new(),
        };
        let headers = response.headers();
        let refusal = Refusal {
            request: &name,
            block: self.settings.block,
            signs_in: self.settings.signs_in(),
            status,
            is_html: body::is_html(headers, &body),
            location: location.as_deref(),
            body: &body,
        };
        Err(Failure {
            error: refusal.into_error(),
            cause: Cause::of_status(status, headers),
            status: Some(status.as_u16()),
        })
    }

    /// The error of a call that ended before an answer came.
    fn ended(
        &self,
        ended: Ended,
        base: &BaseUrl,
        request: &Request,
        call: &Call,
        last: Option<&ToolError>,
    ) -> ToolError {
        let name = format!("{request} on {}", base.host());
        let error = match ended {
            Ended::Cancelled => cancelled(&name),
            Ended::TimedOut => {
                let seconds = call.elapsed().as_secs_f64();
                let mut message = format!("{name}: no answer in {seconds:.1} s");
                if let Some(last) = last {
                    message = format!("{message}; before that, {}", last.message());
                }
                ToolError::new(ErrorKind::TimedOut, message)
            }
        };
        if !request.is_read_only() {
            return error.hint("it may have been done all the same: look before you repeat it");
        }
        match ended {
            Ended::Cancelled => error,
            Ended::TimedOut => {
                let service = self.settings.service;
                error.hint(format!(
                    "the {service} is slow or unreachable: try again, or ask for less at a time"
                ))
            }
        }
    }
}

/// The status that was answered, and a word for what went wrong.
fn came_to(
    outcome: &Result<Result<Response, Failure>, Ended>,
) -> (Option<u16>, Option<&'static str>) {
    match outcome {
        Ok(Ok(response)) => (Some(response.status()), None),
        Ok(Err(failure)) => (failure.status, Some(failure.error.kind().as_str())),
        Err(ended) => (None, Some(ended.as_str())),
    }
}

/// What happened to a request whose connection was there and gave no answer.
pub(crate) const BROKEN: &str = "the connection broke";

/// The error of a request that nobody answered; `doing` is what it was.
pub(in crate::client) fn broken(doing: &str, error: &reqwest::Error) -> ToolError {
    let kind = if error.is_timeout() && !error.is_connect() {
        ErrorKind::TimedOut
    } else {
        ErrorKind::Unreachable
    };
    let reason = line(&root_cause(error), 300);
    let (what, hint) = if error.is_connect() {
        let tls = ["certificate", "ssl", "tls", "handshake"]
            .iter()
            .any(|word| reason.to_ascii_lowercase().contains(word));
        if tls {
            (
                "TLS failed",
                "check `https` or `http` in the endpoint, and `ca_file` in its `tls` block",
            )
        } else {
            (
                "no connection",
                "check the host and port of the endpoint, the network, and HTTPS_PROXY and NO_PROXY",
            )
        }
    } else if reason.contains("invalid HTTP") {
        (
            BROKEN,
            "this is not an HTTP service: check the port of the endpoint",
        )
    } else {
        (
            BROKEN,
            "try again; if it changed something, look first whether it was done; if it happens each time, the port \
             may be that of another service",
        )
    };
    ToolError::new(kind, format!("{doing}: {what} ({reason})")).hint(hint)
}

/// The innermost reason: the outer ones only repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn too_large(name: &str, limit: usize) -> ToolError {
    ToolError::new(
        ErrorKind::Upstream,
        format!("{name} answered with more than {limit} bytes"),
    )
    .hint("ask for less at a time")
}

/// The error of a service that wants a longer wait than makes sense.
fn gave_up(error: ToolError, asked: Option<Duration>) -> ToolError {
    match asked {
        Some(asked) => error.hint(format!(
            "the service asks to wait {} s before the next attempt",
            asked.as_secs().max(1)
        )),
        None => error,
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("service", &self.inner.settings.service)
            .field("servers", &self.inner.servers)
            .finish_non_exhaustive()
    }
}
