//! What becomes of an error where the protocol has no result that could say it: reads and prompts.

use rmcp::{
    ErrorData,
    model::{ErrorCode, InputRequiredResult},
};
use serde_json::json;

use super::{ask::Pending, bound, context::ToolContext};
use crate::error::{ErrorKind, Result, ToolError};

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 16_384;

/// The error of the protocol for `error`, about the resource at `uri` if there is one.
pub(crate) fn protocol_error(error: &ToolError, uri: Option<&str>) -> ErrorData {
    let code = match error.kind() {
        ErrorKind::NotFound if uri.is_some() => ErrorCode::RESOURCE_NOT_FOUND,
        ErrorKind::NotFound | ErrorKind::Argument => ErrorCode::INVALID_PARAMS,
        _ => ErrorCode::INTERNAL_ERROR,
    };
    let mut message = error.to_string();
    bound::text(&mut message, MAX_MESSAGE);
    let mut data = json!({ "kind": error.kind().as_str() });
    if let Some(code) = error.code_text() {
        data["code"] = code.into();
    }
    if let Some(uri) = uri {
        let mut uri = uri.to_owned();
        bound::text(&mut uri, MAX_MESSAGE);
        data["uri"] = uri.into();
    }
    ErrorData::new(code, message, Some(data))
}

/// The question that a body left with.
pub(crate) fn ask_back(context: &ToolContext) -> Result<InputRequiredResult> {
    match context.inner().asker.take_pending() {
        Some(Pending::Question(question)) => Ok(*question),
        Some(Pending::Plan { question, .. }) => Err(ToolError::new(
            ErrorKind::Refused,
            format!("it asks \"{question}\" first, and this client cannot show questions"),
        )
        .hint("use a client that supports elicitation")),
        None => Err(ToolError::internal(
            "an answer was needed without a question",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_not_found() {
        let code = |kind, uri| protocol_error(&ToolError::new(kind, "x"), uri).code;
        let uri = Some("acme://depots");
        assert_eq!(
            code(ErrorKind::NotFound, uri),
            ErrorCode::RESOURCE_NOT_FOUND
        );
        assert_eq!(code(ErrorKind::NotFound, None), ErrorCode::INVALID_PARAMS);
        assert_eq!(code(ErrorKind::Argument, uri), ErrorCode::INVALID_PARAMS);
        assert_eq!(code(ErrorKind::Unreachable, uri), ErrorCode::INTERNAL_ERROR);
    }

    #[test]
    fn a_program_reads_the_kind_and_the_code() {
        let error = ToolError::not_found("topic `x` does not exist").code("UNKNOWN_TOPIC");
        let error = protocol_error(&error, Some("kafka://a/topics/x"));
        let data = error.data.unwrap();
        assert_eq!(data["kind"], "not_found");
        assert_eq!(data["code"], "UNKNOWN_TOPIC");
        assert_eq!(data["uri"], "kafka://a/topics/x");
    }
}
