//! Sign-in: the identity provider, and what its tokens are exchanged for.
//!
//! The pages of the provider are left out: whoever asks is signed in at once.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::Method;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::call::{ok, reply};
use super::world::REGISTRY;
use crate::broker::now;
use crate::http::{Answer, Request, answer, pairs};

/// How long a token of the control plane is good for, in milliseconds.
const CONTROL_LIFETIME: i64 = 5 * 60 * 1000;
/// How long a token of the data plane is good for, in milliseconds.
const DATA_LIFETIME: i64 = 10 * 60 * 1000;

/// Which services take a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Plane {
    Control,
    Data,
}

impl Plane {
    /// That of the service whose paths begin with this word.
    pub(super) fn of(service: &str) -> Self {
        match service {
            "billing" | "cmk" | "connect" | "fcpm" | "org" | "srcm" | "tableflow" => Self::Control,
            _ => Self::Data,
        }
    }
}

/// Everything that was given out.
#[derive(Debug)]
pub(super) struct SignIns {
    /// Whose the tokens are on the broker.
    user: String,
    codes: HashMap<String, Code>,
    /// Refresh tokens that can be taken, each with the sign-in it belongs to.
    refresh_tokens: HashMap<String, u64>,
    /// Those that were taken: one that comes again ends its sign-in.
    taken: HashMap<String, u64>,
    id_tokens: HashSet<String>,
    /// Access tokens with the time, in milliseconds, when they end.
    tokens: HashMap<(Plane, String), i64>,
    /// How many people went through the provider's pages.
    signed_in: u64,
}

/// What a code was given for.
#[derive(Debug)]
struct Code {
    client: String,
    redirect: String,
    challenge: String,
    sign_in: u64,
}

impl SignIns {
    pub(super) fn new(user: String) -> Self {
        Self {
            user,
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            taken: HashMap::new(),
            id_tokens: HashSet::new(),
            tokens: HashMap::new(),
            signed_in: 0,
        }
    }

    /// How often somebody signed in.
    pub(super) fn count(&self) -> u64 {
        self.signed_in
    }

    /// Ends every sign-in: refresh tokens are not good any more.
    pub(super) fn end(&mut self) {
        self.refresh_tokens.clear();
    }

    /// Access tokens are not good any more.
    pub(super) fn end_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Whether a request carries a token for this plane; the registry wants to be named too.
    pub(super) fn admit(&self, plane: Plane, service: &str, headers: &HeaderMap) -> bool {
        let names_registry = headers
            .get("target-sr-cluster")
            .is_some_and(|id| id == REGISTRY);
        let is_registry = matches!(service, "catalog" | "schemas" | "subjects" | "config");
        let known = bearer(headers).and_then(|token| self.tokens.get(&(plane, token)));
        known.is_some_and(|end| *end > now()) && (names_registry || !is_registry)
    }

    /// Whether a request is for here.
    pub(super) fn concerns(request: &Request<'_>, headers: &HeaderMap) -> bool {
        match words(request)[..] {
            ["authorize"] | ["oauth", "token"] | ["api", "sessions"] => true,
            ["api", "access_tokens"] => bearer(headers).is_some(),
            _ => false,
        }
    }

    pub(super) fn answer(&mut self, request: &Request<'_>, headers: &HeaderMap) -> Answer {
        match (request.method, &words(request)[..]) {
            (&Method::GET, ["authorize"]) => self.authorize(request),
            (&Method::POST, ["oauth", "token"]) => self.grant(request),
            (&Method::POST, ["api", "sessions"]) => self.session(request),
            (&Method::POST, ["api", "access_tokens"]) => self.exchange(headers),
            _ => reply(405, &json!({ "error": "method_not_allowed" })),
        }
    }

    fn authorize(&mut self, request: &Request<'_>) -> Answer {
        let get = |name: &str| request.query(name).unwrap_or_default();
        let redirect = get("redirect_uri");
        let problems: Vec<&str> = [
            (get("client_id").is_empty(), "client_id"),
            (get("response_type") != "code", "response_type"),
            (!redirect.starts_with("http://127.0.0.1:"), "redirect_uri"),
            (!get("scope").contains("offline_access"), "scope"),
            (
                get("code_challenge_method") != "S256",
                "code_challenge_method",
            ),
            (get("code_challenge").len() != 43, "code_challenge"),
            (get("state").is_empty(), "state"),
        ]
        .into_iter()
        .filter_map(|(wrong, name)| wrong.then_some(name))
        .collect();
        if !problems.is_empty() {
            return refusal("invalid_request", &problems.join(", "));
        }
        self.signed_in += 1;
        let code = secret("code");
        let given = Code {
            client: get("client_id").to_owned(),
            redirect: redirect.to_owned(),
            challenge: get("code_challenge").to_owned(),
            sign_in: self.signed_in,
        };
        self.codes.insert(code.clone(), given);
        let location = format!("{redirect}?code={code}&state={}", get("state"));
        let mut answer = answer(302, "text/html", "");
        if let Ok(location) = HeaderValue::from_str(&location) {
            answer.headers_mut().insert(LOCATION, location);
        }
        answer
    }

    fn grant(&mut self, request: &Request<'_>) -> Answer {
        let body = std::str::from_utf8(request.body).unwrap_or_default();
        let fields = pairs(body).unwrap_or_default();
        let get = |name: &str| {
            let found = fields.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let sign_in = match get("grant_type") {
            "authorization_code" => {
                let digest = Sha256::digest(get("code_verifier").as_bytes());
                let challenge = URL_SAFE_NO_PAD.encode(digest);
                // A code is taken once, whatever comes with it.
                let code = self.codes.remove(get("code")).filter(|code| {
                    code.challenge == challenge
                        && code.client == get("client_id")
                        && code.redirect == get("redirect_uri")
                });
                match code {
                    Some(code) => code.sign_in,
                    None => return refusal("invalid_grant", "Invalid authorization code."),
                }
            }
            "refresh_token" => {
                let token = get("refresh_token");
                if let Some(sign_in) = self.taken.get(token) {
                    self.refresh_tokens.retain(|_, of| of != sign_in);
                }
                match self.refresh_tokens.remove(token) {
                    Some(sign_in) => {
                        self.taken.insert(token.to_owned(), sign_in);
                        sign_in
                    }
                    None => return refusal("invalid_grant", "Unknown or invalid refresh token."),
                }
            }
            _ => return refusal("unsupported_grant_type", "There is no such grant."),
        };
        let (id_token, refresh_token) = (secret("id"), secret("refresh"));
        self.id_tokens.insert(id_token.clone());
        self.refresh_tokens.insert(refresh_token.clone(), sign_in);
        ok(&json!({
            "access_token": secret("access"),
            "id_token": id_token,
            "refresh_token": refresh_token,
            "scope": "openid email offline_access",
            "expires_in": 86_400,
            "token_type": "Bearer",
        }))
    }

    /// The token comes as a cookie, as with the real service.
    fn session(&mut self, request: &Request<'_>) -> Answer {
        let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
        let id_token = body["id_token"].as_str().unwrap_or_default();
        if !self.id_tokens.contains(id_token) {
            return reply(
                401,
                &json!({ "error": { "code": 401, "message": "invalid id token" } }),
            );
        }
        let token = self.give(Plane::Control, CONTROL_LIFETIME);
        let mut answer = ok(&json!({
            "token": "",
            "error": null,
            "user": { "resource_id": "u-shop01", "email": "person@example.com" },
        }));
        let cookie = format!("auth_token={token}; Path=/; HttpOnly; Secure");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            answer.headers_mut().insert(SET_COOKIE, cookie);
        }
        answer
    }

    fn exchange(&mut self, headers: &HeaderMap) -> Answer {
        if !self.admit(Plane::Control, "api", headers) {
            return reply(
                401,
                &json!({ "error": { "code": 401, "message": "invalid session" } }),
            );
        }
        let token = self.give(Plane::Data, DATA_LIFETIME);
        ok(&json!({ "error": null, "token": token }))
    }

    /// A token that the broker takes too: an unsecured one (RFC 7519 §6) of its user.
    fn give(&mut self, plane: Plane, lifetime: i64) -> String {
        let now = now();
        self.tokens.retain(|_, end| *end > now);
        let end = now + lifetime;
        let claims = json!({
            "sub": self.user,
            "iat": now / 1000,
            "exp": end / 1000,
            "jti": secret("token"),
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.", part(json!({ "alg": "none" })), part(claims));
        self.tokens.insert((plane, token.clone()), end);
        token
    }
}

fn words<'a>(request: &'a Request<'_>) -> Vec<&'a str> {
    request.segments.iter().map(String::as_str).collect()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(AUTHORIZATION)?.to_str().ok()?;
    given.strip_prefix("Bearer ").map(str::to_owned)
}

/// Something that nobody guesses; its kind is in it, so that a leak shows what leaked.
fn secret(kind: &str) -> String {
    format!("{kind}-{:032x}", rand::random::<u128>())
}

/// The answer of RFC 6749 §5.2.
fn refusal(error: &str, description: &str) -> Answer {
    let status = if error == "invalid_grant" { 403 } else { 400 };
    reply(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}
