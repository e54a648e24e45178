//! How much of a model's attention the list of tools takes.

#![cfg(all(feature = "kafka", feature = "http"))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is a failure")]
#![allow(clippy::print_stdout, reason = "the sizes are what is reported")]

use mcp_confluent::{
    config::{Config, Environment},
    policy::ToolFilter,
    tool::{registry::Registry, toolbox::Toolbox},
};
use serde_json::Value;

/// Bytes of all tools without the schemas of their results. Once it is used up, what is added has to
/// be saved elsewhere.
const BUDGET: usize = 60_000;
/// Bytes of one tool without the schema of its result.
const BUDGET_OF_ONE: usize = 5_000;

/// One connection that offers everything.
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

/// Each tool with its size in `tools/list`.
fn sizes(output_schemas: bool) -> Vec<(usize, String)> {
    let environment = Environment::from_iter(Vec::<(String, String)>::new());
    let mut config = Config::from_yaml("all.yaml", EVERYTHING, &environment).unwrap();
    config.tools.output_schemas = output_schemas;
    let toolbox = Toolbox::new(Registry::collect().unwrap(), config, ToolFilter::default());
    let sizes = toolbox.list().map(|tool| {
        assert_eq!(
            tool.output_schema.is_some(),
            output_schemas,
            "{}",
            tool.name
        );
        let json: Value = serde_json::to_value(tool).unwrap();
        (json.to_string().len() + 1, tool.name.to_string())
    });
    let mut sizes: Vec<_> = sizes.collect();
    sizes.sort_unstable();
    sizes.reverse();
    sizes
}

fn total(sizes: &[(usize, String)]) -> usize {
    sizes.iter().map(|(size, _)| size).sum()
}

/// `cargo test -p mcp-confluent --test budget -- --nocapture` prints the sizes.
#[test]
fn the_list_of_tools_stays_light() {
    let sizes_alone = sizes(false);
    let whole = sizes(true);
    println!("{} tools: {} bytes", sizes_alone.len(), total(&sizes_alone));
    println!("with the schemas of their results: {} bytes", total(&whole));
    for (size, tool) in &sizes_alone {
        println!("{size:6} {tool}");
    }
    let largest = &sizes_alone[0];
    assert!(
        largest.0 <= BUDGET_OF_ONE,
        "{largest:?} is larger than {BUDGET_OF_ONE} bytes"
    );
    let total = total(&sizes_alone);
    assert!(
        total <= BUDGET,
        "{total} bytes, largest first: {:?}",
        &sizes_alone[..10]
    );
}
