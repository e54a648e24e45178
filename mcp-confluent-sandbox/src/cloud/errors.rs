//! Answers that say no, as Confluent Cloud's services write them.

use serde_json::{Value, json};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) detail: String,
}

impl ApiError {
    pub(super) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }

    pub(super) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(404, format!("there is no {what}"))
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, detail)
    }

    /// The body: most services list errors, those that came from Confluent Platform have a code
    /// and a message, and Connect has an error with them.
    pub(super) fn body(&self, service: &str) -> Value {
        let Self { status, detail } = self;
        match service {
            "connect" => json!({ "error": { "code": status, "message": detail } }),
            "catalog" | "kafka" => json!({ "error_code": status, "message": detail }),
            _ => json!({ "errors": [{
                "id": "sandbox",
                "status": status.to_string(),
                "code": code(*status),
                "detail": detail,
                "source": {},
            }] }),
        }
    }
}

fn code(status: u16) -> &'static str {
    match status {
        400 | 422 => "invalid_request",
        401 => "unauthenticated",
        403 => "forbidden",
        404 => "resource_not_found",
        409 => "resource_already_exists",
        429 => "rate_limit_exceeded",
        _ => "internal_server_error",
    }
}
