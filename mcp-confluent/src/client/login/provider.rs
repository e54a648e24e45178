//! What is asked of the identity provider and of Confluent Cloud: each token for the one before it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::pkce::Proof;
use crate::{
    client::http::{BaseUrl, Read, Refusal, Transport, Trust, broken, encode, line, read},
    error::{ErrorKind, Result, ToolError},
    policy::redact,
};

/// What a person is asked to let this program have.
const SCOPE: &str = "email openid offline_access";
/// An answer that takes longer than this does not come.
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ANSWER: usize = 256 * 1024;
/// The cookie that Confluent Cloud puts the token of the control plane into.
const COOKIE: &str = "auth_token";

/// The two services that tokens come from.
pub(super) struct Provider {
    login: BaseUrl,
    session: BaseUrl,
    client_id: String,
    to_login: Transport,
    to_session: Transport,
}

/// What the identity provider gives.
pub(super) struct Granted {
    pub(super) id_token: SecretString,
    /// The one for next time; absent where the last one may be used again.
    pub(super) refresh_token: Option<SecretString>,
}

/// What Confluent Cloud gives for an id token.
pub(super) struct Control {
    pub(super) token: SecretString,
    /// Who signed in.
    pub(super) email: Option<String>,
}

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Fault {
    /// Asking again cannot help: a person has to sign in.
    Ended(ToolError),
    /// It may work later.
    Passing(ToolError),
}

impl Fault {
    pub(super) fn into_error(self) -> ToolError {
        match self {
            Self::Ended(error) | Self::Passing(error) => error,
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    id_token: String,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Exchanged {
    #[serde(default)]
    token: String,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    email: Option<String>,
}

impl Provider {
    pub(super) fn new(login: &str, session: &str, client_id: &str) -> Result<Self> {
        let login = BaseUrl::parse(login)?;
        let session = BaseUrl::parse(session)?;
        let to = |url: &BaseUrl| Transport::new(None, Trust::Configured, !url.is_loopback());
        Ok(Self {
            to_login: to(&login),
            to_session: to(&session),
            login,
            session,
            client_id: client_id.to_owned(),
        })
    }

    /// Where a person signs in.
    pub(super) fn authorize_url(&self, proof: &Proof, redirect: &str) -> Result<String> {
        let query = form(&[
            ("client_id", &self.client_id),
            ("response_type", "code"),
            ("redirect_uri", redirect),
            ("scope", SCOPE),
            ("code_challenge", &proof.challenge()),
            ("code_challenge_method", "S256"),
            ("state", &proof.state),
        ]);
        Ok(self.login.join("/authorize", &query)?.into())
    }

    /// `POST /oauth/token` for the code that the browser brought.
    pub(super) async fn redeem(
        &self,
        code: &SecretString,
        proof: &Proof,
        redirect: &str,
    ) -> Result<Granted, Fault> {
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("client_id", &self.client_id),
            ("code", code.expose_secret()),
            ("code_verifier", proof.verifier.expose_secret()),
            ("redirect_uri", redirect),
        ]);
        let granted = self.grant(body, &[code, &proof.verifier]).await?;
        if granted.refresh_token.is_none() {
            let message = format!("{} gave no refresh token", self.login.host());
            return Err(Fault::Ended(ToolError::new(ErrorKind::Upstream, message)));
        }
        Ok(granted)
    }

    /// `POST /oauth/token` for a refresh token.
    pub(super) async fn refresh(&self, refresh_token: &SecretString) -> Result<Granted, Fault> {
        let body = form(&[
            ("grant_type", "refresh_token"),
            ("client_id", &self.client_id),
            ("refresh_token", refresh_token.expose_secret()),
        ]);
        self.grant(body, &[refresh_token]).await
    }

    async fn grant(&self, body: String, secrets: &[&SecretString]) -> Result<Granted, Fault> {
        let leg = Leg {
            doing: format!("POST /oauth/token on {}", self.login.host()),
            block: "endpoints",
            secrets,
        };
        let request = self
            .post(&self.to_login, &self.login, "/oauth/token")
            .await?
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let (answer, _) = leg.send::<Answer>(request).await?;
        Ok(Granted {
            id_token: answer.id_token.into(),
            refresh_token: answer.refresh_token.map(Into::into),
        })
    }

    /// `POST /api/sessions`: the token of the control plane for an id token.
    pub(super) async fn control(&self, id_token: &SecretString) -> Result<Control, Fault> {
        let leg = Leg {
            doing: format!("POST /api/sessions on {}", self.session.host()),
            block: "endpoints",
            secrets: &[id_token],
        };
        let body = json!({ "id_token": id_token.expose_secret() });
        let request = self
            .post(&self.to_session, &self.session, "/api/sessions")
            .await?
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let (answer, cookie) = leg.send::<Exchanged>(request).await?;
        let token = cookie.unwrap_or(answer.token);
        Ok(Control {
            token: leg.some(token)?,
            email: answer.user.and_then(|user| user.email),
        })
    }

    /// `POST /api/access_tokens`: the token of the data plane for one of the control plane.
    pub(super) async fn data(&self, control: &SecretString) -> Result<SecretString, Fault> {
        let leg = Leg {
            doing: format!("POST /api/access_tokens on {}", self.session.host()),
            block: "endpoints",
            secrets: &[control],
        };
        let request = self
            .post(&self.to_session, &self.session, "/api/access_tokens")
            .await?
            .header(header::CONTENT_TYPE, "application/json")
            .bearer_auth(control.expose_secret())
            .body("{}");
        let (answer, _) = leg.send::<Exchanged>(request).await?;
        leg.some(answer.token)
    }

    async fn post(
        &self,
        transport: &Transport,
        base: &BaseUrl,
        path: &str,
    ) -> Result<RequestBuilder, Fault> {
        let client = transport.client().await.map_err(Fault::Passing)?;
        let url = base.join(path, "").map_err(Fault::Passing)?;
        Ok(client
            .request(Method::POST, url)
            .timeout(TIMEOUT)
            .header(header::ACCEPT, "application/json"))
    }
}

/// One request of the chain, as errors speak of it.
struct Leg<'a> {
    doing: String,
    block: &'static str,
    /// What is sent and must not be told.
    secrets: &'a [&'a SecretString],
}

impl Leg<'_> {
    /// The answer, and the token in its cookie if there is one.
    async fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<(T, Option<String>), Fault> {
        let failed = |error: reqwest::Error| Fault::Passing(broken(&self.doing, &error));
        let mut response = request.send().await.map_err(failed)?;
        let (Read::Whole(body) | Read::Cut(body)) =
            read(&mut response, MAX_ANSWER).await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            let ended = matches!(status.as_u16(), 401 | 403) || has_ended(&body);
            let refusal = Refusal {
                request: &self.doing,
                block: self.block,
                signs_in: true,
                status,
                is_html: false,
                location: None,
                body: &body,
            };
            let error = self.without_secrets(&refusal.into_error());
            return Err(if ended {
                Fault::Ended(error.of_kind(ErrorKind::Unauthenticated))
            } else {
                Fault::Passing(error)
            });
        }
        let cookies = response.headers().get_all(header::SET_COOKIE);
        let cookie = cookies
            .iter()
            .filter_map(|cookie| cookie.to_str().ok())
            .find_map(|cookie| {
                let (name, value) = cookie.split(';').next()?.split_once('=')?;
                (name.trim() == COOKIE && !value.is_empty()).then(|| value.trim().to_owned())
            });
        // The parser's words could show a part of a token, so they are left out.
        let answer = serde_json::from_slice(&body).map_err(|_| self.unexpected())?;
        Ok((answer, cookie))
    }

    fn some(&self, token: String) -> Result<SecretString, Fault> {
        if token.is_empty() {
            return Err(self.unexpected());
        }
        Ok(token.into())
    }

    fn unexpected(&self) -> Fault {
        let message = format!("{} answered without the token", self.doing);
        Fault::Passing(
            ToolError::new(ErrorKind::Upstream, message)
                .hint("check `login` and `session` under `endpoints`"),
        )
    }

    /// A service may repeat what it was sent.
    fn without_secrets(&self, error: &ToolError) -> ToolError {
        let secrets = self.secrets.iter().map(|secret| secret.expose_secret());
        let message = redact::without(error.message(), secrets);
        let shown = ToolError::new(error.kind(), message);
        match error.hint_text() {
            Some(hint) => shown.hint(hint.to_owned()),
            None => shown,
        }
    }
}

/// Whether an answer says that the refresh token, or the client, is not good any more.
fn has_ended(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = body["error"].as_str().unwrap_or_default();
    let words = body["error_description"].as_str().unwrap_or_default();
    let words = words.to_ascii_lowercase();
    matches!(
        code,
        "invalid_grant" | "invalid_client" | "unauthorized_client"
    ) || (words.contains("refresh token")
        && (words.contains("unknown") || words.contains("invalid")))
}

/// Fields as a form or a query carries them.
fn form(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        encode(value, &mut form);
    }
    form
}

/// What a provider says of a sign-in that did not work, in one line.
pub(super) fn reason(error: &str, description: Option<&str>) -> String {
    match description.map(|text| line(text, 300)) {
        Some(text) if !text.is_empty() => format!("{text} [{}]", line(error, 60)),
        _ => line(error, 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_says_everything_that_the_standard_asks() {
        let provider = Provider::new("https://login.example.com/", "https://x", "my client")
            .unwrap_or_else(|error| panic!("{error}"));
        let proof = Proof {
            verifier: "v".into(),
            state: "s t".to_owned(),
        };
        let url = provider
            .authorize_url(&proof, "http://127.0.0.1:1/back")
            .unwrap_or_else(|error| panic!("{error}"));
        let challenge = proof.challenge();
        assert_eq!(
            url,
            format!(
                "https://login.example.com/authorize?client_id=my%20client&response_type=code\
                 &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fback&scope=email%20openid%20offline_access\
                 &code_challenge={challenge}&code_challenge_method=S256&state=s%20t"
            )
        );
        assert!(!url.contains("=v"), "{url}");
    }

    #[test]
    fn what_ends_a_sign_in_is_told_from_what_passes() {
        for ended in [
            r#"{"error":"invalid_grant"}"#,
            r#"{"error":"invalid_client","error_description":"x"}"#,
            r#"{"error":"unauthorized_client"}"#,
            r#"{"error":"x","error_description":"Unknown or invalid refresh token."}"#,
        ] {
            assert!(has_ended(ended.as_bytes()), "{ended}");
        }
        for passing in [
            "",
            "<html>",
            r#"{"error":"temporarily_unavailable"}"#,
            r#"{"error":"x","error_description":"no refresh token service"}"#,
        ] {
            assert!(!has_ended(passing.as_bytes()), "{passing}");
        }
    }

    #[test]
    fn what_a_provider_says_is_one_bounded_line() {
        let text = reason("access_denied", Some("no\n\u{1b}[31mway"));
        assert_eq!(text, "no [31mway [access_denied]");
        assert!(reason("x", Some(&"y".repeat(9_999))).len() < 400);
        assert_eq!(reason("x", None), "x");
    }
}
