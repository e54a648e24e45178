//! Tokens from an identity provider: the OAuth 2.0 client credentials grant (RFC 6749 §4.4).

use std::{sync::Arc, time::Duration};

use reqwest::{Method, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    auth::basic,
    body::{self, Read},
    client::broken,
    failure::Refusal,
    transport::{Transport, Trust},
    url::{BaseUrl, encode},
};
use crate::{
    config::{ClientCredentials, TlsConfig},
    error::{ErrorKind, Result, ToolError},
};

/// How long a token is used whose answer does not say.
const DEFAULT_LIFETIME: Duration = Duration::from_mins(5);
/// A token is renewed this long before it ends, or a fifth of its life where that is less.
const MARGIN: Duration = Duration::from_secs(30);
/// A token endpoint that takes longer than this is away.
const TIMEOUT: Duration = Duration::from_secs(15);
const MAX_ANSWER: usize = 256 * 1024;

/// An access token and its life.
#[derive(Debug)]
pub(in crate::client) struct Token {
    secret: SecretString,
    renew_at: Instant,
    ends_at: Instant,
}

impl Token {
    pub(in crate::client) fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// From when on another one is fetched.
    pub(in crate::client) fn renew_at(&self) -> Instant {
        self.renew_at
    }

    /// Until when it is good.
    pub(in crate::client) fn ends_at(&self) -> Instant {
        self.ends_at
    }
}

/// Where tokens come from; keeps the last one.
#[derive(Debug)]
pub(in crate::client) struct TokenSource {
    grant: ClientCredentials,
    endpoint: BaseUrl,
    transport: Transport,
    /// Held while a token is fetched, so that calls that need one at the same time share it.
    current: Mutex<Option<Arc<Token>>>,
}

/// How the client proves who it is (RFC 6749 §2.3.1).
#[derive(Clone, Copy)]
enum Proof {
    Header,
    Body,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<f64>,
}

impl TokenSource {
    pub(in crate::client) fn new(grant: ClientCredentials, tls: Option<TlsConfig>) -> Result<Self> {
        let endpoint = BaseUrl::parse(&grant.token_endpoint)?;
        let transport = Transport::new(tls, Trust::SystemToo, !endpoint.is_loopback());
        Ok(Self {
            grant,
            endpoint,
            transport,
            current: Mutex::new(None),
        })
    }

    /// A token that is good for a while: the last one, unless it is about to end or is `refused`.
    ///
    /// While the provider is away, one that is about to end is better than none.
    pub(in crate::client) async fn token(
        &self,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>> {
        let mut current = self.current.lock().await;
        let last = current
            .as_ref()
            .filter(|token| !refused.is_some_and(|refused| Arc::ptr_eq(refused, token)));
        if let Some(token) = last.filter(|token| token.renew_at > Instant::now()) {
            return Ok(token.clone());
        }
        match (self.fetch().await, last) {
            (Ok(token), _) => {
                let token = Arc::new(token);
                *current = Some(token.clone());
                Ok(token)
            }
            (Err(_), Some(token)) if token.ends_at > Instant::now() => Ok(token.clone()),
            (Err(error), _) => Err(error),
        }
    }

    async fn fetch(&self) -> Result<Token> {
        match self.ask(Proof::Header).await {
            // Some providers take the secret in the body only, and do not agree on how they say so.
            Err(error) if error.kind() == ErrorKind::Unauthenticated => {
                self.ask(Proof::Body).await.map_err(|_| error)
            }
            result => result,
        }
    }

    async fn ask(&self, proof: Proof) -> Result<Token> {
        let asking = format!("POST to the token endpoint on {}", self.endpoint.host());
        let client = self.transport.client().await?;
        let url = self.endpoint.join("", "")?;
        let mut request = client
            .request(Method::POST, url)
            .timeout(TIMEOUT)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(self.form(proof));
        if let Proof::Header = proof {
            request = request.header(header::AUTHORIZATION, self.basic()?);
        }
        let failed = |error: reqwest::Error| broken(&asking, &error).hint(HINT);
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let (Read::Whole(body) | Read::Cut(body)) = body::read(&mut response, MAX_ANSWER)
            .await
            .map_err(failed)?;
        if !status.is_success() {
            let error = Refusal {
                request: &asking,
                block: "auth",
                status,
                is_html: body::is_html(response.headers(), &body),
                location: None,
                body: &body,
            }
            .into_error()
            .hint(HINT);
            // "Bad Request" is how RFC 6749 says that client, secret or scope are wrong (§5.2).
            return Err(match status.as_u16() {
                400 => error.of_kind(ErrorKind::Unauthenticated),
                _ => error,
            });
        }
        // The parser's words could show a part of the token, so they are left out.
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| {
            ToolError::new(
                ErrorKind::Upstream,
                format!("{asking} answered without an `access_token`"),
            )
            .hint(HINT)
        })?;
        let now = Instant::now();
        let life = life(answer.expires_in);
        Ok(Token {
            secret: answer.access_token.into(),
            renew_at: now + use_for(life),
            ends_at: now + life,
        })
    }

    fn form(&self, proof: Proof) -> String {
        let grant = &self.grant;
        let mut form = "grant_type=client_credentials".to_owned();
        let mut field = |name: &str, value: &str| {
            form.push('&');
            form.push_str(name);
            form.push('=');
            encode(value, &mut form);
        };
        if let Some(scope) = &grant.scope {
            field("scope", scope);
        }
        if let Proof::Body = proof {
            field("client_id", &grant.client_id);
            field("client_secret", grant.client_secret.expose_secret());
        }
        form
    }

    fn basic(&self) -> Result<header::HeaderValue> {
        let (mut id, mut secret) = (String::new(), String::new());
        encode(&self.grant.client_id, &mut id);
        encode(self.grant.client_secret.expose_secret(), &mut secret);
        basic(&id, &secret.into())
    }
}

const HINT: &str =
    "check `token_endpoint`, `client_id`, `client_secret` and `scope` in the `auth` block";

/// How long a token lives whose answer says `seconds`.
fn life(seconds: Option<f64>) -> Duration {
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(DEFAULT_LIFETIME)
        // So that adding it to a clock cannot overflow.
        .min(Duration::from_hours(24))
}

/// How long a token is used that lives for `life`.
fn use_for(life: Duration) -> Duration {
    life.saturating_sub(MARGIN.min(life / 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        let used = |seconds| use_for(life(seconds));
        assert_eq!(used(Some(3600.0)), Duration::from_secs(3570));
        assert_eq!(used(Some(10.0)), Duration::from_secs(8));
        assert_eq!(used(Some(0.0)), Duration::ZERO);
        assert_eq!(used(Some(-5.0)), Duration::from_secs(270));
        assert_eq!(used(None), Duration::from_secs(270));
        assert!(used(Some(f64::MAX)) <= Duration::from_hours(24));
    }
}
