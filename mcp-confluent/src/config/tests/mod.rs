//! Tests of the module as a whole: text in, configuration or report out.

mod acceptance;
mod flags;
mod kafka;
mod model;
mod otlp;
mod report;
mod samples;
mod services;
mod variables;

use super::{Config, ConfigError, Environment};

/// Reads `text` as `config.yaml` with these variables.
fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_yaml("config.yaml", text, &variables.iter().copied().collect())
}

/// Reads `text` as `config.yaml` without variables.
fn load(text: &str) -> Result<Config, ConfigError> {
    load_with(text, &[])
}

/// Reads a text that must be fine.
fn good(text: &str) -> Config {
    load(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The report on a text that must not be fine, without its heading.
fn bad(text: &str) -> String {
    match load(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => lines(&error),
    }
}

/// The problems of a report, one a line, fixes left out.
fn lines(error: &ConfigError) -> String {
    let lines: Vec<String> = error
        .problems()
        .iter()
        .map(|problem| {
            let problem = problem.to_string();
            problem.lines().next().unwrap_or_default().to_owned()
        })
        .collect();
    lines.join("\n")
}

/// A file of one direct connection `a` whose blocks are `blocks` (YAML without indentation).
fn direct(blocks: &str) -> String {
    format!(
        "connections:\n  a:\n    type: direct\n{}",
        indented(blocks, 4)
    )
}

fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    let lines: Vec<String> = text
        .lines()
        .map(|line| indent.clone() + line + "\n")
        .collect();
    lines.concat()
}

/// Every variable that `text` refers to, with a value that suits its name.
fn stubs(text: &str) -> Environment {
    let mut variables = Vec::new();
    for part in text.split("${").skip(1) {
        let end = part.find(['}', ':']).unwrap_or(part.len());
        let name = &part[..end];
        let value = if name.ends_with("BOOTSTRAP_SERVERS") {
            "broker.example.com:9092"
        } else if name.ends_with("ENDPOINT") {
            "https://service.example.com"
        } else if name.ends_with("ENV_ID") {
            "env-abc"
        } else if name.ends_with("POOL_ID") {
            "lfcp-abc"
        } else if name.ends_with("READ_ONLY") {
            "true"
        } else {
            "some-value-that-is-long-enough-for-a-key"
        };
        variables.push((name, value));
    }
    variables.into_iter().collect()
}
