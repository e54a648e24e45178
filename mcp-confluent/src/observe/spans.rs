//! The spans that go to a collector: one for each call, one for each request to somebody else.
//!
//! They are spans of `tracing` with a target of their own, so that they cost next to nothing while
//! nobody listens, and do not fill the log.

#[cfg(feature = "http")]
use std::time::{Duration, Instant};

use rmcp::model::RequestId;
use tracing::{Span, field::Empty, info_span};

use super::TraceContext;
#[cfg(feature = "otlp")]
use super::instruments;

/// The target of these spans.
pub(crate) const TARGET: &str = "mcp_confluent::trace";

/// How a call came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// The client's place in a trace, if it sent one.
    pub(crate) trace: Option<TraceContext>,
    /// The id of the request.
    pub(crate) request: Option<RequestId>,
    /// The transport, by OpenTelemetry's name: `pipe` or `tcp`.
    pub(crate) transport: Option<&'static str>,
}

/// The span of one call of a tool.
pub(crate) struct Traced(Span);

impl Traced {
    /// Begins the span of a call of `tool`; the client's span is its parent.
    pub(crate) fn begin(tool: &str, origin: &Origin) -> Self {
        let span = info_span!(
            target: TARGET,
            parent: None,
            "tools/call",
            otel.name = %format_args!("tools/call {tool}"),
            otel.kind = "server",
            otel.status_code = Empty,
            mcp.method.name = "tools/call",
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = tool,
            jsonrpc.request.id = origin.request.as_ref().map(tracing::field::display),
            network.transport = origin.transport,
            mcp_confluent.connection = Empty,
            mcp_confluent.outcome = Empty,
            "error.type" = Empty,
        );
        #[cfg(feature = "otlp")]
        if let Some(parent) = origin.trace.as_ref().filter(|_| !span.is_disabled()) {
            continue_from(&span, parent);
        }
        Self(span)
    }

    /// The span, to run the call in.
    pub(crate) fn span(&self) -> Span {
        self.0.clone()
    }

    /// Says on which connection the call works.
    pub(crate) fn works_on(&self, connection: &str) {
        self.0.record("mcp_confluent.connection", connection);
    }

    /// Ends the span; `outcome` is a word, and `failed` whether the client is told of an error.
    pub(crate) fn end(self, outcome: &'static str, failed: bool) {
        self.0.record("mcp_confluent.outcome", outcome);
        if failed {
            self.0.record("error.type", "tool_error");
            self.0.record("otel.status_code", "error");
        }
    }
}

#[cfg(feature = "otlp")]
fn continue_from(span: &Span, parent: &TraceContext) {
    use opentelemetry::{Context, trace::TraceContextExt as _};
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    if let Some(parent) = parent.as_span_context() {
        // Fails only where nobody listens.
        drop(span.set_parent(Context::new().with_remote_span_context(parent)));
    }
}

impl TraceContext {
    /// The place of what is running now; `None` unless traces go to a collector.
    pub(crate) fn current() -> Option<Self> {
        #[cfg(feature = "otlp")]
        {
            use opentelemetry::{Context, trace::TraceContextExt as _};

            Context::map_current(|context| Self::of_span_context(context.span().span_context()))
        }
        #[cfg(not(feature = "otlp"))]
        None
    }
}

/// A request to somebody else, from now on until it is told how it ended. One that is dropped before
/// that was cancelled.
#[cfg(feature = "http")]
pub(crate) struct Outside<'a> {
    span: Span,
    began: Instant,
    request: Request<'a>,
    ended: bool,
}

/// What was asked. Nothing of it comes from arguments.
#[cfg(feature = "http")]
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "otlp"),
    expect(dead_code, reason = "only what is measured reads it")
)]
pub(super) enum Request<'a> {
    Http {
        method: &'a str,
        address: &'a str,
        port: Option<u16>,
    },
    #[cfg(feature = "kafka")]
    Kafka { operation: &'static str },
}

#[cfg(feature = "http")]
impl<'a> Outside<'a> {
    /// A request over HTTP to `host` (`name`, or `name:port`); `route` is a template without values.
    pub(crate) fn http(method: &'a str, route: Option<&str>, host: &'a str) -> Self {
        let (address, port) = match host.rsplit_once(':') {
            Some((address, port)) if !port.ends_with(']') => (address, port.parse().ok()),
            _ => (host, None),
        };
        let span = info_span!(
            target: TARGET,
            "http",
            otel.name = %format_args!("{method} {}", route.unwrap_or_default()).to_string().trim_end(),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = method,
            http.response.status_code = Empty,
            server.address = address,
            server.port = port,
            url.template = route,
            "error.type" = Empty,
        );
        let request = Request::Http {
            method,
            address,
            port,
        };
        Self::begin(span, request)
    }

    /// A request to Kafka; `operation` names its kind: `send`, `list_topics`.
    #[cfg(feature = "kafka")]
    pub(crate) fn kafka(operation: &'static str) -> Self {
        let kind = match operation {
            "send" => "producer",
            "poll" => "consumer",
            _ => "client",
        };
        let span = info_span!(
            target: TARGET,
            "kafka",
            otel.name = operation,
            otel.kind = kind,
            otel.status_code = Empty,
            messaging.system = "kafka",
            messaging.operation.name = operation,
            "error.type" = Empty,
        );
        Self::begin(span, Request::Kafka { operation })
    }

    fn begin(span: Span, request: Request<'a>) -> Self {
        Self {
            span,
            began: Instant::now(),
            request,
            ended: false,
        }
    }

    /// The span, to run the request in.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Ends it: with the status that was answered, if one was, and a word for what went wrong, if
    /// something did.
    pub(crate) fn end(mut self, status: Option<u16>, error: Option<&str>) {
        self.finish(status, error);
    }

    fn finish(&mut self, status: Option<u16>, error: Option<&str>) {
        self.ended = true;
        if let Some(status) = status {
            self.span.record("http.response.status_code", status);
        }
        let status_text = status.filter(|it| *it >= 400).map(|it| it.to_string());
        let error = status_text.as_deref().or(error);
        if let Some(error) = error {
            self.span.record("error.type", error);
            self.span.record("otel.status_code", "error");
        }
        took(self.request, self.began.elapsed(), status, error);
    }
}

#[cfg(feature = "http")]
impl Drop for Outside<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.finish(None, Some("cancelled"));
        }
    }
}

#[cfg(feature = "http")]
fn took(request: Request<'_>, elapsed: Duration, status: Option<u16>, error: Option<&str>) {
    #[cfg(feature = "otlp")]
    if let Some(instruments) = instruments::get() {
        instruments.asked(request, elapsed, status, error);
    }
    #[cfg(not(feature = "otlp"))]
    let _ = (request, elapsed, status, error);
}
