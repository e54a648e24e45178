//! Answers that say no, with the codes of Confluent's registry.

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub(super) fn subject_not_found(subject: &str) -> Self {
        Self::new(404, 40401, format!("there is no subject '{subject}'"))
    }

    pub(super) fn version_not_found(version: impl std::fmt::Display) -> Self {
        Self::new(404, 40402, format!("there is no version {version}"))
    }

    pub(super) fn schema_not_found() -> Self {
        Self::new(404, 40403, "there is no such schema")
    }

    pub(super) fn invalid_schema(reason: impl std::fmt::Display) -> Self {
        Self::new(422, 42201, format!("the schema is invalid: {reason}"))
    }

    pub(super) fn not_permitted(subject: &str, mode: &str) -> Self {
        Self::new(422, 42205, format!("subject '{subject}' is in mode {mode}"))
    }

    pub(super) fn malformed(reason: impl std::fmt::Display) -> Self {
        Self::new(400, 400, format!("the request cannot be read: {reason}"))
    }
}
