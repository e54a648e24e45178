//! What a schema refers to, and what that refers to.

use std::{collections::HashSet, sync::Arc};

use super::{Reference, Schema, SchemaRegistryClient, Version, context_of};
use crate::{
    client::http::Call,
    error::{ErrorKind, Result, ToolError},
};

const MAX_SCHEMAS: usize = 200;
const MAX_DEPTH: usize = 32;
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A schema that another one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedReference {
    /// The name that the referring text uses.
    pub name: String,
    /// Where it is registered.
    pub subject: String,
    /// Its version there.
    pub version: u32,
    /// Its id.
    pub id: u32,
    /// The schema itself.
    pub schema: Schema,
}

impl SchemaRegistryClient {
    /// Everything that `schema` refers to, directly or not: each name once, and each after those it
    /// refers to itself, so that a parser can take them in this order.
    ///
    /// `subject` is where `schema` is registered; a subject without a context is looked for in that of
    /// the subject whose schema refers to it.
    ///
    /// # Errors
    /// A reference is not registered, or there are more than 200 of them, 8 MiB, or a depth of 32.
    pub async fn resolve_references(
        &self,
        call: &Call,
        schema: &Schema,
        subject: Option<&str>,
    ) -> Result<Vec<ResolvedReference>> {
        let context = subject.and_then(context_of).map(Arc::from);
        let mut seen = HashSet::new();
        let mut bytes = 0;
        let mut resolved = Vec::new();
        // Entered ones wait on the stack, with what they refer to above them.
        let mut stack: Vec<Step> = Vec::new();
        push_all(&mut stack, &schema.references, context.as_ref(), 1);
        while let Some(step) = stack.pop() {
            let (reference, context, depth) = match step {
                Step::Leave(reference) => {
                    resolved.push(*reference);
                    continue;
                }
                Step::Enter(reference, context, depth) => (reference, context, depth),
            };
            if !seen.insert(reference.name.clone()) {
                continue;
            }
            if depth > MAX_DEPTH || seen.len() > MAX_SCHEMAS || bytes > MAX_BYTES {
                return Err(too_much(&reference));
            }
            let found = self.resolve(call, reference, context.as_deref()).await?;
            bytes += found.schema.text.len();
            let inner = found.schema.references.clone();
            // What it refers to without a context is beside it, wherever the first one is.
            let context = context_of(&found.subject).map(Arc::from);
            stack.push(Step::Leave(Box::new(found)));
            push_all(&mut stack, &inner, context.as_ref(), depth + 1);
        }
        Ok(resolved)
    }

    async fn resolve(
        &self,
        call: &Call,
        reference: Reference,
        context: Option<&str>,
    ) -> Result<ResolvedReference> {
        let Reference {
            name,
            subject,
            version,
        } = reference;
        let version = u32::try_from(version).map_or(Version::Latest, Version::Number);
        let subject = match context {
            Some(context) if !subject.starts_with(":.") => format!(":{context}:{subject}"),
            _ => subject,
        };
        // What is referred to stays usable when it is soft-deleted.
        let found = self
            .version(call, &subject, version, version != Version::Latest)
            .await
            .map_err(|error| {
                error.context(format_args!(
                    "the reference `{name}` to version {version} of `{subject}`"
                ))
            })?;
        // Apicurio leaves the context out.
        let subject = match (context_of(&subject), context_of(&found.subject)) {
            (Some(_), None) => subject,
            _ => found.subject,
        };
        Ok(ResolvedReference {
            name,
            subject,
            version: found.version,
            id: found.id,
            schema: found.schema,
        })
    }
}

enum Step {
    /// With the context of the subject that refers to it, and how deep it is.
    Enter(Reference, Option<Arc<str>>, usize),
    Leave(Box<ResolvedReference>),
}

fn push_all(
    stack: &mut Vec<Step>,
    references: &[Reference],
    context: Option<&Arc<str>>,
    depth: usize,
) {
    // Backwards, because the last one pushed is the first one taken.
    let references = references.iter().rev().cloned();
    stack.extend(references.map(|reference| Step::Enter(reference, context.cloned(), depth)));
}

fn too_much(reference: &Reference) -> ToolError {
    ToolError::new(
        ErrorKind::Unsupported,
        format!(
            "the schema refers to more than {MAX_SCHEMAS} others, {MAX_BYTES} bytes or a depth of \
             {MAX_DEPTH}; stopped at `{}`",
            reference.name
        ),
    )
}
