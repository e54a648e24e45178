//! The registry's error codes, in words of what to do.

use crate::error::{ErrorKind, ToolError};

/// The error codes that callers look at.
pub(super) const SUBJECT_HAS_NO_LEVEL: &str = "40408";
pub(super) const SUBJECT_HAS_NO_MODE: &str = "40409";

/// Replaces the general hint by one that fits the registry's own code.
pub(super) fn explain(error: ToolError) -> ToolError {
    let hint = match (error.code_text(), error.kind()) {
        (Some("40401"), _) => "list the subjects for the names there are",
        (Some("40402"), _) => "ask for `latest`, or list the versions of the subject",
        (Some("40403"), _) => {
            "no such schema is registered here; an id of another registry or context is not known"
        }
        (Some("40404"), _) => {
            "the subject is soft-deleted already: delete it with `permanent`, or register under it again"
        }
        (Some("40406"), _) => {
            "the version is soft-deleted already: delete it with `permanent` to remove it for good"
        }
        (Some("40405" | "40407"), _) => {
            "a permanent deletion works only after a soft one: delete without `permanent` first"
        }
        (Some("42201"), _) => {
            "correct the schema: its text must be valid for its type, and what it references must be \
             registered and listed"
        }
        (Some("42202"), _) => "a version is a number from 1, or `latest`",
        (Some("42203"), _) => {
            "a level is one of BACKWARD, BACKWARD_TRANSITIVE, FORWARD, FORWARD_TRANSITIVE, FULL, \
             FULL_TRANSITIVE and NONE"
        }
        (Some("42205"), _) => "the registry or the subject is in a mode that forbids writing",
        (Some("42206"), _) => "other schemas reference this version: delete those first",
        (_, ErrorKind::Conflict) => {
            "check the compatibility of the schema for what is wrong with it, then change it, or \
             the subject's compatibility level"
        }
        _ => return error,
    };
    error.hint(hint)
}

/// Says that the registry lacks a route, where nothing else can be what was not found.
pub(super) fn unsupported(error: ToolError, what: &str) -> ToolError {
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) {
        ToolError::new(
            ErrorKind::Unsupported,
            format!("this schema registry has no {what}: {}", error.message()),
        )
        .hint(format!(
            "do without {what}, or use a registry that has them"
        ))
    } else {
        error
    }
}
