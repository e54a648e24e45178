//! The API over HTTP, as a client sees it.

mod contexts;
mod deletion;
mod hooks;
mod registering;
mod settings;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Registry, RegistryOptions};

/// A registry and the little of HTTP that a test needs.
struct Client {
    registry: Registry,
}

impl Client {
    async fn start() -> Self {
        Self::with(RegistryOptions::new()).await
    }

    async fn with(options: RegistryOptions) -> Self {
        Self {
            registry: Registry::start(options).await.expect("a registry"),
        }
    }

    /// The status and the body of the answer.
    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.call_as(None, method, path, body).await
    }

    async fn call_as(
        &self,
        authorization: Option<&str>,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let url = self.registry.url();
        let address = url.strip_prefix("http://").expect("a URL");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let authorization = authorization
            .map(|value| format!("authorization: {value}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{authorization}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
        (status, body)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, &Value::Null).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.call("DELETE", path, &Value::Null).await
    }

    /// Registers an Avro schema and returns the status and the body.
    async fn register(&self, subject: &str, schema: &Value) -> (u16, Value) {
        let body = json!({ "schema": schema.to_string() });
        self.call("POST", &format!("/subjects/{subject}/versions"), &body)
            .await
    }
}

/// A record with these int fields.
fn record(fields: &[&str]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|name| json!({"name": name, "type": "int"}))
        .collect();
    json!({"type": "record", "name": "R", "fields": fields})
}

/// The status and the error code of an answer.
fn refusal((status, body): (u16, Value)) -> (u16, u64) {
    (
        status,
        body["error_code"]
            .as_u64()
            .unwrap_or_else(|| panic!("{status} {body}")),
    )
}
