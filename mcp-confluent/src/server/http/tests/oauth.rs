//! Access tokens of an identity provider.

use std::sync::Arc;

use josekit::{
    jwk::Jwk,
    jws::{ES256, HS256, JwsHeader, JwsSigner, RS256},
    jwt::{self, JwtPayload},
};
use parking_lot::Mutex;
use tokio::net::TcpListener;

use super::*;
use crate::config::ServerOAuth;

const AUDIENCE: &str = "https://mcp.example.com/mcp";

/// An identity provider: it publishes keys and counts how often they are asked for.
struct Provider {
    url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    asked: Arc<Mutex<usize>>,
}

/// A key pair and its name.
struct Key {
    pair: Jwk,
    name: &'static str,
}

impl Key {
    fn rsa(name: &'static str) -> Self {
        let pair = Jwk::generate_rsa_key(2048).unwrap();
        Self { pair, name }
    }

    fn public(&self) -> Value {
        let mut key = self.pair.to_public_key().unwrap();
        key.set_key_id(self.name);
        key.set_key_use("sig");
        Value::Object(key.into())
    }

    fn sign(&self, claims: &JwtPayload) -> String {
        self.sign_with(&RS256.signer_from_jwk(&self.pair).unwrap(), claims)
    }

    fn sign_with(&self, signer: &dyn JwsSigner, claims: &JwtPayload) -> String {
        let mut header = JwsHeader::new();
        header.set_key_id(self.name);
        jwt::encode_with_signer(claims, &header, signer).unwrap()
    }
}

impl Provider {
    async fn start(keys: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let (keys, asked) = (Arc::new(Mutex::new(keys)), Arc::new(Mutex::new(0)));
        let (published, count) = (keys.clone(), asked.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 2048];
                let length = stream.read(&mut request).await.unwrap();
                assert!(request[..length].starts_with(b"GET /keys HTTP/1.1\r\n"));
                *count.lock() += 1;
                let body = json!({ "keys": *published.lock() }).to_string();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, keys, asked }
    }

    async fn serve(&self) -> Running {
        let mut config = config(Some(KEY));
        config.auth.oauth = Some(ServerOAuth {
            issuer: "https://login.example.com".to_owned(),
            audience: AUDIENCE.to_owned(),
            jwks_url: self.url.clone(),
        });
        start(config).await
    }
}

fn claims(scope: &str) -> JwtPayload {
    let mut claims = JwtPayload::new();
    claims.set_issuer("https://login.example.com");
    claims.set_audience(vec![AUDIENCE]);
    claims.set_subject("alice");
    claims.set_expires_at(&(std::time::SystemTime::now() + Duration::from_mins(5)));
    claims.set_claim("scope", Some(json!(scope))).unwrap();
    claims
}

fn with(name: &str, value: Value) -> JwtPayload {
    let mut claims = claims("read write destructive");
    let value = Some(value).filter(|value| !value.is_null());
    claims.set_claim(name, value).unwrap();
    claims
}

async fn send(server: &Running, token: &str) -> Response {
    let request = stateless(server.post(&call("x"))).bearer_auth(token);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_token_for_this_server_is_let_in_and_nothing_else() {
    let (key, other) = (Key::rsa("one"), Key::rsa("one"));
    let provider = Provider::start(vec![key.public()]).await;
    let server = provider.serve().await;
    let answer = send(&server, &key.sign(&claims("openid read"))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = send(&server, &key.sign(&with("scp", json!(["read"])))).await;
    assert_eq!(answer.status(), StatusCode::OK);

    let public = serde_json::to_vec(&key.public()).unwrap();
    let bad = [
        ("signed by somebody else", other.sign(&claims("read"))),
        (
            "of another issuer",
            key.sign(&with("iss", json!("https://evil.example.com"))),
        ),
        ("of no issuer", key.sign(&with("iss", Value::Null))),
        (
            "for somebody else",
            key.sign(&with("aud", json!("https://other.example.com"))),
        ),
        ("for nobody", key.sign(&with("aud", Value::Null))),
        ("without an end", key.sign(&with("exp", Value::Null))),
        ("expired", key.sign(&with("exp", json!(1_700_000_000)))),
        (
            "of tomorrow",
            key.sign(&with("nbf", json!(4_000_000_000_u64))),
        ),
        ("of no subject", key.sign(&with("sub", Value::Null))),
        (
            "unsigned",
            jwt::encode_unsecured(&claims("read"), &JwsHeader::new()).unwrap(),
        ),
        (
            "signed with the public key as a secret",
            key.sign_with(&HS256.signer_from_bytes(&public).unwrap(), &claims("read")),
        ),
        ("no token at all", "a.b.c".to_owned()),
    ];
    for (what, token) in bad {
        let answer = send(&server, &token).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    // The key of the server is good beside it.
    assert_eq!(send(&server, KEY).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_tool_that_does_more_than_the_scopes_allow_is_forbidden() {
    let key = Key::rsa("one");
    let provider = Provider::start(vec![key.public()]).await;
    let server = provider.serve().await;
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "destroy-over-http",
        "_meta": call("")["params"]["_meta"],
    }});
    let destroy = |scope: &str| {
        let request = server.post(&body).bearer_auth(key.sign(&claims(scope)));
        let request = request
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "destroy-over-http");
        async move { request.send().await.unwrap() }
    };
    let refused = destroy("read write").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let challenge = refused.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        challenge.contains("error=\"insufficient_scope\", scope=\"destructive\""),
        "{challenge}"
    );
    assert_eq!(destroy("destructive").await.status(), StatusCode::OK);
    let answer = send(&server, &key.sign(&claims("write"))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_resource_is_read_with_the_scope_to_read() {
    let key = Key::rsa("one");
    let provider = Provider::start(vec![key.public()]).await;
    let server = provider.serve().await;
    let read = async |method: &str, scope: &str| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": {
            "uri": "nothing://x",
            "_meta": call("")["params"]["_meta"],
        }});
        let request = server.post(&body).bearer_auth(key.sign(&claims(scope)));
        let request = request
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", "nothing://x");
        request.send().await.unwrap().status()
    };
    assert_eq!(read("resources/read", "write").await, StatusCode::FORBIDDEN);
    assert_ne!(read("resources/read", "read").await, StatusCode::FORBIDDEN);
    assert_eq!(read("resources/list", "write").await, StatusCode::FORBIDDEN);
    // What the server has is no secret of a cluster.
    assert_ne!(read("prompts/list", "write").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn keys_may_change() {
    let (old, new) = (Key::rsa("old"), Key::rsa("new"));
    let provider = Provider::start(vec![old.public()]).await;
    let server = provider.serve().await;
    assert_eq!(
        send(&server, &old.sign(&claims("read"))).await.status(),
        StatusCode::OK
    );
    provider.keys.lock().push(new.public());
    // Strangers cannot make this server ask the provider again and again.
    for _ in 0..3 {
        let answer = send(&server, &new.sign(&claims("read"))).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(*provider.asked.lock(), 1);
    let another = provider.serve().await;
    assert_eq!(
        send(&another, &new.sign(&claims("read"))).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn elliptic_curves_are_good_too() {
    let pair = Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256).unwrap();
    let key = Key { pair, name: "ec" };
    let provider = Provider::start(vec![key.public()]).await;
    let server = provider.serve().await;
    let signer = ES256.signer_from_jwk(&key.pair).unwrap();
    let token = key.sign_with(&signer, &claims("read"));
    assert_eq!(send(&server, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn who_has_no_token_learns_where_to_get_one() {
    let provider = Provider::start(Vec::new()).await;
    let server = provider.serve().await;
    let refused = stateless(server.post(&call("x"))).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        refused.headers()["www-authenticate"],
        "Bearer resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\""
    );
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ] {
        let metadata: Value =
            serde_json::from_str(&server.get(path).await.text().await.unwrap()).unwrap();
        assert_eq!(metadata["resource"], AUDIENCE);
        assert_eq!(
            metadata["authorization_servers"],
            json!(["https://login.example.com"])
        );
        assert_eq!(
            metadata["scopes_supported"],
            json!(["read", "write", "destructive"])
        );
    }
}
