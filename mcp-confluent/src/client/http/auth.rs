//! Credentials as the header that carries them.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use super::token::{Token, TokenSource};
use crate::{
    config::{HttpAuth, TlsConfig},
    error::{ErrorKind, Result, ToolError},
};

const IDENTITY_POOL: HeaderName = HeaderName::from_static("confluent-identity-pool-id");

/// How requests are signed.
#[derive(Debug)]
pub(super) enum Credentials {
    /// Not at all, or by the client's certificate.
    None,
    /// Always with the same header.
    Fixed(HeaderValue),
    /// With a token that has to be fetched.
    OAuth(Box<TokenSource>),
    /// With a token of the person who signed in.
    #[cfg(feature = "login")]
    SignIn(crate::client::login::SignedIn),
}

impl Credentials {
    /// Prepares `auth` and adds to `headers` what goes with it.
    pub(super) fn new(
        auth: Option<&HttpAuth>,
        tls: Option<&TlsConfig>,
        headers: &mut HeaderMap,
    ) -> Result<Self> {
        Ok(match auth {
            None | Some(HttpAuth::Mtls) => Self::None,
            Some(HttpAuth::ApiKey { key, secret }) => {
                Self::Fixed(basic(key.expose_secret(), secret)?)
            }
            Some(HttpAuth::Basic { username, password }) => Self::Fixed(basic(username, password)?),
            Some(HttpAuth::Bearer { token }) => Self::Fixed(bearer(token)?),
            Some(HttpAuth::OAuth(grant)) => {
                if let Some(pool) = &grant.identity_pool {
                    headers.insert(IDENTITY_POOL, plain(pool)?);
                }
                Self::OAuth(Box::new(TokenSource::new(grant.clone(), tls.cloned())?))
            }
        })
    }

    /// The same, by tokens that `endpoint` gives for them. What is a token already stays as it is.
    pub(super) fn exchanged(self, endpoint: &str, tls: Option<&TlsConfig>) -> Result<Self> {
        Ok(match self {
            Self::Fixed(header) => {
                let source = TokenSource::exchange(endpoint, header, tls.cloned())?;
                Self::OAuth(Box::new(source))
            }
            other => other,
        })
    }

    /// The header for the next request, and the token it was made of.
    ///
    /// `refused` is a token that the service did not accept.
    pub(super) async fn header(
        &self,
        refused: Option<&Arc<Token>>,
    ) -> Result<(Option<HeaderValue>, Option<Arc<Token>>)> {
        match self {
            Self::None => Ok((None, None)),
            Self::Fixed(header) => Ok((Some(header.clone()), None)),
            Self::OAuth(source) => {
                let token = source.token(refused).await?;
                Ok((Some(bearer(token.secret())?), Some(token)))
            }
            #[cfg(feature = "login")]
            Self::SignIn(sign_in) => {
                let token = sign_in.token(refused).await?;
                Ok((Some(bearer(token.secret())?), Some(token)))
            }
        }
    }
}

/// HTTP Basic (RFC 7617).
pub(super) fn basic(user: &str, password: &SecretString) -> Result<HeaderValue> {
    let pair = format!("{user}:{}", password.expose_secret());
    secret(&format!("Basic {}", STANDARD.encode(pair)))
}

fn bearer(token: &SecretString) -> Result<HeaderValue> {
    secret(&format!("Bearer {}", token.expose_secret()))
}

fn secret(value: &str) -> Result<HeaderValue> {
    let mut header = plain(value)?;
    header.set_sensitive(true);
    Ok(header)
}

/// A header value; the error does not show it, because it may be secret.
pub(super) fn plain(value: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(value).map_err(|_| {
        ToolError::new(
            ErrorKind::Unsupported,
            "the credentials hold a character that no HTTP header can carry",
        )
        .hint("look for line breaks in the `auth` block")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_marked_as_such() {
        let header = basic("me", &"pässword".into()).expect("a header");
        assert!(header.is_sensitive());
        assert_eq!(header.as_bytes(), b"Basic bWU6cMOkc3N3b3Jk");
        let error = bearer(&"two\nlines".into()).expect_err("no header");
        assert!(!error.to_string().contains("lines\n"), "{error}");
        assert!(!error.to_string().contains("two"), "{error}");
    }
}
