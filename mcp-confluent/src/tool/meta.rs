//! [`Meta`]: what is known of a tool, a resource or a prompt before any call.

use crate::tool::{
    argument::ArgSpec, category::Category, effect::Effect, requirement::Requirement,
};

/// What is known of a tool, a resource or a prompt before any call; written by its attribute.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the attribute"
)]
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    /// Its name on the wire: lowercase words joined by `-`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it does, for the model.
    pub description: &'static str,
    /// What it does to the cluster.
    pub effect: Effect,
    /// What it works on.
    pub category: Category,
    /// Whether calling it twice with the same arguments changes no more than calling it once.
    pub idempotent: bool,
    /// Whether it may run longer than the default deadline.
    pub long_running: bool,
    /// Whether it is listed only when the operator opts in.
    pub experimental: bool,
    /// Whether it asks before it runs.
    pub confirm: bool,
    /// Whether some of its calls only read, by their arguments.
    pub may_read: bool,
    /// The tool that shows the same as this resource: where that one is switched off, this is too.
    pub like: Option<&'static str>,
    /// What its parameters and `requires(…)` ask of a connection.
    pub requires: &'static [&'static [Requirement]],
    /// The arguments its injected parameters read themselves.
    pub injected: &'static [&'static [ArgSpec]],
    /// The package that defines it.
    pub package: &'static str,
    /// The source file that defines it.
    pub file: &'static str,
    /// The line of the file.
    pub line: u32,
}

impl AsRef<Meta> for Meta {
    fn as_ref(&self) -> &Meta {
        self
    }
}

impl Meta {
    /// The name that lists of allowed tools have to hold for it.
    pub(crate) fn allowed_as(&self) -> &'static str {
        self.like.unwrap_or(self.name)
    }

    /// Whether no call of it can be served on a connection that is read-only.
    pub fn always_changes(&self) -> bool {
        self.effect != Effect::ReadOnly && !self.may_read
    }

    /// What a connection must offer, each requirement once; empty for a tool that needs none.
    pub fn requirements(&self) -> impl Iterator<Item = &'static Requirement> + use<> {
        once(self.requires, Requirement::name)
    }

    /// The arguments its injected parameters read, each once.
    pub fn injected_arguments(&self) -> impl Iterator<Item = &'static ArgSpec> + use<> {
        once(self.injected, ArgSpec::name)
    }
}

/// The items of all `lists`, without those whose name came before.
fn once<T>(
    lists: &'static [&'static [T]],
    name: fn(&T) -> &'static str,
) -> impl Iterator<Item = &'static T> + use<T> {
    let all = || lists.iter().copied().flatten();
    all().enumerate().filter_map(move |(index, item)| {
        let repeated = all().take(index).any(|earlier| name(earlier) == name(item));
        (!repeated).then_some(item)
    })
}
