//! The limits of one call.

use std::{future::Future, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};

#[cfg(feature = "http")]
use crate::error::{ErrorKind, ToolError};

/// How long a call may take, and whether it is still wanted.
///
/// One call may ask several services; what is left of its time is what each of them gets.
#[derive(Debug, Clone)]
pub struct Call {
    started: Instant,
    /// Without the pauses.
    deadline: Instant,
    pauses: Pauses,
    cancel: CancellationToken,
}

/// The time that a call does not count, as while a person is asked something.
#[derive(Debug, Clone, Default)]
pub struct Pauses(Arc<Mutex<Paused>>);

#[derive(Debug, Default)]
struct Paused {
    before: Duration,
    since: Option<Instant>,
}

/// A pause, which ends when it is dropped.
#[derive(Debug)]
pub struct Pause<'a>(&'a Pauses);

impl Pauses {
    /// How long all pauses were until now.
    pub fn total(&self) -> Duration {
        let paused = self.0.lock();
        paused.before + paused.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Begins one.
    pub fn begin(&self) -> Pause<'_> {
        self.0.lock().since = Some(Instant::now());
        Pause(self)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut paused = self.0.0.lock();
        if let Some(since) = paused.since.take() {
            paused.before += since.elapsed();
        }
    }
}

/// Why nobody waits for the answer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The caller gave it up.
    Cancelled,
    /// The deadline came.
    TimedOut,
}

impl Ended {
    /// A word for it, the one that an error of this kind has.
    #[cfg(feature = "http")]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => ErrorKind::Cancelled,
            Self::TimedOut => ErrorKind::TimedOut,
        }
        .as_str()
    }
}

impl Call {
    /// A call that ends at `deadline`, or when `cancel` is cancelled.
    pub fn new(deadline: Instant, cancel: CancellationToken) -> Self {
        Self {
            started: Instant::now(),
            deadline,
            pauses: Pauses::default(),
            cancel,
        }
    }

    /// The same call, which ends so much later as the `pauses` are long.
    #[must_use]
    pub fn with_pauses(self, pauses: Pauses) -> Self {
        Self { pauses, ..self }
    }

    /// A call that nobody cancels.
    pub fn within(timeout: Duration) -> Self {
        Self::new(Instant::now() + timeout, CancellationToken::new())
    }

    /// The moment at which the call ends.
    pub fn deadline(&self) -> Instant {
        self.deadline + self.pauses.total()
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// The time since the call was made.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether the call was given up.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The same call for a thread of its own, which counts as cancelled once the guard is dropped.
    pub fn guarded(&self) -> (Self, DropGuard) {
        let cancel = self.cancel.child_token();
        (
            Self {
                cancel: cancel.clone(),
                ..self.clone()
            },
            cancel.drop_guard(),
        )
    }

    /// The same call, with at most `timeout` left.
    #[must_use]
    pub fn at_most(&self, timeout: Duration) -> Self {
        let now = Instant::now();
        Self {
            started: now,
            deadline: self.deadline().min(now + timeout),
            pauses: Pauses::default(),
            cancel: self.cancel.clone(),
        }
    }

    /// Waits for `future` for as long as the call lasts.
    pub async fn wait<T>(&self, future: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Ended::Cancelled),
            value = future => Ok(value),
            () = sleep_until(self.deadline()) => Err(Ended::TimedOut),
        }
    }
}

/// The error of a call that was given up; `doing` is what it was about to do.
#[cfg(feature = "http")]
pub(super) fn cancelled(doing: &str) -> ToolError {
    ToolError::new(ErrorKind::Cancelled, format!("{doing}: cancelled"))
}
