//! The HTTP transport as clients, browsers and balancers see it.

use std::sync::Arc;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

mod lifetime;
mod oauth;
mod refused;

use super::*;
use crate::{
    config::{Config, HttpTls, ServerAuth},
    observe::TraceContext,
    policy::ToolFilter,
    prelude::*,
    tool::registry::Registry,
};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Counts how often it was called, to tell what reaches a tool.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn count_calls_over_http(
    /// A word.
    word: String,
) -> Result<Said> {
    Ok(Said { word })
}

/// What was said.
#[confluent_type(text("{}", self.word))]
struct Said {
    /// The word.
    word: String,
}

/// Tells which trace the call belongs to.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn trace_over_http(cx: &ToolContext) -> Result<Said> {
    let trace = cx.trace();
    let word = trace.iter().flat_map(TraceContext::headers);
    let word: Vec<_> = word
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Ok(Said {
        word: word.join(" "),
    })
}

struct Running {
    url: String,
    metrics: Arc<Metrics>,
    client: Client,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn config(key: Option<&str>) -> ServerConfig {
    let mut config = ServerConfig::default();
    config.http.port = 0;
    config.auth = ServerAuth {
        api_key: key.map(Into::into),
        disabled: key.is_none(),
        ..ServerAuth::default()
    };
    config
}

async fn start(config: ServerConfig) -> Running {
    start_within(config, Limits::default()).await
}

async fn start_within(config: ServerConfig, limits: Limits) -> Running {
    let registry = Registry::collect().unwrap();
    let mut whole = Config::default();
    whole.server = config.clone();
    let toolbox = Toolbox::new(registry, whole, ToolFilter::default());
    let server = HttpServer::bind_within(Arc::new(toolbox), &config, limits)
        .await
        .unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let metrics = server.metrics.clone();
    let stop = CancellationToken::new();
    let task = tokio::spawn(server.serve(stop.clone()));
    let client = Client::builder().no_proxy().build().unwrap();
    Running {
        url,
        metrics,
        client,
        stop,
        task,
    }
}

impl Running {
    /// Where it listens, as `host:port`.
    fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// How often the tool that counts was called.
    async fn calls(&self) -> usize {
        let figures = self.metrics.prometheus().await;
        let name = "mcp_tool_calls_total{tool=\"count-calls-over-http\"";
        let lines = figures.lines().filter(|line| line.starts_with(name));
        let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        counts.sum()
    }

    fn post(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(format!("{}/mcp", self.url))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url));
        request.send().await.unwrap()
    }
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    }})
}

/// A call of 2026-07-28, which needs no session.
fn call(word: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {
        "name": "count-calls-over-http",
        "arguments": { "word": word },
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }})
}

fn stateless(request: RequestBuilder) -> RequestBuilder {
    request
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "count-calls-over-http")
}

/// The message of an answer, which may be a stream with one event.
async fn message(answer: Response) -> Value {
    let text = answer.text().await.unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let data = data.map(str::trim).find(|data| !data.is_empty());
    serde_json::from_str(data.unwrap_or(&text)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn a_session_lives_until_it_is_deleted() {
    let server = start(config(None)).await;
    let answer = server.post(&initialize()).send().await.unwrap();
    let session = answer.headers()["mcp-session-id"].clone();
    let message_ = message(answer).await;
    assert_eq!(message_["result"]["serverInfo"]["name"], "confluent");
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let request = server.post(&initialized).header("mcp-session-id", &session);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    let request = server.post(&list).header("mcp-session-id", &session);
    let listed = message(request.send().await.unwrap()).await;
    assert!(listed["result"]["tools"].is_array(), "{listed}");
    let figures = server.get("/metrics").await.text().await.unwrap();
    assert!(figures.contains("mcp_sessions 1\n"), "{figures}");
    let delete = server.client.delete(format!("{}/mcp", server.url));
    let deleted = delete
        .header("mcp-session-id", &session)
        .send()
        .await
        .unwrap();
    assert!(deleted.status().is_success(), "{}", deleted.status());
    let request = server.post(&list).header("mcp-session-id", &session);
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn instances_answer_requests_without_a_session_alike() {
    let servers = [start(config(None)).await, start(config(None)).await];
    for round in 0..6 {
        let word = format!("word {round}");
        let request = stateless(servers[round % 2].post(&call(&word)));
        let answer = message(request.send().await.unwrap()).await;
        assert_eq!(
            answer["result"]["structuredContent"]["word"], word,
            "{answer}"
        );
    }
    let figures = servers[1].get("/metrics").await.text().await.unwrap();
    let line = "mcp_tool_calls_total{tool=\"count-calls-over-http\",outcome=\"ok\"} 3";
    assert!(figures.contains(line), "{figures}");
}

#[tokio::test]
async fn an_approval_of_one_instance_is_good_at_another() {
    let servers = [
        start(config(Some(KEY))).await,
        start(config(Some(KEY))).await,
    ];
    let send = |server: usize, arguments: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "destroy-over-http",
            "arguments": arguments,
            "_meta": call("")["params"]["_meta"],
        }});
        let request = servers[server].post(&body).bearer_auth(KEY);
        let request = request
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "destroy-over-http");
        async move { message(request.send().await.unwrap()).await }
    };
    let plan = send(0, json!({})).await;
    let text = plan["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("confirmToken"), "{plan}");
    let token = &plan["result"]["_meta"]["confirmation"]["confirmToken"];
    assert!(token.is_string(), "{plan}");
    let done = send(1, json!({ "confirmToken": token })).await;
    assert_eq!(
        done["result"]["structuredContent"]["word"], "gone",
        "{done}"
    );
}

/// Destroys nothing, but asks.
#[confluent_tool(destructive, category = Category::Other("test"))]
async fn destroy_over_http(ask: Ask) -> Result<Said> {
    ask.confirm("Destroy it?").await?;
    let word = "gone".to_owned();
    Ok(Said { word })
}

#[tokio::test]
async fn a_request_needs_the_key() {
    let server = start(config(Some(KEY))).await;
    let send = |name: &'static str, value: String| {
        let request = stateless(server.post(&call("x"))).header(name, value);
        async move { request.send().await.unwrap() }
    };
    let without = stateless(server.post(&call("x"))).send().await.unwrap();
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(without.headers()["www-authenticate"], "Bearer");
    for (name, value) in [
        ("authorization", "Bearer wrong".to_owned()),
        ("authorization", format!("Basic {KEY}")),
        ("authorization", format!("Bearer {KEY}x")),
        ("cflt-mcp-api-key", String::new()),
        ("x-api-key", KEY.to_owned()),
    ] {
        let refused = send(name, value.clone()).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNAUTHORIZED,
            "{name}: {value}"
        );
    }
    for (name, value) in [
        ("authorization", format!("Bearer {KEY}")),
        ("authorization", format!("bearer {KEY}")),
        ("cflt-mcp-api-key", KEY.to_owned()),
    ] {
        assert_eq!(send(name, value).await.status(), StatusCode::OK, "{name}");
    }
    let figures = server.get("/metrics").await;
    assert_eq!(figures.status(), StatusCode::UNAUTHORIZED);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_caller_that_asks_too_often_has_to_wait() {
    let mut config = config(Some(KEY));
    config.auth.requests_per_minute = Some(2);
    let server = start(config).await;
    let send = || async {
        let request = stateless(server.post(&call("x"))).bearer_auth(KEY);
        request.send().await.unwrap()
    };
    for _ in 0..2 {
        assert_eq!(send().await.status(), StatusCode::OK);
    }
    let refused = send().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "30");
}

#[tokio::test]
async fn only_allowed_hosts_and_their_pages_get_in() {
    let server = start(config(None)).await;
    for (header, value, status) in [
        ("host", "localhost", StatusCode::OK),
        ("host", "LOCALHOST:1234", StatusCode::OK),
        ("host", "evil.example", StatusCode::FORBIDDEN),
        ("host", "127.0.0.1.evil.example", StatusCode::FORBIDDEN),
        ("host", "localhost:80@evil.example", StatusCode::FORBIDDEN),
        ("origin", "http://localhost:3000", StatusCode::OK),
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
    ] {
        let request = stateless(server.post(&call("x"))).header(header, value);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{header}: {value}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_malformed_reaches_no_tool() {
    let server = start(config(None)).await;
    let large = "x".repeat(MAX_BODY_BYTES);
    let answer = stateless(server.post(&call(&large))).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/call\"}",
    ] {
        let request = stateless(server.post(&json!(null))).body(body);
        let status = request.send().await.unwrap().status();
        assert!(status.is_client_error(), "{body}: {status}");
    }
    assert_eq!(server.calls().await, 0);
}

#[tokio::test]
async fn the_deprecated_transport_says_what_to_use() {
    let server = start(config(None)).await;
    let answer = server.get("/sse").await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("Streamable HTTP at /mcp")
    );
    assert_eq!(server.get("/else").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stop_closes_idle_connections_and_ends() {
    let server = start(config(None)).await;
    let address = server.address().to_owned();
    let mut idle = tokio::net::TcpStream::connect(&address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    server.stop.cancel();
    server.task.await.unwrap();
    idle.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn it_speaks_https_with_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = self_signed();
    let tls = HttpTls {
        cert_file: folder.path().join("cert.pem"),
        key_file: folder.path().join("key.pem"),
    };
    std::fs::write(&tls.cert_file, &certificate).unwrap();
    std::fs::write(&tls.key_file, key).unwrap();
    let mut config = config(None);
    config.http.tls = Some(tls.clone());
    let server = start(config.clone()).await;
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&certificate).unwrap()])
        .build()
        .unwrap();
    let port = server.url.rsplit(':').next().unwrap();
    let url = format!("https://localhost:{port}/mcp");
    let request = client.post(url).body(call("x").to_string());
    let request = request
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json");
    let answer = stateless(request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let mut here = config.http.clone();
    here.port = port.parse().unwrap();
    probe(&here).await.unwrap();
    // Nothing is answered in the clear.
    assert!(
        server
            .client
            .get(format!("{}/healthz", server.url))
            .send()
            .await
            .is_err()
    );

    std::fs::write(&tls.key_file, self_signed().1).unwrap();
    let registry = Registry::collect().unwrap();
    let toolbox = Toolbox::new(registry, Config::default(), ToolFilter::default());
    let error = HttpServer::bind(Arc::new(toolbox), &config)
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("key.pem"), "{error}");
}

/// A certificate for `localhost` and its key.
fn self_signed() -> (Vec<u8>, Vec<u8>) {
    use openssl::{
        asn1::Asn1Time,
        ec::{EcGroup, EcKey},
        hash::MessageDigest,
        nid::Nid,
        pkey::PKey,
        x509::{X509, X509NameBuilder, extension::SubjectAlternativeName},
    };

    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    certificate
        .set_not_after(&Asn1Time::days_from_now(1).unwrap())
        .unwrap();
    let context = certificate.x509v3_context(None, None);
    let names = SubjectAlternativeName::new()
        .dns("localhost")
        .build(&context)
        .unwrap();
    certificate.append_extension(names).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    let certificate = certificate.build().to_pem().unwrap();
    (certificate, key.private_key_to_pem_pkcs8().unwrap())
}

#[test]
fn a_server_for_everybody_is_refused() {
    let open = |host: &str, key: Option<&str>| {
        let mut config = config(key);
        host.clone_into(&mut config.http.host);
        refusal(&config).is_none()
    };
    assert!(open("127.0.0.1", None));
    assert!(open("localhost", None));
    assert!(open("[::1]", None));
    assert!(!open("0.0.0.0", None));
    assert!(!open("::", None));
    assert!(!open("example.org", None));
    assert!(open("0.0.0.0", Some(KEY)));
    let mut unset = config(None);
    unset.auth.disabled = false;
    assert!(refusal(&unset).is_some_and(|it| it.reason.contains("--generate-key")));
}

#[tokio::test]
async fn both_endpoints_of_sse_may_be_one_path_and_no_path_is_a_pattern() {
    let mut shared = config(None);
    shared.http.sse_endpoint = "/old".to_owned();
    shared.http.sse_message_endpoint = "/old".to_owned();
    let server = start(shared).await;
    let answer = server.client.get(format!("{}/old", server.url));
    let answer = answer.header("host", "localhost").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::GONE);
    server.stop.cancel();

    for path in ["mcp", "/metrics", "/*", "/:id", "/{id}"] {
        let mut config = config(None);
        config.http.mcp_endpoint = path.to_owned();
        let toolbox = Toolbox::new(
            Registry::collect().unwrap(),
            Config::default(),
            ToolFilter::default(),
        );
        let bound = HttpServer::bind(Arc::new(toolbox), &config).await;
        assert!(bound.is_err(), "{path}");
    }
}

#[tokio::test]
async fn a_call_belongs_to_the_trace_of_its_message_or_else_of_its_request() {
    let server = start(config(None)).await;
    let of_message = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let of_request = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let said = async |message: Option<&str>, request: Option<&str>| {
        let mut body = call("");
        body["params"]["name"] = "trace-over-http".into();
        body["params"]["arguments"] = json!({});
        if let Some(parent) = message {
            body["params"]["_meta"]["traceparent"] = parent.into();
        }
        let mut sent = server.post(&body);
        for (name, value) in [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "trace-over-http"),
        ] {
            sent = sent.header(name, value);
        }
        if let Some(parent) = request {
            sent = sent
                .header("traceparent", parent)
                .header("tracestate", "a=b");
        }
        let answer: Value =
            serde_json::from_str(&sent.send().await.unwrap().text().await.unwrap()).unwrap();
        let word = &answer["result"]["structuredContent"]["word"];
        word.as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    };
    assert_eq!(said(None, None).await, "");
    assert_eq!(
        said(None, Some(of_request)).await,
        format!("traceparent={of_request} tracestate=a=b")
    );
    assert_eq!(
        said(Some(of_message), Some(of_request)).await,
        format!("traceparent={of_message}")
    );
    server.stop.cancel();
}
