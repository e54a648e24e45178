//! Sign-in to Confluent Cloud in the browser, for connections of `type: oauth`.
//!
//! A person signs in at the identity provider with the authorization code grant and PKCE (RFC 6749
//! §4.1, RFC 7636, RFC 8252): the browser comes back to a port of this machine with a code, which is
//! exchanged for an id token and a refresh token, the id token for a token of the control plane, and
//! that for one of the data plane.
//!
//! Nobody signs in before a call needs it. Calls that need it at the same time share one sign-in, and
//! one renewal of tokens. The refresh token is taken once: the next one is kept before anything else
//! is done with the answer.

mod browser;
mod callback;
mod flow;
mod page;
mod pkce;
mod provider;
mod resources;
mod session;
mod store;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use secrecy::SecretString;
use tokio::{
    sync::Mutex,
    task::{spawn, spawn_blocking},
    time::Instant,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::{
    flow::Flow,
    provider::{Fault, Granted, Provider},
    session::{CONTROL_LIFE, DATA_LIFE, Session},
    store::{Kept, Store},
};
pub use self::{
    flow::{Begun, Pasted},
    resources::{ClusterPlace, RegistryPlace, Resources},
    session::Plane,
};
use super::http::Token;
use crate::{
    config::{Endpoints, OAuthConnection},
    error::{ErrorKind, Result, ToolError},
};

/// How long a person has for the browser.
const PATIENCE: Duration = Duration::from_mins(2);

/// The sign-in of one connection. Ends what it began when it is dropped.
pub struct Login {
    shared: Arc<Shared>,
    _end: DropGuard,
}

/// What a sign-in under way needs too.
struct Shared {
    connection: String,
    oauth: OAuthConnection,
    provider: Provider,
    store: Arc<Store>,
    /// How long a person has.
    patience: Duration,
    /// Held while tokens are fetched, so that calls that need them at the same time share them.
    state: Mutex<State>,
    end: CancellationToken,
}

#[derive(Default)]
struct State {
    session: Option<Session>,
    /// The sign-in under way.
    flow: Option<Flow>,
    /// Whether somebody was told that nothing outlives this process.
    warned: bool,
}

/// How a connection stands.
#[derive(Debug)]
pub enum Standing {
    /// There are tokens.
    SignedIn,
    /// A sign-in is under way: somebody has to go to its address.
    Begun(Begun),
}

/// Since when and until when somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasts {
    /// When the person has to sign in again, in seconds since 1970.
    pub until: u64,
    /// When before that, if nothing is asked meanwhile.
    pub idle_until: u64,
}

impl Login {
    /// The sign-in of `connection` as `oauth` and `endpoints` say. Nobody is asked anything yet.
    ///
    /// # Errors
    /// An endpoint is no URL.
    pub fn new(connection: &str, oauth: &OAuthConnection, endpoints: &Endpoints) -> Result<Self> {
        Self::with(connection, oauth, endpoints, PATIENCE)
    }

    fn with(
        connection: &str,
        oauth: &OAuthConnection,
        endpoints: &Endpoints,
        patience: Duration,
    ) -> Result<Self> {
        let login = endpoints.login(oauth.environment);
        let session = endpoints.session(oauth.environment);
        let end = CancellationToken::new();
        Ok(Self {
            shared: Arc::new(Shared {
                connection: connection.to_owned(),
                oauth: oauth.clone(),
                provider: Provider::new(login, &session, &oauth.client_id)?,
                store: Arc::new(Store::new(
                    &oauth.token_store,
                    connection,
                    login,
                    &oauth.client_id,
                )),
                patience,
                state: Mutex::default(),
                end: end.clone(),
            }),
            _end: end.drop_guard(),
        })
    }

    /// Makes sure that there are tokens; begins a sign-in where only a person can help, or joins the
    /// one under way.
    ///
    /// # Errors
    /// The provider is away, or the browser could not come back to this machine.
    pub async fn ensure(&self) -> Result<Standing> {
        let shared = self.shared.clone();
        apart(async move { shared.ensure().await }).await
    }

    /// Begins a sign-in whether or not somebody is signed in; where the port is taken, what the
    /// browser brings has to be pasted.
    pub async fn begin(&self) -> Result<Begun> {
        let mut state = self.shared.state.lock().await;
        state.session = None;
        let listener = flow::listen(&self.shared.oauth).await.ok();
        let (flow, begun) = Flow::begin(&self.shared, listener)?;
        state.flow = Some(flow);
        Ok(begun)
    }

    /// Until when somebody is signed in, `None` if nobody is; tokens are renewed, and nobody is asked
    /// anything.
    ///
    /// # Errors
    /// The provider is away.
    pub async fn resume(&self) -> Result<Option<Lasts>> {
        let shared = self.shared.clone();
        apart(async move {
            let state = &mut *shared.state.lock().await;
            if !shared.renew(state).await? {
                return Ok(None);
            }
            Ok(state.session.as_ref().map(|session| {
                let (until, idle_until) = session.ends();
                Lasts { until, idle_until }
            }))
        })
        .await
    }

    /// Forgets the sign-in, here and where it is kept.
    ///
    /// # Errors
    /// What is kept cannot be removed.
    pub async fn sign_out(&self) -> Result<()> {
        let mut state = self.shared.state.lock().await;
        *state = State::default();
        self.shared.stored(Store::clear).await.map_err(|reason| {
            ToolError::new(
                ErrorKind::Upstream,
                format!("the sign-in is still in {}: {reason}", self.store_name()),
            )
        })
    }

    /// Ends the sign-in under way, if there is one.
    pub async fn give_up(&self) {
        self.shared.state.lock().await.flow = None;
    }

    /// Where the sign-in is kept: `the system's keyring`, a file.
    pub fn store_name(&self) -> String {
        self.shared.store.name()
    }

    /// Whether the sign-in is made to outlive this process.
    pub fn outlives(&self) -> bool {
        self.shared.store.outlives()
    }

    /// Whether what was signed in is where it should be kept.
    pub async fn is_kept(&self) -> bool {
        let state = self.shared.state.lock().await;
        state.session.as_ref().is_some_and(|session| session.kept)
    }
}

/// The tokens of one plane, for a client.
#[derive(Clone)]
pub struct SignedIn {
    login: Arc<Login>,
    plane: Plane,
}

impl SignedIn {
    /// The tokens that services of `plane` take.
    pub fn new(login: Arc<Login>, plane: Plane) -> Self {
        Self { login, plane }
    }

    /// A token that is good for a while: the last one, unless it is about to end or is `refused`.
    /// Nobody is asked anything.
    ///
    /// While the provider is away, one that is about to end is better than none.
    pub(in crate::client) async fn token(
        &self,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>> {
        let (shared, plane) = (self.login.shared.clone(), self.plane);
        {
            let state = shared.state.lock().await;
            let fresh = state
                .session
                .as_ref()
                .and_then(|it| it.fresh(plane, Instant::now()));
            let is_refused = |token: &Arc<Token>| refused.is_some_and(|it| Arc::ptr_eq(it, token));
            if let Some(token) = fresh.filter(|token| !is_refused(token)) {
                return Ok(token.clone());
            }
        }
        let refused = refused.cloned();
        apart(async move {
            let state = &mut *shared.state.lock().await;
            let session = state.session.as_mut().ok_or_else(|| shared.signed_out())?;
            if let Some(refused) = &refused {
                session.refuse(refused);
            }
            shared.renew(state).await?;
            let token = state
                .session
                .as_ref()
                .and_then(|it| it.usable(plane, Instant::now()));
            token.cloned().ok_or_else(|| shared.signed_out())
        })
        .await
    }
}

/// Runs `work` to its end even if nobody waits for it any more: a refresh token that was taken, and
/// whose successor was not kept, would end the sign-in.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    spawn(work)
        .await
        .map_err(|error| ToolError::internal(format!("a sign-in broke: {error}")))?
}

impl Shared {
    async fn ensure(self: &Arc<Self>) -> Result<Standing> {
        let state = &mut *self.state.lock().await;
        if let Some(flow) = &state.flow
            && let Some(begun) = flow.join()
        {
            // Somebody may have signed in with another process meanwhile.
            let elsewhere = self.stored(Store::load).await.ok().flatten();
            if elsewhere.is_none_or(|kept| Session::of(&kept).is_over(Instant::now())) {
                return Ok(Standing::Begun(begun));
            }
        }
        state.flow = None;
        if self.renew(state).await? {
            return Ok(Standing::SignedIn);
        }
        let listener = flow::listen(&self.oauth).await;
        let listener = listener.map_err(|error| self.cannot_listen(&error))?;
        let (flow, begun) = Flow::begin(self, Some(listener))?;
        state.flow = Some(flow);
        Ok(Standing::Begun(begun))
    }

    /// Sees to it that the tokens are good for a while; whether somebody is signed in at all.
    async fn renew(&self, state: &mut State) -> Result<bool> {
        if state.session.is_none() {
            state.session = match self.stored(Store::load).await {
                Ok(kept) => kept.as_ref().map(Session::of),
                Err(reason) => {
                    self.warn(state, &reason);
                    None
                }
            };
        }
        let Some(session) = &mut state.session else {
            return Ok(false);
        };
        let now = Instant::now();
        if session.is_over(now) {
            tracing::info!(connection = self.connection, "the sign-in has ended");
            state.session = None;
            return Ok(false);
        }
        if session.fresh(Plane::Control, now).is_some() && session.fresh(Plane::Data, now).is_some()
        {
            return Ok(true);
        }
        let refreshed = self.refresh(session).await;
        if let Some(reason) = refreshed.unkept {
            self.warn(state, &reason);
        }
        match refreshed.outcome {
            Ok(()) => Ok(true),
            Err(Fault::Ended(error)) => {
                tracing::info!(connection = self.connection, %error, "the sign-in has ended");
                let ended = state.session.take();
                // What stays is found out to be of no use again.
                let _ = self
                    .stored(move |store| match (store.load()?, ended) {
                        (Some(kept), Some(ended)) if ended.is_known_as(&kept.refresh_token) => {
                            store.clear()
                        }
                        _ => Ok(()),
                    })
                    .await;
                Ok(false)
            }
            Err(Fault::Passing(error)) => {
                let session = state.session.as_ref();
                let now = Instant::now();
                let usable = |plane| session.is_some_and(|it| it.usable(plane, now).is_some());
                if usable(Plane::Control) && usable(Plane::Data) {
                    tracing::warn!(connection = self.connection, %error, "no new tokens; the last ones are used");
                    return Ok(true);
                }
                Err(error
                    .context(format_args!(
                        "renew the sign-in of the connection `{}`",
                        self.connection
                    ))
                    .hint("try again in a moment; nobody has to sign in again for it"))
            }
        }
    }

    /// Fetches new tokens with the refresh token.
    async fn refresh(&self, session: &mut Session) -> Refreshed {
        let store = self.store.clone();
        // It goes with its file.
        let lock = spawn_blocking(move || store.lock()).await;
        match self.stored(Store::load).await {
            // Another process was here.
            Ok(Some(kept)) if !session.is_known_as(&kept.refresh_token) => session.adopt(&kept),
            Ok(None) if session.kept && self.store.outlives() => {
                let message = "somebody signed out";
                return Fault::Ended(ToolError::new(ErrorKind::Unauthenticated, message)).into();
            }
            _ => {}
        }
        let began = Instant::now();
        let granted = match self.provider.refresh(&session.refresh_token).await {
            Ok(granted) => granted,
            Err(fault) => return fault.into(),
        };
        let Granted {
            id_token,
            refresh_token,
        } = granted;
        let next = refresh_token.unwrap_or_else(|| session.refresh_token.clone());
        session.rotate(next, began);
        let unkept = self.keep(session).await.err();
        drop(lock);
        let outcome = self.exchange(session, &id_token, began).await;
        Refreshed {
            outcome: outcome.map(drop),
            unkept,
        }
    }

    /// Fetches the tokens of both planes for an id token that was asked for at `began`; who signed in.
    async fn exchange(
        &self,
        session: &mut Session,
        id_token: &SecretString,
        began: Instant,
    ) -> Result<Option<String>, Fault> {
        let provider = &self.provider;
        let control = match provider.control(id_token).await {
            Err(Fault::Passing(_)) => provider.control(id_token).await?,
            outcome => outcome?,
        };
        let token = Token::lasting(control.token.clone(), began, CONTROL_LIFE);
        session.set(Plane::Control, token);
        let data = match provider.data(&control.token).await {
            Err(Fault::Passing(_)) => provider.data(&control.token).await?,
            outcome => outcome?,
        };
        session.set(Plane::Data, Token::lasting(data, began, DATA_LIFE));
        Ok(control.email)
    }

    /// Keeps the refresh token for another process, or for after this one.
    async fn keep(&self, session: &mut Session) -> Result<(), String> {
        let (ends, idle_ends) = session.ends();
        let kept = Kept {
            refresh_token: session.refresh_token.clone(),
            ends,
            idle_ends,
        };
        let saved = self.stored(move |store| store.save(&kept)).await;
        session.kept = saved.is_ok();
        saved
    }

    /// Says once that the sign-in ends with the process.
    fn warn(&self, state: &mut State, reason: &str) {
        if !std::mem::replace(&mut state.warned, true) {
            tracing::warn!(
                connection = self.connection,
                store = self.store.name(),
                reason,
                "the sign-in cannot be kept, so it ends with this process; \
                 `token_store` of the connection names another place"
            );
        }
    }

    /// Does something with the store, which blocks.
    async fn stored<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let store = self.store.clone();
        spawn_blocking(move || work(&store))
            .await
            .map_err(|error| error.to_string())?
    }

    fn signed_out(&self) -> ToolError {
        ToolError::new(
            ErrorKind::Unauthenticated,
            format!(
                "nobody is signed in to Confluent Cloud on the connection `{}` any more",
                self.connection
            ),
        )
        .hint("call again: the next call begins a sign-in")
    }

    fn cannot_listen(&self, error: &std::io::Error) -> ToolError {
        let OAuthConnection { callback_port, .. } = self.oauth;
        let connection = &self.connection;
        if error.kind() == std::io::ErrorKind::AddrInUse {
            return ToolError::new(
                ErrorKind::Conflict,
                format!(
                    "nobody can sign in on the connection `{connection}`: port {callback_port} of 127.0.0.1, \
                     which the browser has to come back to, is in use"
                ),
            )
            .hint(format!(
                "if another mcp-confluent is signing in, finish there and call again; else end what uses the \
                 port, run `mcp-confluent login {connection}`, which can do without it, or set \
                 `callback_port` of the connection"
            ));
        }
        ToolError::new(
            ErrorKind::Unsupported,
            format!(
                "nobody can sign in on the connection `{connection}`: port {callback_port} of 127.0.0.1, which \
                 the browser has to come back to, cannot be listened on: {error}"
            ),
        )
        .hint("set `callback_port` of the connection")
    }
}

/// What became of a refresh.
struct Refreshed {
    outcome: Result<(), Fault>,
    /// Why the next refresh token is not kept.
    unkept: Option<String>,
}

impl From<Fault> for Refreshed {
    fn from(fault: Fault) -> Self {
        Self {
            outcome: Err(fault),
            unkept: None,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("connection", &self.shared.connection)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("connection", &self.login.shared.connection)
            .field("plane", &self.plane)
            .finish()
    }
}
