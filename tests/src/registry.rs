//! [`Registry`]: a schema registry of one test's own, or the one that the environment names.

use std::env;

use mcp_confluent_sandbox::registry::{Registry as Sandbox, RegistryOptions};
use serde_json::{Value, json};

/// The URL of a registry to test against instead of the embedded one.
const REGISTRY_URL: &str = "MCP_CONFLUENT_TEST_REGISTRY_URL";

/// A schema registry. It may be shared with other tests, so subjects need names of their own.
pub struct Registry {
    sandbox: Option<Sandbox>,
    url: String,
}

impl Registry {
    /// The registry that `MCP_CONFLUENT_TEST_REGISTRY_URL` names, or else the embedded one.
    pub async fn start() -> Self {
        match env::var(REGISTRY_URL) {
            Ok(url) => Self { sandbox: None, url },
            Err(_) => Self::embedded().await,
        }
    }

    /// The embedded one in any case: for GUIDs, contexts and faults.
    pub async fn embedded() -> Self {
        let sandbox = Sandbox::start(RegistryOptions::new())
            .await
            .expect("the embedded registry starts");
        Self {
            url: sandbox.url(),
            sandbox: Some(sandbox),
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The embedded registry, which can be stopped and made to fail.
    ///
    /// # Panics
    /// It is another one.
    pub fn sandbox(&self) -> &Sandbox {
        self.sandbox
            .as_ref()
            .expect("the test starts the embedded registry")
    }

    /// `connection` with this registry.
    pub fn beside(&self, mut connection: Value) -> Value {
        connection["schema_registry"] = json!({ "endpoint": self.url });
        connection
    }
}
