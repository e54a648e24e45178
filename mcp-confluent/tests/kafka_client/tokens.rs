//! SASL OAUTHBEARER: tokens from a provider, shown to the broker, renewed.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mcp_confluent::{
    ErrorKind,
    client::kafka::{KafkaClient, KafkaSettings, TokenSettings, read::Start},
    config::{ClientCredentials, OAuthBearer},
};
use mcp_confluent_sandbox::{Record, Sandbox, SandboxOptions};
use serde_json::json;

use crate::cluster::{call, request, settings, values};

/// A token that says who its bearer is, and signs nothing.
fn unsecured(subject: &str, life: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = part(json!({ "alg": "none" }));
    let end = (now + life).as_secs_f64();
    let claims = part(json!({ "sub": subject, "iat": now.as_secs_f64(), "exp": end }));
    format!("{header}.{claims}.")
}

/// What a provider answers to its n-th request, from 1: a status and a body.
type Answer = dyn Fn(usize) -> (u16, String) + Send + Sync;

/// An identity provider on this machine.
struct Provider {
    url: String,
    asked: Arc<AtomicUsize>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    fn start(answer: impl Fn(usize) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let provider = Self {
            url,
            asked: Arc::default(),
            bodies: Arc::default(),
        };
        let (asked, bodies) = (provider.asked.clone(), provider.bodies.clone());
        let answer: Arc<Answer> = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
                bodies
                    .lock()
                    .unwrap()
                    .push(exchange(stream, &answer(number)));
            }
        });
        provider
    }

    /// One whose tokens are for `subject` and last for `life`.
    fn of(subject: &'static str, life: Duration) -> Self {
        Self::start(move |_| granted(&unsecured(subject, life), life))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn granted(token: &str, life: Duration) -> (u16, String) {
    let answer =
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": life.as_secs_f64() });
    (200, answer.to_string())
}

/// Reads a request, answers it and gives its body.
fn exchange(stream: TcpStream, (status, answer): &(u16, String)) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let size = answer.len();
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status} X\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n{answer}"
    )
    .unwrap();
    String::from_utf8(body).unwrap()
}

async fn sandbox() -> Sandbox {
    let options = SandboxOptions::new()
        .user("ada", "unused")
        .logical_cluster("lkc-1");
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.create_topic("t", 1).unwrap();
    sandbox.produce("t", 0, &[Record::new("a")]).unwrap();
    sandbox
}

fn client(sandbox: &Sandbox, token_endpoint: &str) -> KafkaClient {
    let servers = sandbox.sasl_bootstrap_servers().unwrap();
    let oauth = OAuthBearer {
        credentials: ClientCredentials {
            token_endpoint: token_endpoint.to_owned(),
            client_id: "me".to_owned(),
            client_secret: "hunter2".into(),
            scope: Some("kafka".to_owned()),
            logical_cluster: None,
            identity_pool: None,
        },
        extensions: BTreeMap::from([
            ("identityPoolId".to_owned(), "pool-1".to_owned()),
            ("logicalCluster".to_owned(), "lkc-1".to_owned()),
        ]),
    };
    KafkaClient::new(KafkaSettings {
        tokens: Some(TokenSettings::Provider {
            oauth: Box::new(oauth),
            tls: None,
        }),
        ..settings(&[
            ("bootstrap.servers", &servers),
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanisms", "OAUTHBEARER"),
        ])
    })
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn one_token_and_its_extensions_serve_every_connection() {
    let sandbox = sandbox().await;
    let provider = Provider::of("ada", HOUR);
    let client = client(&sandbox, &provider.url);
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
    let read = client
        .read(&call(), &request("t", None, Start::Earliest))
        .await
        .unwrap();
    assert_eq!(values(&read), ["a"]);
    sandbox.close_connections();
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
    assert_eq!(
        *provider.bodies.lock().unwrap(),
        ["grant_type=client_credentials&scope=kafka"]
    );
}

#[tokio::test]
async fn a_connected_client_gets_the_next_token_before_the_last_one_ends() {
    let sandbox = sandbox().await;
    let life = Duration::from_secs(5);
    let provider = Provider::of("ada", life);
    let client = client(&sandbox, &provider.url);
    let started = Instant::now();
    client.topics(&call()).await.unwrap();
    while provider.asked() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(started.elapsed() < 4 * life, "no second token");
    }
    // The first one has ended: only a later one opens a connection now.
    tokio::time::sleep((started + life).saturating_duration_since(Instant::now())).await;
    sandbox.close_connections();
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
    assert!(provider.asked() <= 4, "{} tokens", provider.asked());
}

#[tokio::test]
async fn a_token_that_the_broker_refuses_is_not_shown_again() {
    let sandbox = sandbox().await;
    let provider = Provider::start(|number| {
        let subject = if number == 1 { "mallory" } else { "ada" };
        granted(&unsecured(subject, HOUR), HOUR)
    });
    let client = client(&sandbox, &provider.url);
    let error = client.topics(&call()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(error.message().contains("unknown user"), "{error}");
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_provider_that_says_no_is_told_with_host_and_status() {
    let sandbox = sandbox().await;
    let refusal = json!({ "error": "invalid_client", "error_description": "no such client" });
    let provider = Provider::start(move |_| (400, refusal.to_string()));
    let client = client(&sandbox, &provider.url);
    let host = provider
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/token");
    let read = request("t", None, Start::Earliest);
    let errors = [
        client.topics(&call()).await.unwrap_err(),
        client.read(&call(), &read).await.unwrap_err(),
        client.check_token(&call()).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        for part in ["token endpoint", host, "400", "no such client"] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
        assert!(
            error.hint_text().unwrap().contains("client_secret"),
            "{error}"
        );
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_with_its_address() {
    let sandbox = sandbox().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let client = client(&sandbox, &format!("http://{address}/token"));
    let error = client.topics(&call()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(error.message().contains(&address), "{error}");
}

#[tokio::test]
async fn what_is_connected_works_on_while_the_provider_is_away() {
    let sandbox = sandbox().await;
    let life = Duration::from_secs(2);
    let provider = Provider::start(move |number| match number {
        1 => granted(&unsecured("ada", HOUR), life),
        _ => (503, String::new()),
    });
    let client = client(&sandbox, &provider.url);
    let started = Instant::now();
    client.topics(&call()).await.unwrap();
    while provider.asked() < 2 || started.elapsed() < life {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(
            started.elapsed() < 10 * life,
            "no second token was asked for"
        );
    }
    assert_eq!(client.topics(&call()).await.unwrap().len(), 1);
}
