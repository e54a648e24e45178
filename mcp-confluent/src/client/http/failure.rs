//! What a service says when something failed, as a [`ToolError`].

use std::fmt::Write as _;

use reqwest::StatusCode;
use serde_json::Value;

use crate::error::{ErrorKind, ToolError};

/// Characters of an upstream message that are shown.
const MESSAGE_CHARS: usize = 600;

/// An answer with a status that is no success.
pub(in crate::client) struct Refusal<'a> {
    /// `GET /subjects on host:8081`.
    pub(in crate::client) request: &'a str,
    /// The block of the configuration, for hints.
    pub(in crate::client) block: &'static str,
    /// Whether a person signed in, so that no block holds credentials.
    pub(in crate::client) signs_in: bool,
    pub(in crate::client) status: StatusCode,
    pub(in crate::client) is_html: bool,
    /// Where a redirection points.
    pub(in crate::client) location: Option<&'a str>,
    pub(in crate::client) body: &'a [u8],
}

impl Refusal<'_> {
    /// The error for a person and a model: request, status, the service's own reason, what to do.
    pub(in crate::client) fn into_error(self) -> ToolError {
        let upstream = Upstream::read(self.body, self.is_html);
        let mut message = format!("{} answered {}", self.request, self.status.as_u16());
        // Writing into a string cannot fail.
        let _ = match (&upstream.message, self.status.canonical_reason()) {
            (Some(reason), _) => write!(message, ": {reason}"),
            (None, Some(reason)) => write!(message, " {reason}"),
            (None, None) => Ok(()),
        };
        let mut error = ToolError::new(kind(self.status), message);
        if let Some(code) = upstream.code {
            error = error.code(code);
        }
        match self.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    fn hint(&self) -> Option<String> {
        let block = self.block;
        let hint = match self.status.as_u16() {
            300..=399 => match self.location {
                Some(location) => {
                    let location = line(location, 200);
                    format!(
                        "the service moved to {location}: put that URL into the `{block}` block"
                    )
                }
                None => format!("check the URL in the `{block}` block"),
            },
            401 if self.signs_in => {
                "the sign-in is not accepted (any more): run `mcp-confluent login` and call again"
                    .to_owned()
            }
            403 if self.signs_in => {
                "whoever signed in lacks a permission: ask for a role or ACL that covers this resource"
                    .to_owned()
            }
            401 => format!(
                "check the credentials in the `{block}` block: they must be made for this host (a \
                 Confluent Cloud API key works for one resource only) and must not have expired"
            ),
            403 => format!(
                "the credentials in the `{block}` block are valid, but lack a permission: ask for a \
                 role or ACL that covers this resource, or use other credentials"
            ),
            404 | 410 => "check the name or id, for example by listing what there is".to_owned(),
            405 | 501 => {
                "this service does not offer that operation; its version may be too old".to_owned()
            }
            407 => "the proxy of the environment (HTTPS_PROXY) wants credentials".to_owned(),
            409 => "it conflicts with what is there: look at the current state first".to_owned(),
            413 => "make the request smaller".to_owned(),
            400 | 422 => "correct the arguments; the service refuses these".to_owned(),
            429 => "the service limits the rate of requests: wait, then ask for less at a time"
                .to_owned(),
            502..=504 => {
                "the service, or a proxy before it, is overloaded or restarting: try again \
                          in a moment"
                    .to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }
}

fn kind(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        400 | 413 | 414 | 422 => ErrorKind::Argument,
        401 | 407 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Denied,
        404 | 410 => ErrorKind::NotFound,
        405 | 406 | 415 | 501 => ErrorKind::Unsupported,
        409 | 412 | 423 => ErrorKind::Conflict,
        408 | 504 => ErrorKind::TimedOut,
        _ => ErrorKind::Upstream,
    }
}

/// What an error body holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Upstream {
    message: Option<String>,
    code: Option<String>,
}

impl Upstream {
    fn read(body: &[u8], is_html: bool) -> Self {
        let text = String::from_utf8_lossy(body);
        if text.trim().is_empty() {
            return Self::default();
        }
        if is_html {
            return Self {
                message: Some(format!("a web page ({})", page_line(&text))),
                code: None,
            };
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::from_json(&value),
            Err(_) => Self {
                message: Some(sentence(&text)),
                code: None,
            },
        }
    }

    /// The forms of Confluent's and its relatives' APIs: `{error_code, message}`,
    /// `{errors: [{status, code, detail}]}`, `{error: {code, message}}`, RFC 6749's
    /// `{error, error_description}` and RFC 9457's `{title, detail}`.
    fn from_json(value: &Value) -> Self {
        if let Some(errors) = value.get("errors").and_then(Value::as_array) {
            let reasons: Vec<String> = errors.iter().take(3).filter_map(reason).collect();
            if !reasons.is_empty() {
                return Self {
                    message: Some(reasons.join("; ")),
                    code: errors.first().and_then(code),
                };
            }
        }
        if let Some(error) = value.get("error").filter(|error| error.is_object()) {
            return Self {
                message: reason(error),
                code: code(error),
            };
        }
        let message = reason(value).unwrap_or_else(|| sentence(&value.to_string()));
        Self {
            message: Some(message),
            code: code(value),
        }
    }
}

/// The words of one error object, or of a bare string.
fn reason(error: &Value) -> Option<String> {
    let text = |key: &str| {
        error
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
    };
    error
        .as_str()
        .or_else(|| text("message"))
        .or_else(|| text("detail"))
        .or_else(|| text("error_description"))
        .or_else(|| text("title"))
        .or_else(|| text("error"))
        .map(sentence)
}

/// The service's own code where it says more than the status does.
fn code(error: &Value) -> Option<String> {
    ["error_code", "code"]
        .iter()
        .find_map(|key| match error.get(*key)? {
            Value::String(code) if !code.is_empty() => Some(line(code, 80)),
            Value::Number(code) if code.as_u64().is_some_and(|code| code > 599) => {
                Some(code.to_string())
            }
            _ => None,
        })
}

/// A web page in one line: its title, else the start of its words.
pub(super) fn page_line(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let start = start + lower[start..].find('>')? + 1;
        let end = start + lower[start..].find("</title")?;
        Some(&html[start..end])
    });
    let words = title.map_or_else(|| without_tags(html), str::to_owned);
    line(&words, 120)
}

fn without_tags(html: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            _ if !inside => words.push(character),
            _ => {}
        }
    }
    words
}

/// `text` in one line without its full stop, bounded.
fn sentence(text: &str) -> String {
    line(text, MESSAGE_CHARS).trim_end_matches('.').to_owned()
}

/// `text` in one line of at most `limit` characters, without control characters.
pub(in crate::client) fn line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        for character in word.chars() {
            if length >= limit {
                line.push('…');
                return line;
            }
            line.push(character);
            length += 1;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(status: u16, body: &str) -> ToolError {
        Refusal {
            request: "GET /subjects on host",
            block: "schema_registry",
            signs_in: false,
            status: StatusCode::from_u16(status).expect("a status"),
            is_html: body.starts_with('<'),
            location: None,
            body: body.as_bytes(),
        }
        .into_error()
    }

    #[test]
    fn the_forms_of_error_bodies() {
        for (body, message, code) in [
            (
                json!({"error_code": 40401, "message": "Subject 'x' not found."}),
                "Subject 'x' not found",
                Some("40401"),
            ),
            (json!({"error_code": 404, "message": "no"}), "no", None),
            (
                json!({"errors": [
                    {"status": "404", "code": "resource_missing", "detail": "no cluster lkc-1"},
                    {"status": "404", "title": "also this"},
                ]}),
                "no cluster lkc-1; also this",
                Some("resource_missing"),
            ),
            (json!({"errors": ["Not found: /x"]}), "Not found: /x", None),
            (
                json!({"error": {"code": 401, "message": "bad key"}}),
                "bad key",
                None,
            ),
            (
                json!({"error": "invalid_client", "error_description": "wrong secret"}),
                "wrong secret",
                None,
            ),
            (json!({"title": "Conflict", "detail": "busy"}), "busy", None),
            (json!({"odd": 1}), r#"{"odd":1}"#, None),
        ] {
            let error = error(404, &body.to_string());
            assert_eq!(
                error.message(),
                format!("GET /subjects on host answered 404: {message}")
            );
            assert_eq!(error.code_text(), code);
        }
    }

    #[test]
    fn a_web_page_is_one_line() {
        let page = "<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>";
        assert_eq!(
            error(502, page).message(),
            "GET /subjects on host answered 502: a web page (502 Bad Gateway)"
        );
        assert_eq!(page_line("<p>no <b>title</b> here</p>"), "no title here");
    }

    #[test]
    fn an_empty_body_leaves_the_status() {
        let error = error(503, " ");
        assert_eq!(
            error.message(),
            "GET /subjects on host answered 503 Service Unavailable"
        );
    }

    #[test]
    fn every_status_has_its_kind_and_most_a_hint() {
        for (status, expected) in [
            (301, ErrorKind::Upstream),
            (400, ErrorKind::Argument),
            (401, ErrorKind::Unauthenticated),
            (403, ErrorKind::Denied),
            (404, ErrorKind::NotFound),
            (405, ErrorKind::Unsupported),
            (409, ErrorKind::Conflict),
            (422, ErrorKind::Argument),
            (429, ErrorKind::Upstream),
            (503, ErrorKind::Upstream),
        ] {
            let error = error(status, "");
            assert_eq!(error.kind(), expected, "{status}");
            assert!(error.hint_text().is_some(), "{status}");
        }
        assert!(
            error(401, "")
                .hint_text()
                .expect("a hint")
                .contains("schema_registry")
        );
        assert_eq!(error(500, "").kind(), ErrorKind::Upstream);
    }

    #[test]
    fn upstream_text_is_bounded_and_has_no_control_characters() {
        let body = format!("a\u{1b}[31m\n{}", "x".repeat(5000));
        let error = error(500, &body);
        assert!(error.message().chars().count() < 700);
        assert!(!error.message().contains(char::is_control));
        assert!(error.message().ends_with('…'));
    }
}
