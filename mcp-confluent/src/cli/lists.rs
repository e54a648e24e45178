//! `--allow-tools`, `--block-tools` and their files.

use std::{collections::BTreeSet, fs, path::Path};

use super::{Failure, options::Options};
use crate::{policy::ToolFilter, tool::registry::Registry};

/// The lists as they were given.
pub(super) struct Lists {
    allow: Option<List>,
    block: Option<List>,
}

/// Names of tools, and where they were given.
struct List {
    source: String,
    names: BTreeSet<String>,
}

impl Lists {
    /// Reads the lists. Each file is read this once, because it may be a pipe.
    pub(super) fn read(options: &Options) -> Result<Self, Failure> {
        Ok(Self {
            allow: List::read(
                ("--allow-tools", options.allow_tools.as_deref()),
                ("--allow-tools-file", options.allow_tools_file.as_deref()),
            )?,
            block: List::read(
                ("--block-tools", options.block_tools.as_deref()),
                ("--block-tools-file", options.block_tools_file.as_deref()),
            )?,
        })
    }

    /// The filter, and what is odd about it.
    pub(super) fn filter(self, registry: &Registry) -> Result<(ToolFilter, Vec<String>), Failure> {
        let lists = [&self.allow, &self.block].into_iter().flatten();
        let notices = lists.flat_map(|list| list.unknown(registry)).collect();
        if let Some(List { source, names }) = &self.allow
            && names.is_empty()
        {
            return Err(Failure::Usage(format!(
                "{source}: the list names no tool\n    Leave it out to allow all of them."
            )));
        }
        let names = |list: Option<List>| list.map(|list| list.names).unwrap_or_default();
        let filter = ToolFilter {
            allow: names(self.allow),
            block: names(self.block),
        };
        Ok((filter, notices))
    }
}

impl List {
    /// The list, if one was given; the typed one wins over the file, which must be readable all the same.
    fn read(
        typed: (&str, Option<&str>),
        file: (&str, Option<&Path>),
    ) -> Result<Option<Self>, Failure> {
        let from_file = match file {
            (flag, Some(file)) if !file.as_os_str().is_empty() => Some(Self::of_file(flag, file)?),
            _ => None,
        };
        let (flag, typed) = typed;
        let typed = typed.filter(|typed| !typed.trim().is_empty());
        let typed = typed.map(|typed| Self {
            source: flag.to_owned(),
            names: names(typed.split(',')),
        });
        Ok(typed.or(from_file))
    }

    fn of_file(flag: &str, file: &Path) -> Result<Self, Failure> {
        let source = format!("{flag} {}", file.display());
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("{source} cannot be read: {error}")))?;
        let lines = text.trim_start_matches('\u{feff}').lines();
        let lines = lines.map(|line| line.split('#').next().unwrap_or_default());
        Ok(Self {
            source,
            names: names(lines),
        })
    }

    /// A warning for each name that no tool has.
    fn unknown(&self, registry: &Registry) -> Vec<String> {
        let unknown = self.names.iter().filter(|name| !registry.knows(name));
        let warnings = unknown.map(|name| {
            let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            let meant = registry
                .nearest(name)
                .map(|near| format!("; did you mean `{near}`?"))
                .or_else(|| no_pattern(name).map(str::to_owned));
            format!(
                "warning: {}: there is no tool `{shown}`{}",
                self.source,
                meant.unwrap_or_default()
            )
        });
        warnings.collect()
    }
}

/// What to add where a pattern stands in the place of a name.
pub(super) fn no_pattern(name: &str) -> Option<&'static str> {
    name.contains(['*', '?'])
        .then_some("; patterns are not understood here: write each name")
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
