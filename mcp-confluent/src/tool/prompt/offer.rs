//! The prompts that the configured connections can serve.

use std::sync::Arc;

use rmcp::model::{JsonObject, Prompt, PromptArgument};
use serde_json::Value;

use super::PromptEntry;
use crate::{
    connection::Connection,
    tool::{
        argument::Completers,
        toolbox::{Toolbox, add_route},
    },
};

/// A prompt that is of use somewhere, as clients see it.
pub(crate) struct PromptOffer {
    pub(crate) entry: &'static PromptEntry,
    pub(crate) prompt: Prompt,
    pub(super) schema: JsonObject,
    pub(crate) completers: Completers,
    /// The connections that can serve it; empty for a prompt that needs none.
    pub(crate) viable: Vec<Arc<Connection>>,
    /// Whether a request names its connection.
    pub(crate) routed: bool,
}

impl Toolbox {
    /// The prompts that are offered, sorted by name.
    pub(crate) fn prompts(&self) -> &[PromptOffer] {
        self.prompts.get_or_init(|| {
            let entries = self.registry().prompts();
            entries
                .filter_map(|entry| self.offer_prompt(entry))
                .collect()
        })
    }

    /// One offered prompt.
    pub(crate) fn prompt(&self, name: &str) -> Option<&PromptOffer> {
        self.prompts()
            .iter()
            .find(|offer| offer.entry.meta().name == name)
    }

    fn offer_prompt(&self, entry: &'static PromptEntry) -> Option<PromptOffer> {
        if self.gates.gap(entry).is_some() {
            return None;
        }
        let viable = self.gates.viable(entry);
        let routed = !viable.is_empty() && self.connections().len() > 1;
        let (mut schema, completers) = entry.schema_and_completers();
        if routed {
            add_route(&mut schema, &viable);
        }
        Some(PromptOffer {
            entry,
            prompt: describe(entry, &schema),
            schema,
            completers,
            viable,
            routed,
        })
    }
}

fn describe(entry: &PromptEntry, schema: &JsonObject) -> Prompt {
    let meta = entry.meta();
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &String| required.is_some_and(|names| names.iter().any(|it| it == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    let arguments: Vec<_> = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let description = property["description"].as_str().unwrap_or_default();
            PromptArgument::new(name)
                .with_description(description)
                .with_required(is_required(name))
        })
        .collect();
    Prompt::new(
        meta.name,
        Some(meta.description),
        (!arguments.is_empty()).then_some(arguments),
    )
    .with_title(meta.title)
}
