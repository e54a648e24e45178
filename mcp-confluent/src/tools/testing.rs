//! The tools of one connection, called through the pipeline that a client's call takes.

use std::sync::Arc;

use rmcp::model::{CallToolResponse, CallToolResult};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, Environment},
    observe::Origin,
    policy::ToolFilter,
    tool::{
        ask::Channel, call::Call, progress::ProgressSink, registry::Registry, toolbox::Toolbox,
    },
};

/// The tools of the connection `dev`, in front of a person who says yes.
pub(super) struct Tools {
    toolbox: Arc<Toolbox>,
}

impl Tools {
    /// `blocks` stands below the connection: `confluent_cloud: {endpoint: …}`, one block a line.
    pub(super) fn on(blocks: &[String]) -> Self {
        let blocks = blocks.join("\n    ");
        let file = format!("connections:\n  dev:\n    type: direct\n    {blocks}\n");
        let config = Config::from_yaml("config.yaml", &file, &Environment::default()).unwrap();
        let registry = Registry::collect().unwrap();
        let toolbox = Arc::new(Toolbox::new(registry, config, ToolFilter::default()));
        Self { toolbox }
    }

    /// Calls a tool.
    pub(super) async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let call = Call {
            tool: tool.to_owned(),
            arguments: arguments.as_object().unwrap().clone(),
            caller: "test".to_owned(),
            channel: Channel::Terminal(|_| true),
            progress: ProgressSink::none(),
            cancel: CancellationToken::new(),
            origin: Origin::default(),
        };
        match self.toolbox.call(call).await.unwrap() {
            CallToolResponse::Complete(result) => *Box::from(result),
            _ => panic!("not complete"),
        }
    }

    /// The structured content, checked against the output schema, and the prose.
    pub(super) async fn ok(&self, tool: &str, arguments: Value) -> (Value, String) {
        let result = self.call(tool, arguments).await;
        assert_ne!(result.is_error, Some(true), "{tool}: {}", text(&result));
        let words = text(&result).to_owned();
        let content = result.structured_content.unwrap();
        let registry = Registry::collect().unwrap();
        let schema = registry.get(tool).unwrap().output_schema().unwrap();
        let schema = jsonschema::validator_for(&Value::Object(schema)).unwrap();
        if let Err(error) = schema.validate(&content) {
            panic!("{tool}: {error}: {content}");
        }
        (content, words)
    }

    /// The words of a failure, with their hint.
    pub(super) async fn error(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(true), "{tool}: {}", text(&result));
        text(&result).to_owned()
    }
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}
