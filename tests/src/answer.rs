//! [`ToolAnswer`]: the result of a tool call.

use std::time::Duration;

use serde_json::Value;

/// The result of a tool call, already checked against what the tool promised.
#[derive(Debug, Clone)]
pub struct ToolAnswer {
    /// The whole result.
    pub result: Value,
    /// How long the call took, all its rounds together.
    pub took: Duration,
}

impl ToolAnswer {
    /// The prose.
    pub fn text(&self) -> &str {
        self.result["content"][0]["text"]
            .as_str()
            .unwrap_or_default()
    }

    /// Whether the call failed.
    pub fn is_error(&self) -> bool {
        self.result["isError"] == true
    }

    /// The structured content of a call that went well.
    ///
    /// # Panics
    /// It failed.
    pub fn data(&self) -> &Value {
        assert!(!self.is_error(), "failed: {}", self.text());
        &self.result["structuredContent"]
    }

    /// The text of a call that failed in the way `kind` says.
    ///
    /// # Panics
    /// It went well, or failed otherwise.
    pub fn failure(&self, kind: &str) -> &str {
        assert!(self.is_error(), "went well: {}", self.text());
        assert_eq!(
            self.result["_meta"]["error"]["kind"],
            kind,
            "{}",
            self.text()
        );
        self.text()
    }

    /// The token of a call that asks to be repeated with it.
    ///
    /// # Panics
    /// It did not ask.
    pub fn confirm_token(&self) -> &str {
        assert!(self.is_error(), "{}", self.text());
        self.result["_meta"]["confirmation"]["confirmToken"]
            .as_str()
            .unwrap_or_else(|| panic!("no token: {}", self.result))
    }
}

/// Panics unless every one of `parts` is in `text`, in any case.
pub fn assert_says(text: &str, parts: &[&str]) {
    let lower = text.to_lowercase();
    for part in parts {
        assert!(
            lower.contains(&part.to_lowercase()),
            "`{part}` is not in: {text}"
        );
    }
}
