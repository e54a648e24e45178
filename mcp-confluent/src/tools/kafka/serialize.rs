//! Keys and values on their way to bytes.
//!
//! First everything is checked, asked and encoded, and nothing changed: [`Planned::new`]. Then
//! schemas that are new are registered: [`Planned::finish`].

use std::sync::Arc;

use serde_json::Value;

use super::{
    CODEC,
    message::{Payload, SchemaIdLocation, argument},
    payload,
};
use crate::{
    client::schema_registry::{Mode, RegisteredSchema, Schema, Version},
    codec::{self, Encoded, Framing, Part, Prepared, SchemaKind, SchemaRef},
    prelude::*,
    tools::schema_registry::shared,
};

/// A half of a record that can be written; nothing has been changed for it yet.
pub(super) enum Planned {
    /// It needs nothing more.
    Ready(Half),
    /// Its schema is to be registered before.
    New(Box<New>),
}

/// A half of a record as bytes.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// The bytes; `None` is Kafka's null.
    pub(super) payload: Option<Vec<u8>>,
    /// The header that names the schema.
    pub(super) header: Option<(&'static str, Vec<u8>)>,
    /// The schema it is written with.
    pub(super) schema: Option<UsedSchema>,
}

/// A value with a schema that its subject does not have yet.
pub(super) struct New {
    write: Write,
    subject: String,
    schema: Schema,
    linked: codec::Schema,
    prepared: Prepared,
}

/// What does not depend on the schema.
struct Write {
    registry: SchemaRegistry,
    part: Part,
    framing: Framing,
    payload: Payload,
}

/// The schema a half of a record was written with.
#[confluent_type]
pub(super) struct UsedSchema {
    /// Subject.
    pub(super) subject: String,
    /// Version, where the registry tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u32>,
    /// Id.
    pub(super) id: u32,
    /// GUID, where the registry has those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guid: Option<String>,
    /// Language: `AVRO`, `JSON` or `PROTOBUF`.
    pub(super) schema_type: String,
    /// Whether this call registered it.
    pub(super) registered: bool,
}

impl Planned {
    /// Checks and encodes a half of a record of `topic`.
    pub(super) async fn new(
        cx: &ToolContext,
        registry: Option<&SchemaRegistry>,
        topic: &str,
        part: Part,
        payload: Payload,
    ) -> Result<Self> {
        let what = argument(part);
        if !payload.has_schema() {
            let bytes = payload::bytes(
                &format!("{what}.message"),
                &payload.message,
                payload.encoding,
            )?;
            return Ok(Self::Ready(Half {
                payload: bytes,
                ..Half::default()
            }));
        }
        let Some(registry) = registry else {
            let connection = cx.connection()?.id().escape_debug();
            return Err(ToolError::new(
                ErrorKind::Unsupported,
                format!(
                    "`{what}.useSchemaRegistry`: the connection `{connection}` has no schema registry"
                ),
            )
            .hint("use a connection with a `schema_registry` block, or leave it out"));
        };
        let write = Write {
            registry: registry.clone(),
            part,
            framing: match payload.schema_id_location {
                SchemaIdLocation::Payload => Framing::Prefix,
                SchemaIdLocation::Header => Framing::Header,
            },
            payload,
        };
        if write.payload.schema.is_some() {
            write.with_given_schema(topic).await
        } else {
            write.with_registered_schema(topic).await
        }
    }

    /// What finishing it registers: the subject and the schema.
    pub(super) fn registers(&self) -> Option<(&str, &Schema)> {
        match self {
            Self::Ready(_) => None,
            Self::New(new) => Some((&new.subject, &new.schema)),
        }
    }

    /// The bytes; registers the schema if that is still to be done.
    pub(super) async fn finish(self) -> Result<Half> {
        match self {
            Self::Ready(half) => Ok(half),
            Self::New(new) => new.register().await,
        }
    }
}

impl Write {
    fn what(&self) -> &'static str {
        argument(self.part)
    }

    /// Writes with a version that the subject has.
    async fn with_registered_schema(self, topic: &str) -> Result<Planned> {
        let payload = &self.payload;
        let subject = payload.subject_for(topic, self.part, payload.message_name.as_deref())?;
        let version = payload.version.map_or(Version::Latest, Version::Number);
        let (client, call) = (self.registry.client(), self.registry.call());
        let found = client.version(call, &subject, version, false).await;
        let found = found.map_err(|error| {
            let missing = error.kind() == ErrorKind::NotFound;
            let error = error.context(format_args!("`{}`", self.what()));
            if missing {
                error.hint(
                    "give `schema` and `schemaType` to register one, or the `subject` of another: \
                     list-schemas shows what there is",
                )
            } else {
                error
            }
        })?;
        if let Some(wanted) = self.payload.schema_type
            && found.schema.schema_type != wanted.into()
        {
            return Err(ToolError::argument(format!(
                "`{}.schemaType` is {}, and version {} of `{subject}` is {}",
                self.what(),
                crate::client::schema_registry::SchemaType::from(wanted),
                found.version,
                found.schema.schema_type
            )));
        }
        self.with_version(&found).await
    }

    /// Writes with the schema of the call.
    async fn with_given_schema(self, topic: &str) -> Result<Planned> {
        let Self {
            registry,
            part,
            payload,
            ..
        } = &self;
        let (client, call) = (registry.client(), registry.call());
        let what = self.what();
        let (Some(kind), Some(text)) = (payload.schema_type, &payload.schema) else {
            return Err(ToolError::argument(format!(
                "`{what}.schemaType` is required with `{what}.schema`"
            )));
        };
        let schema = shared::schema(kind, text.clone(), payload.references.clone());
        let linked = client
            .with_references(call, &schema, payload.subject.as_deref())
            .await
            .map_err(|error| error.context(format_args!("`{what}.references`")))?;
        CODEC
            .check(&linked)
            .map_err(|error| error.context(format_args!("`{what}.schema`")))?;
        let with = match payload.subject_for(topic, *part, payload.message_name.as_deref()) {
            Ok(subject) => format!("`{what}.message` with the schema for `{subject}`"),
            Err(_) => format!("`{what}.message` with `{what}.schema`"),
        };
        let prepared = self.prepare(&linked, &with)?;
        let subject = payload.subject_for(topic, *part, prepared.record_name())?;
        let found = client
            .lookup(call, &subject, &schema, payload.normalize, false)
            .await;
        let is_new_subject = match found {
            Ok(found) => return self.with_version(&found).await,
            Err(error) if error.kind() == ErrorKind::NotFound => error.code_text() == Some("40401"),
            Err(error) => return Err(error.context(format_args!("look up the schema of {what}"))),
        };
        self.check_registrable(&subject, &schema, is_new_subject)
            .await?;
        Ok(Planned::New(Box::new(New {
            write: self,
            subject,
            schema,
            linked,
            prepared,
        })))
    }

    /// Asks everything that would make the registration of `schema` fail, or useless.
    async fn check_registrable(
        &self,
        subject: &str,
        schema: &Schema,
        is_new_subject: bool,
    ) -> Result<()> {
        let (client, call) = (self.registry.client(), self.registry.call());
        let what = self.what();
        if self.framing == Framing::Header && !client.has_guids(call).await? {
            return Err(ToolError::new(
                ErrorKind::Unsupported,
                format!(
                    "`{what}.schemaIdLocation`: this schema registry gives its schemas no GUIDs for a header"
                ),
            )
            .hint("leave it out: the schema is then named by its id in the payload"));
        }
        // Not every registry has modes, or lets everybody see them; then registering will tell.
        if let Ok(Mode::ReadOnly | Mode::ReadOnlyOverride) = client.mode(call, subject).await {
            return Err(ToolError::new(
                ErrorKind::Refused,
                format!("the schema of {what} is new, and the subject `{subject}` is read-only"),
            )
            .hint("write with a version that is registered: leave out `schema`"));
        }
        let normalize = self.payload.normalize;
        let check = client
            .check_compatibility(call, subject, None, schema, normalize)
            .await;
        let check = match check {
            Ok(check) => check,
            // With a new subject there is nothing to compare, but the registry looks at the schema. Not
            // every one does.
            Err(error) if is_new_subject && error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(
                    error.context(format_args!("check the schema of {what} with `{subject}`"))
                );
            }
        };
        if check.is_compatible {
            return Ok(());
        }
        let mut message = format!(
            "the schema of {what} is not compatible with the versions of `{subject}` before"
        );
        for reason in &check.messages {
            message.push_str("; ");
            message.push_str(reason);
        }
        Err(ToolError::new(ErrorKind::Conflict, message).hint(
            "change the schema so that it is (check-schema-compatibility explains), or set another \
             level with set-compatibility",
        ))
    }

    /// Writes with a version that is registered.
    async fn with_version(self, found: &RegisteredSchema) -> Result<Planned> {
        let (client, call) = (self.registry.client(), self.registry.call());
        let schema = client.resolved_version(call, found).await?;
        let with = format!(
            "`{}.message` with version {} of `{}`, id {}",
            self.what(),
            found.version,
            found.subject,
            found.id
        );
        let prepared = self.prepare(&schema.schema, &with)?;
        let used = UsedSchema {
            subject: found.subject.clone(),
            version: Some(found.version),
            id: found.id,
            guid: found.guid.clone(),
            schema_type: found.schema.schema_type.to_string(),
            registered: false,
        };
        self.frame(prepared, &schema, used).map(Planned::Ready)
    }

    fn prepare(&self, schema: &codec::Schema, with: &str) -> Result<Prepared> {
        let message = self
            .payload
            .message_of(schema.kind() == SchemaKind::Protobuf);
        let value: &Value = &self.payload.message;
        CODEC
            .prepare(schema, value, message)
            .map_err(|error| error.context(with))
    }

    fn frame(
        &self,
        prepared: Prepared,
        schema: &codec::RegisteredSchema,
        used: UsedSchema,
    ) -> Result<Half> {
        let guid = used.guid.as_deref().and_then(|guid| guid.parse().ok());
        let Encoded { payload, header } =
            prepared.frame(Some(used.id), guid.or(schema.guid), self.framing, self.part)?;
        Ok(Half {
            payload: Some(payload),
            header,
            schema: Some(used),
        })
    }
}

impl New {
    async fn register(self) -> Result<Half> {
        let Self {
            write,
            subject,
            schema,
            linked,
            prepared,
        } = self;
        let registry = &write.registry;
        let normalize = write.payload.normalize;
        let registered = shared::register(registry, &subject, &schema, normalize).await?;
        let used = UsedSchema {
            subject,
            version: registered.version,
            id: registered.id,
            guid: registered.guid,
            schema_type: schema.schema_type.to_string(),
            registered: true,
        };
        let done = || async {
            // What the registry made of the text is what readers will get.
            let id = SchemaRef::Id(used.id);
            let there: Arc<codec::RegisteredSchema> = registry
                .client()
                .resolved(registry.call(), id, Some(&used.subject))
                .await?;
            let prepared = if there.schema.text() == linked.text() {
                prepared
            } else {
                write.prepare(&there.schema, &used.registered_as())?
            };
            write.frame(prepared, &there, used.clone())
        };
        done()
            .await
            .map_err(|error| error.context(format_args!("{}, but", used.registered_as())))
    }
}

impl UsedSchema {
    /// For an error after it was registered.
    pub(super) fn registered_as(&self) -> String {
        let version = self
            .version
            .map(|version| format!(" version {version} of"))
            .unwrap_or_default();
        format!(
            "the schema was registered as{version} `{}`, id {}",
            self.subject, self.id
        )
    }
}
