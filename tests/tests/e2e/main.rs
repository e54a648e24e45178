//! End-to-end tests: the built server over its pipes, in both protocol eras, on the embedded broker
//! or on the real Kafka that `MCP_CONFLUENT_TEST_KAFKA_ENV` names.
#![allow(clippy::unwrap_used, reason = "these are tests")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "`json!(…)` in place reads best"
)]

mod access;
mod arguments;
mod cloud;
mod command_line;
mod configs;
mod confirmation;
mod container;
mod coverage;
mod faults;
mod groups;
mod instances;
mod listing;
mod login;
mod members;
mod payloads;
mod promises;
mod protocol;
mod reading;
mod records;
mod registry;
mod resources;
mod routing;
mod support;
mod tasks;
mod topics;
