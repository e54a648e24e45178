//! [`Client`]: what the protocol lets a server ask of its client, beyond what tools need.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use axum::http::request::Parts;
use parking_lot::Mutex;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        ClientCapabilities, ElicitResult, ElicitationAction, InputRequests, InputRequiredResult,
        ProtocolVersion,
    },
    service::{Peer, RequestContext},
    task_manager::TaskContext,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{prelude::*, server::http::sessions::Sessions, tool::ask::Pending};

tokio::task_local! {
    static SEEN: Arc<Seen>;
}

/// The request that is being answered, as it came in.
pub(crate) struct Seen {
    context: RequestContext<RoleServer>,
    answers: BTreeMap<String, Value>,
    state: Option<String>,
    sessions: Option<Arc<Sessions>>,
    refusal: Mutex<Option<ErrorData>>,
}

impl Seen {
    /// `answers` and `state` are those of a request that is made again.
    pub(crate) fn new(
        answers: Option<&BTreeMap<String, Value>>,
        state: Option<&String>,
        context: &RequestContext<RoleServer>,
        sessions: Option<Arc<Sessions>>,
    ) -> Self {
        Self {
            context: context.clone(),
            answers: answers.cloned().unwrap_or_default(),
            state: state.cloned(),
            sessions,
            refusal: Mutex::default(),
        }
    }

    /// The answer, which finds the request as a [`Client`]; or the protocol error that it gave.
    pub(crate) async fn during<T>(
        self,
        answer: impl Future<Output = Result<T, ErrorData>>,
    ) -> Result<T, ErrorData> {
        let seen = Arc::new(self);
        let answer = SEEN.scope(seen.clone(), answer).await;
        let refusal = seen.refusal.lock().take();
        refusal.map_or(answer, Err)
    }
}

/// The client that called.
pub(super) struct Client {
    seen: Arc<Seen>,
    cx: ToolContext,
}

impl FromContext for Client {
    const REQUIRES: &'static [Requirement] = &[];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let seen = SEEN.try_with(Arc::clone).map_err(|_| {
            ToolError::new(ErrorKind::Unsupported, "this tool is for MCP clients only")
        })?;
        Ok(Self {
            seen,
            cx: cx.clone(),
        })
    }
}

impl Client {
    pub(super) fn peer(&self) -> &Peer<RoleServer> {
        &self.seen.context.peer
    }

    pub(super) fn request(&self) -> &RequestContext<RoleServer> {
        &self.seen.context
    }

    /// What the client declared.
    pub(super) fn capabilities(&self) -> ClientCapabilities {
        let declared = self.seen.context.client_capabilities();
        declared.unwrap_or_default()
    }

    /// Whether it keeps a session, as protocol versions up to 2025-11-25 do.
    pub(super) fn has_session(&self) -> bool {
        let version = self.seen.context.protocol_version();
        version.is_none_or(|version| version.as_str() < ProtocolVersion::V_2026_07_28.as_str())
    }

    /// The answer to what was asked as `key`, if it came and has the right shape.
    pub(super) fn answer<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let answer = self.seen.answers.get(key)?;
        serde_json::from_value(answer.clone()).ok()
    }

    /// What a person wrote into `field` of the form that was shown as `key`.
    pub(super) fn field(&self, key: &str, field: &str) -> Option<Value> {
        let answer: ElicitResult = self.answer(key)?;
        let given = answer.action == ElicitationAction::Accept;
        given.then(|| answer.content?.get(field).cloned()).flatten()
    }

    /// The state that the client was given with the questions.
    pub(super) fn state(&self) -> Option<&str> {
        self.seen.state.as_deref()
    }

    /// Leaves with questions, for the client to call again with the answers. `requests` are as on the
    /// wire, by key.
    pub(super) fn ask(&self, requests: Value, state: Option<String>) -> ToolError {
        let requests: InputRequests = match serde_json::from_value(requests) {
            Ok(requests) => requests,
            Err(error) => return error.into(),
        };
        let question = InputRequiredResult::new(Some(requests), state);
        let asker = &self.cx.inner().asker;
        match asker.leave(Pending::Question(Box::new(question))) {
            Err(left) => left,
            Ok(()) => ToolError::internal("nothing was asked"),
        }
    }

    /// Leaves with an error of the protocol instead of a result.
    pub(super) fn refuse(&self, error: ErrorData) -> ToolError {
        let message = error.message.clone();
        *self.seen.refusal.lock() = Some(error);
        ToolError::new(ErrorKind::Refused, message)
    }

    /// Breaks off the stream that the answer would come by.
    pub(super) async fn break_off(&self) {
        let head = self.seen.context.extensions.get::<Parts>();
        let session = head.and_then(|head| head.headers.get("mcp-session-id")?.to_str().ok());
        if let (Some(sessions), Some(session)) = (&self.seen.sessions, session) {
            sessions.break_off(session).await;
        }
    }

    /// The task, once the call has become one.
    pub(super) async fn task(&self) -> Result<TaskContext> {
        while !self.cx.cancelled().is_cancelled() {
            if let Some(task) = self.cx.inner().progress.task().get() {
                return Ok(task.clone());
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Err(ToolError::new(
            ErrorKind::Cancelled,
            "the call was cancelled",
        ))
    }
}
