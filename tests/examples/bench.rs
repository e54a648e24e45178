//! What a client of the server feels, in figures: `cargo run --release -p mcp-confluent-tests --example bench`.
//!
//! Drives the release binary over stdio against its embedded broker and prints a table. Nothing is
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

use mcp_confluent_tests::binary;
use serde_json::{Value, json};

/// Calls that wait for an answer at the same time where a rate is measured.
const IN_FLIGHT: usize = 32;
/// How often a thing is done where one time is the median of many.
const ROUNDS: usize = 200;
/// How often the server is started.
const STARTS: usize = 20;

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

    /// The times of `ROUNDS` requests, one after the other.
    fn times(&mut self, line: &str) -> Vec<Duration> {
        (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                self.request(line);
                start.elapsed()
            })
            .collect()
    }

    /// Requests a second, and each one's time, with several in flight.
    fn rate(&mut self, line: &str, count: usize) -> (f64, Vec<Duration>) {
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
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .unwrap_or_default()
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
    session.call(&produce);
    latencies("produce-message, one record", &mut session.times(&produce));
    let (rate, _) = session.rate(&produce, 1000 - ROUNDS - 1);
    row(
        &format!("produce-message a second, {IN_FLIGHT} in flight"),
        format!("{rate:.0}"),
    );
    let consume = call(
        "consume-messages",
        &json!({ "topics": [{ "name": "bench" }], "maxMessages": 100 }),
    );
    session.call(&consume);
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
    session.times(&consume);
    row(
        &format!("{ROUNDS} more reads: memory gained, KiB"),
        session.resident().saturating_sub(before),
    );
    row(
        &format!("{ROUNDS} more reads: processor time, ms"),
        (session.ticks() - ticks) * 10,
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
}
