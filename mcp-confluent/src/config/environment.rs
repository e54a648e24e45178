//! Variables, as the process or a test gives them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Environment variables by name.
///
/// Nothing in the configuration looks at the process's own variables except
/// [`Environment::of_process`], so tests need none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    set: BTreeMap<String, String>,
    /// Names whose values are not UTF-8.
    unreadable: BTreeSet<String>,
}

impl Environment {
    /// The variables of this process. Those whose names are not UTF-8 are not there.
    pub fn of_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => drop(environment.set.insert(name, value)),
                (Ok(name), Err(_)) => drop(environment.unreadable.insert(name)),
                (Err(_), _) => {}
            }
        }
        environment
    }

    /// The value of `name`, if it is set (even to nothing).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.set.get(name).map(String::as_str)
    }

    /// Whether `name` is set to something that is not UTF-8, which counts as not set.
    pub fn is_unreadable(&self, name: &str) -> bool {
        !self.set.contains_key(name) && self.unreadable.contains(name)
    }

    /// Sets variables over those that are there, as an environment file does.
    pub fn set_all(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        self.set.extend(variables);
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self {
            set: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            unreadable: BTreeSet::new(),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be secrets.
        out.debug_set().entries(self.set.keys()).finish()
    }
}
