//! What a client of the server feels, in figures: `cargo run --release -p mcp-confluent-tests --example bench`.
//!
//! Drives the release binary over stdio and HTTP against its embedded broker and prints a table. Nothing is
//! asserted: figures of a shared machine vary. The client is as thin as it can be, but it shares the
//! machine, so rates are what both together reach.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the terminal, run by hand"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use mcp_confluent_tests::{
    binary,
    http::{self, Http, HttpAnswer},
};
use serde_json::{Value, json};

/// Calls that wait for an answer at the same time where a rate is measured.
const IN_FLIGHT: usize = 32;
/// How often a thing is done where one time is the median of many.
const ROUNDS: usize = 200;
/// Reads in one process, to see whether each leaves something behind.
const READS: u32 = 5000;
/// How often the server is started.
const STARTS: usize = 20;
/// Sessions over HTTP that call at the same time.
const SESSIONS: usize = 32;
/// Calls of each.
const CALLS: usize = 300;
/// Sessions over HTTP that are open and idle where memory is measured.
const IDLE_SESSIONS: u64 = 2000;

/// A session, and the pipes under it.
struct Session {
    server: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    line: String,
}

impl Session {
    /// Starts the server; returns once `initialize` is answered.
    fn start() -> Self {
        let mut server = Command::new(binary::server())
            .arg("--sandbox")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let requests = server.stdin.take().unwrap();
        let answers = BufReader::with_capacity(1 << 20, server.stdout.take().unwrap());
        let mut session = Self {
            server,
            requests,
            answers,
            line: String::new(),
        };
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "bench", "version": "1" },
        });
        session.request(&message("initialize", &hello));
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        session.write(&format!("{initialized}\n"));
        session
    }

    fn write(&mut self, lines: &str) {
        self.requests.write_all(lines.as_bytes()).unwrap();
    }

    fn read(&mut self) -> &str {
        self.line.clear();
        assert!(
            self.answers.read_line(&mut self.line).unwrap() > 0,
            "the server ended"
        );
        &self.line
    }

    fn request(&mut self, line: &str) -> &str {
        self.write(line);
        self.read()
    }

    /// A call that has to go well.
    fn call(&mut self, line: &str) -> Value {
        let answer: Value = serde_json::from_str(self.request(line)).unwrap();
        assert_ne!(answer["result"]["isError"], true, "{answer}");
        assert!(answer["result"].is_object(), "{answer}");
        answer
    }

    /// The times of `ROUNDS` requests, one after the other, after one that has to go well.
    fn times(&mut self, line: &str) -> Vec<Duration> {
        self.call(line);
        (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                self.request(line);
                start.elapsed()
            })
            .collect()
    }

    /// Requests a second, and each one's time, with several in flight, after one that has to go well.
    fn rate(&mut self, line: &str, count: usize) -> (f64, Vec<Duration>) {
        self.call(line);
        // Requests that are under way together need ids of their own.
        let numbered = |id: usize| line.replacen("\"id\":1,", &format!("\"id\":{id},"), 1);
        let start = Instant::now();
        let mut sent = std::collections::VecDeque::new();
        let mut times = Vec::with_capacity(count);
        for id in 0..IN_FLIGHT.min(count) {
            sent.push_back(Instant::now());
            self.write(&numbered(id + 2));
        }
        for answered in 0..count {
            self.read();
            // Answers may overtake each other; the oldest request is taken for the one answered.
            times.extend(sent.pop_front().map(|sent| sent.elapsed()));
            if answered + IN_FLIGHT < count {
                sent.push_back(Instant::now());
                self.write(&numbered(answered + IN_FLIGHT + 2));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let rate = count as f64 / start.elapsed().as_secs_f64();
        (rate, times)
    }

    /// Resident memory in KiB.
    fn resident(&self) -> u64 {
        resident(self.server.id())
    }

    /// What of it is no file's: it is of this process alone.
    fn anonymous(&self) -> u64 {
        status(self.server.id(), "RssAnon:")
    }

    /// Processor time so far, in ticks of 10 ms.
    fn ticks(&self) -> u64 {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.server.id())).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let fields = after_name.split_whitespace().skip(11).take(2);
        fields.filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    fn end(self) {
        let Self {
            mut server,
            requests,
            ..
        } = self;
        drop(requests);
        server.wait().unwrap();
    }
}

/// Resident memory of a process in KiB.
fn resident(process: u32) -> u64 {
    status(process, "VmRSS:")
}

/// A size in KiB that the kernel tells of a process.
fn status(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}

fn message(method: &str, params: &Value) -> String {
    format!(
        "{}\n",
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
    )
}

fn call(tool: &str, arguments: &Value) -> String {
    message(
        "tools/call",
        &json!({ "name": tool, "arguments": arguments }),
    )
}

/// The time below which `percent` of `times` lie.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn row(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<58} {figure:>14}");
}

fn latencies(what: &str, times: &mut [Duration]) {
    row(
        &format!("{what}, p50"),
        format!("{:.2?}", percentile(times, 50)),
    );
    row(
        &format!("{what}, p99"),
        format!("{:.2?}", percentile(times, 99)),
    );
}

fn starts() {
    let mut times: Vec<_> = (0..STARTS)
        .map(|_| {
            let start = Instant::now();
            let session = Session::start();
            let took = start.elapsed();
            session.end();
            took
        })
        .collect();
    latencies("spawn to `initialize`", &mut times);
}

fn listing(session: &mut Session) {
    let list = message("tools/list", &json!({}));
    session.request(&list);
    row("resident after tools/list, MiB", session.resident() / 1024);
    row("of it no file's, MiB", session.anonymous() / 1024);
    latencies("tools/list", &mut session.times(&list));
    let (rate, mut times) = session.rate(&list, 5000);
    row(
        &format!("tools/list a second, {IN_FLIGHT} in flight"),
        format!("{rate:.0}"),
    );
    latencies(&format!("tools/list, {IN_FLIGHT} in flight"), &mut times);
}

fn topics(session: &mut Session) {
    let list = call("list-topics", &json!({}));
    session.call(&list);
    row(
        "resident after the first call to Kafka, MiB",
        session.resident() / 1024,
    );
    latencies("list-topics", &mut session.times(&list));
    let (rate, mut times) = session.rate(&list, 5000);
    row(
        &format!("list-topics a second, {IN_FLIGHT} in flight"),
        format!("{rate:.0}"),
    );
    latencies(&format!("list-topics, {IN_FLIGHT} in flight"), &mut times);
}

fn records(session: &mut Session) {
    session.call(&call(
        "create-topics",
        &json!({ "topics": [{ "topic": "bench", "numPartitions": 1 }] }),
    ));
    let value = "x".repeat(200);
    let produce = call(
        "produce-message",
        &json!({ "topicName": "bench", "value": { "message": value } }),
    );
    latencies("produce-message, one record", &mut session.times(&produce));
    let (rate, _) = session.rate(&produce, 1000 - ROUNDS - 2);
    row(
        &format!("produce-message a second, {IN_FLIGHT} in flight"),
        format!("{rate:.0}"),
    );
    let consume = call(
        "consume-messages",
        &json!({ "topics": [{ "name": "bench" }], "maxMessages": 100 }),
    );
    latencies(
        "consume-messages, 100 of 1000 records",
        &mut session.times(&consume),
    );
    let tail = json!({ "topics": [{ "name": "bench", "partition": 0, "start": { "tail": 10 } }] });
    latencies(
        "consume-messages, the last 10",
        &mut session.times(&call("consume-messages", &tail)),
    );
    let (before, ticks) = (session.resident(), session.ticks());
    for _ in 0..READS {
        session.call(&consume);
    }
    row(
        &format!("{READS} more reads: memory gained, KiB"),
        session.resident().saturating_sub(before),
    );
    let spent = (session.ticks() - ticks) * 10_000;
    row(
        &format!("{READS} more reads: processor time of each, µs"),
        spent / u64::from(READS),
    );
}

/// A server over HTTP, and where it listens.
struct HttpServer {
    server: Child,
    address: String,
}

impl HttpServer {
    fn start() -> Self {
        let mut server = Command::new(binary::server())
            .args(["--sandbox", "--transport", "http", "--disable-auth"])
            .env("HTTP_PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(server.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server ended");
            if let Some((_, url)) = line.split_once("serving Streamable HTTP at http://") {
                break url.trim_end().trim_end_matches("/mcp").to_owned();
            }
        };
        // What it says from now on must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { server, address }
    }

    fn resident(&self) -> u64 {
        resident(self.server.id())
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Sends one message of a session, or the one that begins it; what came back.
async fn post(http: &mut Http, session: Option<&str>, body: &str) -> HttpAnswer {
    let mut headers = vec![
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
    ];
    headers.extend(session.map(|session| ("mcp-session-id", session)));
    let answer = http
        .request("POST /mcp", &headers, body.trim())
        .await
        .unwrap();
    assert!(answer.status < 300, "{answer:?}");
    answer
}

/// Begins a session: its id.
async fn begin(http: &mut Http) -> String {
    let hello = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "bench", "version": "1" },
    });
    let answer = post(http, None, &message("initialize", &hello)).await;
    let session = answer.header("mcp-session-id").unwrap().to_owned();
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    post(http, Some(&session), &initialized.to_string()).await;
    session
}

/// Calls with 32 clients, each in a session of its own.
async fn in_sessions(address: String, list: String) -> f64 {
    let mut clients = Vec::new();
    for _ in 0..SESSIONS {
        let mut http = Http::connect(&address).await.unwrap();
        let session = begin(&mut http).await;
        post(&mut http, Some(&session), &list).await;
        clients.push((http, session));
    }
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for (mut http, session) in clients {
        let list = list.clone();
        running.spawn(async move {
            for _ in 0..CALLS {
                post(&mut http, Some(&session), &list).await;
            }
        });
    }
    running.join_all().await;
    rate_since(start)
}

/// The same without sessions, as protocol version 2026-07-28 has it.
async fn without_sessions(address: String) -> f64 {
    let params = json!({ "name": "list-topics", "arguments": {} });
    let (headers, body) = http::stateless("tools/call", params, json!({}));
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..SESSIONS {
        let (address, headers, body) = (address.clone(), headers.clone(), body.clone());
        running.spawn(async move {
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let mut http = Http::connect(&address).await.unwrap();
            for _ in 0..CALLS {
                let answer = http.request("POST /mcp", &headers, &body).await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        });
    }
    running.join_all().await;
    rate_since(start)
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn rate_since(start: Instant) -> f64 {
    (SESSIONS * CALLS) as f64 / start.elapsed().as_secs_f64()
}

fn over_http() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = HttpServer::start();
    let list = call("list-topics", &json!({}));
    let rate = runtime.block_on(in_sessions(server.address.clone(), list.clone()));
    row(
        &format!("HTTP: list-topics a second, {SESSIONS} sessions"),
        format!("{rate:.0}"),
    );
    let rate = runtime.block_on(without_sessions(server.address.clone()));
    row(
        &format!("HTTP: list-topics a second, {SESSIONS} clients, no sessions"),
        format!("{rate:.0}"),
    );
    drop(server);

    let server = HttpServer::start();
    let before = runtime.block_on(async {
        let mut http = Http::connect(&server.address).await.unwrap();
        let session = begin(&mut http).await;
        post(&mut http, Some(&session), &list).await;
        let before = server.resident();
        for _ in 0..IDLE_SESSIONS {
            begin(&mut http).await;
        }
        before
    });
    let gained = server.resident().saturating_sub(before);
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    let each = gained as f64 / 1024.0 / IDLE_SESSIONS as f64;
    row(
        &format!("HTTP: memory of a session, of {IDLE_SESSIONS}, MiB"),
        format!("{each:.3}"),
    );
}

fn main() {
    if cfg!(debug_assertions) {
        println!("These are figures of a debug build; `--release` gives those that count.");
    }
    starts();
    let mut session = Session::start();
    row(
        "resident after `initialize`, MiB",
        session.resident() / 1024,
    );
    listing(&mut session);
    topics(&mut session);
    records(&mut session);
    session.end();
    over_http();
}
