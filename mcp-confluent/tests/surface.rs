//! What clients see of every tool, kept in the tree: a changed surface is a visible change.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p mcp-confluent --test surface`, and
//! read the difference.

#![cfg(all(feature = "kafka", feature = "http"))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is a failure")]

use mcp_confluent::{
    config::{Config, Environment},
    policy::ToolFilter,
    tool::{registry::Registry, toolbox::Toolbox},
};

/// Everything a connection can offer in this build.
const EVERYTHING: &str = "
connections:
  all:
    type: direct
    kafka:
      bootstrap_servers: localhost:9092
      auth: {type: api_key, key: key, secret: secret}
    schema_registry:
      endpoint: http://localhost:8081
      auth: {type: api_key, key: key, secret: secret}
    confluent_cloud:
      auth: {type: api_key, key: key, secret: secret}
    flink:
      endpoint: https://localhost
      auth: {type: api_key, key: key, secret: secret}
      environment_id: env-1
      organization_id: organization
      compute_pool_id: lfcp-1
    tableflow:
      auth: {type: api_key, key: key, secret: secret}
";

fn toolbox() -> Toolbox {
    let environment = Environment::from_iter(Vec::<(String, String)>::new());
    let config = Config::from_yaml("all.yaml", EVERYTHING, &environment).unwrap();
    Toolbox::new(Registry::collect().unwrap(), config, ToolFilter::default())
}

#[test]
fn each_tool_is_as_it_was() {
    for tool in toolbox().list() {
        insta::assert_json_snapshot!(tool.name.as_ref(), tool);
    }
}

#[test]
fn the_whole_surface_is_as_it_was() {
    let lines: Vec<_> = toolbox()
        .list()
        .map(|tool| {
            let hints = tool.annotations.clone().unwrap_or_default();
            let effect = match (hints.read_only_hint, hints.destructive_hint) {
                (Some(true), _) => "read-only",
                (_, Some(true)) => "destructive",
                _ => "write",
            };
            let properties = tool.input_schema["properties"].as_object().unwrap();
            let required = tool
                .input_schema
                .get("required")
                .and_then(|names| names.as_array());
            let arguments: Vec<_> = properties
                .keys()
                .map(|name| {
                    let needed = required.is_some_and(|names| names.iter().any(|it| it == name));
                    if needed {
                        name.clone()
                    } else {
                        format!("{name}?")
                    }
                })
                .collect();
            format!("{} ({effect}): {}", tool.name, arguments.join(", "))
        })
        .collect();
    insta::assert_snapshot!("surface", lines.join("\n"));
}

#[test]
fn every_tool_keeps_the_rules() {
    mcp_confluent::testing::check_tools();
}
