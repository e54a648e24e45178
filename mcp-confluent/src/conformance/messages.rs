//! What a tool tells while it runs: progress and log messages.
#![expect(deprecated, reason = "the suite asks for log messages")]

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam};
use tokio::time::sleep;

use super::client::Client;
use crate::prelude::*;

/// Between two messages.
const PAUSE: Duration = Duration::from_millis(50);

/// The least level that sessions want to hear of. One for all: the suite is the only client.
static LEVEL: AtomicU8 = AtomicU8::new(LoggingLevel::Info as u8);

/// Answers `logging/setLevel`.
pub(crate) fn set_level(level: LoggingLevel) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Tells the client `text`, unless it does not want to hear it.
async fn log(client: &Client, text: &str) {
    let least = if client.has_session() {
        LEVEL.load(Ordering::Relaxed)
    } else if let Some(level) = client.request().meta.log_level() {
        level as u8
    } else {
        return;
    };
    let level = LoggingLevel::Info;
    if level as u8 >= least {
        let message = LoggingMessageNotificationParam::new(level, text.into());
        // A client that went away is noticed where the answer is sent.
        drop(client.peer().notify_logging_message(message).await);
    }
}

/// Log three messages.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_tool_with_logging")]
async fn tool_with_logging(client: Client) -> Result<Text> {
    log(&client, "Tool execution started").await;
    sleep(PAUSE).await;
    log(&client, "Tool processing data").await;
    sleep(PAUSE).await;
    log(&client, "Tool execution completed").await;
    Ok("Three messages were logged.".into())
}

/// Log a message, for clients that ask for it in the request.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_logging_tool")]
async fn logging_tool(client: Client) -> Result<Text> {
    log(&client, "A message").await;
    Ok("The message was logged, if it was wanted.".into())
}

/// Report progress three times.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_tool_with_progress")]
async fn tool_with_progress(progress: Progress) -> Result<Text> {
    for done in [0, 50, 100] {
        progress.report(done, 100, format!("{done} of 100")).await;
        sleep(PAUSE).await;
    }
    Ok("All is done.".into())
}
