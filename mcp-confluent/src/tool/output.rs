//! What a tool returns: structured content for programs, prose for people and models.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    error::{Result, ToolError},
    tool::{content::Content, schema},
};

/// A result as it goes to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The prose.
    pub text: String,
    /// The structured content, which the tool's output schema describes.
    pub structured: Option<Value>,
    /// Pictures, sounds and documents, in this order after the prose.
    pub content: Vec<Content>,
}

impl Rendered {
    /// Prose, which may be empty where there is other content.
    pub fn prose(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            structured: None,
            content: Vec::new(),
        }
    }

    /// The same with structured content.
    #[must_use]
    pub fn structured(mut self, value: Value) -> Self {
        self.structured = Some(value);
        self
    }

    /// The same with a picture, a sound or a document more.
    #[must_use]
    pub fn with(mut self, content: Content) -> Self {
        self.content.push(content);
        self
    }
}

/// For results made of parts; a tool that returns it has no output schema.
#[diagnostic::do_not_recommend]
impl ToolOutput for Rendered {
    fn schema() -> Option<JsonObject> {
        None
    }

    fn render(self) -> Result<Self> {
        Ok(self)
    }
}

/// What a tool can return.
///
/// `#[confluent_type(text("…", …))]` implements it for a struct of your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool's result",
    label = "not a tool's result",
    note = "put `#[confluent_type(text(\"…\", …))]` on it, or wrap it in `Json`; for prose alone return `Text`, for nothing to say `Done`"
)]
pub trait ToolOutput: Send {
    /// The schema of the structured content, with `type: object` at its root; `None` if there is
    /// only prose.
    fn schema() -> Option<JsonObject>;

    /// The result as prose and structured content.
    fn render(self) -> Result<Rendered>;
}

/// What a tool's function returns: a [`Result`] of a [`ToolOutput`].
#[diagnostic::on_unimplemented(
    message = "a tool returns `Result<T, E>`, not `{Self}`",
    label = "expected a `Result`"
)]
pub trait ToolReturn: Send {
    /// The result when all went well.
    type Output: ToolOutput;

    /// Turns any error into a [`ToolError`].
    fn into_result(self) -> Result<Self::Output>;
}

impl<T: ToolOutput, E: Into<ToolError> + Send> ToolReturn for Result<T, E> {
    type Output = T;

    fn into_result(self) -> Result<T> {
        self.map_err(Into::into)
    }
}

/// Prose alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

#[diagnostic::do_not_recommend]
impl ToolOutput for Text {
    fn schema() -> Option<JsonObject> {
        None
    }

    fn render(self) -> Result<Rendered> {
        Ok(Rendered::prose(self.0))
    }
}

#[diagnostic::do_not_recommend]
impl ToolOutput for String {
    fn schema() -> Option<JsonObject> {
        None
    }

    fn render(self) -> Result<Rendered> {
        Text(self).render()
    }
}

/// It is done, and there is no more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done;

#[diagnostic::do_not_recommend]
impl ToolOutput for Done {
    fn schema() -> Option<JsonObject> {
        let mut schema = JsonObject::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert(
            "properties".to_owned(),
            json!({"done": {"const": true, "description": "It is done."}}),
        );
        schema.insert("required".to_owned(), json!(["done"]));
        schema.insert("additionalProperties".to_owned(), false.into());
        Some(schema)
    }

    fn render(self) -> Result<Rendered> {
        Ok(Rendered::prose("Done.").structured(json!({"done": true})))
    }
}

/// Data that needs no prose of its own: the text is the JSON. `T` must be an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + JsonSchema + Send> ToolOutput for Json<T> {
    fn schema() -> Option<JsonObject> {
        Some(schema::output::<T>())
    }

    fn render(self) -> Result<Rendered> {
        let value = serde_json::to_value(self.0)?;
        Ok(Rendered::prose(value.to_string()).structured(value))
    }
}

/// What one item of a [`Paged`](crate::tool::page::Paged) result looks like in prose.
///
/// Every `#[confluent_type]` is one: its `text(…)`, or its JSON if it has none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an item of a result",
    label = "not an item",
    note = "put `#[confluent_type]` on it"
)]
pub trait Prose: Serialize + JsonSchema + Send {
    /// One line about it.
    fn prose(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[diagnostic::do_not_recommend]
impl Prose for String {
    fn prose(&self) -> String {
        self.clone()
    }
}

/// Renders a `#[confluent_type]` that has a text.
pub fn render(output: &impl Prose) -> Result<Rendered> {
    Ok(Rendered::prose(output.prose()).structured(serde_json::to_value(output)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn data_is_both_prose_and_structured() {
        let rendered = Json(BTreeMap::from([("orders", 3)])).render().unwrap();
        assert_eq!(rendered.text, r#"{"orders":3}"#);
        assert_eq!(rendered.structured, Some(json!({"orders": 3})));
        let schema = Json::<BTreeMap<String, u8>>::schema().unwrap();
        assert_eq!(schema["type"], "object");
        assert!(!schema.contains_key("title"));
    }

    #[test]
    fn what_cannot_be_json_is_an_error_and_no_panic() {
        #[derive(JsonSchema)]
        struct Unwritable;
        impl Serialize for Unwritable {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("unwritable"))
            }
        }
        assert!(Json(Unwritable).render().is_err());
    }
}
