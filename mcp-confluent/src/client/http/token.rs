//! Tokens: from an identity provider by the OAuth 2.0 client credentials grant (RFC 6749 §4.4), or
//! from Confluent Cloud, which exchanges an API key for a short-lived one.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
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
    /// A new one that lives for `seconds`, where that is known.
    fn new(secret: String, seconds: Option<f64>) -> Self {
        let now = Instant::now();
        let life = life(seconds);
        Self {
            secret: secret.into(),
            renew_at: now + use_for(life),
            ends_at: now + life,
        }
    }

    /// One that is good for `life` from `since` on.
    #[cfg(feature = "login")]
    pub(in crate::client) fn lasting(secret: SecretString, since: Instant, life: Duration) -> Self {
        Self {
            secret,
            renew_at: since + use_for(life),
            ends_at: since + life,
        }
    }

    pub(in crate::client) fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// From when on another one is fetched.
    #[cfg(any(feature = "kafka", feature = "login"))]
    pub(in crate::client) fn renew_at(&self) -> Instant {
        self.renew_at
    }

    /// Until when it is good.
    #[cfg(any(feature = "kafka", feature = "login"))]
    pub(in crate::client) fn ends_at(&self) -> Instant {
        self.ends_at
    }
}

/// Where tokens come from; keeps the last one.
#[derive(Debug)]
pub(in crate::client) struct TokenSource {
    grant: Grant,
    endpoint: BaseUrl,
    transport: Transport,
    /// Held while a token is fetched, so that calls that need one at the same time share it.
    current: Mutex<Option<Arc<Token>>>,
}

/// What a token is given for.
#[derive(Debug)]
enum Grant {
    /// The client credentials grant.
    Client(ClientCredentials),
    /// A header that the service itself does not take.
    Exchange(header::HeaderValue),
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

#[derive(Deserialize)]
struct Exchanged {
    token: String,
}

/// What a JSON Web Token (RFC 7519) says about its life, in seconds since 1970.
#[derive(Deserialize)]
struct Claims {
    iat: Option<f64>,
    exp: f64,
}

impl TokenSource {
    pub(in crate::client) fn new(grant: ClientCredentials, tls: Option<TlsConfig>) -> Result<Self> {
        let endpoint = BaseUrl::parse_with_query(&grant.token_endpoint)?;
        let transport = Transport::new(tls, Trust::SystemToo, !endpoint.is_loopback());
        Ok(Self {
            grant: Grant::Client(grant),
            endpoint,
            transport,
            current: Mutex::new(None),
        })
    }

    /// Tokens that the service at `endpoint` gives for what signs in there with `header`.
    pub(super) fn exchange(
        endpoint: &str,
        header: header::HeaderValue,
        tls: Option<TlsConfig>,
    ) -> Result<Self> {
        let endpoint = BaseUrl::parse(endpoint)?;
        let transport = Transport::new(tls, Trust::SystemToo, !endpoint.is_loopback());
        Ok(Self {
            grant: Grant::Exchange(header),
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
        let grant = match &self.grant {
            Grant::Client(grant) => grant,
            Grant::Exchange(header) => return self.swap(header).await,
        };
        match self.ask(grant, Proof::Header).await {
            // Some providers take the secret in the body only, and do not agree on how they say so.
            Err(error) if error.kind() == ErrorKind::Unauthenticated => {
                self.ask(grant, Proof::Body).await.map_err(|_| error)
            }
            result => result,
        }
    }

    async fn ask(&self, grant: &ClientCredentials, proof: Proof) -> Result<Token> {
        let mut request = self
            .post("application/x-www-form-urlencoded")
            .await?
            .body(form(grant, proof));
        if let Proof::Header = proof {
            request = request.header(header::AUTHORIZATION, basic_of(grant)?);
        }
        let what = Asked {
            doing: format!("POST to the token endpoint on {}", self.endpoint.host()),
            block: "auth",
            field: "access_token",
            hint: HINT,
        };
        let answer: Answer = what.send(request).await?;
        Ok(Token::new(answer.access_token, answer.expires_in))
    }

    async fn swap(&self, header: &header::HeaderValue) -> Result<Token> {
        let request = self
            .post("application/json")
            .await?
            .header(header::AUTHORIZATION, header.clone())
            .body("{}");
        let what = Asked {
            doing: format!(
                "the exchange of the API key for a token on {}",
                self.endpoint.host()
            ),
            block: "confluent_cloud",
            field: "token",
            hint: EXCHANGE_HINT,
        };
        let Exchanged { token } = what.send(request).await?;
        let life = life_of(&token);
        Ok(Token::new(token, life))
    }

    async fn post(&self, media_type: &'static str) -> Result<reqwest::RequestBuilder> {
        let client = self.transport.client().await?;
        Ok(client
            .request(Method::POST, self.endpoint.join("", "")?)
            .timeout(TIMEOUT)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, media_type))
    }
}

/// A request for a token, as errors speak of it.
struct Asked {
    doing: String,
    block: &'static str,
    /// Where the token is in the answer.
    field: &'static str,
    hint: &'static str,
}

impl Asked {
    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T> {
        let failed = |error: reqwest::Error| broken(&self.doing, &error).hint(self.hint);
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let (Read::Whole(body) | Read::Cut(body)) = body::read(&mut response, MAX_ANSWER)
            .await
            .map_err(failed)?;
        if !status.is_success() {
            let error = Refusal {
                request: &self.doing,
                block: self.block,
                signs_in: false,
                status,
                is_html: body::is_html(response.headers(), &body),
                location: None,
                body: &body,
            }
            .into_error()
            .hint(self.hint);
            // "Bad Request" is how RFC 6749 says that client, secret or scope are wrong (§5.2).
            return Err(match status.as_u16() {
                400 => error.of_kind(ErrorKind::Unauthenticated),
                _ => error,
            });
        }
        // The parser's words could show a part of the token, so they are left out.
        serde_json::from_slice(&body).map_err(|_| {
            let message = format!("{} answered without a `{}`", self.doing, self.field);
            ToolError::new(ErrorKind::Upstream, message).hint(self.hint)
        })
    }
}

fn form(grant: &ClientCredentials, proof: Proof) -> String {
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

fn basic_of(grant: &ClientCredentials) -> Result<header::HeaderValue> {
    let (mut id, mut secret) = (String::new(), String::new());
    encode(&grant.client_id, &mut id);
    encode(grant.client_secret.expose_secret(), &mut secret);
    basic(&id, &secret.into())
}

/// How many seconds a token lives from when it was made, if it is a JSON Web Token that says so. The
/// clock of this machine is asked only where the token has one end of its life alone.
fn life_of(token: &str) -> Option<f64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let made = claims.iat.or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(now.as_secs_f64())
    })?;
    Some(claims.exp - made)
}

const EXCHANGE_HINT: &str = "check `auth` in the `confluent_cloud` block, which must hold a key of the \
                             whole cloud, and `endpoints.session`";
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

    #[test]
    fn a_web_token_says_how_long_it_lives() {
        let token = |claims: &str| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(
            life_of(&token(r#"{"iat":1000,"exp":1600,"sub":"u"}"#)),
            Some(600.0)
        );
        let left = life_of(&token(r#"{"exp":99999999999}"#)).expect("a life");
        assert!(left > 1e9);
        for other in ["opaque", "a.b.c", &token(r#"{"iat":1}"#)] {
            assert_eq!(life_of(other), None, "{other}");
        }
    }
}
