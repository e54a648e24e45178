//! Schemas by their ids.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    ContextId, KnownSchema, SchemaRegistryClient, SubjectVersion,
    cache::{Keep, Key},
    context_of, errors,
};
use crate::{
    client::http::{Call, Request},
    codec::SchemaRef,
    error::{ErrorKind, Result, ToolError},
};

impl SchemaRegistryClient {
    /// The schema with this id. Ids are counted per context, and `subject` says which one is meant:
    /// the context it names, or else the one where a subject of this name has the id, or else the
    /// default one.
    pub async fn schema_by_id(
        &self,
        call: &Call,
        id: u32,
        subject: Option<&str>,
    ) -> Result<Arc<KnownSchema>> {
        let request = |subject| {
            Request::get("/schemas/ids/{id}")
                .path("id", id)
                .query_if_some("subject", subject)
        };
        let context = subject.and_then(context_of);
        let fetch = async {
            let found = self.fetch(call, request(subject.map(str::to_owned))).await;
            match (found, context) {
                // The subject does not have it, and another one of the context may.
                (Err(error), Some(context)) if error.code_text() == Some("40403") => {
                    let context = format!(":{context}:");
                    self.fetch(call, request(Some(context))).await
                }
                // Who may not see this subject may see another one that has it.
                (Err(error), None) if subject.is_some() && error.kind() == ErrorKind::Denied => {
                    self.fetch(call, request(None)).await
                }
                (found, _) => found,
            }
        };
        let key = Key::new(SchemaRef::Id(id), subject);
        self.known.get_or_fetch(call, key, fetch).await
    }

    /// The schema with this globally unique id, as records carry it in a header.
    ///
    /// # Errors
    /// Unsupported where the registry has no such ids.
    pub async fn schema_by_guid(&self, call: &Call, guid: &str) -> Result<Arc<KnownSchema>> {
        let guid: Uuid = guid.trim().parse().map_err(|_| {
            ToolError::argument(format!("`{guid}` is no GUID: it is 32 hexadecimal digits"))
        })?;
        let key = Key::new(SchemaRef::Guid(guid), None);
        let request = Request::get("/schemas/guids/{guid}").path("guid", guid);
        let fetch = async {
            let schema = self.fetch(call, request).await;
            schema.map_err(|error| match error.code_text() {
                // The schema was not found, says the registry.
                Some(_) => error,
                None => errors::unsupported(error, "globally unique ids"),
            })
        };
        self.known.get_or_fetch(call, key, fetch).await
    }

    /// The ids that the schema with this globally unique id has, sorted, the one of the default context
    /// first; none where the registry does not tell.
    pub async fn ids_of_guid(&self, call: &Call, guid: &str) -> Result<Vec<ContextId>> {
        let request = Request::get("/schemas/guids/{guid}/ids").path("guid", guid.trim());
        let mut ids: Vec<ContextId> = match self.fetch(call, request).await {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) => {
                Vec::new()
            }
            ids => ids?,
        };
        ids.sort_unstable();
        Ok(ids)
    }

    /// Whether the registry gives its schemas globally unique ids.
    pub async fn has_guids(&self, call: &Call) -> Result<bool> {
        match self.schema_by_guid(call, &Uuid::nil().to_string()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    /// Where the schema with this id is registered, sorted. Ids are counted per context: `subject` is
    /// in the one that is meant.
    pub async fn usages(
        &self,
        call: &Call,
        id: u32,
        subject: Option<&str>,
        deleted: bool,
    ) -> Result<Vec<SubjectVersion>> {
        // The name of a subject would leave out all others.
        let context = subject
            .and_then(context_of)
            .map(|context| format!(":{context}:"));
        let request = Request::get("/schemas/ids/{id}/versions")
            .path("id", id)
            .query_if_some("subject", context)
            .query_if_some("deleted", deleted.then_some(true));
        let mut usages: Vec<SubjectVersion> = self.fetch(call, request).await?;
        usages.sort_unstable();
        usages.dedup();
        Ok(usages)
    }
}

impl Keep for KnownSchema {
    fn bytes(&self) -> usize {
        self.schema.text.len()
    }
}
