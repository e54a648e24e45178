//! Requests for several things, each of which can fail on its own.

use crate::prelude::*;

/// Sorts what was done from what was not. If nothing was done, that is an error.
///
/// `doing` is the verb of the error (`tag`), `name` how a thing is called in it.
pub(super) fn sort<T, F>(
    doing: &str,
    outcomes: Vec<(T, Result<()>)>,
    name: impl Fn(&T) -> String,
    failure: impl Fn(T, &ToolError) -> F,
) -> Result<(Vec<T>, Vec<F>)> {
    let mut done = Vec::new();
    let mut failed = Vec::new();
    let mut said = Vec::new();
    let mut first = None;
    for (thing, outcome) in outcomes {
        match outcome {
            Ok(()) => done.push(thing),
            Err(error) => {
                said.push(format!("{}: {}", name(&thing), error.message()));
                failed.push(failure(thing, &error));
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if done.is_empty() => {
            let mut all = ToolError::new(error.kind(), said.join("; ")).context(doing);
            if let Some(hint) = error.hint_text() {
                all = all.hint(hint.to_owned());
            }
            Err(match error.code_text() {
                Some(code) => all.code(code.to_owned()),
                None => all,
            })
        }
        _ => Ok((done, failed)),
    }
}
