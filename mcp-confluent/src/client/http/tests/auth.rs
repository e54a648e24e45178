//! Credentials, and tokens that are fetched, kept and renewed.

use secrecy::SecretString;

use super::*;
use crate::config::{ClientCredentials, HttpAuth};

fn grant(token_endpoint: String) -> ClientCredentials {
    ClientCredentials {
        token_endpoint,
        client_id: "me".to_owned(),
        client_secret: "s/cret".into(),
        scope: Some("a b".to_owned()),
        logical_cluster: None,
        identity_pool: Some("pool-1".to_owned()),
    }
}

async fn authorization(auth: HttpAuth) -> Option<String> {
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let mut settings = settings(&server.url);
    settings.auth = Some(auth);
    let client = HttpClient::new(settings).expect("a client");
    client.send(&call(), subjects()).await.expect("an answer");
    server.seen()[0].header("authorization").map(str::to_owned)
}

#[tokio::test]
async fn the_fixed_forms() {
    let secret = |text: &str| SecretString::from(text);
    let basic = HttpAuth::Basic {
        username: "user".to_owned(),
        password: secret("pass"),
    };
    let key = HttpAuth::ApiKey {
        key: secret("user"),
        secret: secret("pass"),
    };
    for auth in [basic, key] {
        let header = authorization(auth).await;
        assert_eq!(header.as_deref(), Some("Basic dXNlcjpwYXNz"));
    }
    let token = secret("t0ken");
    let header = authorization(HttpAuth::Bearer { token }).await;
    assert_eq!(header.as_deref(), Some("Bearer t0ken"));
    assert_eq!(authorization(HttpAuth::Mtls).await, None);
}

/// A provider whose n-th token is `token-n`, valid for `seconds`.
async fn provider(seconds: u32) -> Server {
    Server::start(move |seen| {
        let token = format!("token-{}", seen.number);
        Reply::json(200, &json!({"access_token": token, "expires_in": seconds}))
    })
    .await
}

fn with_oauth(server: &Server, provider: &Server) -> HttpClient {
    let mut settings = settings(&server.url);
    settings.auth = Some(HttpAuth::OAuth(grant(format!("{}/token", provider.url))));
    HttpClient::new(settings).expect("a client")
}

#[tokio::test]
async fn a_token_is_fetched_once_and_shared() {
    let provider = provider(3600).await;
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let client = with_oauth(&server, &provider);
    let call = call();
    let (a, b) = tokio::join!(
        client.send(&call, subjects()),
        client.send(&call, subjects())
    );
    a.and(b).expect("answers");
    let [asked] = &provider.seen()[..] else {
        panic!("{:?}", provider.seen())
    };
    assert_eq!(asked.line, "POST /token HTTP/1.1");
    assert_eq!(asked.body, "grant_type=client_credentials&scope=a%20b");
    assert_eq!(
        asked.header("authorization"),
        Some("Basic bWU6cyUyRmNyZXQ=")
    );
    for seen in server.seen() {
        assert_eq!(seen.header("authorization"), Some("Bearer token-1"));
        assert_eq!(seen.header("confluent-identity-pool-id"), Some("pool-1"));
    }
}

#[tokio::test]
async fn a_token_that_ends_is_renewed() {
    let provider = provider(0).await;
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let client = with_oauth(&server, &provider);
    for _ in 0..2 {
        client.send(&call(), subjects()).await.expect("an answer");
    }
    let seen = server.seen();
    assert_eq!(seen[1].header("authorization"), Some("Bearer token-2"));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let provider = provider(3600).await;
    let server = Server::start(|seen| match seen.header("authorization") {
        Some("Bearer token-1") => Reply::with(401, &[], ""),
        _ => Reply::json(200, &json!([])),
    })
    .await;
    let client = with_oauth(&server, &provider);
    client
        .send(&call(), Request::post("/x"))
        .await
        .expect("the second token");
    assert_eq!(provider.seen().len(), 2);

    let server = Server::start(|_| Reply::with(401, &[], "")).await;
    let error = with_oauth(&server, &provider)
        .send(&call(), subjects())
        .await
        .expect_err("never");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_provider_that_wants_the_secret_in_the_body_gets_it_there() {
    let provider = Server::start(|seen| {
        if seen.body.contains("client_id=me&client_secret=s%2Fcret") {
            Reply::json(200, &json!({"access_token": "t"}))
        } else {
            Reply::json(401, &json!({"error": "invalid_client"}))
        }
    })
    .await;
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    with_oauth(&server, &provider)
        .send(&call(), subjects())
        .await
        .expect("an answer");
    assert_eq!(provider.seen().len(), 2);
}

#[tokio::test]
async fn a_provider_that_says_no_is_named_and_no_secret_is_shown() {
    let refusal = json!({"error": "invalid_client", "error_description": "unknown client"});
    let provider = Server::start(move |_| Reply::json(401, &refusal)).await;
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let error = with_oauth(&server, &provider)
        .send(&call(), subjects())
        .await
        .expect_err("no token");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("token endpoint"), "{error}");
    assert!(error.message().contains("unknown client"), "{error}");
    assert!(!error.to_string().contains("s/cret"), "{error}");
    assert_eq!(server.connections(), 0);

    let odd = Server::start(|_| Reply::json(200, &json!({"token": "hunter2"}))).await;
    let error = with_oauth(&server, &odd)
        .send(&call(), subjects())
        .await
        .expect_err("no token");
    assert!(error.message().contains("access_token"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

/// A service that takes tokens of `session` only, which it gives for a key.
fn with_exchange(server: &Server, session: &Server) -> HttpClient {
    let mut settings = settings(&server.url);
    settings.auth = Some(HttpAuth::ApiKey {
        key: "me".into(),
        secret: "s3cret".into(),
    });
    settings.token_exchange = Some(format!("{}/api/access_tokens", session.url));
    HttpClient::new(settings).expect("a client")
}

#[tokio::test]
async fn a_key_is_exchanged_once_and_again_when_its_token_is_refused() {
    let session = Server::start(|seen| {
        let token = format!("token-{}", seen.number);
        Reply::json(200, &json!({"token": token, "error": null}))
    })
    .await;
    let server = Server::start(|seen| {
        if seen.number == 3 {
            return Reply::json(401, &json!({"message": "revoked"}));
        }
        Reply::json(200, &json!([]))
    })
    .await;
    let client = with_exchange(&server, &session);
    for _ in 0..3 {
        client.send(&call(), subjects()).await.expect("an answer");
    }
    let asked = session.seen();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0].line, "POST /api/access_tokens HTTP/1.1");
    assert_eq!(asked[0].header("authorization"), Some("Basic bWU6czNjcmV0"));
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].body, "{}");
    let signed: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").map(str::to_owned))
        .collect();
    let token = |number: u8| Some(format!("Bearer token-{number}"));
    assert_eq!(signed, [token(1), token(1), token(1), token(2)]);
}

#[tokio::test]
async fn a_key_that_cannot_be_exchanged_is_told_without_it() {
    for (reply, expected) in [
        (
            Reply::json(401, &json!({"error": {"message": "no such key"}})),
            "answered 401: no such key",
        ),
        (
            Reply::json(200, &json!({"nothing": "s3cret"})),
            "without a `token`",
        ),
    ] {
        let session = Server::start(move |_| reply.clone()).await;
        let server = Server::start(|_| Reply::json(200, &json!([]))).await;
        let client = with_exchange(&server, &session);
        let error = client
            .send(&call(), subjects())
            .await
            .expect_err("no token");
        let text = error.to_string();
        assert!(text.contains("the exchange of the API key"), "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("endpoints.session"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
        assert!(server.seen().is_empty());
    }
}
