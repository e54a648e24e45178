//! [`Reading`]: the results of a statement, page after page, within bounds.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{ResultRow, Session, Statement};
use crate::{
    client::Ended,
    error::{ErrorKind, Result, ToolError},
};

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long a statement that goes on for ever may bring nothing new before its rows are given out.
const IDLE: Duration = Duration::from_secs(5);

/// How much is read at most.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Rows.
    pub rows: usize,
    /// Bytes of their JSON.
    pub bytes: usize,
    /// When reading ends, whatever is there by then.
    pub until: Instant,
}

/// Why reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// There are no more rows.
    End,
    /// As many rows or bytes as wanted were read; there may be more.
    Full,
    /// The time was over; there may be more later.
    Time,
    /// Nothing new came for a while from a statement that goes on.
    Idle,
}

/// Results that are being read.
#[derive(Debug)]
pub struct Reading {
    /// The statement as it was last seen.
    pub statement: Statement,
    /// What was read so far.
    pub rows: Vec<ResultRow>,
    name: String,
    bounds: Bounds,
    bytes: usize,
    at: Position,
    pause: Pause,
    last_news: Instant,
    stop: Option<Stop>,
}

/// A place in the results: a page of the service, and rows of it that were given out already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Position {
    skip: usize,
    token: Option<String>,
}

impl Position {
    fn parse(text: &str) -> Option<Self> {
        let (skip, token) = text.split_once('.')?;
        Some(Self {
            skip: skip.parse().ok()?,
            token: Some(token.to_owned()).filter(|token| !token.is_empty()),
        })
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_deref().unwrap_or_default();
        write!(f, "{}.{token}", self.skip)
    }
}

/// Waits that grow.
#[derive(Debug)]
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) fn new() -> Self {
        Self(FIRST_WAIT)
    }

    /// The next wait, not past `until`.
    fn next(&mut self, until: Instant) -> Duration {
        let wait = self.0;
        self.0 = wait.mul_f64(1.6).min(LONGEST_WAIT);
        wait.min(until.saturating_duration_since(Instant::now()))
    }
}

impl Session<'_> {
    /// Reads the results of a statement, from `token` on if [`Reading::next`] gave one out.
    /// Nothing is asked before the first [`Reading::step`].
    ///
    /// # Errors
    /// The token is not one of those.
    pub fn read(&self, name: &str, token: Option<&str>, bounds: Bounds) -> Result<Reading> {
        let at = token.map(|token| {
            Position::parse(token).ok_or_else(|| {
                ToolError::argument("`pageToken` is no token of this tool")
                    .hint("pass `nextPageToken` of the page before, or leave it out")
            })
        });
        Ok(Reading {
            statement: Statement::default(),
            rows: Vec::new(),
            name: name.to_owned(),
            bounds: Bounds {
                until: bounds.until.min(self.call.deadline()),
                ..bounds
            },
            bytes: 0,
            at: at.transpose()?.unwrap_or_default(),
            pause: Pause::new(),
            last_news: Instant::now(),
            stop: None,
        })
    }

    /// Waits, but not longer than the call lasts.
    pub(super) async fn pause(&self, pause: &mut Pause, until: Instant) -> Result<()> {
        let wait = pause.next(until);
        match self.call.wait(sleep(wait)).await {
            Ok(()) | Err(Ended::TimedOut) => Ok(()),
            Err(Ended::Cancelled) => Err(ToolError::new(
                ErrorKind::Cancelled,
                "the call was cancelled",
            )),
        }
    }
}

impl Reading {
    /// Does the next request, after a pause where one is due; false once reading has ended.
    ///
    /// # Errors
    /// Those of the request; the statement failed.
    pub async fn step(&mut self, session: &Session<'_>) -> Result<bool> {
        if self.stop.is_some() {
            return Ok(false);
        }
        let begun = !matches!(self.statement.status.phase.as_str(), "" | "PENDING");
        if begun {
            self.read_page(session).await?;
        } else {
            self.look(session).await?;
        }
        Ok(self.stop.is_none())
    }

    /// Looks whether the statement runs by now.
    async fn look(&mut self, session: &Session<'_>) -> Result<()> {
        self.statement = session.statement(&self.name).await?;
        let status = &self.statement.status;
        match status.phase.as_str() {
            "PENDING" if Instant::now() >= self.bounds.until => self.stop = Some(Stop::Time),
            "PENDING" => session.pause(&mut self.pause, self.bounds.until).await?,
            "FAILED" | "FAILING" => return Err(failed(&self.statement)),
            _ => {
                self.pause = Pause::new();
                self.last_news = Instant::now();
            }
        }
        Ok(())
    }

    async fn read_page(&mut self, session: &Session<'_>) -> Result<()> {
        let page = session
            .results(&self.name, self.at.token.as_deref())
            .await?;
        let count = page.rows.len();
        for row in page.rows.into_iter().skip(self.at.skip) {
            let size = serde_json::to_vec(&row.row).map_or(0, |row| row.len());
            let fits = self.rows.len() < self.bounds.rows
                && (self.rows.is_empty() || self.bytes + size <= self.bounds.bytes);
            if !fits {
                self.stop = Some(Stop::Full);
                return Ok(());
            }
            self.bytes += size;
            self.at.skip += 1;
            self.rows.push(row);
        }
        let news = count > 0;
        let Some(next) = page.next else {
            self.stop = Some(Stop::End);
            return Ok(());
        };
        // The same page again: more may come on it.
        if self.at.token.as_deref() != Some(next.as_str()) {
            self.at = Position {
                skip: 0,
                token: Some(next),
            };
        }
        if news {
            self.pause = Pause::new();
            self.last_news = Instant::now();
        }
        if self.rows.len() >= self.bounds.rows {
            self.stop = Some(Stop::Full);
        } else if Instant::now() >= self.bounds.until {
            self.stop = Some(Stop::Time);
        } else if !self.rows.is_empty() && self.last_news.elapsed() >= IDLE {
            self.stop = Some(Stop::Idle);
        } else if !news {
            session.pause(&mut self.pause, self.bounds.until).await?;
        }
        Ok(())
    }

    /// Why reading ended; [`Stop::Time`] while it has not.
    pub fn stop(&self) -> Stop {
        self.stop.unwrap_or(Stop::Time)
    }

    /// Where to go on, unless there is nothing more.
    pub fn next(&self) -> Option<String> {
        (self.stop() != Stop::End).then(|| self.at.to_string())
    }
}

/// The error of a statement that failed.
pub(super) fn failed(statement: &Statement) -> ToolError {
    let detail = statement.status.detail.as_deref().unwrap_or_default();
    let detail = detail.trim().trim_end_matches('.');
    let reason = if detail.is_empty() {
        "no reason is given"
    } else {
        detail
    };
    let message = format!("the statement `{}` failed: {reason}", statement.name);
    ToolError::new(ErrorKind::Upstream, message)
        .hint("correct the SQL, or look at get-flink-statement-exceptions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back_as_it_was() {
        for position in [
            Position::default(),
            Position {
                skip: 3,
                token: Some("a.b/c=".to_owned()),
            },
        ] {
            assert_eq!(Position::parse(&position.to_string()), Some(position));
        }
        for wrong in ["", "abc", "-1.x", "x.1"] {
            assert_eq!(Position::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn waits_grow_up_to_a_bound_and_end_with_the_time() {
        let until = Instant::now() + Duration::from_mins(1);
        let mut pause = Pause::new();
        let waits: Vec<_> = (0..20).map(|_| pause.next(until)).collect();
        assert!(waits.is_sorted() && waits[19] == LONGEST_WAIT);
        assert_eq!(pause.next(Instant::now()), Duration::ZERO);
    }
}
