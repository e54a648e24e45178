//! [`Http`]: a connection to a server over HTTP, with nothing between a test and what is sent.

use std::io;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection that is kept for one request after the other.
pub struct Http {
    stream: BufReader<TcpStream>,
    host: String,
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: String,
}

impl HttpAnswer {
    /// The value of a header; names are lowercase.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The last message of the body, which may be a stream of events.
    pub fn message(&self) -> Value {
        let events = self
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("data:"));
        let last = events.map(str::trim).rfind(|data| !data.is_empty());
        serde_json::from_str(last.unwrap_or(&self.body))
            .unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Http {
    /// Connects to `host:port`.
    pub async fn connect(host: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            host: host.to_owned(),
        })
    }

    /// Sends a request and reads the whole answer.
    pub async fn request(
        &mut self,
        start: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<HttpAnswer> {
        let mut request = format!(
            "{start} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.host,
            body.len()
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        request += body;
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<HttpAnswer> {
        let mut answer = HttpAnswer::default();
        let start = self.line().await?;
        let status = start.split(' ').nth(1).and_then(|code| code.parse().ok());
        answer.status = status.ok_or_else(|| io::Error::other(format!("no status: {start}")))?;
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            let value = value.trim().to_owned();
            answer.headers.push((name.to_ascii_lowercase(), value));
        }
        let mut body = Vec::new();
        if answer.header("transfer-encoding") == Some("chunked") {
            loop {
                let length = usize::from_str_radix(&self.line().await?, 16);
                let length = length.map_err(io::Error::other)?;
                self.read(length, &mut body).await?;
                self.line().await?;
                if length == 0 {
                    break;
                }
            }
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().map_err(io::Error::other)?;
            self.read(length, &mut body).await?;
        }
        answer.body = String::from_utf8(body).map_err(io::Error::other)?;
        Ok(answer)
    }

    async fn read(&mut self, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let begin = into.len();
        into.resize(begin + length, 0);
        self.stream.read_exact(&mut into[begin..]).await?;
        Ok(())
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}

/// A request of 2026-07-28, which needs no session: what stands in its headers, and its body.
pub fn stateless(
    method: &str,
    mut params: Value,
    capabilities: Value,
) -> (Vec<(&'static str, String)>, String) {
    let mut headers = vec![
        ("accept", "application/json, text/event-stream".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("mcp-protocol-version", "2026-07-28".to_owned()),
        ("mcp-method", method.to_owned()),
    ];
    if let Some(name) = params["name"].as_str() {
        headers.push(("mcp-name", name.to_owned()));
    }
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "tests", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    (headers, body.to_string())
}
