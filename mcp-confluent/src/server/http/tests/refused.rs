//! What is refused before it reaches a tool, byte by byte over sockets.

use tokio::net::TcpStream;

use super::*;

/// A good call, in parts that can be spoilt.
#[derive(Clone)]
struct Request {
    start: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn good() -> Self {
        let headers = [
            ("host", "localhost"),
            ("authorization", &format!("Bearer {KEY}")),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "count-calls-over-http"),
            ("connection", "close"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            start: "POST /mcp HTTP/1.1".to_owned(),
            headers: headers.map(owned).to_vec(),
            body: call("x").to_string().into_bytes(),
        }
    }

    fn start(mut self, line: &str) -> Self {
        line.clone_into(&mut self.start);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// Beside those of the same name.
    fn also(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn header(self, name: &str, value: &str) -> Self {
        self.without(name).also(name, value)
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn head(&self) -> String {
        let mut head = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head + "\r\n"
    }

    /// With its length said before.
    fn sized(self) -> Vec<u8> {
        let length = self.body.len().to_string();
        let sized = self.header("content-length", &length);
        [sized.head().into_bytes(), sized.body].concat()
    }

    /// In chunks of `size` bytes.
    fn chunked(self, size: usize) -> Vec<u8> {
        let chunked = self.header("transfer-encoding", "chunked");
        let mut bytes = chunked.head().into_bytes();
        for chunk in chunked.body.chunks(size) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        bytes
    }
}

/// Sends `bytes` and reads until the server closes: the status, and everything.
async fn exchange(server: &Running, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut answer = Vec::new();
    // The server may answer, and close, before it has read everything.
    let (_, _) = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or_default(), answer)
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of them are a table")]
async fn nothing_but_a_good_request_reaches_a_tool() {
    let server = start(config(Some(KEY))).await;
    let good = Request::good;
    let too_large = "x".repeat(MAX_BODY_BYTES);
    let too_large = || good().body(call(&too_large).to_string());
    let cases = [
        ("no key", 401, good().without("authorization").sized()),
        (
            "a wrong key",
            401,
            good().header("authorization", "Bearer x").sized(),
        ),
        (
            "two keys",
            401,
            good().also("authorization", "Bearer x").sized(),
        ),
        ("no host", 403, good().without("host").sized()),
        (
            "a wrong host",
            403,
            good().header("host", "evil.example").sized(),
        ),
        (
            "two hosts",
            403,
            good().also("host", "evil.example").sized(),
        ),
        (
            "a wrong host in the target",
            403,
            good()
                .start("POST http://evil.example/mcp HTTP/1.1")
                .sized(),
        ),
        (
            "a page of another site",
            403,
            good().header("origin", "https://evil.example").sized(),
        ),
        (
            "one of two pages of another site",
            403,
            good()
                .also("origin", "http://localhost")
                .also("origin", "https://evil.example")
                .sized(),
        ),
        ("too large, as said", 413, too_large().sized()),
        ("too large, in chunks", 413, too_large().chunked(65_536)),
        (
            "a length that is none",
            400,
            [
                good().header("content-length", "ten").head().into_bytes(),
                good().body,
            ]
            .concat(),
        ),
        (
            "a chunk without a length",
            400,
            [
                good().header("transfer-encoding", "chunked").head(),
                "zz\r\n".to_owned(),
            ]
            .concat()
            .into_bytes(),
        ),
        (
            "no HTTP",
            400,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        ),
        (
            "no JSON",
            415,
            good().header("content-type", "text/plain").sized(),
        ),
        ("half a message", 400, good().body("{\"jsonrpc\":").sized()),
        (
            "bytes that are no text",
            400,
            good().body([0xff, 0xfe]).sized(),
        ),
        (
            "another method of HTTP",
            405,
            good().start("PUT /mcp HTTP/1.1").sized(),
        ),
        (
            "another path",
            404,
            good().start("POST /mcp/x HTTP/1.1").sized(),
        ),
        (
            "an unknown version of the protocol",
            400,
            good().header("mcp-protocol-version", "2099-01-01").sized(),
        ),
        (
            "the name of another tool in the header",
            400,
            good().header("mcp-name", "config-help").sized(),
        ),
        (
            "no name of the tool in the header",
            400,
            good().without("mcp-name").sized(),
        ),
        (
            "another method in the header",
            400,
            good().header("mcp-method", "tools/list").sized(),
        ),
        (
            "answers of no kind",
            406,
            good().header("accept", "text/html").sized(),
        ),
        (
            "a session that is none",
            404,
            good()
                .without("mcp-protocol-version")
                .without("mcp-method")
                .without("mcp-name")
                .header("mcp-session-id", "none")
                .body(
                    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
                        "name": "count-calls-over-http", "arguments": { "word": "x" },
                    }})
                    .to_string(),
                )
                .sized(),
        ),
    ];
    let mut otherwise = Vec::new();
    for (what, wanted, bytes) in cases {
        let (status, answer) = exchange(&server, &bytes).await;
        if status != wanted || answer.contains(KEY) {
            otherwise.push(format!("{what}: {wanted} is wanted: {answer}"));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
    assert_eq!(server.calls().await, 0);
    // The same, unspoilt.
    for bytes in [good().sized(), good().chunked(10)] {
        let (status, answer) = exchange(&server, &bytes).await;
        assert_eq!(status, 200, "{answer}");
    }
    assert_eq!(server.calls().await, 2);
}

#[tokio::test]
async fn what_does_not_arrive_in_time_reaches_no_tool() {
    let limits = Limits {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = start_within(config(Some(KEY)), limits).await;
    let length = Request::good().body.len().to_string();
    let whole = Request::good().header("content-length", &length);
    let head = whole.head();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(&head.as_bytes()[..60]).await.unwrap();
    let mut answer = Vec::new();
    // It ends, although this side has not ended.
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{answer:?}");

    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let all_but_one = &whole.body[..whole.body.len() - 1];
    let bytes = [head.as_bytes(), all_but_one].concat();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("did not arrive in time"), "{answer}");
    assert_eq!(server.calls().await, 0);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told_to_come_back() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let server = start_within(config(Some(KEY)), limits).await;
    let mut first = TcpStream::connect(server.address()).await.unwrap();
    // It is taken once it was answered.
    let probe = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    first.write_all(probe).await.unwrap();
    first.read_exact(&mut [0; 12]).await.unwrap();
    let (status, answer) = exchange(&server, &Request::good().sized()).await;
    assert_eq!(status, 503, "{answer}");
    assert!(answer.contains("too many connections"), "{answer}");
    assert_eq!(server.calls().await, 0);
}
