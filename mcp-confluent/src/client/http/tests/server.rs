//! A server on loopback that records requests and answers as a test says.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Which one it is, from 1.
    pub(crate) number: usize,
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(given, _)| given == name);
        header.map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Sends these bytes.
    Raw(Vec<u8>),
    /// Sends this and then nothing more, without closing.
    Stall(&'static str),
    /// Never answers.
    Silence,
    /// Sends this and closes the connection.
    Cut(&'static str),
}

impl Reply {
    pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut raw = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            raw.push_str(name);
            raw.push_str(": ");
            raw.push_str(value);
            raw.push_str("\r\n");
        }
        raw.push_str("\r\n");
        raw.push_str(body);
        Self::Raw(raw.into_bytes())
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let json = [("content-type", "application/json")];
        Self::with(status, &json, &body.to_string())
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    seen: Mutex<Vec<Seen>>,
    connections: Mutex<usize>,
    arrived: Notify,
    answer: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State {
            seen: Mutex::default(),
            connections: Mutex::default(),
            arrived: Notify::new(),
            answer: Box::new(answer),
        });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock() += 1;
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, state, task }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.state.connections.lock()
    }

    /// Waits until `number` requests have come.
    pub(crate) async fn until_seen(&self, number: usize) {
        loop {
            let arrived = self.state.arrived.notified();
            if self.state.seen.lock().len() >= number {
                return;
            }
            arrived.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut buffer = Vec::new();
    while let Some(mut seen) = read(&mut stream, &mut buffer).await {
        {
            let mut all = state.seen.lock();
            seen.number = all.len() + 1;
            all.push(seen.clone());
        }
        let reply = (state.answer)(&seen);
        state.arrived.notify_waiters();
        let sent = match reply {
            Reply::Raw(bytes) => stream.write_all(&bytes).await,
            Reply::Stall(start) => {
                let _ = stream.write_all(start.as_bytes()).await;
                std::future::pending().await
            }
            Reply::Silence => std::future::pending().await,
            Reply::Cut(start) => {
                let _ = stream.write_all(start.as_bytes()).await;
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let head_end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().expect("a length"));
    let end = head_end + 4 + length;
    while buffer.len() < end {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(buffer[head_end + 4..end].to_vec()).ok()?;
    buffer.drain(..end);
    Some(Seen {
        number: 0,
        line,
        headers,
        body,
    })
}
