//! [`Config`]: configuration files for the server.

use std::io::Write as _;

use serde_json::{Map, Value, json};

/// A configuration file in the making. YAML is a superset of JSON, so JSON is what is written.
#[derive(Debug, Clone, Default)]
pub struct Config {
    connections: Map<String, Value>,
    rest: Map<String, Value>,
}

impl Config {
    /// A configuration without connections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connection.
    #[must_use]
    pub fn connection(mut self, id: &str, connection: Value) -> Self {
        self.connections.insert(id.to_owned(), connection);
        self
    }

    /// Sets another top-level key.
    #[must_use]
    pub fn set(mut self, key: &str, value: Value) -> Self {
        self.rest.insert(key.to_owned(), value);
        self
    }

    /// Writes a file that is removed with the returned path.
    pub fn write(&self) -> tempfile::TempPath {
        let mut all = self.rest.clone();
        all.insert(
            "connections".to_owned(),
            Value::Object(self.connections.clone()),
        );
        let mut file = tempfile::Builder::new()
            .prefix("mcp-confluent-")
            .suffix(".yaml")
            .tempfile()
            .expect("a temporary file can be made");
        file.write_all(Value::Object(all).to_string().as_bytes())
            .expect("it can be written");
        file.into_temp_path()
    }
}

/// A direct connection to the Kafka at `bootstrap`, without authentication.
pub fn plain(bootstrap: &str) -> Value {
    json!({ "type": "direct", "kafka": { "bootstrap_servers": bootstrap } })
}
