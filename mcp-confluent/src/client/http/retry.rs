//! When to try again, and how long to wait before.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use reqwest::{StatusCode, header};

/// How often a request is sent at most while its failures can pass.
pub(super) const MAX_ATTEMPTS: u32 = 4;
/// The longest wait a service can ask for; after that it is better to say so.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// Why an attempt failed, as far as trying again goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nobody answered: the request was never sent.
    NotSent,
    /// The connection broke after the request may have been sent.
    Broken,
    /// The service refused the credentials.
    Unauthenticated,
    /// The service did not look at the request: it has too many.
    TooMany(Option<Duration>),
    /// The service, or a proxy before it, is away for a moment.
    Away(Option<Duration>),
    /// It would fail again.
    Lasting,
}

impl Cause {
    pub(super) fn of_status(status: StatusCode, headers: &header::HeaderMap) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            429 => Self::TooMany(retry_after(headers)),
            502..=504 => Self::Away(retry_after(headers)),
            _ => Self::Lasting,
        }
    }

    /// Whether the failure can pass and the request may be sent again.
    ///
    /// `repeatable` says that doing the same twice does no harm. A request the service did not look
    /// at can always be repeated.
    pub(super) fn passes(self, repeatable: bool) -> bool {
        match self {
            Self::TooMany(_) => true,
            Self::Away(_) | Self::Broken => repeatable,
            Self::NotSent | Self::Unauthenticated | Self::Lasting => false,
        }
    }

    /// How long the service asked to wait.
    pub(super) fn asked(self) -> Option<Duration> {
        match self {
            Self::TooMany(wait) | Self::Away(wait) => wait,
            _ => None,
        }
    }

    /// Whether another server of the same service may do better.
    pub(super) fn is_of_this_server(self, repeatable: bool) -> bool {
        match self {
            Self::NotSent => true,
            Self::Broken | Self::Away(_) => repeatable,
            _ => false,
        }
    }
}

/// The wait before attempt number `attempt` + 1: random up to a bound that doubles, so that clients
/// that failed together do not come back together.
pub(super) fn backoff(attempt: u32) -> Duration {
    let bound = FIRST_WAIT
        .saturating_mul(1 << attempt.saturating_sub(1).min(8))
        .min(LONGEST_BACKOFF);
    bound.mul_f64(rand::random_range(0.5..=1.0))
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds or a date.
fn retry_after(headers: &header::HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    let date = UNIX_EPOCH + Duration::from_secs(date.timestamp().try_into().ok()?);
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn asked(value: &str) -> Option<Duration> {
        let mut headers = header::HeaderMap::new();
        headers.insert(header::RETRY_AFTER, value.parse().expect("a header"));
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(asked("3"), Some(Duration::from_secs(3)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock");
        let later = i64::try_from(now.as_secs()).expect("a time") + 100;
        let later = DateTime::<Utc>::from_timestamp(later, 0).expect("a time");
        let wait = asked(&later.to_rfc2822()).expect("a wait");
        assert!((95..=100).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn only_what_was_not_looked_at_is_repeated_without_leave() {
        let wait = Some(Duration::from_secs(1));
        assert_eq!(Cause::Away(wait).asked(), wait);
        assert!(Cause::TooMany(wait).passes(false));
        assert!(!Cause::Away(wait).passes(false));
        assert!(Cause::Away(wait).passes(true));
        assert!(!Cause::Broken.passes(false));
        assert!(Cause::Broken.passes(true));
        assert!(!Cause::Lasting.passes(true));
        assert!(Cause::NotSent.is_of_this_server(false));
        assert!(!Cause::Away(None).is_of_this_server(false));
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 1..60 {
            let wait = backoff(attempt);
            assert!(wait <= LONGEST_BACKOFF);
            assert!(wait >= FIRST_WAIT / 2);
        }
        assert!(backoff(6) >= LONGEST_BACKOFF / 2);
    }
}
