//! Logs go to standard error, one line each.

use std::{
    io::{self, Write as _},
    sync::OnceLock,
};

use chrono::{SecondsFormat, Utc};
use clap::ValueEnum;
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt::layer, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use super::style::Style;
#[cfg(feature = "otlp")]
use crate::observe::Export;
use crate::{config::LogLevel, observe::TARGET};

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What was asked for, so that nothing is written in another form.
static FORMAT: OnceLock<Format> = OnceLock::new();

/// To be called before anything is said.
pub(super) fn set_format(format: Format) {
    // Once in the life of the process.
    let _ = FORMAT.set(format);
}

/// Says something that a person should know, whatever the level.
pub(super) fn say(message: &str) {
    write("WARN", message);
}

/// Says why the program ends.
pub(super) fn fail(message: &str) {
    write("ERROR", message);
}

fn write(level: &str, message: &str) {
    let line = if FORMAT.get() == Some(&Format::Json) {
        // As the log lines are.
        let time = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        json!({ "timestamp": time, "level": level, "message": message }).to_string()
    } else {
        format!("mcp-confluent: {message}")
    };
    // A closed standard error is no reason to panic.
    let _ = writeln!(io::stderr(), "{line}");
}

pub(super) fn parse_level(name: &str) -> Result<LogLevel, String> {
    LogLevel::named(&name.to_ascii_lowercase())
        .ok_or_else(|| "one of fatal, error, warn, info, debug, trace".to_owned())
}

/// Starts logging and, where traces go to a collector, handing over spans; says what was noticed before
/// that. Warnings and worse are logged unless a
/// level is given, because a client may show what a server writes here as if something were wrong.
pub(super) fn start(
    level: Option<LogLevel>,
    format: Format,
    notices: &[String],
    #[cfg(feature = "otlp")] export: Option<&Export>,
) {
    let filter = match level.unwrap_or(LogLevel::Warn) {
        LogLevel::Fatal | LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // The protocol library warns of every request that it answered with an error. That is between
    // the client and its request, not something wrong with the server. At finer levels it writes whole
    // messages, and with them whatever stands in the arguments of calls: passwords of connectors, records.
    let protocol = if filter > LevelFilter::WARN {
        LevelFilter::WARN
    } else {
        LevelFilter::ERROR
    };
    let filter = Targets::new()
        .with_default(filter)
        .with_target("rmcp", protocol)
        .with_target(TARGET, LevelFilter::OFF);
    let lines = match format {
        Format::Text => layer()
            .with_writer(io::stderr)
            .with_ansi(Style::stderr().is_on())
            .with_target(false)
            .boxed(),
        Format::Json => layer()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(io::stderr)
            .with_target(false)
            .boxed(),
    };
    let log = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(feature = "otlp")]
    let log = log.with(export.and_then(Export::layer));
    // A program that embeds this one may log already.
    drop(log.try_init());
    for notice in notices {
        say(notice);
    }
}
