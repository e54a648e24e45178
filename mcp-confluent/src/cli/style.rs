//! Colours, where somebody sees them.

use std::{
    env,
    fmt::Display,
    io::{self, IsTerminal},
};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style(bool);

impl Style {
    pub(super) fn stdout() -> Self {
        Self::of(&io::stdout())
    }

    pub(super) fn stderr() -> Self {
        Self::of(&io::stderr())
    }

    /// On a terminal only, and not where <https://no-color.org> says no.
    fn of(stream: &impl IsTerminal) -> Self {
        let declined = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(stream.is_terminal() && !declined && !dumb)
    }

    pub(super) fn is_on(self) -> bool {
        self.0
    }

    pub(super) fn heading(self, text: impl Display) -> String {
        self.painted("1;36", text)
    }

    pub(super) fn good(self, text: impl Display) -> String {
        self.painted("32", text)
    }

    pub(super) fn bad(self, text: impl Display) -> String {
        self.painted("1;31", text)
    }

    fn painted(self, code: &str, text: impl Display) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}
