//! What is measured for a collector. There is nothing here until an export begins.

use std::{sync::OnceLock, time::Duration};

use opentelemetry::{
    KeyValue,
    metrics::{Histogram, Meter},
};

use super::spans::Request;

/// The instruments of this process.
pub(crate) struct Instruments {
    /// For those that are read when metrics are sent.
    pub(crate) meter: Meter,
    calls: Histogram<f64>,
    http: Histogram<f64>,
    #[cfg(feature = "kafka")]
    kafka: Histogram<f64>,
}

static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

/// The instruments, if metrics are sent anywhere.
pub(crate) fn get() -> Option<&'static Instruments> {
    INSTRUMENTS.get()
}

/// Begins to measure, with the first meter that is given.
pub(super) fn begin(meter: Meter) {
    INSTRUMENTS.get_or_init(|| Instruments::new(meter));
}

/// Upper bounds in seconds, as the conventions for MCP advise.
const CALLS: [f64; 14] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];
/// Upper bounds in seconds, as the conventions for HTTP and messaging advise.
const REQUESTS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

impl Instruments {
    fn new(meter: Meter) -> Self {
        let seconds = |name, about, bounds: &[f64]| {
            meter
                .f64_histogram(name)
                .with_description(about)
                .with_unit("s")
                .with_boundaries(bounds.to_vec())
                .build()
        };
        Self {
            calls: seconds(
                "mcp.server.operation.duration",
                "How long tool calls took.",
                &CALLS,
            ),
            http: seconds(
                "http.client.request.duration",
                "How long requests to HTTP services took.",
                &REQUESTS,
            ),
            #[cfg(feature = "kafka")]
            kafka: seconds(
                "messaging.client.operation.duration",
                "How long requests to Kafka took.",
                &REQUESTS,
            ),
            meter,
        }
    }

    /// A call of a tool that exists.
    pub(crate) fn called(&self, tool: &str, failed: bool, elapsed: Duration) {
        let mut attributes = vec![
            KeyValue::new("mcp.method.name", "tools/call"),
            KeyValue::new("gen_ai.operation.name", "execute_tool"),
            KeyValue::new("gen_ai.tool.name", tool.to_owned()),
        ];
        if failed {
            attributes.push(KeyValue::new("error.type", "tool_error"));
        }
        self.calls.record(elapsed.as_secs_f64(), &attributes);
    }

    /// A request to somebody else.
    pub(super) fn asked(
        &self,
        request: Request<'_>,
        elapsed: Duration,
        status: Option<u16>,
        error: Option<&str>,
    ) {
        let (instrument, mut attributes) = match request {
            Request::Http {
                method,
                address,
                port,
            } => {
                let mut attributes = vec![
                    KeyValue::new("http.request.method", method.to_owned()),
                    KeyValue::new("server.address", address.to_owned()),
                ];
                let port = port.map(|it| KeyValue::new("server.port", i64::from(it)));
                let status =
                    status.map(|it| KeyValue::new("http.response.status_code", i64::from(it)));
                attributes.extend(port.into_iter().chain(status));
                (&self.http, attributes)
            }
            #[cfg(feature = "kafka")]
            Request::Kafka { operation } => {
                let attributes = vec![
                    KeyValue::new("messaging.system", "kafka"),
                    KeyValue::new("messaging.operation.name", operation),
                ];
                (&self.kafka, attributes)
            }
        };
        attributes.extend(error.map(|it| KeyValue::new("error.type", it.to_owned())));
        instrument.record(elapsed.as_secs_f64(), &attributes);
    }
}
