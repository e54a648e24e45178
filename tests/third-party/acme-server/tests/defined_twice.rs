//! A tool name that two crates use fails the build.

use std::process::{Command, Output};

fn build(flags: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        .args([
            "rustc",
            "--offline",
            "--package",
            "acme-server",
            "--example",
            "defined_twice",
        ])
        .args(["--", "--check-cfg=cfg(defined_twice)"])
        .args(flags)
        .output()
        .expect("cargo runs")
}

#[test]
fn the_linker_names_the_tool_that_two_crates_define() {
    let output = build(&["--cfg=defined_twice"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it was built:\n{errors}");
    let symbol = "mcp_confluent_tool_defined_twice__track_parcel";
    assert!(errors.contains(symbol), "{symbol} is not in\n{errors}");
    assert!(
        errors.contains("duplicate") || errors.contains("multiple"),
        "{errors}"
    );
}

#[test]
fn without_the_second_definition_it_builds() {
    let output = build(&[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
