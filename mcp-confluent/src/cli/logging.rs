//! Logs go to standard error, one line each.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::LogLevel;

pub(super) fn parse_level(name: &str) -> Result<LogLevel, String> {
    LogLevel::named(&name.to_ascii_lowercase())
        .ok_or_else(|| "one of fatal, error, warn, info, debug, trace".to_owned())
}

/// Starts logging; warnings and worse unless a level is given, because a client may show what a
/// server writes here as if something were wrong.
pub(super) fn start(level: Option<LogLevel>) {
    let filter = match level.unwrap_or(LogLevel::Warn) {
        LogLevel::Fatal | LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .with_filter(filter);
    // A program that embeds this one may log already.
    drop(tracing_subscriber::registry().with(lines).try_init());
}
