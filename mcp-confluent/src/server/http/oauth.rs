//! The resource server of OAuth 2.1: signed access tokens (RFC 9068) of one identity provider.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use josekit::{
    JoseError,
    jwk::{Jwk, JwkSet},
    jws::{self, JwsHeader, JwsVerifier},
    jwt::{self, JwtPayload},
};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use crate::{
    client::{
        Call,
        http::{HttpClient, HttpSettings, Request},
    },
    config::ServerOAuth,
    error::ToolError,
    tool::effect::Effect,
};

/// Clocks of two machines differ by less than this.
const LEEWAY: Duration = Duration::from_mins(1);
/// How long fetching keys may take.
const FETCH_TIME: Duration = Duration::from_secs(10);
/// Keys that are older are fetched anew, so that a withdrawn one does not stay good.
const KEYS_LIFETIME: Duration = Duration::from_mins(10);
/// An unknown key is looked for at most this often, whatever callers send.
const FETCH_INTERVAL: Duration = Duration::from_secs(10);

/// The path of the metadata (RFC 9728 §3); that of the resource may follow.
pub(super) const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

/// What a caller may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scopes {
    read: bool,
    write: bool,
    destructive: bool,
}

impl Scopes {
    /// All of them, as the metadata names them.
    const NAMES: [&str; 3] = ["read", "write", "destructive"];

    /// The scopes of a token: `scope` with spaces between them (RFC 9068), or the list that some
    /// providers call `scp`.
    fn of(claims: &JwtPayload) -> Self {
        let mut scopes = Self::default();
        let mut add = |name: &str| match name {
            "read" => scopes.read = true,
            "write" => scopes.write = true,
            "destructive" => scopes.destructive = true,
            _ => {}
        };
        for claim in ["scope", "scp"] {
            match claims.claim(claim) {
                Some(Value::String(names)) => names.split(' ').for_each(&mut add),
                Some(Value::Array(names)) => {
                    names.iter().filter_map(Value::as_str).for_each(&mut add);
                }
                _ => {}
            }
        }
        scopes
    }

    /// The scope that `effect` needs and the caller lacks.
    pub(super) fn lack(self, effect: Effect) -> Option<&'static str> {
        let (has, name) = match effect {
            Effect::ReadOnly => (self.read, "read"),
            Effect::Write => (self.write, "write"),
            Effect::Destructive => (self.destructive, "destructive"),
        };
        (!has).then_some(name)
    }
}

/// Who showed a token. It holds nothing of the token itself, so that nothing behind it can pass the
/// token on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) subject: String,
    pub(super) scopes: Scopes,
}

/// Why a token is not good, for the caller.
#[derive(Debug)]
pub(super) enum Rejection {
    /// The token's fault.
    Invalid(String),
    /// The keys could not be had; the token may be good.
    Unavailable(ToolError),
}

impl From<JoseError> for Rejection {
    fn from(error: JoseError) -> Self {
        let mut text = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            text = source.to_string();
        }
        Self::Invalid(text)
    }
}

/// Checks tokens.
pub(super) struct Verifier {
    config: ServerOAuth,
    client: HttpClient,
    keys: Mutex<Option<Keys>>,
    /// Held while keys are fetched, so that one request does it.
    fetching: AsyncMutex<()>,
}

#[derive(Clone)]
struct Keys {
    set: Arc<JwkSet>,
    fetched: Instant,
}

impl Verifier {
    /// # Errors
    /// The URL of the keys cannot be used.
    pub(super) fn new(config: &ServerOAuth) -> Result<Self, ToolError> {
        let settings = HttpSettings::new(
            "identity provider",
            "server.auth.oauth",
            config.jwks_url.clone(),
        );
        Ok(Self {
            config: config.clone(),
            client: HttpClient::new(settings)?,
            keys: Mutex::default(),
            fetching: AsyncMutex::default(),
        })
    }

    /// Where [`Verifier::metadata`] is: below the host of the audience, before its path (RFC 9728 §3.1).
    pub(super) fn metadata_url(&self) -> String {
        let audience = &self.config.audience;
        let (scheme, rest) = audience.split_once("://").unwrap_or(("https", audience));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let url = format!("{scheme}://{host}{METADATA_PATH}/{path}");
        url.trim_end_matches('/').to_owned()
    }

    /// What a client needs to get a token (RFC 9728).
    pub(super) fn metadata(&self) -> Value {
        json!({
            "resource": self.config.audience,
            "authorization_servers": [self.config.issuer],
            "scopes_supported": Scopes::NAMES,
            "bearer_methods_supported": ["header"],
            "resource_name": "mcp-confluent",
        })
    }

    /// Who shows `token`, if it is signed by the provider, for this server, and not over.
    pub(super) async fn verify(&self, token: &str) -> Result<Bearer, Rejection> {
        let header = jwt::decode_header(token)?;
        let text = |name| header.claim(name)?.as_str().map(ToOwned::to_owned);
        let (algorithm, id): (Option<String>, Option<String>) = (text("alg"), text("kid"));
        let key = self.key(id.as_deref(), algorithm.as_deref()).await?;
        let verifier = verifier(algorithm.as_deref().unwrap_or_default(), &key)?;
        let (claims, header) = jwt::decode_with_verifier(token, &*verifier)?;
        self.check(&claims, &header)?;
        let subject = claims
            .subject()
            .or_else(|| claims.claim("client_id")?.as_str());
        let subject =
            subject.ok_or_else(|| Rejection::Invalid("it names no subject".to_owned()))?;
        Ok(Bearer {
            subject: subject.to_owned(),
            scopes: Scopes::of(&claims),
        })
    }

    fn check(&self, claims: &JwtPayload, header: &JwsHeader) -> Result<(), Rejection> {
        let invalid = |why: &str| Err(Rejection::Invalid(why.to_owned()));
        // Nobody here understands extensions that must be understood (RFC 7515 §4.1.11).
        if header.critical().is_some() {
            return invalid("it has a critical extension");
        }
        let now = SystemTime::now();
        match claims.expires_at() {
            None => return invalid("it never expires"),
            Some(end) if end + LEEWAY <= now => return invalid("it has expired"),
            Some(_) => {}
        }
        if claims
            .not_before()
            .is_some_and(|start| start > now + LEEWAY)
        {
            return invalid("it is not valid yet");
        }
        if claims.issuer() != Some(self.config.issuer.as_str()) {
            return invalid("it is of another issuer");
        }
        let audience = claims.audience().unwrap_or_default();
        if !audience.contains(&self.config.audience.as_str()) {
            return invalid("it is for another audience");
        }
        Ok(())
    }

    /// The key of a token; keys are fetched when the provider has changed them.
    async fn key(&self, id: Option<&str>, algorithm: Option<&str>) -> Result<Jwk, Rejection> {
        let known = self.keys.lock().clone();
        if let Some(keys) = &known
            && keys.fetched.elapsed() < KEYS_LIFETIME
            && let Some(key) = find(&keys.set, id, algorithm)
        {
            return Ok(key);
        }
        let _one_at_a_time = self.fetching.lock().await;
        let unknown = || Rejection::Invalid("it is signed with an unknown key".to_owned());
        let newest = self.keys.lock().clone();
        if let Some(keys) = newest
            && keys.fetched.elapsed() < FETCH_INTERVAL
        {
            return find(&keys.set, id, algorithm).ok_or_else(unknown);
        }
        let set = self.fetch().await.map_err(Rejection::Unavailable)?;
        let key = find(&set, id, algorithm);
        *self.keys.lock() = Some(Keys {
            set: Arc::new(set),
            fetched: Instant::now(),
        });
        key.ok_or_else(unknown)
    }

    async fn fetch(&self) -> Result<JwkSet, ToolError> {
        let call = Call::within(FETCH_TIME);
        let keys: Map<String, Value> = self.client.fetch(&call, Request::get("")).await?;
        JwkSet::from_map(keys).map_err(|error| {
            ToolError::new(
                crate::error::ErrorKind::Upstream,
                format!("the identity provider's keys cannot be read: {error}"),
            )
        })
    }
}

/// The key called `id`; without a name, the only key that fits the algorithm.
fn find(set: &JwkSet, id: Option<&str>, algorithm: Option<&str>) -> Option<Jwk> {
    let fits = |key: &&Jwk| verifier(algorithm.unwrap_or_default(), key).is_ok();
    let mut keys = set.keys().into_iter().filter(fits);
    match id {
        Some(id) => keys.find(|key| key.key_id() == Some(id)).cloned(),
        None => keys.next().filter(|_| keys.next().is_none()).cloned(),
    }
}

/// What checks the signature: algorithms with a public key only, so that a public key can never be
/// taken for a shared secret.
fn verifier(algorithm: &str, key: &Jwk) -> Result<Box<dyn JwsVerifier>, Rejection> {
    Ok(match algorithm {
        "RS256" => Box::new(jws::RS256.verifier_from_jwk(key)?),
        "RS384" => Box::new(jws::RS384.verifier_from_jwk(key)?),
        "RS512" => Box::new(jws::RS512.verifier_from_jwk(key)?),
        "PS256" => Box::new(jws::PS256.verifier_from_jwk(key)?),
        "PS384" => Box::new(jws::PS384.verifier_from_jwk(key)?),
        "PS512" => Box::new(jws::PS512.verifier_from_jwk(key)?),
        "ES256" => Box::new(jws::ES256.verifier_from_jwk(key)?),
        "ES384" => Box::new(jws::ES384.verifier_from_jwk(key)?),
        "ES512" => Box::new(jws::ES512.verifier_from_jwk(key)?),
        "EdDSA" => Box::new(jws::EdDSA.verifier_from_jwk(key)?),
        _ => {
            return Err(Rejection::Invalid(
                "its signature algorithm is not accepted".to_owned(),
            ));
        }
    })
}
