//! How often one caller may ask.

use std::{collections::HashMap, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

/// Callers that are remembered at once; those that have not asked for a minute are forgotten first.
const MAX_CALLERS: usize = 10_000;
const MINUTE: Duration = Duration::from_mins(1);

/// A bucket for each caller: full it allows as many requests as a minute does, and it fills evenly.
pub(super) struct Rate {
    per_minute: u32,
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    left: f64,
    since: Instant,
}

impl Rate {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            buckets: Mutex::default(),
        }
    }

    /// Takes one request from the caller's bucket.
    ///
    /// # Errors
    /// It is empty: after how long the next request is good.
    pub(super) fn take(&self, caller: &str) -> Result<(), Duration> {
        let full = f64::from(self.per_minute);
        let each = MINUTE / self.per_minute;
        let now = Instant::now();
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MAX_CALLERS {
            buckets.retain(|_, bucket| now.duration_since(bucket.since) < MINUTE);
        }
        let bucket = buckets.entry(caller.to_owned()).or_insert(Bucket {
            left: full,
            since: now,
        });
        let filled = now.duration_since(bucket.since).as_secs_f64() / each.as_secs_f64();
        bucket.left = full.min(bucket.left + filled);
        bucket.since = now;
        if bucket.left < 1.0 {
            return Err(each.mul_f64(1.0 - bucket.left));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_caller_gets_so_many_and_then_has_to_wait() {
        let rate = Rate::new(3);
        for _ in 0..3 {
            assert_eq!(rate.take("a"), Ok(()));
        }
        let wait = rate.take("a").unwrap_err();
        assert!(
            wait > Duration::from_secs(15) && wait <= Duration::from_secs(20),
            "{wait:?}"
        );
        // Somebody else's bucket is full.
        assert_eq!(rate.take("b"), Ok(()));
    }
}
