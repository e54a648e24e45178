//! The registry: every tool, resource and prompt that is linked into the program, found without a
//! list.

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
        prompt::PromptEntry,
        resource::{ResourceEntry, template::Template},
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

impl AsRef<Meta> for Entry {
    fn as_ref(&self) -> &Meta {
        self.meta
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

/// A body whose arguments are typed, ready to run.
pub(crate) type Body<T> = Box<dyn FnOnce(ToolContext) -> BoxFuture<'static, Result<T>> + Send>;

/// What takes the arguments, and makes the rest of the way.
pub(crate) type Prepare<T> = fn(JsonObject) -> Result<Body<T>, Vec<Problem>>;

/// Types the checked `arguments` of a resource or a prompt, without running anything.
pub(crate) fn prepare_body<A: Arguments, T: 'static>(
    mut arguments: JsonObject,
    run: fn(ToolContext, A) -> BoxFuture<'static, Result<T>>,
) -> Result<Body<T>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(arguments) = A::take(&mut arguments, &mut problems) else {
        return Err(problems);
    };
    Ok(Box::new(move |cx| run(cx, arguments)))
}

/// A call whose arguments are typed, ready to run.
pub struct Prepared {
    /// The question to ask first, with the arguments filled in.
    pub confirm: Option<String>,
    /// What the call does: the tool's effect, or less where the arguments say so.
    pub effect: Effect,
    run: Body<Rendered>,
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

/// A crate whose tools, resources and prompts the program was told to offer, with `link!`.
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

/// Every tool, resource and prompt in the program.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    entries: Vec<&'static Entry>,
    resources: Vec<&'static ResourceEntry>,
    prompts: Vec<&'static PromptEntry>,
}

impl Registry {
    /// Finds everything that is linked into the program.
    ///
    /// # Errors
    /// Two tools, resources or prompts have one name, two resources one URI, or a crate named in
    /// `link!` brought nothing.
    pub fn collect() -> Result<Self, RegistryError> {
        let linked: Vec<_> = inventory::iter::<Linked>
            .into_iter()
            .map(|it| it.package)
            .collect();
        Self {
            entries: inventory::iter::<Entry>.into_iter().collect(),
            resources: inventory::iter::<ResourceEntry>.into_iter().collect(),
            prompts: inventory::iter::<PromptEntry>.into_iter().collect(),
        }
        .checked(&linked)
    }

    fn checked(mut self, linked: &[&str]) -> Result<Self, RegistryError> {
        let mut error = RegistryError::default();
        error.find_twice("tools", &mut self.entries, |it| it.meta.name.to_owned());
        error.find_twice("prompts", &mut self.prompts, |it| it.meta().name.to_owned());
        error.find_twice("resources", &mut self.resources, |it| {
            it.meta().name.to_owned()
        });
        // The last order stays. Variables sort behind the text that could stand in their place, so
        // that of two that match one URI the more exact one comes first.
        error.find_twice("URIs", &mut self.resources, |it| {
            Template::new(it.uri()).shape()
        });
        let packages: BTreeSet<_> = self
            .metas()
            .map(|meta| meta.package.replace('-', "_"))
            .collect();
        error.empty = linked
            .iter()
            .filter(|package| !packages.contains(**package))
            .map(|package| (*package).to_owned())
            .collect();
        if error.duplicates.is_empty() && error.empty.is_empty() {
            Ok(self)
        } else {
            Err(error)
        }
    }

    /// What is known of everything.
    fn metas(&self) -> impl Iterator<Item = &'static Meta> + '_ {
        let tools = self.entries.iter().map(|entry| entry.meta());
        let resources = self.resources.iter().map(|entry| entry.meta());
        let prompts = self.prompts.iter().map(|entry| entry.meta());
        tools.chain(resources).chain(prompts)
    }

    /// The resources, sorted by URI.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = &'static ResourceEntry> + '_ {
        self.resources.iter().copied()
    }

    /// The prompts, sorted by name.
    pub fn prompts(&self) -> impl ExactSizeIterator<Item = &'static PromptEntry> + '_ {
        self.prompts.iter().copied()
    }

    /// Whether a tool, a resource or a prompt is called `name`.
    pub fn knows(&self, name: &str) -> bool {
        self.metas().any(|meta| meta.name == name)
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

/// Why the tools, resources and prompts of a program cannot be offered.
#[derive(Debug, Clone, Default)]
pub struct RegistryError {
    duplicates: Vec<Duplicate>,
    empty: Vec<String>,
}

#[derive(Debug, Clone)]
struct Duplicate {
    /// `tools`, `resources`, `prompts` or `URIs`.
    what: &'static str,
    name: String,
    places: [&'static Meta; 2],
}

impl RegistryError {
    /// Sorts `entries` by `name` and finds those that have the same.
    fn find_twice<E: AsRef<Meta> + 'static>(
        &mut self,
        what: &'static str,
        entries: &mut [&'static E],
        name: impl Fn(&E) -> String,
    ) {
        // The order of registration is unspecified, so the source position settles ties.
        entries.sort_by_cached_key(|entry| {
            let meta = (**entry).as_ref();
            (name(entry), meta.file, meta.line)
        });
        for pair in entries.windows(2) {
            let [a, b] = pair else { continue };
            if name(a) == name(b) {
                self.duplicates.push(Duplicate {
                    what,
                    name: name(a),
                    places: [(**a).as_ref(), (**b).as_ref()],
                });
            }
        }
    }
}

impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            name,
            places: [a, b],
        } = self;
        match *what {
            "URIs" => write!(f, "two resources have the URI `{name}`")?,
            what => write!(f, "two {what} are called `{name}`")?,
        }
        write!(
            f,
            ": one is defined at {}:{} ({}), the other at {}:{} ({}); ",
            a.file, a.line, a.package, b.file, b.line, b.package
        )?;
        f.write_str(match *what {
            "URIs" => "change one",
            _ => "rename one with `name = \"…\"`",
        })
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duplicates = self.duplicates.iter().map(ToString::to_string);
        let empty = self.empty.iter().map(|package| {
            format!(
                "the crate `{package}` is named in `link!` but brought no tool, resource or prompt"
            )
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
            like: None,
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

    fn registry(entries: Vec<&'static Entry>, linked: &[&str]) -> Result<Registry, RegistryError> {
        let registry = Registry {
            entries,
            ..Registry::default()
        };
        registry.checked(linked)
    }

    #[test]
    fn tools_are_sorted_and_found_by_name() {
        let registry = registry(vec![&LIST_TOPICS, &ASK_ACME], &["acme_tools"]).unwrap();
        let names: Vec<_> = registry.iter().map(|entry| entry.meta().name).collect();
        assert_eq!(names, ["ask-acme", "list-topics"]);
        assert!(registry.get("list-topics").is_some());
        assert!(registry.get("list_topics").is_none());
        assert_eq!(registry.nearest("list_topic"), Some("list-topics"));
        assert_eq!(registry.nearest("produce"), None);
    }

    #[test]
    fn a_name_given_twice_is_refused_with_both_places() {
        let error = registry(vec![&ASK_ACME_AGAIN, &LIST_TOPICS, &ASK_ACME], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "two tools are called `ask-acme`: one is defined at src/lib.rs:7 (acme-tools), the \
             other at src/lib.rs:9 (acme-more); rename one with `name = \"…\"`"
        );
    }

    #[test]
    fn a_uri_given_twice_is_refused_with_both_places() {
        let mut error = RegistryError::default();
        error.find_twice("URIs", &mut [&LIST_TOPICS, &ASK_ACME], |_| {
            "acme://{}".to_owned()
        });
        assert_eq!(
            error.to_string(),
            "two resources have the URI `acme://{}`: one is defined at src/lib.rs:3 \
             (mcp-confluent), the other at src/lib.rs:7 (acme-tools); change one"
        );
    }

    #[test]
    fn a_linked_crate_without_tools_is_refused() {
        let error = registry(vec![&ASK_ACME], &["acme_tools", "other"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the crate `other` is named in `link!` but brought no tool, resource or prompt"
        );
    }
}
