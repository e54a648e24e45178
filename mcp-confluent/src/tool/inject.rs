//! Injected parameters: what a tool is given, and what a connection must offer for it.

use std::{fmt, future::Future, pin::Pin};

use crate::{
    error::Result,
    tool::{argument::ArgSpec, context::ToolContext, requirement::Requirement},
};

/// A future on the heap that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A type that a tool can be given: an undocumented parameter of `#[confluent_tool]`.
///
/// Taking one is also the tool's gate: the tool is listed only for connections that offer all of
/// [`FromContext::REQUIRES`]. `Option<T>` requires nothing and is `None` where `T` is not offered.
///
/// ```
/// use mcp_confluent::prelude::*;
///
/// /// Who is asking.
/// struct Caller(String);
///
/// impl FromContext for Caller {
///     const REQUIRES: &'static [Requirement] = &[];
///
///     async fn from_context(cx: &ToolContext) -> Result<Self> {
///         Ok(Self(cx.connection()?.id().to_owned()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an argument nor something a tool can be given",
    label = "not injectable",
    note = "to make it an argument, write a doc comment (`/// …`) above the parameter",
    note = "to inject it, implement `FromContext` for it"
)]
pub trait FromContext: Sized + Send + 'static {
    /// What a connection must offer for the tool to be listed there.
    const REQUIRES: &'static [Requirement];

    /// Arguments this type reads itself with [`ToolContext::argument`]; they join the schema of
    /// every tool that takes it.
    const ARGUMENTS: &'static [ArgSpec] = &[];

    /// Makes the value for one call.
    fn from_context(cx: &ToolContext) -> impl Future<Output = Result<Self>> + Send;
}

#[diagnostic::do_not_recommend]
impl FromContext for ToolContext {
    const REQUIRES: &'static [Requirement] = &[];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        Ok(cx.clone())
    }
}

impl<T: FromContext> FromContext for Option<T> {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = T::ARGUMENTS;

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let offered = match cx.connection() {
            Ok(connection) => T::REQUIRES
                .iter()
                .all(|what| what.is_offered_by(connection)),
            Err(_) => T::REQUIRES.is_empty(),
        };
        if offered {
            T::from_context(cx).await.map(Some)
        } else {
            Ok(None)
        }
    }
}

/// One injected parameter of a tool.
///
/// Only [`Inject::new`] asks that `T` is a [`FromContext`], so a type that is none is reported once.
pub struct Inject<T> {
    requires: &'static [Requirement],
    arguments: &'static [ArgSpec],
    get: fn(&ToolContext) -> BoxFuture<'_, Result<T>>,
}

#[expect(
    clippy::new_without_default,
    reason = "a constant cannot be made by `Default`"
)]
impl<T> Inject<T> {
    /// A parameter of type `T` or `&T`.
    pub const fn new() -> Self
    where
        T: FromContext,
    {
        Self {
            requires: T::REQUIRES,
            arguments: T::ARGUMENTS,
            get: |cx| Box::pin(T::from_context(cx)),
        }
    }

    /// What it requires of a connection.
    pub const fn requires(&self) -> &'static [Requirement] {
        self.requires
    }

    /// The arguments it reads itself.
    pub const fn arguments(&self) -> &'static [ArgSpec] {
        self.arguments
    }

    /// The value for one call.
    pub fn get<'cx>(&self, cx: &'cx ToolContext) -> BoxFuture<'cx, Result<T>> {
        (self.get)(cx)
    }
}

impl<T> fmt::Debug for Inject<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inject")
            .field("requires", &self.requires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::JsonObject;

    use super::*;
    use crate::connection::Connection;

    #[derive(Debug)]
    struct Acme;

    impl FromContext for Acme {
        const REQUIRES: &'static [Requirement] = &[Requirement::new(
            "acme",
            "the connection has no Acme",
            |to| to.id() == "acme",
        )];

        async fn from_context(_: &ToolContext) -> Result<Self> {
            Ok(Self)
        }
    }

    #[tokio::test]
    async fn an_optional_client_is_none_where_it_is_not_offered() {
        let at = |id: Option<&str>| {
            ToolContext::for_tests(id.map(Connection::for_tests), JsonObject::new())
        };
        assert!(
            Option::<Acme>::from_context(&at(Some("acme")))
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            Option::<Acme>::from_context(&at(Some("local")))
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            Option::<Acme>::from_context(&at(None))
                .await
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn an_optional_client_requires_nothing() {
        assert_eq!(Inject::<Acme>::new().requires().len(), 1);
        assert!(Inject::<Option<Acme>>::new().requires().is_empty());
    }
}
