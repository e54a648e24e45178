//! Schemas by their ids.

use std::sync::Arc;

use super::{Schema, SchemaRegistryClient, SubjectVersion, cache::Key, context_of, errors};
use crate::{
    client::http::{Call, Request},
    error::Result,
};

impl SchemaRegistryClient {
    /// The schema with this id. Ids are counted per context: `subject` says which one is meant.
    pub async fn schema_by_id(
        &self,
        call: &Call,
        id: u32,
        subject: Option<&str>,
    ) -> Result<Arc<Schema>> {
        let key = Key::Id {
            context: subject.and_then(context_of).map(str::to_owned),
            id,
        };
        let request = Request::get("/schemas/ids/{id}")
            .path("id", id)
            .query_if_some("subject", subject);
        self.cached(call, key, request).await
    }

    /// The schema with this globally unique id, as records carry it in a header.
    ///
    /// # Errors
    /// Unsupported where the registry has no such ids.
    pub async fn schema_by_guid(&self, call: &Call, guid: &str) -> Result<Arc<Schema>> {
        let key = Key::Guid(guid.to_ascii_lowercase());
        let request = Request::get("/schemas/guids/{guid}").path("guid", guid);
        let schema = self.cached(call, key, request).await;
        schema.map_err(|error| errors::unsupported(error, "globally unique ids"))
    }

    /// Where the schema with this id is registered, sorted.
    pub async fn usages(&self, call: &Call, id: u32, deleted: bool) -> Result<Vec<SubjectVersion>> {
        let request = Request::get("/schemas/ids/{id}/versions")
            .path("id", id)
            .query_if_some("deleted", deleted.then_some(true));
        let mut usages: Vec<SubjectVersion> = self.fetch(call, request).await?;
        usages.sort_unstable();
        usages.dedup();
        Ok(usages)
    }

    async fn cached(&self, call: &Call, key: Key, request: Request) -> Result<Arc<Schema>> {
        if let Some(schema) = self.cache.get(&key) {
            return Ok(schema);
        }
        let schema: Arc<Schema> = Arc::new(self.fetch(call, request).await?);
        self.cache.put(key, schema.clone());
        Ok(schema)
    }
}
