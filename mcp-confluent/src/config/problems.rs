//! What is wrong with a configuration, and where.
//!
//! Nothing here ever holds a value from the configuration: only places, names of keys and names
//! of variables. A value may be a secret in the wrong line.

use std::{fmt, sync::Arc};

/// How many problems a report prints before it only counts the rest.
const SHOWN: usize = 50;

/// Where something was said: what a person opens to change it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file as a whole, for example one that cannot be read.
    File(Arc<str>),
    /// A position in a file.
    Line {
        /// The file's name as it was given.
        file: Arc<str>,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
    },
    /// An environment variable.
    Variable(Arc<str>),
    /// A command-line flag, with its dashes.
    Flag(&'static str),
}

impl Place {
    /// The line in the file, counted from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Line { line, .. } => Some(*line),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(out, "{file}"),
            Self::Line { file, line, column } => write!(out, "{file}:{line}:{column}"),
            Self::Variable(name) => write!(out, "{name}"),
            Self::Flag(flag) => write!(out, "{flag}"),
        }
    }
}

/// One thing that is wrong, or (in [`Config::warnings`](super::Config::warnings)) merely odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: Place,
    path: String,
    what: String,
    fix: String,
}

impl Problem {
    /// A problem at `place`. `path` is the dotted path of the key, or empty where the place says
    /// it all; `fix` is what to write instead, or empty.
    pub(super) fn new(
        place: Place,
        path: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            place,
            path: path.into(),
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The dotted path of the key, such as `connections.dev.kafka.auth`; empty where the place is
    /// a whole file, a variable or a flag.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to write instead; may be empty.
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        write!(out, "{}", self.what)?;
        if !self.fix.is_empty() {
            write!(out, "\n    {}", self.fix)?;
        }
        Ok(())
    }
}

/// A configuration that cannot be used: every problem in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl ConfigError {
    /// An error of one problem.
    pub(super) fn of(problem: Problem) -> Self {
        Self::all(vec![problem])
    }

    /// An error of these problems, in this order.
    pub(super) fn all(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            warnings: Vec::new(),
        }
    }

    /// The same with one more thing to know.
    pub(super) fn beside(mut self, warning: Problem) -> Self {
        self.warnings.push(warning);
        self
    }

    /// Every problem, in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What would have been warned about had there been no problem.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(out, "the configuration has a problem:")?,
            count => write!(out, "the configuration has {count} problems:")?,
        }
        for problem in self.problems.iter().take(SHOWN) {
            write!(out, "\n  {}", problem.to_string().replace('\n', "\n  "))?;
        }
        if self.problems.len() > SHOWN {
            write!(out, "\n  and {} more", self.problems.len() - SHOWN)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Says place, path and texts of a problem in the words of somebody who wrote no file.
pub(super) type Spoken = fn(&Place, &[String], [String; 2]) -> (Place, String, [String; 2]);

/// Collects problems and warnings, so that one run reports all of them.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    spoken: Option<Spoken>,
}

impl Problems {
    /// A collector that speaks of variables instead of paths, for a configuration that was read
    /// from the environment.
    pub(super) fn of_environment(spoken: Spoken) -> Self {
        Self {
            spoken: Some(spoken),
            ..Self::default()
        }
    }

    /// Whether no file is read, but variables and maybe properties.
    pub(super) fn are_of_environment(&self) -> bool {
        self.spoken.is_some()
    }

    /// Records what makes the configuration unusable.
    pub(super) fn error(
        &mut self,
        place: &Place,
        path: &[String],
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let problem = self.problem(place, path, what.into(), fix.into());
        self.errors.push(problem);
    }

    /// Records what a person should know, but can work with.
    pub(super) fn warn(
        &mut self,
        place: &Place,
        path: &[String],
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let problem = self.problem(place, path, what.into(), fix.into());
        self.warnings.push(problem);
    }

    fn problem(&self, place: &Place, path: &[String], what: String, fix: String) -> Problem {
        match self.spoken {
            None => Problem::new(place.clone(), dotted(path), what, fix),
            Some(spoken) => {
                let (place, path, [what, fix]) = spoken(place, path, [what, fix]);
                Problem::new(place, path, what, fix)
            }
        }
    }

    /// The warnings if nothing is wrong, else everything that is, in the order of the file.
    pub(super) fn finish(mut self) -> Result<Vec<Problem>, ConfigError> {
        if self.any() {
            return Err(self.into_error());
        }
        self.sort();
        Ok(self.warnings)
    }

    /// Everything that was recorded, as an error.
    pub(super) fn into_error(mut self) -> ConfigError {
        self.sort();
        ConfigError {
            problems: self.errors,
            warnings: self.warnings,
        }
    }

    fn sort(&mut self) {
        self.errors.sort_by(|a, b| a.place.cmp(&b.place));
        self.errors.dedup();
        self.warnings.sort_by(|a, b| a.place.cmp(&b.place));
    }

    /// Whether anything was recorded that makes the configuration unusable.
    pub(super) fn any(&self) -> bool {
        !self.errors.is_empty()
    }
}

/// `connections.dev.kafka`, with quotes round what would not read as one word.
pub(super) fn dotted(path: &[String]) -> String {
    let mut dotted = String::new();
    for word in path {
        if !dotted.is_empty() && !word.starts_with('[') {
            dotted.push('.');
        }
        dotted += &shown(word);
    }
    dotted
}

/// A key as it may be printed: quoted unless it is one plain word, bounded, control characters
/// escaped.
pub(super) fn shown(key: &str) -> String {
    const LONGEST: usize = 64;
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '[' | ']'));
    if plain && key.chars().count() <= LONGEST {
        return key.to_owned();
    }
    let start: String = key.chars().take(LONGEST).collect();
    let dots = if key.chars().count() > LONGEST {
        "…"
    } else {
        ""
    };
    format!("\"{}{dots}\"", start.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn paths_quote_what_is_not_one_word() {
        assert_eq!(
            dotted(&path(&["connections", "dev", "kafka"])),
            "connections.dev.kafka"
        );
        assert_eq!(
            dotted(&path(&["connections", "my id.1"])),
            "connections.\"my id.1\""
        );
        assert_eq!(dotted(&path(&["a", "[0]", "b"])), "a[0].b");
        assert_eq!(shown("a\u{1b}[31m"), "\"a\\u{1b}[31m\"");
        assert_eq!(shown(&"x".repeat(80)).chars().count(), 67);
    }

    #[test]
    fn a_report_is_sorted_by_place_and_bounded() {
        let mut problems = Problems::default();
        let file: Arc<str> = "config.yaml".into();
        for line in (1..=60).rev() {
            let place = Place::Line {
                file: file.clone(),
                line,
                column: 1,
            };
            problems.error(&place, &path(&["a"]), "is odd", "write b");
        }
        let report = problems
            .finish()
            .expect_err("there are problems")
            .to_string();
        assert!(
            report.starts_with(
                "the configuration has 60 problems:\n  config.yaml:1:1: a: is odd\n      write b\n"
            ),
            "{report}"
        );
        assert!(report.ends_with("and 10 more"), "{report}");
    }
}
