//! Kafka: topics, records, offsets, consumer groups and topic configuration.
//!
//! [`KafkaClient`] is made without touching the network; the librdkafka clients behind it are opened
//! by the first call that needs them, shared by all calls, and replaced when their brokers are away, so
//! that the call after a failure starts afresh.

pub mod configs;
mod control;
mod error;
mod ffi;
pub mod groups;
mod health;
pub mod offsets;
mod plan;
mod produce;
pub mod read;
mod reader;
mod reading;
pub mod records;
mod settings;
mod shared;
mod tokens;
pub mod topics;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use tokio::{sync::Mutex, task::spawn_blocking};
use tracing::Instrument as _;

pub use self::settings::{KafkaSettings, TokenSettings};
use self::{
    control::Control,
    error::Code,
    ffi::Fault,
    reader::Readers,
    tokens::{Token, Tokens},
};
pub use super::call::Call;
use super::call::{Ended, cancelled};
use crate::{
    error::{ErrorKind, Result, ToolError},
    observe::Outside,
};

/// A Kafka cluster. Clones share everything.
#[derive(Clone)]
pub struct KafkaClient {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<KafkaSettings>,
    control: Mutex<Option<Arc<Control>>>,
    readers: Arc<Readers>,
    tokens: Option<Arc<Tokens>>,
}

impl KafkaClient {
    /// A client for the cluster. Nothing is connected, and no thread started, before the first call.
    pub fn new(mut settings: KafkaSettings) -> Self {
        // Before librdkafka does it: so OpenSSL does not tidy up when the process ends, while threads
        // of librdkafka are still at work.
        openssl::init();
        let tokens = settings.tokens.take().map(Tokens::new);
        let settings = Arc::new(settings);
        let readers = Readers::new(settings.clone());
        Self {
            inner: Arc::new(Inner {
                settings,
                control: Mutex::new(None),
                readers,
                tokens,
            }),
        }
    }

    fn settings(&self) -> &KafkaSettings {
        &self.inner.settings
    }

    /// Whether the identity provider gives out a token, where tokens are used. Says nothing about
    /// whether the brokers accept it.
    pub async fn check_token(&self, call: &Call) -> Result<()> {
        self.token(call, "sign in").await.map(drop)
    }

    /// A token for a client that is about to connect, where tokens are used.
    async fn token(&self, call: &Call, doing: &str) -> Result<Option<(Arc<Tokens>, Arc<Token>)>> {
        let Some(tokens) = &self.inner.tokens else {
            return Ok(None);
        };
        let token = call.wait(tokens.token()).await;
        let token = token.map_err(|ended| match ended {
            Ended::Cancelled => cancelled(doing),
            Ended::TimedOut => ToolError::new(
                ErrorKind::TimedOut,
                format!("{doing}: the token endpoint gave no token in time"),
            )
            .hint("check `token_endpoint` in the `auth` block, then try again"),
        })?;
        let token = token.map_err(|error| error.context(doing))?;
        Ok(Some((tokens.clone(), token)))
    }

    /// The shared client for writing and administration; `doing` is what it is wanted for.
    async fn control(&self, call: &Call, doing: &str) -> Result<Arc<Control>> {
        let mut slot = self.inner.control.lock().await;
        if let Some(control) = slot.as_ref() {
            if !control.health.is_down() {
                return Ok(control.clone());
            }
            control.give_up();
        }
        let token = self.token(call, doing).await?;
        let settings = self.inner.settings.clone();
        // Making a client reads certificates and starts threads.
        let control = spawn_blocking(move || Control::open(&settings, token))
            .await
            .map_err(|error| ToolError::internal(error.to_string()))??;
        let control = Arc::new(control);
        *slot = Some(control.clone());
        Ok(control)
    }

    /// Lets the next call open a new client instead of this one.
    async fn retire(&self, control: &Arc<Control>) {
        let mut slot = self.inner.control.lock().await;
        if slot
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, control))
        {
            control.give_up();
            *slot = None;
        }
    }

    /// Runs one request of the shared client within the limits of the call.
    ///
    /// The outer result is about the connection, the inner one what the cluster answered. `operation`
    /// is the kind of request in a trace, `doing` what failed if it fails: "list topics". A request that only reads is made once more when its
    /// connection is lost: it may have been an old one that the broker closed meanwhile.
    async fn run<T, F>(
        &self,
        call: &Call,
        effect: Effect,
        operation: &'static str,
        doing: &str,
        request: impl Fn(Arc<Control>, Duration) -> F,
    ) -> Result<Result<T, Fault>>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        let mut again = effect == Effect::Reads;
        loop {
            let control = self.control(call, doing).await?;
            let request = request(control.clone(), call.remaining());
            let asked = Outside::kafka(operation);
            let waited = control
                .health
                .wait(call, doing, request)
                .instrument(asked.span())
                .await;
            asked.end(None, came_to(&waited).as_deref());
            let result = match waited {
                Ok(Err(fault)) if fault.code.is_connection_trouble() => {
                    if again && fault.code == Code::TRANSPORT && !call.remaining().is_zero() {
                        again = false;
                        self.retire(&control).await;
                        continue;
                    }
                    Err(control.health.unanswered(call, doing))
                }
                result => result,
            };
            match &result {
                Ok(_) => control.health.answered(),
                Err(error) if error.kind() != ErrorKind::Cancelled => self.retire(&control).await,
                Err(_) => {}
            }
            return result;
        }
    }
}

/// A word for what went wrong, if something did.
fn came_to<T>(outcome: &Result<Result<T, Fault>>) -> Option<Cow<'static, str>> {
    match outcome {
        Ok(Ok(_)) => None,
        Ok(Err(fault)) => Some(fault.code.name()),
        Err(error) => Some(error.kind().as_str().into()),
    }
}

/// Whether a request changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Writes,
}

impl fmt::Debug for KafkaClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaClient")
            .field("connection", &self.inner.settings.connection)
            .finish_non_exhaustive()
    }
}
