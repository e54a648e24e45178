//! `get-connector-logs`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

use super::shared::trace_head;
use crate::{
    client::connect::{self, LogSearch},
    policy::redact,
    prelude::*,
};

const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// Read the log of a connector, newest first.
#[confluent_tool(read_only, category = Connect)]
async fn get_connector_logs(
    connect: Connect,
    page: Page<100>,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
    /// A UUID.
    organization_id: Option<String>,
    /// Only this id, `lcc-…`.
    connector_id: Option<String>,
    /// Of `ERROR` (default), `WARN`, `INFO`, `DEBUG`, `TRACE`.
    #[arg(length = 1..)]
    levels: Option<Vec<String>>,
    /// ISO 8601; by default an hour before `endTime`.
    start_time: Option<String>,
    /// ISO 8601; by default now.
    end_time: Option<String>,
) -> Result<ConnectorLog> {
    let (start, end) = window(start_time.as_deref(), end_time.as_deref(), Utc::now())?;
    let levels = self::levels(levels.as_deref())?;
    let connector = connector_name.trim();
    let search = LogSearch {
        connector,
        organization: given(organization_id.as_deref()),
        id: given(connector_id.as_deref()),
        levels: &levels,
        start: &start,
        end: &end,
    };
    let (client, call) = (connect.client(), connect.call());
    let found = client
        .logs(call, connect.cluster(), &search, page.wanted())
        .await?;
    Ok(ConnectorLog {
        connector_name: connector.to_owned(),
        entries: found.items.into_iter().map(LogLine::from).collect(),
        next_page_token: found.next,
        levels: levels.into_iter().map(str::to_owned).collect(),
        start_time: start,
        end_time: end,
    })
}

fn given(id: Option<&str>) -> Option<&str> {
    id.map(str::trim).filter(|id| !id.is_empty())
}

/// The levels that are asked for, as the service writes them.
fn levels(given: Option<&[String]>) -> Result<Vec<&'static str>> {
    let Some(given) = given else {
        return Ok(vec!["ERROR"]);
    };
    let known = |text: &String| {
        LEVELS
            .into_iter()
            .find(|level| level.eq_ignore_ascii_case(text.trim()))
    };
    given
        .iter()
        .map(|text| {
            known(text).ok_or_else(|| {
                let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
                ToolError::argument(format!("`levels` holds \"{shown}\", which is no level"))
                    .hint(format!("the levels are {}", LEVELS.join(", ")))
            })
        })
        .collect()
}

/// Both ends of what is asked for, as the service takes them.
fn window(start: Option<&str>, end: Option<&str>, now: DateTime<Utc>) -> Result<(String, String)> {
    let mut problems = Vec::new();
    let mut read = |name: &str, text: Option<&str>| {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        let moment = moment(text);
        if moment.is_none() {
            let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
            problems.push(format!(
                "`{name}` must be a moment, and \"{shown}\" is none"
            ));
        }
        moment
    };
    let (start, end) = (read("startTime", start), read("endTime", end));
    if !problems.is_empty() {
        return Err(
            ToolError::argument(problems.join("; ")).hint("write it like 2026-01-31T12:00:00Z")
        );
    }
    let end = end.unwrap_or(now);
    let start = start.unwrap_or_else(|| end - TimeDelta::hours(1));
    if start > end {
        return Err(ToolError::argument("`startTime` is after `endTime`"));
    }
    let text = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok((text(start), text(end)))
}

/// A moment; in UTC where it names no zone.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
    Some(moment.ok()?.and_utc())
}

/// Lines of one connector's log.
#[confluent_type(text("{}", self.prose()))]
struct ConnectorLog {
    /// Name of the connector.
    connector_name: String,
    /// Oldest moment that was asked for.
    start_time: String,
    /// Newest moment that was asked for.
    end_time: String,
    /// Levels that were asked for.
    levels: Vec<String>,
    /// The lines, newest first.
    entries: Vec<LogLine>,
    /// Pass it as `pageToken`, with the same times, to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// One line.
#[confluent_type]
struct LogLine {
    /// When it was written, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    /// Level.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// Task that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Start of the stack trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    stacktrace_head: Option<String>,
}

impl From<connect::LogEntry> for LogLine {
    fn from(entry: connect::LogEntry) -> Self {
        let trace = entry.exception.and_then(|exception| exception.stacktrace);
        Self {
            timestamp: entry.timestamp,
            level: entry.level,
            task_id: entry.task_id,
            message: entry.message.map(|text| redact::text(&text).into_owned()),
            stacktrace_head: trace_head(trace.as_deref()),
        }
    }
}

impl ConnectorLog {
    fn prose(&self) -> String {
        let Self {
            connector_name,
            start_time,
            end_time,
            levels,
            ..
        } = self;
        let levels = levels.join(", ");
        if self.entries.is_empty() {
            return format!("{connector_name} wrote no {levels} from {start_time} to {end_time}.");
        }
        let mut text = format!("{connector_name}, {levels} from {start_time} to {end_time}:");
        for line in &self.entries {
            let parts = [&line.timestamp, &line.level, &line.task_id, &line.message];
            let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
            text.push_str(&format!("\n{}", parts.join(" ")));
        }
        if let Some(token) = &self.next_page_token {
            text.push_str(&format!(
                "\nThere is more: call again with `startTime` {start_time}, `endTime` {end_time} and \
                 `pageToken` {token:?}."
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_up_to_now_unless_told() {
        let now = moment("2026-03-02T08:15:00.750Z").unwrap();
        let text = |start, end| {
            let (start, end) = window(start, end, now).unwrap();
            format!("{start} {end}")
        };
        assert_eq!(
            text(None, None),
            "2026-03-02T07:15:00Z 2026-03-02T08:15:00Z"
        );
        assert_eq!(
            text(None, Some("2026-03-01T12:00:00+02:00")),
            "2026-03-01T09:00:00Z 2026-03-01T10:00:00Z"
        );
        assert_eq!(
            text(Some("2026-03-01"), Some(" ")),
            "2026-03-01T00:00:00Z 2026-03-02T08:15:00Z"
        );
        let error = window(Some("soon"), Some("later"), now).unwrap_err();
        assert!(error.message().contains("\"soon\"") && error.message().contains("\"later\""));
        assert!(window(Some("2026-03-03"), None, now).is_err());
    }
}
