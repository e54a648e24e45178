//! The document of the coverage is what the tests play.

use std::{collections::BTreeSet, env, fs};

use mcp_confluent_tests::{binary::workspace, coverage};

use crate::cloud;

#[test]
fn the_document_is_up_to_date() {
    let document = coverage::document(&cloud::plans());
    let path = workspace().join("docs/coverage.md");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == document,
        "docs/coverage.md is out of date: run this test with UPDATE_DOCS=1"
    );
}

#[test]
fn no_tool_has_two_plans() {
    let plans = cloud::plans();
    let tools: BTreeSet<_> = plans.iter().map(mcp_confluent_tests::Plan::tool).collect();
    assert_eq!(tools.len(), plans.len());
}
