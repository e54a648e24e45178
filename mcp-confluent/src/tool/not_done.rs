//! The answers of calls that did nothing: refused, failed, or asked first.

use rmcp::model::{CallToolResult, ContentBlock, JsonObject, MetaObject};
use serde_json::json;

use super::{ask::APPROVAL_LIFETIME, bound, check::Problem};
use crate::error::{ErrorKind, ToolError};

/// Says that something was not done because of what is wrong with what it was given.
pub(super) fn not_done(what: &str, given: &str, problems: &[Problem]) -> String {
    if let [problem] = problems {
        return format!("{what}, because of {given}: {problem}");
    }
    let count = problems.len();
    let mut text = format!("{what}, because of {count} problems with {given}:");
    for problem in problems {
        text.push_str(&format!("\n- {problem}"));
    }
    text
}

pub(super) fn refuse(tool: &str, problems: &[Problem]) -> CallToolResult {
    let mut text = not_done(&format!("`{tool}` was not run"), "its arguments", problems);
    bound::text(&mut text, 16_384);
    with_kind(
        CallToolResult::error(vec![ContentBlock::text(text)]),
        ErrorKind::Argument,
        None,
    )
}

pub(super) fn failure(error: &ToolError) -> CallToolResult {
    let result = CallToolResult::error(vec![ContentBlock::text(error.to_string())]);
    with_kind(result, error.kind(), error.code_text())
}

fn with_kind(result: CallToolResult, kind: ErrorKind, code: Option<&str>) -> CallToolResult {
    let mut error = json!({ "kind": kind.as_str() });
    if let Some(code) = code {
        error["code"] = code.into();
    }
    let mut meta = JsonObject::new();
    meta.insert("error".to_owned(), error);
    result.with_meta(Some(MetaObject(meta)))
}

/// The first of two steps. It is marked as an error because nothing has been done, and so that
/// clients do not look for the structured content that only the real result has.
pub(super) fn plan(tool: &str, question: &str, token: &str) -> CallToolResult {
    let text = format!(
        "Nothing has been changed yet. `{tool}` asks first: {question}\n\nIf that is what the person wants, \
         call `{tool}` again within five minutes with the same arguments and `confirmToken`: \"{token}\""
    );
    let mut meta = JsonObject::new();
    meta.insert(
        "confirmation".to_owned(),
        json!({
            "question": question,
            "confirmToken": token,
            "expiresInSeconds": APPROVAL_LIFETIME.as_secs(),
        }),
    );
    CallToolResult::error(vec![ContentBlock::text(text)]).with_meta(Some(MetaObject(meta)))
}
