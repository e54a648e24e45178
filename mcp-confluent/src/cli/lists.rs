//! `--allow-tools`, `--block-tools` and their files.

use std::{collections::BTreeSet, fs, path::Path};

use super::{Failure, options::Options};
use crate::{policy::ToolFilter, tool::registry::Registry};

/// The filter, and what is odd about it.
pub(super) fn filter(
    options: &Options,
    registry: &Registry,
) -> Result<(ToolFilter, Vec<String>), Failure> {
    let allow = named(
        options.allow_tools.as_deref(),
        options.allow_tools_file.as_deref(),
    )?;
    let block = named(
        options.block_tools.as_deref(),
        options.block_tools_file.as_deref(),
    )?;
    let mut notices = Vec::new();
    for (flag, list) in [("--allow-tools", &allow), ("--block-tools", &block)] {
        for name in list.iter().flatten().filter(|name| !registry.knows(name)) {
            let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            let meant = registry
                .nearest(name)
                .map(|near| format!("; did you mean `{near}`?"))
                .or_else(|| no_pattern(name).map(str::to_owned));
            notices.push(format!(
                "warning: {flag}: there is no tool `{shown}`{}",
                meant.unwrap_or_default()
            ));
        }
    }
    if allow.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(Failure::Usage(
            "--allow-tools: the list names no tool\n    Leave it out to allow all of them."
                .to_owned(),
        ));
    }
    let filter = ToolFilter {
        allow: allow.unwrap_or_default(),
        block: block.unwrap_or_default(),
    };
    Ok((filter, notices))
}

/// What to add where a pattern stands in the place of a name.
pub(super) fn no_pattern(name: &str) -> Option<&'static str> {
    name.contains(['*', '?'])
        .then_some("; patterns are not understood here: write each name")
}

/// Refuses a file that cannot be read, also where nothing needs it.
pub(super) fn check_files(options: &Options) -> Result<(), Failure> {
    for file in [&options.allow_tools_file, &options.block_tools_file] {
        named(None, file.as_deref())?;
    }
    Ok(())
}

/// The names of a list, if one was given; the typed one wins over the file.
fn named(typed: Option<&str>, file: Option<&Path>) -> Result<Option<BTreeSet<String>>, Failure> {
    if let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) {
        return Ok(Some(names(typed.split(','))));
    }
    let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) else {
        return Ok(None);
    };
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", file.display())))?;
    let lines = text.trim_start_matches('\u{feff}').lines();
    Ok(Some(names(
        lines.map(|line| line.split('#').next().unwrap_or_default()),
    )))
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
