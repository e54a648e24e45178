//! The sign-in against a provider that answers what a test says.

use std::{collections::HashMap, path::Path};

use parking_lot::Mutex as Lock;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::*;
use crate::{
    client::http::tests::server::{Reply, Server},
    config::{CloudEnvironment, TokenStore},
};

/// What the provider does next to requests of a path, before it does what it should.
type Failures = Arc<Lock<HashMap<&'static str, Vec<(u16, Value)>>>>;

/// A provider whose n-th refresh token is `r<n>`, and so with the others.
struct Provider {
    server: Server,
    failures: Failures,
}

impl Provider {
    async fn start() -> Self {
        let failures = Failures::default();
        let failing = failures.clone();
        let grants = Lock::new(0);
        let taken = Lock::new(Vec::new());
        let server = Server::start(move |seen| {
            let path = seen.line.split(' ').nth(1).unwrap_or_default().to_owned();
            let failure = failing
                .lock()
                .get_mut(path.as_str())
                .and_then(|failures| (!failures.is_empty()).then(|| failures.remove(0)));
            if let Some((status, body)) = failure {
                return Reply::json(status, &body);
            }
            let mut count = grants.lock();
            match path.as_str() {
                "/oauth/token" => {
                    // Everything but the token is the same in each.
                    if taken.lock().contains(&seen.body) {
                        return Reply::json(403, &json!({ "error": "invalid_grant" }));
                    }
                    taken.lock().push(seen.body.clone());
                    *count += 1;
                    let (id, refresh) = (format!("id{count}"), format!("r{count}"));
                    Reply::json(200, &json!({ "id_token": id, "refresh_token": refresh }))
                }
                "/api/sessions" => {
                    let cookie = format!("auth_token=c{count}; Path=/; HttpOnly");
                    let body = json!({ "token": "", "user": { "email": "me@example.com" } });
                    Reply::with(200, &[("set-cookie", &cookie)], &body.to_string())
                }
                "/api/access_tokens" => {
                    Reply::json(200, &json!({ "token": format!("d{count}"), "error": null }))
                }
                _ => Reply::json(404, &json!({})),
            }
        })
        .await;
        Self { server, failures }
    }

    /// Fails the next requests of `path` so.
    fn fail(&self, path: &'static str, failures: &[(u16, Value)]) {
        self.failures.lock().insert(path, failures.to_vec());
    }

    fn login(&self, store: TokenStore) -> Login {
        self.login_at(store, 0)
    }

    fn login_at(&self, token_store: TokenStore, callback_port: u16) -> Login {
        self.login_with(token_store, callback_port, PATIENCE)
    }

    fn login_with(&self, token_store: TokenStore, callback_port: u16, patience: Duration) -> Login {
        let oauth = OAuthConnection {
            callback_port,
            open_browser: false,
            token_store,
            ..OAuthConnection::new(CloudEnvironment::Prod)
        };
        let endpoints = Endpoints {
            login: Some(self.server.url.clone()),
            session: Some(self.server.url.clone()),
            ..Endpoints::default()
        };
        Login::with("cloud", &oauth, &endpoints, patience).expect("a sign-in")
    }

    /// The bodies of the requests to `path`.
    fn asked(&self, path: &str) -> Vec<String> {
        let line = format!("POST {path} ");
        let seen = self.server.seen().into_iter();
        seen.filter(|seen| seen.line.starts_with(&line))
            .map(|seen| seen.body)
            .collect()
    }

    /// Signs in.
    async fn signed_in(&self, store: TokenStore) -> Login {
        let login = self.login(store);
        let begun = begun(&login).await;
        let (status, page) = Browser::of(&begun).comes_back("code=good").await;
        assert_eq!(status, 200, "{page}");
        let who = begun.finished().await.expect("signed in");
        assert_eq!(who.as_deref(), Some("me@example.com"));
        login
    }
}

async fn begun(login: &Login) -> Begun {
    match login.ensure().await.expect("a sign-in") {
        Standing::Begun(begun) => begun,
        Standing::SignedIn => panic!("signed in already"),
    }
}

async fn is_signed_in(login: &Login) -> bool {
    matches!(login.ensure().await, Ok(Standing::SignedIn))
}

async fn token(login: &Arc<Login>, plane: Plane) -> String {
    let token = SignedIn::new(login.clone(), plane).token(None).await;
    token.expect("a token").secret().expose_secret().to_owned()
}

/// What the browser knows of a sign-in.
struct Browser {
    redirect: String,
    state: String,
}

impl Browser {
    fn of(begun: &Begun) -> Self {
        let url = reqwest::Url::parse(begun.url()).expect("a URL");
        let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
        Self {
            redirect: query["redirect_uri"].clone(),
            state: query["state"].clone(),
        }
    }

    /// Comes back with the state and `query`.
    async fn comes_back(&self, query: &str) -> (u16, String) {
        get(&format!("{}?{query}&state={}", self.redirect, self.state)).await
    }
}

async fn get(url: &str) -> (u16, String) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let response = client.get(url).send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a page"))
}

#[tokio::test]
async fn whoever_signs_in_has_tokens_of_both_planes() {
    let provider = Provider::start().await;
    let login = Arc::new(provider.signed_in(TokenStore::Memory).await);
    assert!(is_signed_in(&login).await);
    assert_eq!(token(&login, Plane::Control).await, "c1");
    assert_eq!(token(&login, Plane::Data).await, "d1");
    let seen = provider.server.seen();
    assert!(seen[0].body.contains("grant_type=authorization_code&"));
    assert!(seen[0].body.contains("&code=good&code_verifier="));
    assert_eq!(seen[1].body, r#"{"id_token":"id1"}"#);
    assert_eq!(seen[2].header("authorization"), Some("Bearer c1"));
    assert_eq!(seen.len(), 3, "nothing is asked twice");
}

#[tokio::test]
async fn what_is_no_answer_to_the_question_does_not_end_the_wait() {
    let provider = Provider::start().await;
    let login = provider.login(TokenStore::Memory);
    let begun = begun(&login).await;
    let browser = Browser::of(&begun);
    let (status, _) = get(&format!("{}?code=bad&state=wrong", browser.redirect)).await;
    assert_eq!(status, 400);
    assert_eq!(browser.comes_back("nothing=1").await.0, 400);
    let other = browser.redirect.replace("/gateway", "/elsewhere");
    assert_eq!(get(&other).await.0, 404);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let posted = client.post(&browser.redirect).send().await.unwrap();
    assert_eq!(posted.status(), 405);
    assert!(provider.asked("/oauth/token").is_empty());
    let (status, page) = browser.comes_back("code=good").await;
    assert_eq!((status, page.contains("Signed in")), (200, true), "{page}");
    begun.finished().await.unwrap();
}

#[tokio::test]
async fn a_person_who_says_no_ends_it_and_the_next_call_begins_anew() {
    let provider = Provider::start().await;
    let login = provider.login(TokenStore::Memory);
    let first = begun(&login).await;
    let said = "error=access_denied&error_description=%3Cb%3Eno%3C%2Fb%3E";
    let (status, page) = Browser::of(&first).comes_back(said).await;
    assert_eq!(status, 400);
    assert!(page.contains("&lt;b&gt;no&lt;/b&gt;"), "{page}");
    let error = first.finished().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("access_denied"), "{error}");
    let second = begun(&login).await;
    assert!(second.is_first());
    assert_ne!(first.url(), second.url());
}

#[tokio::test]
async fn the_browser_is_told_of_success_only_when_there_are_tokens() {
    let provider = Provider::start().await;
    let down = (500, json!({ "error": { "message": "down" } }));
    for path in ["/oauth/token", "/api/sessions", "/api/access_tokens"] {
        let login = provider.login(TokenStore::Memory);
        provider.fail(path, &[down.clone(), down.clone()]);
        let begun = begun(&login).await;
        let (status, page) = Browser::of(&begun).comes_back("code=good").await;
        assert_eq!(status, 502, "{path}: {page}");
        assert!(!page.contains("Signed in"), "{page}");
        let error = begun.finished().await.unwrap_err();
        assert!(error.message().contains(path), "{error}");
        assert!(!is_signed_in(&login).await, "{path}");
        provider.fail(path, &[]);
    }
}

#[tokio::test]
async fn a_leg_that_fails_once_is_tried_again() {
    let provider = Provider::start().await;
    let down = (503, json!({}));
    provider.fail("/api/sessions", std::slice::from_ref(&down));
    provider.fail("/api/access_tokens", &[down]);
    provider.signed_in(TokenStore::Memory).await;
    assert_eq!(provider.asked("/api/sessions").len(), 2);
}

#[tokio::test]
async fn a_provider_that_repeats_secrets_does_not_tell_them() {
    let provider = Provider::start().await;
    let login = provider.login(TokenStore::Memory);
    let echo = json!({ "error": "x", "error_description": "bad code: s3cretcode" });
    provider.fail("/oauth/token", &[(400, echo)]);
    let begun = begun(&login).await;
    let (_, page) = Browser::of(&begun).comes_back("code=s3cretcode").await;
    let error = begun.finished().await.unwrap_err();
    for shown in [page, format!("{error} {error:?} {begun:?} {login:?}")] {
        assert!(
            shown.contains("bad code") && !shown.contains("s3cretcode"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_key() {
    let provider = Provider::start().await;
    let holder = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = holder.local_addr().unwrap().port();
    let login = provider.login_at(TokenStore::Memory, port);
    let error = login.ensure().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    for part in [
        &port.to_string(),
        "callback_port",
        "`cloud`",
        "mcp-confluent login",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // Without the port, the address can be pasted.
    let begun = login.begin().await.unwrap();
    assert!(!begun.listens());
    let state = Browser::of(&begun).state;
    let refused = begun.paste("http://127.0.0.1/x?code=c&state=old").await;
    assert!(matches!(refused, Pasted::Refused(_)), "{refused:?}");
    let address = format!(" http://127.0.0.1:{port}/x?code=good&state={state}#top ");
    assert_eq!(begun.paste(&address).await, Pasted::Taken);
    begun.finished().await.unwrap();
    drop(holder);
    assert!(is_signed_in(&login).await);
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_sign_in() {
    let provider = Provider::start().await;
    let login = Arc::new(provider.login(TokenStore::Memory));
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let login = login.clone();
            tokio::spawn(async move {
                let begun = begun(&login).await;
                (begun.is_first(), begun.url().to_owned(), begun)
            })
        })
        .collect();
    let mut waiting = Vec::new();
    for call in calls {
        waiting.push(call.await.unwrap());
    }
    assert_eq!(waiting.iter().filter(|(first, ..)| *first).count(), 1);
    assert!(waiting.iter().all(|(_, url, _)| *url == waiting[0].1));
    // A call that is given up does not take it from the others.
    let (.., last) = waiting.pop().unwrap();
    drop(last);
    Browser::of(&waiting[0].2).comes_back("code=good").await;
    for (.., begun) in &waiting {
        begun.finished().await.unwrap();
    }
    assert_eq!(provider.asked("/oauth/token").len(), 1);
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_renewal() {
    let provider = Provider::start().await;
    let login = Arc::new(provider.signed_in(TokenStore::Memory).await);
    let tokens = SignedIn::new(login.clone(), Plane::Data);
    let refused = tokens.token(None).await.unwrap();
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let (tokens, refused) = (tokens.clone(), refused.clone());
            tokio::spawn(async move { tokens.token(Some(&refused)).await })
        })
        .collect();
    for call in calls {
        let token = call.await.unwrap().unwrap();
        assert_eq!(token.secret().expose_secret(), "d2");
    }
    let asked = provider.asked("/oauth/token");
    assert_eq!(asked.len(), 2);
    assert!(asked[1].ends_with("&refresh_token=r1"), "{}", asked[1]);
}

#[tokio::test]
async fn nobody_is_waited_for_for_ever() {
    let provider = Provider::start().await;
    let login = provider.login_with(TokenStore::Memory, 0, Duration::from_millis(10));
    let begun = begun(&login).await;
    let error = begun.finished().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(
        error.to_string().contains("mcp-confluent login cloud"),
        "{error}"
    );
}

#[tokio::test]
async fn the_end_of_the_server_ends_a_sign_in() {
    let provider = Provider::start().await;
    let login = provider.login(TokenStore::Memory);
    let begun = begun(&login).await;
    let redirect = Browser::of(&begun).redirect;
    drop(login);
    let error = begun.finished().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    // Nobody listens any more once the last page is out of the way.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    while client.get(&redirect).send().await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(provider.asked("/oauth/token").is_empty());
}

fn in_file(folder: &tempfile::TempDir) -> TokenStore {
    TokenStore::File(folder.path().join("tokens.json"))
}

fn kept(folder: &tempfile::TempDir) -> Option<String> {
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    let text = read(&folder.path().join("tokens.json"))?;
    let record: Value = serde_json::from_str(&text).expect("JSON");
    record["refresh_token"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn another_process_goes_on_without_a_person() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    drop(provider.signed_in(in_file(&folder)).await);
    assert_eq!(kept(&folder).as_deref(), Some("r1"));
    let login = Arc::new(provider.login(in_file(&folder)));
    assert!(is_signed_in(&login).await);
    assert_eq!(token(&login, Plane::Control).await, "c2");
    assert_eq!(kept(&folder).as_deref(), Some("r2"));
    let lasts = login.resume().await.unwrap().expect("signed in");
    assert!(lasts.idle_until < lasts.until);
    login.sign_out().await.unwrap();
    assert_eq!(kept(&folder), None);
    assert_eq!(login.resume().await.unwrap(), None);
}

#[tokio::test]
async fn the_next_refresh_token_is_kept_even_if_nothing_comes_of_it() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    drop(provider.signed_in(in_file(&folder)).await);
    let login = provider.login(in_file(&folder));
    let down = (500, json!({}));
    provider.fail("/api/sessions", &[down.clone(), down]);
    let error = login.ensure().await.unwrap_err();
    assert!(
        error.to_string().contains("nobody has to sign in again"),
        "{error}"
    );
    assert_eq!(kept(&folder).as_deref(), Some("r2"));
    assert!(is_signed_in(&login).await, "r2 is taken, no browser needed");
    assert!(provider.asked("/oauth/token")[2].ends_with("=r2"));
}

#[tokio::test]
async fn a_provider_that_is_away_needs_patience_and_no_browser() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    drop(provider.signed_in(in_file(&folder)).await);
    let login = provider.login(in_file(&folder));
    provider.fail("/oauth/token", &[(503, json!({}))]);
    let error = login.ensure().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream, "{error}");
    assert_eq!(kept(&folder).as_deref(), Some("r1"), "nothing is lost");
    assert!(is_signed_in(&login).await);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_taken_means_to_sign_in_again() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let login = Arc::new(provider.signed_in(in_file(&folder)).await);
    let tokens = SignedIn::new(login.clone(), Plane::Data);
    let refused = tokens.token(None).await.unwrap();
    provider.fail(
        "/oauth/token",
        &[(403, json!({ "error": "invalid_grant" }))],
    );
    let error = tokens.token(Some(&refused)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(
        error.to_string().contains("the next call begins a sign-in"),
        "{error}"
    );
    assert_eq!(kept(&folder), None);
    assert!(begun(&login).await.is_first());
}

#[tokio::test]
async fn processes_do_not_take_each_others_refresh_tokens() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let one = Arc::new(provider.signed_in(in_file(&folder)).await);
    let other = Arc::new(provider.login(in_file(&folder)));
    assert!(is_signed_in(&other).await);
    for login in [&one, &other, &one] {
        let tokens = SignedIn::new(login.clone(), Plane::Control);
        let refused = tokens.token(None).await.unwrap();
        tokens.token(Some(&refused)).await.unwrap();
    }
    let mut asked = provider.asked("/oauth/token");
    asked.remove(0);
    let taken: Vec<_> = asked
        .iter()
        .filter_map(|it| it.rsplit('=').next())
        .collect();
    assert_eq!(taken, ["r1", "r2", "r3", "r4"]);
    // Whoever signs out in one signs out in both.
    one.sign_out().await.unwrap();
    let tokens = SignedIn::new(other.clone(), Plane::Control);
    let refused = tokens.token(None).await.unwrap();
    assert!(tokens.token(Some(&refused)).await.is_err());
}

#[tokio::test]
async fn a_sign_in_with_another_process_is_noticed_while_waiting() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let waits = provider.login(in_file(&folder));
    let begun = begun(&waits).await;
    drop(provider.signed_in(in_file(&folder)).await);
    assert!(is_signed_in(&waits).await);
    assert_eq!(
        begun.finished().await.unwrap_err().kind(),
        ErrorKind::Cancelled
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_used_is_no_failure() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = TokenStore::File(file.join("tokens.json"));
    let login = provider.signed_in(below_a_file).await;
    assert!(is_signed_in(&login).await);
    assert!(!login.is_kept().await);
}
