//! What the operator switched on and off for the whole server.

pub mod audit;
pub mod redact;

use std::collections::BTreeSet;

/// The tools named on the command line: allow list first, then block list.
#[derive(Debug, Clone, Default)]
pub struct ToolFilter {
    /// Only these, unless empty.
    pub allow: BTreeSet<String>,
    /// Not these.
    pub block: BTreeSet<String>,
}

impl ToolFilter {
    /// Whether the tool called `name` is on.
    pub fn permits(&self, name: &str) -> bool {
        (self.allow.is_empty() || self.allow.contains(name)) && !self.block.contains(name)
    }
}
