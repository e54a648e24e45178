//! Sign-in: one question after the other, and what is not let through.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, HeaderMap, LOCATION, SET_COOKIE};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{World, start};
use crate::cloud::{CloudOptions, REGISTRY};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1:1/back";

/// One request; the body is JSON, or a form where it is no JSON.
async fn send(
    world: &World,
    [method, path]: [&str; 2],
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, HeaderMap, Value) {
    let address = world.cloud.url().replace("http://", "");
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header("host", address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::from(body.to_owned()));
    let answer = sender
        .send_request(request.body(body).unwrap())
        .await
        .unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    (head.status.as_u16(), head.headers, body)
}

async fn code(world: &World) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let path = format!(
        "/authorize?client_id=me&response_type=code&redirect_uri={REDIRECT}&scope=openid%20offline_access\
         &code_challenge={challenge}&code_challenge_method=S256&state=s"
    );
    let (status, headers, body) = send(world, ["GET", &path], &[], "").await;
    assert_eq!(status, 302, "{body}");
    let location = headers[LOCATION].to_str().unwrap();
    let code = location.strip_prefix(&format!("{REDIRECT}?code=")).unwrap();
    code.strip_suffix("&state=s").unwrap().to_owned()
}

async fn grant(world: &World, form: &str) -> (u16, Value) {
    let (status, _, body) = send(world, ["POST", "/oauth/token"], &[], form).await;
    (status, body)
}

async fn redeem(world: &World, code: &str, verifier: &str) -> (u16, Value) {
    let form = format!(
        "grant_type=authorization_code&client_id=me&code={code}&code_verifier={verifier}&redirect_uri={REDIRECT}"
    );
    grant(world, &form).await
}

async fn refresh(world: &World, granted: &Value) -> (u16, Value) {
    let token = granted["refresh_token"].as_str().unwrap();
    grant(
        world,
        &format!("grant_type=refresh_token&client_id=me&refresh_token={token}"),
    )
    .await
}

/// The tokens of both planes.
async fn exchanged(world: &World, granted: &Value) -> [String; 2] {
    let body = json!({ "id_token": granted["id_token"] }).to_string();
    let (status, headers, body) = send(world, ["POST", "/api/sessions"], &[], &body).await;
    assert_eq!(
        (status, &body["user"]["email"]),
        (200, &json!("person@example.com"))
    );
    let cookie = headers[SET_COOKIE].to_str().unwrap();
    let cookie = cookie.strip_prefix("auth_token=").unwrap();
    let control = format!("Bearer {}", cookie.split(';').next().unwrap());
    let headers = [(AUTHORIZATION.as_str(), control.as_str())];
    let (status, _, body) = send(world, ["POST", "/api/access_tokens"], &headers, "{}").await;
    assert_eq!(status, 200, "{body}");
    let data = format!("Bearer {}", body["token"].as_str().unwrap());
    [control, data]
}

#[tokio::test]
async fn each_token_opens_its_own_plane() {
    let world = start(CloudOptions::new().api_key("k", "s").sign_in("person")).await;
    let (status, granted) = redeem(&world, &code(&world).await, VERIFIER).await;
    assert_eq!(status, 200, "{granted}");
    let [control, data] = exchanged(&world, &granted).await;
    let status = async |path: &str, token: &str, registry: &str| {
        let headers = [
            (AUTHORIZATION.as_str(), token),
            ("target-sr-cluster", registry),
        ];
        send(&world, ["GET", path], &headers, "").await.0
    };
    assert_eq!(status("/org/v2/environments", &control, "").await, 200);
    assert_eq!(status("/org/v2/environments", &data, "").await, 401);
    assert_eq!(status("/subjects", &data, REGISTRY).await, 200);
    assert_eq!(
        status("/subjects", &data, "").await,
        401,
        "it wants to be named"
    );
    assert_eq!(status("/subjects", &control, REGISTRY).await, 401);
    assert_eq!(world.cloud.sign_ins(), 1);
    world.cloud.end_tokens();
    assert_eq!(status("/org/v2/environments", &control, "").await, 401);
}

#[tokio::test]
async fn a_code_is_taken_once_and_only_from_who_asked() {
    let world = start(CloudOptions::new().sign_in("person")).await;
    let stolen = code(&world).await;
    assert_eq!(redeem(&world, &stolen, "another").await.0, 403);
    assert_eq!(redeem(&world, &stolen, VERIFIER).await.0, 403);
    let good = code(&world).await;
    assert_eq!(redeem(&world, &good, VERIFIER).await.0, 200);
    assert_eq!(redeem(&world, &good, VERIFIER).await.0, 403);
}

#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_the_sign_in() {
    let world = start(CloudOptions::new().sign_in("person")).await;
    let (_, first) = redeem(&world, &code(&world).await, VERIFIER).await;
    let (_, other) = redeem(&world, &code(&world).await, VERIFIER).await;
    let (status, second) = refresh(&world, &first).await;
    assert_eq!(status, 200, "{second}");
    let (status, refused) = refresh(&world, &first).await;
    assert_eq!((status, &refused["error"]), (403, &json!("invalid_grant")));
    assert_eq!(
        refresh(&world, &second).await.0,
        403,
        "its successor with it"
    );
    assert_eq!(refresh(&world, &other).await.0, 200, "others go on");
    world.cloud.end_sign_ins();
    assert_eq!(refresh(&world, &other).await.0, 403);
}

#[tokio::test]
async fn without_a_provider_nobody_signs_in() {
    let world = start(CloudOptions::new()).await;
    assert_eq!(grant(&world, "grant_type=refresh_token").await.0, 400);
    assert_eq!(world.cloud.sign_ins(), 0);
}
