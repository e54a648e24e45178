//! The registry: every tool that is linked into the program, found without a list.

use std::{collections::BTreeSet, fmt};

use rmcp::model::JsonObject;

use crate::{
    error::Result,
    tool::{
        argument::Arguments,
        check::Problem,
        context::ToolContext,
        effect::Effect,
        inject::BoxFuture,
        meta::Meta,
        output::{Rendered, ToolOutput, ToolReturn},
        schema, suggest,
    },
};

/// A tool as `#[confluent_tool]` describes it.
pub trait Tool: 'static {
    /// What is known before any call.
    const META: &'static Meta;

    /// The struct made of the documented parameters.
    type Args: Arguments;

    /// What the function returns.
    type Return: ToolReturn;

    /// The question to ask before the body runs.
    fn confirm(_arguments: &Self::Args) -> Option<String> {
        None
    }

    /// Whether a call with these arguments only reads, though the tool can do more.
    fn only_reads(_arguments: &Self::Args) -> bool {
        false
    }

    /// Makes the injected parameters and runs the body.
    fn call(cx: ToolContext, arguments: Self::Args) -> Called<Self::Return>;
}

/// A running call; the outer error is that of an injected parameter.
pub type Called<R> = BoxFuture<'static, Result<R>>;

/// One registered tool.
pub struct Entry {
    meta: &'static Meta,
    input: fn(&Meta) -> JsonObject,
    output: fn() -> Option<JsonObject>,
    prepare: fn(JsonObject) -> Result<Prepared, Vec<Problem>>,
}

inventory::collect!(Entry);

impl Entry {
    /// The entry of a tool.
    pub const fn of<T: Tool>() -> Self {
        Self {
            meta: T::META,
            input: schema::input::<T::Args>,
            output: <<T::Return as ToolReturn>::Output as ToolOutput>::schema,
            prepare: prepare::<T>,
        }
    }

    /// What is known of the tool before any call.
    pub fn meta(&self) -> &'static Meta {
        self.meta
    }

    /// What a call may hold: its own arguments and those of its injected parameters.
    ///
    /// Computed anew each time.
    pub fn input_schema(&self) -> JsonObject {
        (self.input)(self.meta)
    }

    /// What the structured content of a result looks like; `None` if the tool returns only prose.
    ///
    /// Computed anew each time.
    pub fn output_schema(&self) -> Option<JsonObject> {
        (self.output)()
    }

    /// Makes the typed arguments of a call out of checked ones, without running anything.
    pub fn prepare(&self, arguments: JsonObject) -> Result<Prepared, Vec<Problem>> {
        (self.prepare)(arguments)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("meta", self.meta)
            .finish_non_exhaustive()
    }
}

fn prepare<T: Tool>(mut arguments: JsonObject) -> Result<Prepared, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(arguments) = T::Args::take(&mut arguments, &mut problems) else {
        return Err(problems);
    };
    Ok(Prepared {
        confirm: T::confirm(&arguments),
        effect: if T::only_reads(&arguments) {
            Effect::ReadOnly
        } else {
            T::META.effect
        },
        run: Box::new(|cx| {
            Box::pin(async { T::call(cx, arguments).await?.into_result()?.render() })
        }),
    })
}

type Run = dyn FnOnce(ToolContext) -> BoxFuture<'static, Result<Rendered>> + Send;

/// A call whose arguments are typed, ready to run.
pub struct Prepared {
    /// The question to ask first, with the arguments filled in.
    pub confirm: Option<String>,
    /// What the call does: the tool's effect, or less where the arguments say so.
    pub effect: Effect,
    run: Box<Run>,
}

impl Prepared {
    /// Runs the body.
    pub fn run(self, cx: ToolContext) -> BoxFuture<'static, Result<Rendered>> {
        (self.run)(cx)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("confirm", &self.confirm)
            .finish_non_exhaustive()
    }
}

/// A crate whose tools the program was told to offer, with `link!`.
#[derive(Debug)]
pub struct Linked {
    package: &'static str,
}

inventory::collect!(Linked);

impl Linked {
    /// The crate called `package` in Rust code.
    pub const fn new(package: &'static str) -> Self {
        Self { package }
    }
}

/// Every tool in the program, sorted by name.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    entries: Vec<&'static Entry>,
}

impl Registry {
    /// Finds every tool that is linked into the program.
    ///
    /// # Errors
    /// Two tools have one name, or a crate named in `link!` brought none.
    pub fn collect() -> Result<Self, RegistryError> {
        let linked: Vec<_> = inventory::iter::<Linked>
            .into_iter()
            .map(|it| it.package)
            .collect();
        Self::of(inventory::iter::<Entry>.into_iter().collect(), &linked)
    }

    fn of(mut entries: Vec<&'static Entry>, linked: &[&str]) -> Result<Self, RegistryError> {
        // The order of registration is unspecified, so the source position settles ties.
        entries.sort_by_key(|entry| (entry.meta.name, entry.meta.file, entry.meta.line));
        let duplicates: Vec<_> = entries
            .windows(2)
            .filter_map(|pair| match *pair {
                [a, b] if a.meta.name == b.meta.name => Some((a.meta, b.meta)),
                _ => None,
            })
            .collect();
        let packages: BTreeSet<_> = entries
            .iter()
            .map(|entry| entry.meta.package.replace('-', "_"))
            .collect();
        let empty: Vec<_> = linked
            .iter()
            .filter(|package| !packages.contains(**package))
            .map(|package| (*package).to_owned())
            .collect();
        if duplicates.is_empty() && empty.is_empty() {
            Ok(Self { entries })
        } else {
            Err(RegistryError { duplicates, empty })
        }
    }

    /// The tools, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static Entry> + '_ {
        self.entries.iter().copied()
    }

    /// The tool called `name`.
    pub fn get(&self, name: &str) -> Option<&'static Entry> {
        let found = self
            .entries
            .binary_search_by(|entry| entry.meta.name.cmp(name));
        found.ok().map(|index| self.entries[index])
    }

    /// The name of a tool that `name` may have been meant for.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        suggest::nearest(name, self.entries.iter().map(|entry| entry.meta.name))
    }
}

/// Why the tools of a program cannot be offered.
#[derive(Debug, Clone)]
pub struct RegistryError {
    duplicates: Vec<(&'static Meta, &'static Meta)>,
    empty: Vec<String>,
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duplicates = self.duplicates.iter().map(|(a, b)| {
            format!(
                "two tools are called `{}`: one is defined at {}:{} ({}), the other at {}:{} ({}); \
                 rename one with `name = \"…\"`",
                a.name, a.file, a.line, a.package, b.file, b.line, b.package
            )
        });
        let empty = self.empty.iter().map(|package| {
            format!("the crate `{package}` is named in `link!` but brought no tool")
        });
        for (index, problem) in duplicates.chain(empty).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for RegistryError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::category::Category;

    const fn entry(meta: &'static Meta) -> Entry {
        Entry {
            meta,
            input: |_| JsonObject::new(),
            output: || None,
            prepare: |_| Err(Vec::new()),
        }
    }

    const fn meta(name: &'static str, package: &'static str, line: u32) -> Meta {
        Meta {
            name,
            title: "",
            description: "",
            effect: Effect::ReadOnly,
            category: Category::Diagnostics,
            idempotent: false,
            long_running: false,
            experimental: false,
            confirm: false,
            may_read: false,
            requires: &[],
            injected: &[],
            package,
            file: "src/lib.rs",
            line,
        }
    }

    static LIST_TOPICS: Entry = entry(&meta("list-topics", "mcp-confluent", 3));
    static ASK_ACME: Entry = entry(&meta("ask-acme", "acme-tools", 7));
    static ASK_ACME_AGAIN: Entry = entry(&meta("ask-acme", "acme-more", 9));

    #[test]
    fn tools_are_sorted_and_found_by_name() {
        let registry = Registry::of(vec![&LIST_TOPICS, &ASK_ACME], &["acme_tools"]).unwrap();
        let names: Vec<_> = registry.iter().map(|entry| entry.meta().name).collect();
        assert_eq!(names, ["ask-acme", "list-topics"]);
        assert!(registry.get("list-topics").is_some());
        assert!(registry.get("list_topics").is_none());
        assert_eq!(registry.nearest("list_topic"), Some("list-topics"));
        assert_eq!(registry.nearest("produce"), None);
    }

    #[test]
    fn a_name_given_twice_is_refused_with_both_places() {
        let error = Registry::of(vec![&ASK_ACME_AGAIN, &LIST_TOPICS, &ASK_ACME], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "two tools are called `ask-acme`: one is defined at src/lib.rs:7 (acme-tools), the \
             other at src/lib.rs:9 (acme-more); rename one with `name = \"…\"`"
        );
    }

    #[test]
    fn a_linked_crate_without_tools_is_refused() {
        let error = Registry::of(vec![&ASK_ACME], &["acme_tools", "other"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the crate `other` is named in `link!` but brought no tool"
        );
    }
}
