//! Moments, as texts and as milliseconds since 1970.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat};

use crate::prelude::*;

/// A moment.
#[confluent_type]
#[serde(untagged)]
pub(super) enum Timestamp {
    /// Milliseconds since 1970.
    Milliseconds(#[arg(range = 0..)] i64),
    /// ISO 8601, `2026-01-31T12:00:00Z`.
    Text(String),
}

impl Timestamp {
    /// Milliseconds since 1970. `what` is the argument, for messages.
    pub(super) fn milliseconds(&self, what: &str) -> Result<i64> {
        let milliseconds = match self {
            Self::Milliseconds(milliseconds) => Some(*milliseconds),
            Self::Text(text) => parse(text.trim()),
        };
        match (milliseconds, self) {
            (Some(milliseconds), _) if milliseconds >= 0 => Ok(milliseconds),
            (_, Self::Text(text)) => {
                let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
                Err(ToolError::argument(format!(
                    "`{what}` must be a moment from 1970 on, and \"{shown}\" is none"
                ))
                .hint("write it like 2026-01-31T12:00:00Z, or in milliseconds since 1970"))
            }
            (_, Self::Milliseconds(_)) => Err(ToolError::argument(format!(
                "`{what}` must not be before 1970"
            ))),
        }
    }
}

fn parse(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text).or(DateTime::parse_from_rfc2822(text)) {
        return Some(time.timestamp_millis());
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis());
    }
    let forms = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ];
    let time = forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some(time.and_utc().timestamp_millis())
}

/// Milliseconds since 1970 as ISO 8601 in UTC; the number itself where no calendar reaches.
pub(super) fn iso(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds).map_or_else(
        || milliseconds.to_string(),
        |time| time.to_rfc3339_opts(SecondsFormat::Millis, true),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_ways_to_write_a_moment() {
        for (text, expected) in [
            ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-14T23:13:20.5+01:00", 1_700_000_000_500),
            ("2023-11-14T22:13:20", 1_700_000_000_000),
            ("2023-11-14 22:13:20", 1_700_000_000_000),
            ("2023-11-14T22:13", 1_699_999_980_000),
            ("2023-11-14", 1_699_920_000_000),
            ("Tue, 14 Nov 2023 22:13:20 +0000", 1_700_000_000_000),
            ("1970-01-01T00:00:00Z", 0),
        ] {
            let time = Timestamp::Text(text.to_owned());
            assert_eq!(time.milliseconds("timestamp").unwrap(), expected, "{text}");
        }
        assert_eq!(iso(1_700_000_000_500), "2023-11-14T22:13:20.500Z");
    }

    #[test]
    fn what_is_no_moment_is_quoted() {
        for text in ["soon", "1969-12-31T23:59:59Z", "", "2023-13-01"] {
            let error = Timestamp::Text(text.to_owned())
                .milliseconds("timestamp")
                .unwrap_err();
            assert!(error.message().contains(&format!("\"{text}\"")), "{error}");
        }
    }
}
