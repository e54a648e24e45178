//! Variables, as the process or a test gives them.

use std::{collections::BTreeMap, fmt};

/// Environment variables by name.
///
/// Nothing in the configuration looks at the process's own variables except
/// [`Environment::of_process`], so tests need none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process, without those that are not UTF-8.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of `name`, if it is set (even to nothing).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets variables over those that are there, as an environment file does.
    pub fn set_all(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        self.0.extend(variables);
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be secrets.
        out.debug_set().entries(self.0.keys()).finish()
    }
}
