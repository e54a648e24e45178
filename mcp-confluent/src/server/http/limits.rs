//! [`Limits`]: what bounds a server. `docs/http.md` names them.

use std::time::Duration;

/// How large a request may be.
pub(super) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How long running requests get when the server stops.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// How much there may be at once, and how long it may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Connections, and so requests: HTTP/1.1 has one request after the other. Those beyond are told
    /// to come back.
    pub(super) connections: usize,
    /// How long the head of a request, or the handshake before it, may take to arrive.
    pub(super) head: Duration,
    /// How long the body of a request may take to arrive.
    pub(super) body: Duration,
    /// Sessions of the protocol versions up to 2025-11-25.
    pub(super) sessions: usize,
    /// How long a session lasts without a request.
    pub(super) idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2048,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            sessions: 10_000,
            idle: Duration::from_mins(5),
        }
    }
}
