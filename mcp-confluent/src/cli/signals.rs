//! The signals that ask the process to end.

#[cfg(unix)]
use std::task::Poll;

/// The signals that ask the process to end, listened for from the moment this is made.
#[cfg(unix)]
pub(super) struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let kinds = [
            SignalKind::terminate(),
            SignalKind::interrupt(),
            SignalKind::hangup(),
            SignalKind::quit(),
            SignalKind::user_defined2(),
        ];
        // A signal that cannot be listened for ends the process by itself.
        Self(
            kinds
                .into_iter()
                .filter_map(|kind| signal(kind).ok())
                .collect(),
        )
    }

    /// Returns when one of them comes.
    pub(super) async fn next(&mut self) {
        std::future::poll_fn(|cx| {
            let mut signals = self.0.iter_mut();
            if signals.any(|signal| signal.poll_recv(cx).is_ready()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> Self {
        Self
    }

    pub(super) async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
