//! [`Docs`].

use crate::{
    error::Result,
    tool::{context::ToolContext, inject::FromContext, requirement::Requirement},
};

/// Confluent's documentation. It asks nothing of a connection.
///
/// Calls end at the deadline of the tool call and when the client gives up.
#[derive(Debug, Clone)]
pub struct Docs {
    #[cfg(feature = "http")]
    client: std::sync::Arc<crate::client::docs::DocsClient>,
    #[cfg(feature = "http")]
    call: crate::client::http::Call,
}

#[cfg(feature = "http")]
impl Docs {
    /// The client that every call shares.
    pub fn client(&self) -> &crate::client::docs::DocsClient {
        &self.client
    }

    /// The deadline and the cancellation of this call; every method of the client takes it.
    pub fn call(&self) -> &crate::client::http::Call {
        &self.call
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for Docs {
    const REQUIRES: &'static [Requirement] = &[];

    #[cfg(feature = "http")]
    async fn from_context(cx: &ToolContext) -> Result<Self> {
        use crate::client::docs::DocsClient;

        let gates = &cx.inner().gates;
        Ok(Self {
            client: gates.client(|config| DocsClient::new(&config.endpoints))?,
            call: cx.call(),
        })
    }

    #[cfg(not(feature = "http"))]
    async fn from_context(_cx: &ToolContext) -> Result<Self> {
        Err(super::built_without_http())
    }
}
