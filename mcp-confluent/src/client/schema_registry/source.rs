//! Schemas as the codecs take them: with all that they refer to.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;

use super::{
    RegisteredSchema, ResolvedReference, Schema, SchemaRegistryClient, SchemaType,
    cache::{Key, Weigh},
};
use crate::{
    client::http::Call,
    codec::{self, SchemaFuture, SchemaKind, SchemaRef, SchemaSource},
    error::{ErrorKind, Result, ToolError},
};

impl SchemaRegistryClient {
    /// What a codec gets schemas from during `call`. `subject` says which context ids belong to, as
    /// for [`SchemaRegistryClient::schema_by_id`].
    pub fn source(&self, call: &Call, subject: Option<String>) -> Source {
        Source {
            client: self.clone(),
            call: call.clone(),
            subject,
            failed: Mutex::default(),
        }
    }

    /// The schema that a record names, with all that it refers to. `subject` says in which context.
    ///
    /// # Errors
    /// There is no such schema, what it refers to is missing or too much, or it is of a type that
    /// has no codec.
    pub async fn resolved(
        &self,
        call: &Call,
        schema: SchemaRef,
        subject: Option<&str>,
    ) -> Result<Arc<codec::RegisteredSchema>> {
        let fetch = async {
            let known = match schema {
                SchemaRef::Id(id) => self.schema_by_id(call, id, subject).await?,
                SchemaRef::Guid(guid) => self.schema_by_guid(call, &guid.to_string()).await?,
            };
            let (id, guid) = match schema {
                SchemaRef::Id(id) => (Some(id), None),
                SchemaRef::Guid(guid) => (None, Some(guid)),
            };
            // The subject's own context is not always the one where it was found.
            let place = known.subject.as_deref().or(subject);
            Ok(codec::RegisteredSchema {
                id,
                guid: guid.or_else(|| known.guid.as_deref()?.parse().ok()),
                schema: Arc::new(self.with_references(call, &known.schema, place).await?),
            })
        };
        self.resolved
            .get_or_fetch(call, Key::new(schema, subject), fetch)
            .await
    }

    /// The same for a version of a subject.
    pub async fn resolved_version(
        &self,
        call: &Call,
        version: &RegisteredSchema,
    ) -> Result<Arc<codec::RegisteredSchema>> {
        let subject = Some(version.subject.as_str());
        let fetch = async {
            let schema = self.with_references(call, &version.schema, subject);
            Ok(codec::RegisteredSchema {
                id: Some(version.id),
                guid: version.guid.as_deref().and_then(|guid| guid.parse().ok()),
                schema: Arc::new(schema.await?),
            })
        };
        self.resolved
            .get_or_fetch(call, Key::new(SchemaRef::Id(version.id), subject), fetch)
            .await
    }

    /// A schema, registered or not, with all that it refers to. References without a context are
    /// looked for in that of `subject`.
    pub async fn with_references(
        &self,
        call: &Call,
        schema: &Schema,
        subject: Option<&str>,
    ) -> Result<codec::Schema> {
        let references = self.resolve_references(call, schema, subject).await?;
        let mut linked = HashMap::with_capacity(references.len());
        for reference in references {
            let schema = Arc::new(link(&reference.schema, &linked)?);
            linked.insert(reference.name.clone(), (reference, schema));
        }
        link(schema, &linked)
    }
}

/// `schema` with the schemas it refers to, which are `linked` already.
fn link(
    schema: &Schema,
    linked: &HashMap<String, (ResolvedReference, Arc<codec::Schema>)>,
) -> Result<codec::Schema> {
    let kind = match &schema.schema_type {
        SchemaType::Avro => SchemaKind::Avro,
        SchemaType::Json => SchemaKind::Json,
        SchemaType::Protobuf => SchemaKind::Protobuf,
        SchemaType::Other(name) => {
            return Err(ToolError::new(
                ErrorKind::Unsupported,
                format!(
                    "the schema is of type {}: only AVRO, JSON and PROTOBUF can be used",
                    name.escape_debug()
                ),
            ));
        }
    };
    let references = schema.references.iter().map(|reference| {
        let (found, schema) = linked.get(&reference.name).ok_or_else(|| {
            ToolError::new(
                ErrorKind::Unsupported,
                format!("the reference `{}` leads back to itself", reference.name),
            )
        })?;
        Ok(codec::Reference {
            name: found.name.clone(),
            subject: found.subject.clone(),
            version: found.version,
            schema: schema.clone(),
        })
    });
    Ok(codec::Schema::new(
        kind,
        schema.text.as_str(),
        references.collect::<Result<_>>()?,
    ))
}

impl Weigh for codec::RegisteredSchema {
    fn bytes(&self) -> usize {
        let mut bytes = 0;
        let mut seen = HashSet::new();
        let mut open = vec![&self.schema];
        while let Some(schema) = open.pop() {
            if seen.insert(Arc::as_ptr(schema)) {
                bytes += schema.text().len();
                open.extend(schema.references().iter().map(|inner| &inner.schema));
            }
        }
        bytes
    }
}

/// The schemas of a registry as one subject means them, for the time of one call.
///
/// What could not be had is not asked for again: a thousand records of one schema make one failure.
#[derive(Debug)]
pub struct Source {
    client: SchemaRegistryClient,
    call: Call,
    subject: Option<String>,
    failed: Mutex<HashMap<SchemaRef, ToolError>>,
}

impl SchemaSource for Source {
    fn schema(&self, reference: SchemaRef) -> SchemaFuture<'_> {
        Box::pin(async move {
            if let Some(error) = self.failed.lock().get(&reference) {
                return Err(error.clone());
            }
            let subject = self.subject.as_deref();
            let found = self.client.resolved(&self.call, reference, subject).await;
            found.inspect_err(|error| {
                self.failed.lock().insert(reference, error.clone());
            })
        })
    }
}
