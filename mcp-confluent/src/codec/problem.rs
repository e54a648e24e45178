//! [`Problem`]: what is wrong with a value or a payload, and where.

use std::fmt;

use serde_json::Value;

/// One step of a path into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Field(String),
    Index(usize),
}

impl Step {
    pub(super) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }
}

/// What is wrong, and where: `$` is the whole value, `$.lines[2].price` a part of it. The path is
/// collected while an error travels up, so that it costs nothing where all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// Innermost first.
    steps: Vec<Step>,
    message: String,
}

/// The longest part of a value or of another library's message that is repeated in a message.
const EXCERPT: usize = 200;

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            message: message.into(),
        }
    }

    /// The same, one step further out.
    pub(super) fn at(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Field(name) if is_plain(name) => write!(f, ".{}", excerpt(name)),
            Self::Field(name) => write!(f, "[{:?}]", excerpt(name)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.steps.is_empty() {
            f.write_str("at `$")?;
            for step in self.steps.iter().rev() {
                step.fmt(f)?;
            }
            f.write_str("`: ")?;
        }
        f.write_str(&self.message)
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= EXCERPT
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}

/// The beginning of `text`, control characters escaped, for use in a message.
pub(super) fn excerpt(text: &str) -> String {
    let mut short = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == EXCERPT {
            short.push('…');
            break;
        }
        if c.is_control() {
            short.extend(c.escape_default());
        } else {
            short.push(c);
        }
    }
    short
}

/// `expected …, found …`, the value cut to a readable length.
pub(super) fn expected(what: &str, value: &Value) -> Problem {
    found(&format!("expected {what}"), value)
}

/// `why, found …`, the value cut to a readable length.
pub(super) fn found(why: &str, value: &Value) -> Problem {
    let found = match value {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => excerpt(&other.to_string()),
    };
    Problem::new(format!("{why}, found {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_from_the_outside_in() {
        let problem = Problem::new("no")
            .at(Step::Index(2))
            .at(Step::field("a b"))
            .at(Step::field("lines"));
        assert_eq!(problem.to_string(), "at `$.lines[\"a b\"][2]`: no");
        assert_eq!(Problem::new("no").to_string(), "no");
    }

    #[test]
    fn excerpts_are_short_and_printable() {
        assert_eq!(excerpt("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(excerpt(&"x".repeat(1000)).chars().count(), 201);
    }
}
