//! SASL OAUTHBEARER: tokens from an identity provider or a sign-in, handed to librdkafka.
//!
//! librdkafka connects nowhere before it has a token, so a client gets its first one as soon as it is
//! made, and each later one well before the last one ends. A provider that is away is therefore told
//! where it matters: by the call that needs a new client. Clients that are connected work on.

use std::{
    sync::{Arc, Weak},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use rdkafka::{
    client::Client,
    producer::{BaseProducer, Producer as _},
};
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    ffi::tokens::{self, BearerToken},
    health::Context,
    settings::TokenSettings,
};
pub(super) use crate::client::http::Token;
use crate::{
    client::http::TokenSource,
    config::OAuthBearer,
    error::{ErrorKind, Result, ToolError},
};

/// How long to wait after the provider gave no new token.
const RETRY: Duration = Duration::from_secs(10);

/// The least time between two tokens.
const SHORTEST: Duration = Duration::from_secs(1);

/// Where the tokens of one connection come from.
pub(super) struct Tokens {
    source: Result<Source>,
    /// Whose the tokens are.
    client: String,
    extensions: Vec<(String, String)>,
    given: Mutex<Given>,
}

/// Where a token comes from.
enum Source {
    Provider(Box<TokenSource>),
    #[cfg(feature = "login")]
    SignIn(crate::client::login::SignedIn),
}

impl Source {
    async fn token(&self, refused: Option<&Arc<Token>>) -> Result<Arc<Token>> {
        match self {
            Self::Provider(source) => source.token(refused).await,
            #[cfg(feature = "login")]
            Self::SignIn(sign_in) => sign_in.token(refused).await,
        }
    }

    /// Whether only a person can help, who is asked by a call and not by a client that is kept.
    fn needs_a_person(&self, error: &ToolError) -> bool {
        !matches!(self, Self::Provider(_)) && error.kind() == ErrorKind::Unauthenticated
    }
}

/// What became of the tokens.
#[derive(Default)]
struct Given {
    /// The last one.
    last: Option<Arc<Token>>,
    /// The last one that brokers did not accept.
    refused: Option<Arc<Token>>,
}

impl Tokens {
    pub(super) fn new(settings: TokenSettings) -> Arc<Self> {
        Arc::new(match settings {
            TokenSettings::Provider { oauth, tls } => {
                let OAuthBearer {
                    credentials,
                    extensions,
                } = *oauth;
                Self {
                    client: credentials.client_id.clone(),
                    extensions: extensions.into_iter().collect(),
                    source: TokenSource::new(credentials, tls)
                        .map(Box::new)
                        .map(Source::Provider),
                    given: Mutex::default(),
                }
            }
            #[cfg(feature = "login")]
            TokenSettings::SignIn { sign_in, cluster } => Self {
                extensions: vec![("logicalCluster".to_owned(), cluster.clone())],
                client: cluster,
                source: Ok(Source::SignIn(sign_in)),
                given: Mutex::default(),
            },
        })
    }

    /// A token that is good for a while.
    pub(super) async fn token(&self) -> Result<Arc<Token>> {
        let source = self.source.as_ref().map_err(Clone::clone)?;
        let refused = self.given.lock().refused.clone();
        let token = source.token(refused.as_ref()).await?;
        self.given.lock().last = Some(token.clone());
        Ok(token)
    }

    /// The brokers did not accept a token: the next call gets another one.
    pub(super) fn refused(&self) {
        let mut given = self.given.lock();
        let last = given.last.clone();
        given.refused = last;
    }

    /// Gives `client` a token.
    pub(super) fn hand_over(&self, client: &Client<Context>, token: &Token) -> Result<()> {
        let left = token.ends_at().saturating_duration_since(Instant::now());
        // librdkafka takes no token that has ended; how long the others last is the brokers' business.
        let ends = SystemTime::now() + left.max(Duration::from_secs(1));
        let ends = ends.duration_since(UNIX_EPOCH).unwrap_or_default();
        let token = BearerToken {
            value: token.secret().expose_secret(),
            ends_ms: i64::try_from(ends.as_millis()).unwrap_or(i64::MAX),
            principal: &self.client,
            extensions: &self.extensions,
        };
        tokens::set(client, &token).map_err(|code| {
            ToolError::new(
                ErrorKind::Unsupported,
                "the token, or an extension beside it, is not one that SASL OAUTHBEARER can carry",
            )
            .code(code.name())
            .hint("check `extensions` in the `auth` block, and that the token endpoint gives out bearer tokens")
        })
    }

    /// Gives `client` each later token too, until the guard is dropped.
    pub(super) fn keep_fresh(
        self: &Arc<Self>,
        client: Weak<BaseProducer<Context>>,
        first: Arc<Token>,
    ) -> DropGuard {
        let end = CancellationToken::new();
        let (tokens, ended) = (self.clone(), end.clone());
        tokio::spawn(async move { ended.run_until_cancelled(tokens.renew(client, first)).await });
        end.drop_guard()
    }

    async fn renew(&self, client: Weak<BaseProducer<Context>>, mut last: Arc<Token>) {
        loop {
            // A provider whose tokens last no time at all is not asked all the time.
            sleep_until(last.renew_at().max(Instant::now() + SHORTEST)).await;
            let token = loop {
                match self.token().await {
                    Ok(token) if !Arc::ptr_eq(&token, &last) => break token,
                    outcome => {
                        let error = outcome.err();
                        let source = self.source.as_ref();
                        let told = error.as_ref().is_some_and(|error| {
                            source.is_ok_and(|source| source.needs_a_person(error))
                        });
                        if !told {
                            let error = error.map(tracing::field::display);
                            tracing::warn!(error, "no new token for Kafka; the last one is kept");
                        }
                        sleep(RETRY).await;
                    }
                }
            };
            let Some(client) = client.upgrade() else {
                return;
            };
            if let Err(error) = self.hand_over(client.client(), &token) {
                tracing::warn!(%error, "a new token for Kafka was not taken");
            }
            last = token;
        }
    }
}
