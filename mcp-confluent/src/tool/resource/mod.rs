//! Resources: what a client can read at a URI, as `#[confluent_resource]` describes it.

pub(crate) mod list;
pub(crate) mod offer;
pub(crate) mod read;
pub(crate) mod template;

use std::fmt;

use rmcp::model::JsonObject;
use serde_json::Value;

use super::registry::{Body, Prepare, prepare_body};
use crate::{
    error::{Result, ToolError},
    tool::{
        argument::{Arguments, Completers},
        check::Problem,
        context::ToolContext,
        meta::Meta,
        output::{Rendered, ToolOutput},
        registry::Called,
        schema,
    },
};

/// A resource as `#[confluent_resource]` describes it.
pub trait Resource: 'static {
    /// What is known before any read.
    const META: &'static Meta;

    /// Its URI, with the variables in braces.
    const URI: &'static str;

    /// The MIME type, if it is not that of the result.
    const MIME_TYPE: Option<&'static str>;

    /// Whether its instances are listed, those that its variable completes to.
    const LIST: bool;

    /// The struct made of the documented parameters.
    type Args: Arguments;

    /// What the function returns.
    type Return: ResourceReturn;

    /// Makes the injected parameters and runs the body.
    fn call(cx: ToolContext, arguments: Self::Args) -> Called<Self::Return>;
}

/// What a resource's function returns: a [`Result`] of a [`ResourceOutput`].
#[diagnostic::on_unimplemented(
    message = "a resource returns `Result<T, E>`, not `{Self}`",
    label = "expected a `Result`"
)]
pub trait ResourceReturn: Send {
    /// The result when all went well.
    type Output: ResourceOutput;

    /// Turns any error into a [`ToolError`].
    fn into_result(self) -> Result<Self::Output>;
}

impl<T: ResourceOutput, E: Into<ToolError> + Send> ResourceReturn for Result<T, E> {
    type Output = T;

    fn into_result(self) -> Result<T> {
        self.map_err(Into::into)
    }
}

/// What a resource can return: whatever a tool can, or a [`Blob`].
///
/// What has structured content is read as JSON; what is only prose, as plain text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a resource's result",
    label = "not a resource's result",
    note = "for JSON put `#[confluent_type(text(\"…\", …))]` on it, or wrap it in `Json`; for text return `String`, for bytes `Blob`"
)]
pub trait ResourceOutput: Send {
    /// The MIME type where the attribute names none.
    fn mime_type() -> &'static str;

    /// The result as it is read.
    fn contents(self) -> Result<Contents>;
}

#[diagnostic::do_not_recommend]
impl<T: ToolOutput> ResourceOutput for T {
    fn mime_type() -> &'static str {
        if T::schema().is_some() {
            "application/json"
        } else {
            "text/plain"
        }
    }

    fn contents(self) -> Result<Contents> {
        let Rendered {
            text, structured, ..
        } = self.render()?;
        Ok(match structured {
            Some(value) => Contents::Json(value),
            None => Contents::Text(text),
        })
    }
}

/// Bytes; what they are is said by `mime_type = "…"` of the attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl ResourceOutput for Blob {
    fn mime_type() -> &'static str {
        "application/octet-stream"
    }

    fn contents(self) -> Result<Contents> {
        Ok(Contents::Blob(self.0))
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// Text.
    Text(String),
    /// JSON.
    Json(Value),
    /// Bytes.
    Blob(Vec<u8>),
}

/// One registered resource.
pub struct ResourceEntry {
    meta: &'static Meta,
    uri: &'static str,
    mime_type: fn() -> &'static str,
    list: bool,
    variables: fn() -> (JsonObject, Completers),
    prepare: Prepare<Contents>,
}

inventory::collect!(ResourceEntry);

impl ResourceEntry {
    /// The entry of a resource.
    pub const fn of<R: Resource>() -> Self {
        Self {
            meta: R::META,
            uri: R::URI,
            mime_type: mime_type::<R>,
            list: R::LIST,
            variables: schema::texts::<R::Args>,
            prepare: |arguments| {
                prepare_body::<R::Args, _>(arguments, |cx, arguments| {
                    Box::pin(async move { R::call(cx, arguments).await?.into_result()?.contents() })
                })
            },
        }
    }

    /// What is known of the resource before any read.
    pub fn meta(&self) -> &'static Meta {
        self.meta
    }

    /// Its URI, with the variables in braces.
    pub fn uri(&self) -> &'static str {
        self.uri
    }

    /// What it is made of.
    pub fn mime_type(&self) -> &'static str {
        (self.mime_type)()
    }

    /// Whether its instances are listed.
    pub fn is_listed(&self) -> bool {
        self.list
    }

    /// The schema of the variables, as one object of texts.
    ///
    /// Computed anew each time.
    pub fn variables(&self) -> JsonObject {
        (self.variables)().0
    }

    pub(crate) fn schema_and_completers(&self) -> (JsonObject, Completers) {
        (self.variables)()
    }

    pub(crate) fn prepare(&self, arguments: JsonObject) -> Result<Body<Contents>, Vec<Problem>> {
        (self.prepare)(arguments)
    }
}

fn mime_type<R: Resource>() -> &'static str {
    R::MIME_TYPE.unwrap_or_else(<R::Return as ResourceReturn>::Output::mime_type)
}

impl AsRef<Meta> for ResourceEntry {
    fn as_ref(&self) -> &Meta {
        self.meta
    }
}

impl fmt::Debug for ResourceEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceEntry")
            .field("meta", self.meta)
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}
