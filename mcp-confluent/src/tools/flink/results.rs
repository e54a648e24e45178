//! `get-flink-statement-results` and `get-flink-statement-exceptions`.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    client::flink::{self, Bounds, Reading, Stop},
    prelude::*,
};

/// Bytes of rows that one answer holds at most.
const MAX_BYTES: usize = 256 * 1024;
/// What is kept of the time of a call to answer in.
const MARGIN: Duration = Duration::from_secs(2);

/// Read the rows of a Flink SQL statement, waiting for it to start.
///
/// An endless statement is read until the timeout, `maxRows`, or a few seconds without rows;
/// `nextPageToken` continues.
#[confluent_tool(read_only, long_running, category = Flink)]
async fn get_flink_statement_results(
    cx: ToolContext,
    flink: Flink,
    pool: FlinkPool,
    /// Its name.
    #[arg(length = 1..=100)]
    statement_name: String,
    /// How long to wait; -1: as long as a call may take.
    #[arg(default = 60_000, range = -1..)]
    timeout_in_milliseconds: i64,
    /// Maximum number of rows.
    #[arg(default = 200, range = 1..=10_000)]
    max_rows: usize,
    /// From `nextPageToken`.
    page_token: Option<String>,
) -> Result<FlinkResults> {
    let latest = cx.deadline().checked_sub(MARGIN).unwrap_or(cx.deadline());
    let until = u64::try_from(timeout_in_milliseconds)
        .ok()
        .and_then(|millis| Instant::now().checked_add(Duration::from_millis(millis)))
        .map_or(latest, |until| until.min(latest));
    let bounds = Bounds {
        rows: max_rows,
        bytes: MAX_BYTES,
        until,
    };
    let session = flink.session(&pool);
    let token = page_token.as_deref().filter(|token| !token.is_empty());
    let mut reading = session.read(&statement_name, token, bounds)?;
    let progress = cx.progress();
    let mut told = None;
    while reading.step(&session).await? {
        let now = (reading.rows.len(), reading.statement.status.phase.clone());
        if told.as_ref() != Some(&now) {
            let message = format!("{}: {} rows", now.1, now.0);
            progress.report(now.0, max_rows, message).await;
            told = Some(now);
        }
    }
    Ok(FlinkResults::new(statement_name, reading))
}

/// Rows of a Flink SQL statement.
#[confluent_type(text("{}", self.prose()))]
struct FlinkResults {
    /// Name of the statement.
    statement_name: String,
    /// Its phase.
    phase: String,
    /// The columns, in the order of the cells.
    columns: Vec<FlinkColumn>,
    /// The rows, in the order of the changes.
    rows: Vec<FlinkRow>,
    /// Why there are not more rows.
    stopped: FlinkStop,
    /// Pass it as `pageToken` to read on; absent when there is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// A column of a result.
#[confluent_type]
struct FlinkColumn {
    /// Name.
    name: String,
    /// Type, such as `BIGINT`.
    r#type: String,
}

/// A change of a result.
#[confluent_type]
struct FlinkRow {
    /// What happened to the row.
    op: FlinkOp,
    /// The cells: a text, null, or a list of cells.
    row: Vec<Value>,
}

/// What happened to a row.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum FlinkOp {
    /// It is new.
    Insert,
    /// It was like this before it changed.
    UpdateBefore,
    /// It changed and is like this now.
    UpdateAfter,
    /// It is gone.
    Delete,
}

/// Why reading ended.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum FlinkStop {
    /// There are no more rows.
    End,
    /// The answer is full.
    Full,
    /// The time is over.
    Time,
    /// Nothing new came for a while.
    Idle,
}

impl FlinkResults {
    fn new(statement_name: String, reading: Reading) -> Self {
        let stopped = match reading.stop() {
            Stop::End => FlinkStop::End,
            Stop::Full => FlinkStop::Full,
            Stop::Time => FlinkStop::Time,
            Stop::Idle => FlinkStop::Idle,
        };
        let next_page_token = reading.next();
        let status = reading.statement.status;
        let schema = status.traits.and_then(|traits| traits.schema);
        let columns = schema.unwrap_or_default().columns.into_iter();
        let rows = reading.rows.into_iter().map(|row| FlinkRow {
            op: match row.op {
                1 => FlinkOp::UpdateBefore,
                2 => FlinkOp::UpdateAfter,
                3 => FlinkOp::Delete,
                _ => FlinkOp::Insert,
            },
            row: row.row,
        });
        Self {
            statement_name,
            phase: status.phase,
            columns: columns
                .map(|column| FlinkColumn {
                    name: column.name,
                    r#type: column.kind.name,
                })
                .collect(),
            rows: rows.collect(),
            stopped,
            next_page_token,
        }
    }

    fn prose(&self) -> String {
        let Self {
            statement_name,
            phase,
            rows,
            ..
        } = self;
        let mut text = format!("{} row(s) of `{statement_name}` ({phase})", rows.len());
        if !self.columns.is_empty() {
            let names: Vec<_> = self.columns.iter().map(|it| it.name.as_str()).collect();
            text.push_str(&format!(":\n{}", names.join(" | ")));
        }
        for FlinkRow { op, row } in rows {
            text.push_str(match op {
                FlinkOp::Insert => "\n",
                FlinkOp::UpdateBefore => "\n(before) ",
                FlinkOp::UpdateAfter => "\n(after) ",
                FlinkOp::Delete => "\n(deleted) ",
            });
            let cells: Vec<_> = row.iter().map(cell).collect();
            text.push_str(&cells.join(" | "));
        }
        let why = match self.stopped {
            FlinkStop::End => return text,
            FlinkStop::Full => "There may be more",
            FlinkStop::Time => "The time is over",
            FlinkStop::Idle => "Nothing new comes at the moment",
        };
        let token = self.next_page_token.as_deref().unwrap_or_default();
        // Writing into a string cannot fail.
        let _ = write!(text, "\n{why}: read on with `pageToken` {token:?}.");
        text
    }
}

fn cell(cell: &Value) -> String {
    match cell {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Show the newest exceptions of a Flink SQL statement, ten at most.
#[confluent_tool(read_only, category = Flink)]
async fn get_flink_statement_exceptions(
    flink: Flink,
    pool: FlinkPool,
    /// Its name.
    #[arg(length = 1..=100)]
    statement_name: String,
) -> Result<FlinkExceptions> {
    let exceptions = flink.session(&pool).exceptions(&statement_name).await?;
    Ok(FlinkExceptions {
        statement_name,
        exceptions: exceptions.into_iter().map(Into::into).collect(),
    })
}

/// What went wrong in a statement.
#[confluent_type(text("{}", self.prose()))]
struct FlinkExceptions {
    /// Name of the statement.
    statement_name: String,
    /// The exceptions, the newest first.
    exceptions: Vec<FlinkException>,
}

/// An exception of a statement.
#[confluent_type]
pub(super) struct FlinkException {
    /// Class.
    pub(super) name: String,
    /// What it says.
    pub(super) message: String,
    /// When, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timestamp: Option<String>,
}

impl From<flink::StatementException> for FlinkException {
    fn from(exception: flink::StatementException) -> Self {
        Self {
            name: exception.name,
            message: exception.message,
            timestamp: exception.timestamp,
        }
    }
}

impl FlinkException {
    pub(super) fn prose(&self) -> String {
        let Self { name, message, .. } = self;
        let when = self.timestamp.as_deref().unwrap_or("at an unknown time");
        // Many messages begin with the name.
        if message.starts_with(name.as_str()) {
            format!("{when}: {message}")
        } else {
            format!("{when}: {name}: {message}")
        }
    }
}

impl FlinkExceptions {
    fn prose(&self) -> String {
        let Self {
            statement_name,
            exceptions,
        } = self;
        if exceptions.is_empty() {
            return format!("No exceptions of `{statement_name}`.");
        }
        let mut text = format!("{} exception(s) of `{statement_name}`:", exceptions.len());
        for exception in exceptions {
            text.push('\n');
            text.push_str(&exception.prose());
        }
        text
    }
}
