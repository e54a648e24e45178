//! What is wrong with the arguments of a call, and where.

use std::fmt;

use crate::tool::wording::echo;

/// One thing that is wrong with the arguments of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `topics[2].numPartitions`; empty for the arguments as a whole.
    pub path: String,
    /// What: `must be at least 1, not 0`.
    pub message: String,
}

impl Problem {
    /// A problem at `path`; `message` goes on after the path: `must be …`, `is required …`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }

    /// An argument that was left out and must not be.
    pub(crate) fn required(path: impl Into<String>, description: &str) -> Self {
        let message = if description.is_empty() {
            "is required".to_owned()
        } else {
            format!("is required: {description}")
        };
        Self::new(path, message)
    }

    /// A value that fits the schema but not the type behind it.
    pub(crate) fn unreadable(path: &str, error: &serde_json::Error) -> Self {
        Self::new(
            path,
            format!("cannot be used: {}", echo(&error.to_string(), 200)),
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "the arguments {}", self.message)
        } else {
            write!(f, "`{}` {}", self.path, self.message)
        }
    }
}

/// Where a value is, from the inside out; printed only when there is a problem.
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Index(outer, index) => write!(f, "{outer}[{index}]"),
            Path::Key(outer, key) => {
                let plain = key.len() <= 64
                    && key
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
                match (plain, outer) {
                    (true, Path::Root) => f.write_str(key),
                    (true, _) => write!(f, "{outer}.{key}"),
                    (false, Path::Root) => f.write_str(&echo(key, 60)),
                    (false, _) => write!(f, "{outer}[\"{}\"]", echo(key, 60)),
                }
            }
        }
    }
}
