//! The Kafka client against a broker: the sandbox, or the one that `MCP_CONFLUENT_TEST_BOOTSTRAP` names.
#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod admin;
mod cluster;
mod faults;
mod groups;
mod reading;
mod tokens;
mod writing;
