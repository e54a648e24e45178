//! What was found in a file and fits the description of its keys.

use std::collections::BTreeMap;

use super::{problems::Place, shape::Block};

/// A value that fits its key.
#[derive(Debug)]
pub(super) struct Found {
    /// Where the value stands.
    pub(super) place: Place,
    pub(super) data: Data,
}

/// What was found.
pub(super) enum Data {
    Text(String),
    Flag(bool),
    Integer(i64),
    Ratio(f64),
    List(Vec<Found>),
    Block(Fields),
    Map(Vec<(String, Found)>),
    Any(serde_json::Value),
}

impl std::fmt::Debug for Data {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values may be secrets.
        out.write_str("Data")
    }
}

/// The keys of a block that were found and fit.
#[derive(Debug)]
pub(super) struct Fields {
    /// Its path from the root.
    pub(super) path: Vec<String>,
    /// Where the key that opens it stands.
    pub(super) place: Place,
    /// The value of `type`, where the block has one.
    pub(super) kind: &'static str,
    /// The description of the block.
    pub(super) block: &'static Block,
    /// What was found and fits, by key.
    pub(super) found: BTreeMap<&'static str, Found>,
    /// Whether some key is there but does not fit.
    pub(super) failed: bool,
}

impl Fields {
    /// Takes out what was found for the key called `name`.
    pub(super) fn take(&mut self, name: &str) -> Option<Found> {
        debug_assert!(
            self.block.key(name).is_some(),
            "{} has no {name}",
            self.block.name
        );
        self.found.remove(name)
    }

    /// Takes out a text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Takes out a flag.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)?.data {
            Data::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// Takes out a whole number; the description of the key guarantees that it fits.
    pub(super) fn integer<N: TryFrom<i64>>(&mut self, name: &str) -> Option<N> {
        match self.take(name)?.data {
            Data::Integer(number) => number.try_into().ok(),
            _ => None,
        }
    }

    /// Takes out a number from 0 to 1.
    pub(super) fn ratio(&mut self, name: &str) -> Option<f64> {
        match self.take(name)?.data {
            Data::Ratio(ratio) => Some(ratio),
            _ => None,
        }
    }

    /// Takes out a list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let Data::List(items) = self.take(name)?.data else {
            return None;
        };
        let texts = items.into_iter().filter_map(|item| match item.data {
            Data::Text(text) => Some(text),
            _ => None,
        });
        Some(texts.collect())
    }

    /// Takes out a block.
    pub(super) fn block(&mut self, name: &str) -> Option<Fields> {
        match self.take(name)?.data {
            Data::Block(fields) => Some(fields),
            _ => None,
        }
    }

    /// Takes out the entries of free keys.
    pub(super) fn map(&mut self, name: &str) -> Option<Vec<(String, Found)>> {
        match self.take(name)?.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Where the value of the key called `name` stands, or else the block.
    pub(super) fn place_of(&self, name: &str) -> &Place {
        self.found
            .get(name)
            .map_or(&self.place, |found| &found.place)
    }

    /// The text for the key called `name`, left where it is.
    pub(super) fn peek_text(&self, name: &str) -> Option<&str> {
        match &self.peek(name)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What was found for the key called `name`, left where it is.
    pub(super) fn peek(&self, name: &str) -> Option<&Found> {
        self.found.get(name)
    }

    /// Whether a fitting value for the key called `name` is still there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.found.contains_key(name)
    }

    /// The path of the key called `name`.
    pub(super) fn path_of(&self, name: &str) -> Vec<String> {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        path
    }
}
