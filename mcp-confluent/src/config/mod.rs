//! The configuration: YAML, environment and files become one checked [`Config`].
//!
//! This module reads and never connects. A file written for the reference server works unchanged.
//!
//! The way of a file: `yaml` makes a tree of nodes that know their line, `interpolate` puts
//! variables in, `unset` decides about those that are not set, `reader` holds the tree against the
//! one description of all `keys`, and `assemble` builds the `model` from what fits. `schema` writes
//! the JSON Schema from the same description. Without a file, `variables` makes the tree. Every
//! step adds to the same `problems`, so that one run reports all of them.

mod assemble;
mod brokers;
mod dotenv;
mod environment;
mod flags;
mod found;
mod glob;
mod interpolate;
mod kafka;
mod kafka_block;
mod kafka_oauth;
mod kafka_properties;
mod keys;
mod load;
mod model;
mod otlp;
mod problems;
mod properties;
mod reader;
mod schema;
mod server;
mod server_block;
mod services;
mod shape;
pub(crate) mod suggest;
mod tls;
mod unset;
mod url;
mod variables;
mod yaml;

pub use self::{
    environment::Environment,
    flags::{ConfigFlags, DEFAULT_FILE},
    glob::Glob,
    kafka::{KafkaAuth, KafkaBlock, OAuthBearer, ScramHash, SecurityProtocol},
    kafka_properties::{CLIENT_ID, PropertyValue},
    model::{
        CloudEnvironment, Config, ConfigSource, ConnectionConfig, ConnectionKind,
        DEFAULT_PROTECTED_TOPICS, DirectServices, OAuthConnection, TokenStore,
    },
    otlp::OtlpConfig,
    problems::{ConfigError, Place, Problem},
    schema::json_schema,
    server::{
        Confirm, Endpoints, HttpConfig, HttpTls, LogLevel, SafetyConfig, ServerAuth, ServerConfig,
        ServerOAuth, ToolsConfig, Transport,
    },
    services::{
        ClientCredentials, ConfluentCloudBlock, DEFAULT_CLOUD_ENDPOINT, DEFAULT_TELEMETRY_ENDPOINT,
        FlinkBlock, HttpAuth, SchemaRegistryBlock, TableflowBlock, TelemetryBlock,
    },
    tls::TlsConfig,
    variables::DEFAULT_CONNECTION,
};

/// A commented file to start from, with one connection to a Kafka on this machine.
pub const STARTER: &str = include_str!("../../samples/starter.yaml");

/// A commented file to start from, with one connection that signs in to Confluent Cloud.
pub const STARTER_OAUTH: &str = include_str!("../../samples/starter-oauth.yaml");

pub(crate) use self::load::yaml_value;
#[cfg(feature = "http")]
pub(crate) use self::server_block::wrong_path;

#[cfg(test)]
mod tests;
