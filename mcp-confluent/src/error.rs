//! [`ToolError`]: why a call failed, in words a person and a model can act on.

use std::{borrow::Cow, fmt};

/// What sort of failure a [`ToolError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The arguments of the call are wrong; calling again with the same ones cannot help.
    Argument,
    /// The topic, group, subject … does not exist.
    NotFound,
    /// What should be made is there already.
    AlreadyExists,
    /// The state of the resource forbids it now, for example deleting a group that has members.
    Conflict,
    /// The credentials are wrong or missing.
    Unauthenticated,
    /// The credentials are good, but may not do this.
    Denied,
    /// Refused here: the connection is read-only, the name is protected, or the person said no.
    Refused,
    /// Nothing answered at the address.
    Unreachable,
    /// No answer within the deadline of the call.
    TimedOut,
    /// The client gave the call up.
    Cancelled,
    /// The other side, or this build, cannot do it.
    Unsupported,
    /// The other side answered with an error that fits no other kind.
    Upstream,
    /// A defect of this program.
    Internal,
    /// Not a failure: the answer of a person is needed first. Never seen by a client.
    NeedsInput,
}

impl ErrorKind {
    /// The word for it in `_meta` of an error result, `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Conflict => "conflict",
            Self::Unauthenticated => "unauthenticated",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Unsupported => "unsupported",
            Self::Upstream => "upstream",
            Self::Internal => "internal",
            Self::NeedsInput => "needs_input",
        }
    }
}

/// Why a tool call failed.
///
/// The message says what failed, on which resource, and why; the hint says what to do next.
/// Neither ever holds a secret: clients show both to people and models.
///
/// ```
/// use mcp_confluent::{ErrorKind, ToolError};
///
/// let error = ToolError::new(ErrorKind::NotFound, "topic `ordres` does not exist")
///     .hint("call list-topics for the names");
/// assert_eq!(
///     error.to_string(),
///     "topic `ordres` does not exist. Next: call list-topics for the names"
/// );
/// ```
#[derive(Debug, Clone)]
pub struct ToolError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<Cow<'static, str>>,
    code: Option<Cow<'static, str>>,
}

impl ToolError {
    /// An error of `kind`; `message` is one sentence without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            code: None,
        }))
    }

    /// The arguments are wrong: `message` says which and why.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Argument, message)
    }

    /// A named thing is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// What to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The other side's own code, for example `TOPIC_AUTHORIZATION_FAILED` or `40401`.
    #[must_use]
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Says first what was being done: `create topic: …`.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.0.message = format!("{doing}: {}", self.0.message);
        self
    }

    /// The same as another sort of failure.
    #[cfg(feature = "http")]
    #[must_use]
    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence without the hint and the code.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The hint, if there is one.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The other side's code, if there is one.
    pub fn code_text(&self) -> Option<&str> {
        self.0.code.as_deref()
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(code) = &self.0.code {
            write!(f, " [{code}]")?;
        }
        if let Some(hint) = &self.0.hint {
            let ended = self.0.code.is_none() && self.0.message.ends_with(['.', '?', '!']);
            let stop = if ended { "" } else { "." };
            write!(f, "{stop} Next: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ToolError {}

impl From<serde_json::Error> for ToolError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!(
            "a value could not be turned into JSON or back: {error}"
        ))
    }
}

impl From<std::io::Error> for ToolError {
    fn from(error: std::io::Error) -> Self {
        Self::new(ErrorKind::Upstream, error.to_string())
    }
}

/// `Result` with [`ToolError`] unless another error is named.
pub type Result<T, E = ToolError> = std::result::Result<T, E>;
