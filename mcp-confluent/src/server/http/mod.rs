//! Streamable HTTP: one endpoint for both protocol eras, and what has to stand around it.
//!
//! A request reaches the protocol only if it is addressed to an allowed host, comes from no foreign
//! web page, carries the key, is small enough and arrives in time. Sessions (protocol versions up to
//! 2025-11-25) live in this process, end when they are idle, and are limited in number; requests of
//! 2026-07-28 need none, so several instances behind one balancer answer alike.

mod connections;
mod guard;
mod limits;
mod oauth;
mod probe;
mod rate;
pub(crate) mod sessions;
mod tls;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use rmcp::{
    ErrorData,
    transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::RwLock, time::timeout};
use tokio_util::sync::CancellationToken;

use self::{
    connections::Connections,
    guard::Guard,
    limits::{GRACE, Limits, MAX_BODY_BYTES},
    oauth::Verifier,
    sessions::Sessions,
    tls::Tls,
};
pub use self::{guard::Principal, probe::probe, tls::UnusableCertificate};
use super::{handler::Handler, metrics::Metrics};
use crate::{
    config::{ServerConfig, wrong_path},
    tool::toolbox::Toolbox,
};

/// How long an answer may take to be sent once its call was told to stop.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A server that listens and does not answer yet.
pub struct HttpServer {
    listener: TcpListener,
    router: Router,
    stopping: CancellationToken,
    metrics: Arc<Metrics>,
    tls: Option<Tls>,
    path: String,
    limits: Limits,
    answering: Arc<RwLock<()>>,
}

impl HttpServer {
    /// Listens where `config` says, for the tools of `toolbox`.
    ///
    /// # Errors
    /// The address cannot be had, or a path or the certificate cannot be used. A reason to refuse the configuration comes from [`refusal`].
    pub async fn bind(toolbox: Arc<Toolbox>, config: &ServerConfig) -> io::Result<Self> {
        Self::bind_within(toolbox, config, Limits::default()).await
    }

    async fn bind_within(
        toolbox: Arc<Toolbox>,
        config: &ServerConfig,
        limits: Limits,
    ) -> io::Result<Self> {
        let http = &config.http;
        let of_sse = [&http.sse_endpoint, &http.sse_message_endpoint];
        let of_sse = of_sse.into_iter().filter(|path| path.starts_with('/'));
        for path in of_sse.chain([&http.mcp_endpoint]) {
            if let Some((what, fix)) = wrong_path(path) {
                return Err(io::Error::other(format!("`{path}` {what}. {fix}")));
            }
        }
        let tls = config.http.tls.as_ref().map(Tls::new).transpose();
        let tls = tls.map_err(io::Error::other)?;
        let address = (config.http.host.trim_matches(['[', ']']), config.http.port);
        let listener = TcpListener::bind(address).await?;
        let stopping = CancellationToken::new();
        let metrics = Arc::new(Metrics::default());
        let handler = Handler::over_http(toolbox.clone(), metrics.clone());
        let sessions = Arc::new(Sessions::new(limits.sessions, limits.idle));
        metrics.watch_sessions(sessions.clone());
        #[cfg(feature = "otlp")]
        metrics.send();
        let protocol = StreamableHttpService::new(
            move || Ok(handler.for_session()),
            sessions.clone(),
            StreamableHttpServerConfig::default()
                .with_max_request_body_bytes(MAX_BODY_BYTES)
                .with_json_response(true)
                .with_cancellation_token(stopping.clone())
                // The guard does both, for every route.
                .disable_allowed_hosts()
                .disable_allowed_origins(),
        );
        let oauth = config.auth.oauth.as_ref().filter(|_| !config.auth.disabled);
        let oauth = oauth
            .map(Verifier::new)
            .transpose()
            .map_err(io::Error::other)?
            .map(Arc::new);
        let answering = Arc::<RwLock<()>>::default();
        let guard = Guard::new(
            &config.auth,
            oauth.clone(),
            toolbox,
            &limits,
            answering.clone(),
        );
        let protocol = Router::new()
            .route_service(&config.http.mcp_endpoint, protocol)
            .layer(from_fn_with_state(sessions, in_other_words));
        let router = router(protocol, config, guard, metrics.clone(), &stopping, oauth);
        Ok(Self {
            listener,
            router,
            stopping,
            metrics,
            tls,
            path: config.http.mcp_endpoint.clone(),
            limits,
            answering,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The URL of the protocol.
    ///
    /// # Errors
    /// The system does not tell the address.
    pub fn url(&self) -> io::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(format!("{scheme}://{}{}", self.local_addr()?, self.path))
    }

    /// Answers until `stop` is cancelled; running requests then get a moment to finish.
    pub async fn serve(self, stop: CancellationToken) {
        let connections = Connections::new(self.router, self.tls, self.metrics, &self.limits);
        connections.accept(&self.listener, &stop).await;
        drop(self.listener);
        // Streams that only listen would go on for ever; what is being answered is waited for.
        let end_streams = async {
            drop(timeout(GRACE, self.answering.write()).await);
            self.stopping.cancel();
        };
        tokio::join!(end_streams, connections.finish(GRACE + LAST_WORDS));
    }
}

/// Why a configuration must not be served.
#[derive(Debug)]
pub struct Refusal {
    /// The key that it is about, from the root of the configuration.
    pub key: Vec<&'static str>,
    /// The reason, with what to write instead.
    pub reason: String,
}

/// Why a configuration must not be served over HTTP, if there is a reason.
pub fn refusal(config: &ServerConfig) -> Option<Refusal> {
    let refused = |key: &[&'static str], reason: String| {
        Some(Refusal {
            key: [&["server"], key].concat(),
            reason,
        })
    };
    let has_key = config.auth.api_key.is_some() || config.auth.oauth.is_some();
    if !config.auth.disabled && !has_key {
        return refused(
            &["transports"],
            "HTTP clients have to send a key, and none is configured: write `server.auth.api_key` \
             (or set MCP_API_KEY); `mcp-confluent --generate-key` makes one. Where nobody else can reach \
             the port, `server.auth.disabled: true` (--disable-auth) asks for no key"
                .to_owned(),
        );
    }
    if config.auth.disabled && !is_loopback(&config.http.host) {
        return refused(
            &["http", "host"],
            format!(
                "`{}` can be reached from other machines, and nobody is asked for a key: set a key \
                 (`server.auth.api_key` or MCP_API_KEY), or listen on 127.0.0.1",
                config.http.host.escape_debug()
            ),
        );
    }
    None
}

/// Whether the files of `server.http.tls` can be used, if there are any.
///
/// # Errors
/// One cannot be read, is not PEM, or the key belongs to another certificate.
pub fn check_certificate(config: &ServerConfig) -> Result<(), UnusableCertificate> {
    let tls = config.http.tls.as_ref();
    tls.map_or(Ok(()), |files| Tls::new(files).map(drop))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn router(
    protocol: Router,
    config: &ServerConfig,
    guard: Guard,
    metrics: Arc<Metrics>,
    stopping: &CancellationToken,
    oauth: Option<Arc<Verifier>>,
) -> Router {
    let http = &config.http;
    let mut guarded = protocol
        .route("/ping", post(ping))
        .route("/metrics", get(figures).with_state(metrics));
    // Both may be one path. Whoever puts both protocols on one path gets the one that works.
    let of_sse = BTreeSet::from([&http.sse_endpoint, &http.sse_message_endpoint]);
    for path in of_sse {
        if *path != http.mcp_endpoint && path.starts_with('/') {
            guarded = guarded.route(path, any(no_sse).with_state(http.mcp_endpoint.clone()));
        }
    }
    // A probe knows neither a host name nor a key, and learns nothing but that it works.
    let mut open = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready).with_state(stopping.clone()));
    if let Some(oauth) = oauth {
        // Whoever has no token yet has to learn where to get one.
        let answer = get(metadata).with_state(oauth);
        let own = format!("{}{}", oauth::METADATA_PATH, http.mcp_endpoint);
        open = open
            .route(oauth::METADATA_PATH, answer.clone())
            .route(&own, answer);
    }
    guarded
        .fallback(no_route)
        .layer(from_fn_with_state(Arc::new(guard), guard::admit))
        .merge(open)
}

/// Says what is wrong where rmcp says something else: that there are too many sessions, and that a body
/// is no message.
async fn in_other_words(
    State(sessions): State<Arc<Sessions>>,
    request: Request,
    next: Next,
) -> Response {
    let kind = request.headers().get(CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let answer = next.run(request).await;
    match answer.status() {
        StatusCode::INTERNAL_SERVER_ERROR => match sessions.full().await {
            Some(full) => problem(StatusCode::SERVICE_UNAVAILABLE, &full.to_string()),
            None => answer,
        },
        StatusCode::UNSUPPORTED_MEDIA_TYPE if is_json => {
            let error = ErrorData::parse_error("the body is not a JSON-RPC message", None);
            let body = json!({ "jsonrpc": "2.0", "id": null, "error": error });
            let kind = [(CONTENT_TYPE, "application/json")];
            (StatusCode::BAD_REQUEST, kind, body.to_string()).into_response()
        }
        _ => answer,
    }
}

async fn metadata(State(oauth): State<Arc<Verifier>>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/json")],
        oauth.metadata().to_string(),
    )
}

async fn ready(State(stopping): State<CancellationToken>) -> (StatusCode, &'static str) {
    if stopping.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else {
        (StatusCode::OK, "ready")
    }
}

/// The probe of clients that were written for the TypeScript server.
async fn ping(body: String) -> impl IntoResponse {
    let request: Value = serde_json::from_str(&body).unwrap_or_default();
    let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": {} });
    ([(CONTENT_TYPE, "application/json")], answer.to_string())
}

async fn figures(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.prometheus().await,
    )
}

async fn no_sse(State(path): State<String>) -> impl IntoResponse {
    let message = format!(
        "the HTTP+SSE transport is deprecated and not served: use Streamable HTTP at {path}"
    );
    problem(StatusCode::GONE, &message)
}

async fn no_route() -> impl IntoResponse {
    problem(StatusCode::NOT_FOUND, "there is nothing at this path")
}

/// An answer outside of the protocol.
fn problem(status: StatusCode, message: &str) -> Response {
    let body =
        json!({ "error": status.canonical_reason().unwrap_or_default(), "message": message });
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
