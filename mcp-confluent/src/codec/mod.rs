//! JSON values to the payloads of Confluent's serialisers, and back.
//!
//! Avro, JSON Schema and Protobuf, framed by an id in the payload or a GUID in a record header. The
//! codecs know no registry: the writer's schema comes from a [`SchemaSource`], and a payload is
//! always read with the schema it names, whatever the subject's latest version is.
//!
//! Nothing is lost on the way: 64-bit integers, decimals and bytes are exact, and a payload that
//! was read is written again as the same value. What a payload is not said to be, or cannot be read
//! as, is told apart in [`Decoded`], so that a record can always be shown with the reason.

mod avro;
mod compiled;
mod frame;
mod json;
mod limits;
mod number;
mod problem;
mod protobuf;
mod schema;
mod time;
mod varint;

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "kafka")]
pub(crate) use self::json::exact::loss as json_loss;
#[cfg(feature = "sandbox")]
pub(crate) use self::protobuf::builtin::FILES as PROTOBUF_FILES;
use self::{
    compiled::{Cache, Compiled},
    frame::Frame,
    problem::Problem,
};
pub use self::{
    frame::{Framing, Part},
    limits::Limits,
    schema::{
        Reference, RegisteredSchema, Schema, SchemaFuture, SchemaKind, SchemaRef, SchemaSource,
    },
};
use crate::error::{ErrorKind, Result, ToolError};

/// Encodes and decodes payloads; remembers the schemas it has compiled. One is enough for a
/// program, and may be shared.
#[derive(Debug, Default)]
pub struct Codec {
    limits: Limits,
    cache: Cache,
}

/// A value as the bytes of its schema, not yet framed: before the schema is registered, this shows
/// that the value fits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    data: Vec<u8>,
    /// Only for Protobuf.
    indexes: Option<Vec<usize>>,
    name: Option<String>,
}

/// A half of a record, ready to be produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The key or the value.
    pub payload: Vec<u8>,
    /// The record header that goes with it, where the schema is named by GUID.
    pub header: Option<(&'static str, Vec<u8>)>,
}

/// What a half of a record turned out to be.
#[derive(Debug)]
pub enum Decoded {
    /// It names no schema: text, a plain number, or anything else.
    NotFramed,
    /// It was read.
    Value(DecodedValue),
    /// It names a schema that could not be had. Bytes that happen to begin with a zero look like
    /// this, too.
    UnknownSchema {
        /// The schema it names.
        schema: SchemaRef,
        /// Why there is none; what the [`SchemaSource`] answered.
        error: ToolError,
    },
    /// It names its schema, and could not be read with it.
    Broken {
        /// The schema it names; `None` where the framing itself is broken.
        schema: Option<Arc<RegisteredSchema>>,
        /// Why.
        error: ToolError,
    },
}

/// A payload that was read.
#[derive(Debug)]
pub struct DecodedValue {
    /// The value.
    pub value: Value,
    /// The schema it was written with.
    pub schema: Arc<RegisteredSchema>,
    /// The full name of the message, for Protobuf.
    pub message: Option<String>,
    /// What the value does not show, or what the schema has against it.
    pub problem: Option<String>,
}

impl Codec {
    /// A codec that keeps to `limits`.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            cache: Cache::default(),
        }
    }

    /// Compiles `schema`, to see whether it is sound.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        self.compile(schema).map(drop).map_err(|problem| {
            ToolError::argument(format!(
                "the {} schema does not compile: {problem}",
                schema.kind()
            ))
        })
    }

    /// Turns `value` into the bytes of `schema`. `message` names the Protobuf message, with or
    /// without its package; it may be left out where the schema has only one.
    pub fn prepare(
        &self,
        schema: &Schema,
        value: &Value,
        message: Option<&str>,
    ) -> Result<Prepared> {
        self.check(schema)?;
        let kind = schema.kind();
        if message.is_some() && kind != SchemaKind::Protobuf {
            return Err(ToolError::argument(format!(
                "a message name is for Protobuf, and the schema is {kind}"
            )));
        }
        self.encode_data(schema, value, message).map_err(|problem| {
            ToolError::argument(format!(
                "the value does not fit the {kind} schema: {problem}"
            ))
        })
    }

    fn encode_data(
        &self,
        schema: &Schema,
        value: &Value,
        message: Option<&str>,
    ) -> Result<Prepared, Problem> {
        limits::check_value(value, &self.limits)?;
        Ok(match &*self.compile(schema)? {
            Compiled::Avro(schema) => Prepared {
                data: schema.encode(value, &self.limits)?,
                indexes: None,
                name: Some(schema.name().to_owned()),
            },
            Compiled::Json(schema) => Prepared {
                data: schema.encode(value, &self.limits)?,
                indexes: None,
                name: schema.title().map(str::to_owned),
            },
            Compiled::Protobuf(schema) => {
                let encoded = schema.encode(value, message, &self.limits)?;
                Prepared {
                    data: encoded.bytes,
                    indexes: Some(encoded.indexes),
                    name: Some(encoded.message),
                }
            }
        })
    }

    /// [`prepare`](Self::prepare) and [`frame`](Prepared::frame) in one, for a schema that is
    /// registered.
    pub fn encode(
        &self,
        schema: &RegisteredSchema,
        value: &Value,
        message: Option<&str>,
        framing: Framing,
        part: Part,
    ) -> Result<Encoded> {
        self.prepare(&schema.schema, value, message)?
            .frame(schema.id, schema.guid, framing, part)
    }

    /// The schema that a half of a record names; `None` where it names none, or its framing is
    /// broken. `headers` are all headers of the record, in their order.
    pub fn named<'h>(
        payload: &'h [u8],
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        part: Part,
    ) -> Option<SchemaRef> {
        let frame = frame::read(payload, headers, part).ok().flatten()?;
        Some(frame.schema)
    }

    /// Reads a half of a record. `headers` are all headers of the record, in their order.
    pub async fn decode<'h>(
        &self,
        source: &dyn SchemaSource,
        payload: &'h [u8],
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        part: Part,
    ) -> Decoded {
        let frame = match frame::read(payload, headers, part) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Decoded::NotFramed,
            Err(problem) => {
                return Decoded::Broken {
                    schema: None,
                    error: unreadable(&problem),
                };
            }
        };
        let schema = match source.schema(frame.schema).await {
            Ok(schema) => schema,
            Err(error) => {
                return Decoded::UnknownSchema {
                    schema: frame.schema,
                    error,
                };
            }
        };
        match self.decode_frame(&schema, &frame) {
            Ok(value) => Decoded::Value(value),
            Err(problem) => Decoded::Broken {
                error: unreadable(&problem).context(format_args!(
                    "with {} ({})",
                    frame.schema,
                    schema.schema.kind()
                )),
                schema: Some(schema),
            },
        }
    }

    fn decode_frame(
        &self,
        schema: &Arc<RegisteredSchema>,
        frame: &Frame<'_>,
    ) -> Result<DecodedValue, Problem> {
        if frame.data.len() > self.limits.payload_bytes {
            return Err(Problem::new(format!(
                "the payload is larger than {} bytes",
                self.limits.payload_bytes
            )));
        }
        let compiled = match self.compile(&schema.schema) {
            Ok(compiled) => compiled,
            Err(problem) => {
                let problem = Problem::new(format!("the schema does not compile: {problem}"));
                if schema.schema.kind() != SchemaKind::Json {
                    return Err(problem);
                }
                // It says what the value should be, and is not needed to read it.
                let (value, loss) = json::read(frame.data, &self.limits)?;
                let loss = loss.map(|loss| format!("{loss}; ")).unwrap_or_default();
                return Ok(DecodedValue {
                    value,
                    schema: Arc::clone(schema),
                    message: None,
                    problem: Some(format!("{loss}it cannot be checked: {problem}")),
                });
            }
        };
        let (value, message, problem) = match &*compiled {
            Compiled::Avro(schema) => (schema.decode(frame.data, &self.limits)?, None, None),
            Compiled::Json(schema) => {
                let (value, problem) = schema.decode(frame.data, &self.limits)?;
                (value, None, problem)
            }
            Compiled::Protobuf(schema) => {
                let (indexes, data) = frame.message_indexes()?;
                let decoded = schema.decode(data, &indexes, &self.limits)?;
                (decoded.value, Some(decoded.message), decoded.problem)
            }
        };
        Ok(DecodedValue {
            value,
            schema: Arc::clone(schema),
            message,
            problem: problem.map(|problem| problem.to_string()),
        })
    }

    fn compile(&self, schema: &Schema) -> Result<Arc<Compiled>, Problem> {
        self.cache.get(schema, &self.limits)
    }
}

impl Prepared {
    /// What Confluent's subject name strategies call the record: the full name of the Avro type or
    /// of the Protobuf message, the title of the JSON Schema.
    pub fn record_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Adds what names the schema: its `id` in the payload, or its `guid` in a header.
    pub fn frame(
        self,
        id: Option<u32>,
        guid: Option<Uuid>,
        framing: Framing,
        part: Part,
    ) -> Result<Encoded> {
        let indexes = self.indexes.as_deref();
        match framing {
            Framing::Prefix => {
                let id = id.ok_or_else(|| {
                    ToolError::internal("a schema without an id cannot be named by it")
                })?;
                let mut payload = frame::prefix(id, indexes);
                payload.extend(self.data);
                Ok(Encoded {
                    payload,
                    header: None,
                })
            }
            Framing::Header => {
                let guid = guid.ok_or_else(|| {
                    let id = id.map(|id| format!(" {id}")).unwrap_or_default();
                    ToolError::new(
                        ErrorKind::Unsupported,
                        format!("the registry gave schema{id} no GUID to put into a header"),
                    )
                    .hint("name the schema by its id in the payload instead")
                })?;
                let header = frame::header(guid, indexes);
                Ok(Encoded {
                    payload: self.data,
                    header: Some((part.header(), header)),
                })
            }
        }
    }
}

fn unreadable(problem: &Problem) -> ToolError {
    ToolError::new(
        ErrorKind::Upstream,
        format!("the payload cannot be read: {problem}"),
    )
}
