//! [`Interval`]: a stretch of time.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

use crate::error::{Result, ToolError};

/// From when to when is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Interval {
    /// The time that ends now and is `length` long.
    pub fn last(length: Duration) -> Self {
        let end = DateTime::<Utc>::from(SystemTime::now());
        let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
        Self {
            start: end.checked_sub_signed(length).unwrap_or_default(),
            end,
        }
    }

    /// Reads an ISO 8601 interval: `start/end`, `start/duration`, `duration/end`, or a duration that
    /// ends now. Times without a zone are in UTC.
    ///
    /// # Errors
    /// It is none of these, or its start is not before its end.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
            ToolError::argument(format!("the interval \"{shown}\" {why}")).hint(
                "write a duration that ends now, such as PT1H or P7D, or start/end, such as \
                 2026-01-31T12:00:00Z/2026-01-31T13:00:00Z",
            )
        };
        let none = || wrong("is no ISO 8601 interval");
        let interval = match text.trim().split_once('/') {
            None => Self::last(duration(text.trim()).ok_or_else(none)?),
            Some((start, end)) => match (duration(start), duration(end)) {
                (None, None) => Self {
                    start: moment(start).ok_or_else(none)?,
                    end: moment(end).ok_or_else(none)?,
                },
                (None, Some(length)) => Self::from_start(moment(start), length).ok_or_else(none)?,
                (Some(length), None) => Self::to_end(length, moment(end)).ok_or_else(none)?,
                (Some(_), Some(_)) => return Err(none()),
            },
        };
        if interval.start >= interval.end {
            return Err(wrong("does not start before it ends"));
        }
        Ok(interval)
    }

    fn from_start(start: Option<DateTime<Utc>>, length: Duration) -> Option<Self> {
        let start = start?;
        let end = start.checked_add_signed(TimeDelta::from_std(length).ok()?)?;
        Some(Self { start, end })
    }

    fn to_end(length: Duration, end: Option<DateTime<Utc>>) -> Option<Self> {
        let end = end?;
        let start = end.checked_sub_signed(TimeDelta::from_std(length).ok()?)?;
        Some(Self { start, end })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let iso = |time: &DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "{}/{}", iso(&self.start), iso(&self.end))
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
}

/// Weeks, days, hours, minutes and seconds of an ISO 8601 duration; months and years have no fixed
/// length.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('P')?;
    let mut seconds = 0_u64;
    let mut units: &[(char, u64)] = &[('W', 604_800), ('D', 86_400)];
    let mut counted = false;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            units = &[('H', 3_600), ('M', 60), ('S', 1)];
            rest = time;
            counted = false;
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let place = units.iter().position(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(number.checked_mul(units[place].1)?)?;
        units = &units[place + 1..];
        rest = &rest[digits + 1..];
        counted = true;
    }
    counted.then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_an_interval() {
        for (text, expected) in [
            (
                "2026-05-01T10:00:00Z/2026-05-01T11:00:00Z",
                "2026-05-01T10:00:00Z/2026-05-01T11:00:00Z",
            ),
            (
                "2026-05-01T12:00:00+02:00/PT1H30M",
                "2026-05-01T10:00:00Z/2026-05-01T11:30:00Z",
            ),
            (
                "P1D/2026-05-01",
                "2026-04-30T00:00:00Z/2026-05-01T00:00:00Z",
            ),
            (
                "2026-05-01T10:00/P1W",
                "2026-05-01T10:00:00Z/2026-05-08T10:00:00Z",
            ),
        ] {
            assert_eq!(
                Interval::parse(text).unwrap().to_string(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_ends_now() {
        for (text, seconds) in [("PT1H", 3_600), ("P1DT12H", 129_600), (" PT90S ", 90)] {
            let interval = Interval::parse(text).unwrap();
            assert_eq!((interval.end - interval.start).num_seconds(), seconds);
            let age = DateTime::<Utc>::from(SystemTime::now()) - interval.end;
            assert!(age.num_seconds() < 60, "{interval}");
        }
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "1h",
            "PT1D",
            "P1H",
            "PT1M1H",
            "P1Y",
            "PT0S",
            "now/PT1H",
            "PT1H/PT1H",
            "2026-05-01T11:00:00Z/2026-05-01T10:00:00Z",
            "PT99999999999999999999S",
        ] {
            let error = Interval::parse(text).unwrap_err();
            assert!(error.message().contains(&format!("\"{text}\"")), "{error}");
        }
    }
}
