//! `OAUTHBEARER` (RFC 7628) with unsecured tokens (RFC 7519 §6).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::Security;

/// What stands between the parts of a message.
const SEPARATOR: char = '\u{1}';

/// The answer of a client to a refusal.
pub(super) const ACKNOWLEDGED: &[u8] = b"\x01";

/// The user whom a client's first message shows to be, or what the client is told.
pub(super) fn user(security: &Security, message: &[u8]) -> Result<String, String> {
    let message = std::str::from_utf8(message).map_err(|_| refusal("malformed message"))?;
    let parts = message
        .strip_prefix("n,,\u{1}")
        .and_then(|rest| rest.strip_suffix("\u{1}\u{1}"))
        .ok_or_else(|| refusal("malformed message"))?;
    let value = |name: &str| {
        let mut pairs = parts
            .split(SEPARATOR)
            .filter_map(|part| part.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let token = value("auth")
        .and_then(|auth| auth.strip_prefix("Bearer "))
        .ok_or_else(|| refusal("no bearer token"))?;
    if security.logical_cluster.as_deref() != value("logicalCluster")
        && security.logical_cluster.is_some()
    {
        return Err(refusal("unknown logicalCluster"));
    }
    let user = subject(token)?;
    if !security.plain.contains_key(&user) {
        return Err(refusal("unknown user"));
    }
    Ok(user)
}

/// The subject of a token that has not ended.
fn subject(token: &str) -> Result<String, String> {
    let malformed = || refusal("malformed token");
    let mut parts = token.split('.');
    let mut json = || -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    let (header, claims) = json().zip(json()).ok_or_else(malformed)?;
    if header["alg"] != "none" || parts.next() != Some("") || parts.next().is_some() {
        return Err(refusal("the token is not an unsecured one"));
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    if claims["exp"].as_f64().is_none_or(|end| end <= now) {
        return Err(refusal("the token has ended"));
    }
    claims["sub"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(malformed)
}

/// The answer of RFC 7628 §3.2.2.
fn refusal(reason: &str) -> String {
    serde_json::json!({ "status": "invalid_token", "reason": reason }).to_string()
}
