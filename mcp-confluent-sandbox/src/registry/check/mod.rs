//! Whether one schema may follow others.

mod avro;
mod json;
mod protobuf;

use std::fmt;
use std::str::FromStr;

use super::schema::Parsed;

/// What a new version of a subject must be able to do (the compatibility types of Confluent's
/// registry).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing is checked.
    None,
    /// It reads what the version before wrote.
    Backward,
    /// It reads what every version before wrote.
    BackwardTransitive,
    /// The version before reads what it writes.
    Forward,
    /// Every version before reads what it writes.
    ForwardTransitive,
    /// Both with the version before.
    Full,
    /// Both with every version before.
    FullTransitive,
}

impl Level {
    /// The name that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Backward => "BACKWARD",
            Self::BackwardTransitive => "BACKWARD_TRANSITIVE",
            Self::Forward => "FORWARD",
            Self::ForwardTransitive => "FORWARD_TRANSITIVE",
            Self::Full => "FULL",
            Self::FullTransitive => "FULL_TRANSITIVE",
        }
    }

    /// Whether every version before counts, not only the last.
    pub fn is_transitive(self) -> bool {
        matches!(
            self,
            Self::BackwardTransitive | Self::ForwardTransitive | Self::FullTransitive
        )
    }

    fn is_backward(self) -> bool {
        matches!(
            self,
            Self::Backward | Self::BackwardTransitive | Self::Full | Self::FullTransitive
        )
    }

    fn is_forward(self) -> bool {
        matches!(
            self,
            Self::Forward | Self::ForwardTransitive | Self::Full | Self::FullTransitive
        )
    }
}

impl FromStr for Level {
    type Err = ();

    /// Reads a level in any case.
    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.to_ascii_uppercase().as_str() {
            "NONE" => Self::None,
            "BACKWARD" => Self::Backward,
            "BACKWARD_TRANSITIVE" => Self::BackwardTransitive,
            "FORWARD" => Self::Forward,
            "FORWARD_TRANSITIVE" => Self::ForwardTransitive,
            "FULL" => Self::Full,
            "FULL_TRANSITIVE" => Self::FullTransitive,
            _ => return Err(()),
        })
    }
}

/// One reason why a schema may not follow another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The sort of change, for example `TYPE_MISMATCH`.
    pub kind: &'static str,
    /// Where in the schema that reads: a JSON pointer (Avro, JSON Schema) or a full name (Protobuf).
    pub path: String,
    /// What is wrong, naming the field.
    pub message: String,
    /// The earlier version it is about, where there are several.
    pub version: Option<u32>,
}

impl Problem {
    fn new(kind: &'static str, path: &str, message: impl Into<String>) -> Self {
        let path = if path.is_empty() { "/" } else { path };
        Self {
            kind,
            path: path.to_owned(),
            message: message.into(),
            version: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.kind, self.path, self.message)?;
        match self.version {
            Some(version) => write!(f, " (version {version})"),
            None => Ok(()),
        }
    }
}

/// Why `new` may not follow `earlier` (each with its version, ascending) at `level`. Empty if it may.
pub(super) fn check<'a>(
    level: Level,
    new: &Parsed,
    earlier: impl DoubleEndedIterator<Item = (u32, &'a Parsed)>,
) -> Vec<Problem> {
    if level == Level::None {
        return Vec::new();
    }
    let count = if level.is_transitive() { usize::MAX } else { 1 };
    let mut problems = Vec::new();
    for (version, old) in earlier.rev().take(count) {
        let mut found = Vec::new();
        if level.is_backward() {
            found.extend(reads(new, old));
        }
        if level.is_forward() {
            let reversed = reads(old, new).into_iter().map(|mut problem| {
                problem
                    .message
                    .push_str("; here the earlier version reads the new one's data");
                problem
            });
            found.extend(reversed);
        }
        problems.extend(found.into_iter().map(|problem| Problem {
            version: Some(version),
            ..problem
        }));
    }
    problems
}

/// Why `reader` cannot read what was written with `writer`.
fn reads(reader: &Parsed, writer: &Parsed) -> Vec<Problem> {
    match (reader, writer) {
        (Parsed::Avro(reader), Parsed::Avro(writer)) => avro::check(reader, writer),
        (Parsed::Json(reader), Parsed::Json(writer)) => json::check(reader, writer),
        (Parsed::Protobuf(reader), Parsed::Protobuf(writer)) => protobuf::check(reader, writer),
        _ => {
            let message = format!(
                "a {} schema cannot follow a {} schema",
                reader.kind(),
                writer.kind()
            );
            vec![Problem::new("SCHEMA_TYPE_CHANGED", "/", message)]
        }
    }
}
