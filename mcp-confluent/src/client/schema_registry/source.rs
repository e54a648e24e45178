//! Schemas as the codecs take them: with all that they refer to.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;

use super::{
    RegisteredSchema, ResolvedReference, Schema, SchemaRegistryClient, SchemaType,
    cache::{Keep, Key},
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
            answered: Mutex::default(),
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
        let linked = self.linked(call, schema, subject).await?;
        Ok(linked.registered.clone())
    }

    async fn linked(
        &self,
        call: &Call,
        schema: SchemaRef,
        subject: Option<&str>,
    ) -> Result<Arc<Linked>> {
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
            let (linked, is_fact) = self.link(call, &known.schema, place).await?;
            let registered = codec::RegisteredSchema {
                id,
                guid: guid.or_else(|| known.guid.as_deref()?.parse().ok()),
                schema: Arc::new(linked),
            };
            Ok(Linked::new(registered, is_fact))
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
            let (linked, is_fact) = self.link(call, &version.schema, subject).await?;
            let registered = codec::RegisteredSchema {
                id: Some(version.id),
                guid: version.guid.as_deref().and_then(|guid| guid.parse().ok()),
                schema: Arc::new(linked),
            };
            Ok(Linked::new(registered, is_fact))
        };
        let key = Key::new(SchemaRef::Id(version.id), subject);
        let linked = self.resolved.get_or_fetch(call, key, fetch).await?;
        Ok(linked.registered.clone())
    }

    /// A schema, registered or not, with all that it refers to. References without a context are
    /// looked for in that of `subject`.
    pub async fn with_references(
        &self,
        call: &Call,
        schema: &Schema,
        subject: Option<&str>,
    ) -> Result<codec::Schema> {
        let (linked, _) = self.link(call, schema, subject).await?;
        Ok(linked)
    }

    /// The same, and whether it stays what it is: a reference to the latest version means another one
    /// tomorrow.
    async fn link(
        &self,
        call: &Call,
        schema: &Schema,
        subject: Option<&str>,
    ) -> Result<(codec::Schema, bool)> {
        let references = self.resolve_references(call, schema, subject).await?;
        let is_fact = references
            .iter()
            .map(|reference| &reference.schema)
            .chain([schema])
            .all(|schema| schema.references.iter().all(|it| it.version > 0));
        let mut linked = HashMap::with_capacity(references.len());
        for reference in references {
            let schema = Arc::new(link(&reference.schema, &linked)?);
            linked.insert(reference.name.clone(), (reference, schema));
        }
        Ok((link(schema, &linked)?, is_fact))
    }
}

/// A schema with all that it refers to.
#[derive(Debug)]
pub(super) struct Linked {
    registered: Arc<codec::RegisteredSchema>,
    is_fact: bool,
}

impl Linked {
    fn new(registered: codec::RegisteredSchema, is_fact: bool) -> Self {
        Self {
            registered: Arc::new(registered),
            is_fact,
        }
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

impl Keep for Linked {
    fn bytes(&self) -> usize {
        let mut bytes = 0;
        let mut seen = HashSet::new();
        let mut open = vec![&self.registered.schema];
        while let Some(schema) = open.pop() {
            if seen.insert(Arc::as_ptr(schema)) {
                bytes += schema.text().len();
                open.extend(schema.references().iter().map(|inner| &inner.schema));
            }
        }
        bytes
    }

    fn is_fact(&self) -> bool {
        self.is_fact
    }
}

/// The schemas of a registry as one subject means them, for the time of one call.
///
/// What could not be had is not asked for again: a thousand records of one schema make one failure.
/// Nor is what would not be remembered beyond the call.
#[derive(Debug)]
pub struct Source {
    client: SchemaRegistryClient,
    call: Call,
    subject: Option<String>,
    answered: Mutex<HashMap<SchemaRef, Result<Arc<codec::RegisteredSchema>>>>,
}

impl SchemaSource for Source {
    fn schema(&self, reference: SchemaRef) -> SchemaFuture<'_> {
        Box::pin(async move {
            if let Some(answer) = self.answered.lock().get(&reference) {
                return answer.clone();
            }
            let subject = self.subject.as_deref();
            let found = self.client.linked(&self.call, reference, subject).await;
            let is_kept = found.as_ref().is_ok_and(|linked| linked.is_fact);
            let answer = found.map(|linked| linked.registered.clone());
            if !is_kept {
                self.answered.lock().insert(reference, answer.clone());
            }
            answer
        })
    }
}
