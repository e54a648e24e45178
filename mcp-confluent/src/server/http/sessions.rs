//! Sessions of the protocol versions up to 2025-11-25: a limited number, each ending when idle.

use std::{fmt, sync::Arc, time::Duration};

use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_server::session::{
        EventStore, RestoreOutcome, ServerSseMessage, SessionId, SessionManager,
        local::{LocalSessionManager, LocalSessionManagerError},
    },
};
use tokio_stream::Stream;

/// rmcp's sessions, limited in number and in how long they may be idle.
pub(crate) struct Sessions {
    local: LocalSessionManager,
    most: usize,
}

impl Sessions {
    pub(super) fn new(most: usize, idle: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(idle);
        Self { local, most }
    }

    /// How many there are.
    pub(crate) async fn count(&self) -> usize {
        self.local.sessions.read().await.len()
    }

    /// Breaks off the streams of a session that answers come by; the client can ask for the rest.
    #[cfg(feature = "conformance")]
    pub(crate) async fn break_off(&self, session: &str) {
        let handle = self.local.sessions.read().await.get(session).cloned();
        let Some(handle) = handle else {
            return;
        };
        // They are numbered, and a short session has few.
        for stream in 0..64 {
            drop(handle.close_sse_stream(stream, None).await);
        }
    }

    /// Why there cannot be another one now.
    pub(super) async fn full(&self) -> Option<SessionError> {
        (self.count().await >= self.most).then_some(SessionError::Full(self.most))
    }

    /// How many there are, unless that is changing at the moment.
    #[cfg(feature = "otlp")]
    pub(in crate::server) fn count_now(&self) -> Option<usize> {
        let sessions = self.local.sessions.try_read().ok()?;
        Some(sessions.len())
    }
}

/// Why there is no session.
#[derive(Debug)]
pub(crate) enum SessionError {
    Full(usize),
    Local(LocalSessionManagerError),
}

impl fmt::Display for SessionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(most) => write!(
                out,
                "there are {most} sessions already: try again when some have ended"
            ),
            Self::Local(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for SessionError {}

impl From<LocalSessionManagerError> for SessionError {
    fn from(error: LocalSessionManagerError) -> Self {
        Self::Local(error)
    }
}

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), SessionError> {
        if let Some(full) = self.full().await {
            return Err(full);
        }
        Ok(self.local.create_session().await?)
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, SessionError> {
        Ok(self.local.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, SessionError> {
        Ok(self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), SessionError> {
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        Ok(self.local.create_stream(id, message).await?)
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), SessionError> {
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        Ok(self.local.resume(id, last_event_id).await?)
    }

    async fn restore_session(
        &self,
        id: SessionId,
    ) -> Result<RestoreOutcome<Self::Transport>, SessionError> {
        Ok(self.local.restore_session(id).await?)
    }

    fn event_store(&self) -> Option<Arc<dyn EventStore>> {
        self.local.event_store()
    }
}
