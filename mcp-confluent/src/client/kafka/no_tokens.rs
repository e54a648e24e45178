//! A build that cannot fetch tokens: there are none.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::{
    config::{ClientCredentials, TlsConfig},
    error::{ErrorKind, Result, ToolError},
};

pub(super) enum Token {}

impl Token {
    pub(super) fn secret(&self) -> &SecretString {
        match *self {}
    }

    pub(super) fn renew_at(&self) -> Instant {
        match *self {}
    }

    pub(super) fn ends_at(&self) -> Instant {
        match *self {}
    }
}

pub(super) enum TokenSource {}

impl TokenSource {
    pub(super) fn new(_: ClientCredentials, _: Option<TlsConfig>) -> Result<Self> {
        Err(ToolError::new(
            ErrorKind::Unsupported,
            "this program was built without the HTTP client that fetches tokens",
        )
        .hint("build it with the feature `http`"))
    }

    #[expect(clippy::unused_async, reason = "the one that fetches tokens waits")]
    pub(super) async fn token(&self, _: Option<&Arc<Token>>) -> Result<Arc<Token>> {
        match *self {}
    }
}
