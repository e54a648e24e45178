//! Prompts: what a client can begin a conversation with, as `#[confluent_prompt]` describes it.

pub(crate) mod get;
mod message;
pub(crate) mod offer;
pub(crate) mod skill;

use std::fmt;

use rmcp::model::JsonObject;

pub use self::message::Message;
use super::registry::{Body, Prepare, prepare_body};
use crate::{
    error::{Result, ToolError},
    tool::{
        argument::{Arguments, Completers},
        check::Problem,
        context::ToolContext,
        meta::Meta,
        output::Text,
        registry::Called,
        schema,
    },
};

/// A prompt as `#[confluent_prompt]` describes it.
pub trait Prompt: 'static {
    /// What is known before anybody asks for it.
    const META: &'static Meta;

    /// Whether it is a skill too.
    const SKILL: bool;

    /// The struct made of the documented parameters.
    type Args: Arguments;

    /// What the function returns.
    type Return: PromptReturn;

    /// Makes the injected parameters and runs the body.
    fn call(cx: ToolContext, arguments: Self::Args) -> Called<Self::Return>;
}

/// What a prompt's function returns: a [`Result`] of a [`PromptOutput`].
#[diagnostic::on_unimplemented(
    message = "a prompt returns `Result<T, E>`, not `{Self}`",
    label = "expected a `Result`"
)]
pub trait PromptReturn: Send {
    /// The result when all went well.
    type Output: PromptOutput;

    /// Turns any error into a [`ToolError`].
    fn into_result(self) -> Result<Self::Output>;
}

impl<T: PromptOutput, E: Into<ToolError> + Send> PromptReturn for Result<T, E> {
    type Output = T;

    fn into_result(self) -> Result<T> {
        self.map_err(Into::into)
    }
}

/// What a prompt can return: a text, which the user says, or [`Message`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a prompt's result",
    label = "not a prompt's result",
    note = "for one message of the user return `String`, for several `Vec<Message>`"
)]
pub trait PromptOutput: Send {
    /// The messages, in order.
    fn messages(self) -> Vec<Message>;
}

#[diagnostic::do_not_recommend]
impl PromptOutput for String {
    fn messages(self) -> Vec<Message> {
        vec![Message::user(self)]
    }
}

#[diagnostic::do_not_recommend]
impl PromptOutput for Text {
    fn messages(self) -> Vec<Message> {
        self.0.messages()
    }
}

#[diagnostic::do_not_recommend]
impl PromptOutput for Message {
    fn messages(self) -> Vec<Message> {
        vec![self]
    }
}

#[diagnostic::do_not_recommend]
impl PromptOutput for Vec<Message> {
    fn messages(self) -> Vec<Message> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> PromptOutput for [Message; N] {
    fn messages(self) -> Vec<Message> {
        self.into()
    }
}

/// One registered prompt.
pub struct PromptEntry {
    meta: &'static Meta,
    skill: bool,
    arguments: fn() -> (JsonObject, Completers),
    prepare: Prepare<Vec<Message>>,
}

inventory::collect!(PromptEntry);

impl PromptEntry {
    /// The entry of a prompt.
    pub const fn of<P: Prompt>() -> Self {
        Self {
            meta: P::META,
            skill: P::SKILL,
            arguments: schema::texts::<P::Args>,
            prepare: |arguments| {
                prepare_body::<P::Args, _>(arguments, |cx, arguments| {
                    Box::pin(
                        async move { Ok(P::call(cx, arguments).await?.into_result()?.messages()) },
                    )
                })
            },
        }
    }

    /// What is known of the prompt before anybody asks for it.
    pub fn meta(&self) -> &'static Meta {
        self.meta
    }

    /// Whether it is a skill too.
    pub fn is_skill(&self) -> bool {
        self.skill
    }

    /// The schema of the arguments, as one object of texts.
    ///
    /// Computed anew each time.
    pub fn arguments(&self) -> JsonObject {
        (self.arguments)().0
    }

    pub(crate) fn schema_and_completers(&self) -> (JsonObject, Completers) {
        (self.arguments)()
    }

    pub(crate) fn prepare(
        &self,
        arguments: JsonObject,
    ) -> Result<Body<Vec<Message>>, Vec<Problem>> {
        (self.prepare)(arguments)
    }
}

impl AsRef<Meta> for PromptEntry {
    fn as_ref(&self) -> &Meta {
        self.meta
    }
}

impl fmt::Debug for PromptEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptEntry")
            .field("meta", self.meta)
            .finish_non_exhaustive()
    }
}
