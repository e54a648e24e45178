//! `list-schema-contexts`.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    client::schema_registry::{Deleted, context_of},
    prelude::*,
};

const DEFAULT: &str = ".";

/// List the contexts of a schema registry, whose subjects are written `:.name:subject`.
#[confluent_tool(read_only, category = SchemaRegistry)]
async fn list_schema_contexts(registry: SchemaRegistry) -> Result<ContextList> {
    let (client, call) = (registry.client(), registry.call());
    let names = client.contexts(call).await?;
    let mut counts: BTreeMap<String, usize> = names.into_iter().map(|name| (name, 0)).collect();
    for subject in client.subjects(call, Some(":*:"), Deleted::Exclude).await? {
        let context = context_of(&subject).unwrap_or(DEFAULT);
        *counts.entry(context.to_owned()).or_default() += 1;
    }
    let contexts = counts
        .into_iter()
        .map(|(name, subjects)| Context { name, subjects });
    Ok(ContextList {
        contexts: contexts.collect(),
    })
}

/// Contexts of one registry.
#[confluent_type(text("{}", self.prose()))]
struct ContextList {
    /// The contexts, sorted by name.
    contexts: Vec<Context>,
}

/// A context.
#[confluent_type]
struct Context {
    /// Name, for example `.staging`; `.` is the default context.
    name: String,
    /// Number of subjects in it.
    subjects: usize,
}

impl ContextList {
    fn prose(&self) -> String {
        let mut text = match self.contexts.len() {
            1 => "1 context:".to_owned(),
            count => format!("{count} contexts:"),
        };
        for Context { name, subjects } in &self.contexts {
            // Writing into a string cannot fail.
            let _ = write!(text, "\n{name} ({subjects} subjects)");
        }
        text
    }
}
