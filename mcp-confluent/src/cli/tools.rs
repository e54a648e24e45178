//! `tools`: which tools are on, which are off, and why.

use std::{collections::BTreeMap, io::Write as _};

use super::{Failure, setup::Ready};

pub(super) fn run(ready: &Ready) -> Result<(), Failure> {
    let toolbox = &ready.toolbox;
    let mut on: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut off: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in toolbox.registry().iter() {
        let meta = entry.meta();
        match toolbox.gap(entry) {
            None => on.entry(meta.category.as_str()).or_default().push(meta),
            Some(gap) => off.entry(gap.reason()).or_default().push(meta.name),
        }
    }
    let mut page = String::new();
    for (category, tools) in &on {
        page.push_str(&format!("{category}\n"));
        for meta in tools {
            let first = meta.description.lines().next().unwrap_or_default();
            page.push_str(&format!("  {:<28} {first}\n", meta.name));
        }
    }
    if on.is_empty() {
        page.push_str("No tool is on.\n");
    }
    for (reason, names) in &off {
        page.push_str(&format!("\noff, because {reason}:\n  {}\n", names.join(", ")));
    }
    print(&page)
}

/// Writes to standard output; a reader that has seen enough is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Run(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
