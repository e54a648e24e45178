//! The limits of one call.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long a call may take, and whether it is still wanted.
#[derive(Debug, Clone)]
pub struct Call {
    started: Instant,
    deadline: Instant,
    cancel: CancellationToken,
}

/// Why nobody waits for the answer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Cancelled,
    TimedOut,
}

impl Call {
    /// A call that ends at `deadline`, or when `cancel` is cancelled.
    pub fn new(deadline: Instant, cancel: CancellationToken) -> Self {
        Self {
            started: Instant::now(),
            deadline,
            cancel,
        }
    }

    /// A call that nobody cancels.
    pub fn within(timeout: Duration) -> Self {
        Self::new(Instant::now() + timeout, CancellationToken::new())
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The time since the call was made.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits for `future` for as long as the call lasts.
    pub(super) async fn wait<T>(&self, future: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Ended::Cancelled),
            value = future => Ok(value),
            () = sleep_until(self.deadline) => Err(Ended::TimedOut),
        }
    }
}
