//! `docs/coverage.md`: which case of which tool the tests play.

use std::fmt::Write as _;

use crate::{Plan, plan::Case};

const HEAD: &str = "\
# What the end-to-end tests cover

Each mark is a case that an end-to-end test runs with the built server over its pipes, against the
sandbox: its broker, registry and cloud. Every successful answer is checked against the tool's own
output schema. An empty cell is a case that the tool does not have.

- **minimal**, **all**: the call with only what is required, and with every argument
- **pages**: a list read in pages is complete, with each item once
- **arguments**: wrong and unknown arguments are refused before anything is sent
- **400** to **500**: the service refuses; the answer says so with its reason and no secret
- **502**: a proxy answers with a web page; the answer holds one line of it
- **empty**: there is nothing to list
- **away**: nothing listens at the address
- **time-out**, **cancelled**: the service does not answer; the request to it ends with the call
- **read-only**: a connection that may change nothing sends nothing

This table is generated: `UPDATE_DOCS=1 cargo test -p mcp-confluent-tests --test e2e coverage`.

";

/// The document for these plans.
pub fn document(plans: &[Plan]) -> String {
    let mut plans: Vec<_> = plans.iter().collect();
    plans.sort_by_key(|plan| plan.tool());
    let mut text = HEAD.to_owned();
    let cases = Case::all();
    let titles: Vec<_> = cases.iter().map(|case| case.title()).collect();
    // Writing into a string cannot fail.
    let _ = writeln!(text, "| tool | {} |", titles.join(" | "));
    let _ = writeln!(text, "|---|{}", ":-:|".repeat(cases.len()));
    for plan in plans {
        let mark = |case: &Case| if plan.plays(*case) { "✓" } else { "" };
        let marks: Vec<_> = cases.iter().map(mark).collect();
        let _ = writeln!(text, "| `{}` | {} |", plan.tool(), marks.join(" | "));
    }
    text
}
