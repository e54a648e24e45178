//! The limits of one call.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::health::Health;
use crate::error::{ErrorKind, Result, ToolError};

/// How long a call may take, and whether it is still wanted.
#[derive(Debug, Clone)]
pub struct Call {
    started: Instant,
    deadline: Instant,
    cancel: CancellationToken,
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

    /// The moment at which the call ends.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether the call was given up.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The same call for a thread of its own, which counts as cancelled once the guard is dropped.
    pub(super) fn guarded(&self) -> (Self, DropGuard) {
        let cancel = self.cancel.child_token();
        (
            Self {
                cancel: cancel.clone(),
                ..self.clone()
            },
            cancel.drop_guard(),
        )
    }

    /// Waits for `future` for as long as the call lasts and waiting makes sense.
    pub(super) async fn wait<T>(
        &self,
        health: &Health,
        doing: &str,
        future: impl Future<Output = T>,
    ) -> Result<T> {
        tokio::select! {
            biased;
            value = future => Ok(value),
            () = self.cancel.cancelled() => Err(cancelled(doing)),
            () = sleep_until(self.deadline) => Err(self.unanswered(health, doing)),
            error = health.failed() => Err(error.context(doing)),
        }
    }

    /// The error of a call that ran out of time.
    pub(super) fn unanswered(&self, health: &Health, doing: &str) -> ToolError {
        if health.is_down() {
            return health.error().context(doing);
        }
        let seconds = self.started.elapsed().as_secs_f64();
        let mut message = format!(
            "{doing}: no answer from {} in {seconds:.1} s",
            health.servers()
        );
        if let Some(reason) = health.last_reason() {
            message = format!("{message}; the last error of the connection was {reason}");
        }
        ToolError::new(ErrorKind::TimedOut, message)
            .hint("check that the brokers can be reached and are not overloaded, then try again")
    }
}

/// The error of a call that was given up.
pub(super) fn cancelled(doing: &str) -> ToolError {
    ToolError::new(ErrorKind::Cancelled, format!("{doing}: cancelled"))
}
