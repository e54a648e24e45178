//! [`ToolContext`]: everything one call has.

use std::{fmt, sync::Arc, time::Duration};

use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    ask::{Ask, Asker},
    gates::Gates,
    progress::{Progress, ProgressSink},
};
use crate::{
    client::Call,
    connection::Connection,
    error::{ErrorKind, Result, ToolError},
    observe::TraceContext,
};

/// Everything one call has: its connection, its arguments, its deadline, its cancellation.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct ToolContext {
    inner: Arc<Inner>,
    /// Without the time that answers took.
    deadline: Instant,
}

pub(crate) struct Inner {
    pub(crate) tool: &'static str,
    pub(crate) connection: Option<Arc<Connection>>,
    pub(crate) arguments: Arc<JsonObject>,
    pub(crate) cancel: CancellationToken,
    pub(crate) asker: Asker,
    pub(crate) progress: ProgressSink,
    pub(crate) gates: Gates,
    /// The client's place in a trace.
    pub(crate) trace: Option<TraceContext>,
}

impl ToolContext {
    pub(crate) fn new(inner: Inner, deadline: Instant) -> Self {
        Self {
            inner: Arc::new(inner),
            deadline,
        }
    }

    pub(crate) fn with_deadline(self, deadline: Instant) -> Self {
        let paused = self.inner.asker.pauses().total();
        let deadline = deadline.checked_sub(paused).unwrap_or(deadline);
        Self { deadline, ..self }
    }

    /// A context for unit tests, with a minute to its deadline; `connection` may be left out for
    /// tools that need none.
    pub fn for_tests(connection: Option<Connection>, arguments: JsonObject) -> Self {
        let inner = Inner {
            tool: "test",
            connection: connection.map(Arc::new),
            arguments: Arc::new(arguments),
            cancel: CancellationToken::new(),
            asker: Asker::approving(),
            progress: ProgressSink::none(),
            gates: Gates::default(),
            trace: None,
        };
        Self::new(inner, Instant::now() + Duration::from_mins(1))
    }

    /// The name of the tool that is called.
    pub fn tool(&self) -> &'static str {
        self.inner.tool
    }

    /// The connection the call was routed to.
    ///
    /// # Errors
    /// A tool that requires nothing of a connection is not routed to one.
    pub fn connection(&self) -> Result<&Arc<Connection>> {
        self.inner
            .connection
            .as_ref()
            .ok_or_else(|| ToolError::internal("this tool was not routed to a connection"))
    }

    /// The checked argument with the wire name `name`, also one that an injected parameter reads.
    pub fn argument(&self, name: &str) -> Option<&Value> {
        self.inner.arguments.get(name)
    }

    /// Cancelled when the client gave the call up or the deadline has passed.
    ///
    /// A read-only body is dropped then; any other body must look here between two steps.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.inner.cancel
    }

    /// When the answer is due. Outside calls must not wait longer. It is later after a question, by as
    /// much as the answer took.
    pub fn deadline(&self) -> Instant {
        self.deadline + self.inner.asker.pauses().total()
    }

    /// The limits of this call, for the clients of services.
    pub fn call(&self) -> Call {
        Call::new(self.deadline, self.cancelled().clone())
            .with_pauses(self.inner.asker.pauses().clone())
    }

    /// Questions to the person at the other end.
    pub fn ask(&self) -> Ask {
        Ask(self.clone())
    }

    /// Tells the client how far the call is.
    pub fn progress(&self) -> Progress {
        Progress(self.clone())
    }

    /// The place of this call in a trace, to be passed on with what it sends: our own where traces go
    /// to a collector, else the one that the client sent, if it did.
    pub fn trace(&self) -> Option<TraceContext> {
        TraceContext::current().or_else(|| self.inner.trace.clone())
    }

    /// The section `extensions.<name>` of the configuration as a `T`, `None` where there is none.
    ///
    /// # Errors
    /// The section does not have the shape of `T`.
    pub fn settings<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(section) = self.inner.gates.config().extension(name) else {
            return Ok(None);
        };
        T::deserialize(section).map(Some).map_err(|error| {
            ToolError::new(
                ErrorKind::Unsupported,
                format!("the section `extensions.{name}` of the configuration is wrong: {error}"),
            )
        })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("tool", &self.inner.tool)
            .field("connection", &self.inner.connection)
            .finish_non_exhaustive()
    }
}
