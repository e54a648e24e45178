//! The client against the sandbox registry, or the one at `MCP_CONFLUENT_TEST_REGISTRY_URL`.

mod faults;
mod references;
mod schemas;
mod settings;
mod source;

use std::time::Duration;

use mcp_confluent_sandbox::registry::{Registry, RegistryOptions};
use serde_json::{Value, json};

use super::*;
use crate::error::{ErrorKind, ToolError};

/// A registry to test against, and a prefix that keeps the tests apart in one that is shared.
struct Fixture {
    client: SchemaRegistryClient,
    /// `None` where the tests run against another registry.
    sandbox: Option<Registry>,
    prefix: String,
}

impl Fixture {
    /// What every registry can do.
    async fn start() -> Self {
        match std::env::var("MCP_CONFLUENT_TEST_REGISTRY_URL") {
            Ok(url) => Self::at(&url, None),
            Err(_) => Self::sandbox().await,
        }
    }

    /// What only the sandbox lets a test do.
    async fn sandbox() -> Self {
        let registry = Registry::start(RegistryOptions::new())
            .await
            .expect("a registry");
        Self::at(&registry.url(), Some(registry))
    }

    fn at(url: &str, sandbox: Option<Registry>) -> Self {
        Self {
            client: client(url, false),
            sandbox,
            prefix: format!("test-{:08x}-", rand::random::<u32>()),
        }
    }

    fn subject(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    async fn register(&self, name: &str, schema: &Schema) -> Registration {
        let registered = self
            .client
            .register(&call(), &self.subject(name), schema, false)
            .await;
        registered.unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn client(url: &str, read_only: bool) -> SchemaRegistryClient {
    let block = SchemaRegistryBlock {
        endpoints: vec![url.to_owned()],
        auth: None,
        tls: None,
    };
    SchemaRegistryClient::new(&block, read_only).expect("a client")
}

fn call() -> Call {
    Call::within(Duration::from_secs(30))
}

/// An Avro record with these int fields.
fn record(name: &str, fields: &[&str]) -> Schema {
    let fields: Vec<Value> = fields
        .iter()
        .map(|name| json!({"name": name, "type": "int"}))
        .collect();
    avro(&json!({"type": "record", "name": name, "fields": fields}))
}

fn avro(schema: &Value) -> Schema {
    Schema::new(SchemaType::Avro, schema.to_string())
}

/// Asserts that `result` failed as `kind`, with the registry's code, and returns the error.
fn failed<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: Option<&str>) -> ToolError {
    let error = result.expect_err("a failure");
    assert_eq!((error.kind(), error.code_text()), (kind, code), "{error}");
    error
}
