//! What a server counts, for Prometheus.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::http::StatusCode;
#[cfg(feature = "otlp")]
use opentelemetry::KeyValue;
use parking_lot::Mutex;

use super::http::sessions::Sessions;
#[cfg(feature = "otlp")]
use crate::observe::instruments;

/// Counters of one process. Nothing leaves it unless somebody asks at `/metrics`, or the configuration
/// names a collector.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Answers by class of status: `2xx` at 1.
    answers: [AtomicU64; 5],
    calls: Mutex<BTreeMap<(String, &'static str), Calls>>,
    sessions: OnceLock<Arc<Sessions>>,
}

#[derive(Default)]
struct Calls {
    count: u64,
    seconds: f64,
}

impl Metrics {
    pub(super) fn watch_sessions(&self, sessions: Arc<Sessions>) {
        self.sessions.get_or_init(|| sessions);
    }

    #[cfg(feature = "conformance")]
    pub(super) fn sessions(&self) -> Option<Arc<Sessions>> {
        self.sessions.get().cloned()
    }

    pub(super) fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.answers.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A call of a tool that exists.
    pub(super) fn called(&self, tool: String, failed: bool, elapsed: Duration) {
        #[cfg(feature = "otlp")]
        if let Some(instruments) = instruments::get() {
            instruments.called(&tool, failed, elapsed);
        }
        let outcome = if failed { "error" } else { "ok" };
        let mut calls = self.calls.lock();
        let calls = calls.entry((tool, outcome)).or_default();
        calls.count += 1;
        calls.seconds += elapsed.as_secs_f64();
    }

    /// Lets a collector have what is counted here, if there is one.
    #[cfg(feature = "otlp")]
    pub(super) fn send(self: &Arc<Self>) {
        let Some(instruments) = instruments::get() else {
            return;
        };
        let metrics = self.clone();
        instruments
            .meter
            .u64_observable_counter("mcp.http.responses")
            .with_description("HTTP responses by class of status.")
            .with_unit("{response}")
            .with_callback(move |seen| {
                for (class, counter) in (1..).zip(&metrics.answers) {
                    let class = KeyValue::new("class", format!("{class}xx"));
                    seen.observe(counter.load(Ordering::Relaxed), &[class]);
                }
            })
            .build();
        let metrics = self.clone();
        instruments
            .meter
            .u64_observable_gauge("mcp.sessions")
            .with_description("Sessions that are open.")
            .with_unit("{session}")
            .with_callback(move |seen| {
                let sessions = metrics.sessions.get();
                if let Some(count) = sessions.and_then(|sessions| sessions.count_now()) {
                    seen.observe(count as u64, &[]);
                }
            })
            .build();
    }

    /// The text format of Prometheus.
    pub(super) async fn prometheus(&self) -> String {
        let mut text = String::from(
            "# HELP mcp_http_responses_total HTTP responses by class of status.\n\
             # TYPE mcp_http_responses_total counter\n",
        );
        for (index, counter) in self.answers.iter().enumerate() {
            let (class, count) = (index + 1, counter.load(Ordering::Relaxed));
            let _ = writeln!(
                text,
                "mcp_http_responses_total{{class=\"{class}xx\"}} {count}"
            );
        }
        if let Some(sessions) = self.sessions.get() {
            let count = sessions.count().await;
            let _ = writeln!(
                text,
                "# HELP mcp_sessions Sessions that are open.\n# TYPE mcp_sessions gauge\nmcp_sessions {count}"
            );
        }
        text.push_str(
            "# HELP mcp_tool_calls_total Tool calls by outcome.\n\
             # TYPE mcp_tool_calls_total counter\n",
        );
        let calls = self.calls.lock();
        for ((tool, outcome), Calls { count, .. }) in &*calls {
            let _ = writeln!(
                text,
                "mcp_tool_calls_total{{tool=\"{tool}\",outcome=\"{outcome}\"}} {count}"
            );
        }
        text.push_str(
            "# HELP mcp_tool_call_seconds_total Time spent in tool calls.\n\
             # TYPE mcp_tool_call_seconds_total counter\n",
        );
        for ((tool, outcome), Calls { seconds, .. }) in &*calls {
            let _ = writeln!(
                text,
                "mcp_tool_call_seconds_total{{tool=\"{tool}\",outcome=\"{outcome}\"}} {seconds:.6}"
            );
        }
        text
    }
}
