//! The stdio transport: one JSON message a line.
//!
//! rmcp's own transport drops what it cannot read. This one answers, as JSON-RPC asks: a line that
//! is not JSON, is too long, or is JSON of another shape gets an error, with the request's id where
//! one can be seen, and the connection goes on.

use std::{future::Future, io, sync::Arc};

use parking_lot::Mutex;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        ErrorCode, JsonRpcMessage, ListToolsResult, RequestId, RequestMetaObject, ServerResult,
    },
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// The longest line that is read, in bytes. A record of a few megabytes fits; what is longer is
/// skipped without being kept.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// Answers waiting for a slow reader; what comes after waits.
const MAX_QUEUED: usize = 64;

/// A line that holds this much is given back after it was read, so that one large message does not
/// cost memory for ever.
const KEEP_CAPACITY: usize = 64 * 1024;

/// The transport over any pair of byte streams.
pub struct Stdio<R> {
    read: BufReader<R>,
    line: Vec<u8>,
    /// The rest of a line that was too long is being skipped.
    skipping: bool,
    /// A message that begins the session was passed on.
    begun: bool,
    listed: Listed,
    out: Option<mpsc::Sender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
    ended: CancellationToken,
}

impl<R: AsyncRead + Send + Unpin> Stdio<R> {
    /// Reads from `read` and writes to `write`. Must be called within a tokio runtime.
    pub fn new(read: R, write: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        let (out, queue) = mpsc::channel(MAX_QUEUED);
        Self {
            read: BufReader::with_capacity(16 * 1024, read),
            line: Vec::new(),
            skipping: false,
            begun: false,
            listed: Listed::default(),
            out: Some(out),
            writer: Some(tokio::spawn(write_all(queue, write))),
            ended: CancellationToken::new(),
        }
    }

    /// Is cancelled when nothing more comes in; answers may still be under way then.
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// The next line without its end; `None` at the end of the input.
    ///
    /// Nothing is lost when the future is dropped: what was read so far stays in `self`.
    async fn next_line(&mut self) -> Option<Line> {
        loop {
            let available = match self.read.fill_buf().await {
                Ok([]) => return None,
                Ok(available) => available,
                Err(error) => {
                    tracing::debug!(%error, "standard input failed");
                    return None;
                }
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let take = end.unwrap_or(available.len());
            let whole = end.is_some();
            if !self.skipping {
                if self.line.len() + take > MAX_LINE {
                    self.skipping = true;
                    self.line = Vec::new();
                } else {
                    self.line.extend_from_slice(&available[..take]);
                }
            }
            self.read.consume(take + usize::from(whole));
            if whole {
                return Some(if std::mem::take(&mut self.skipping) {
                    Line::TooLong
                } else {
                    Line::Whole
                });
            }
        }
    }

    async fn answer(
        &mut self,
        id: Option<RequestId>,
        code: ErrorCode,
        message: String,
    ) -> Option<()> {
        let error = ErrorData::new(code, message, None);
        let answer = json!({ "jsonrpc": "2.0", "id": id, "error": error });
        let mut bytes = answer.to_string().into_bytes();
        bytes.push(b'\n');
        self.out.as_ref()?.send(bytes).await.ok()
    }
}

enum Line {
    /// It is in `line`.
    Whole,
    /// It was skipped.
    TooLong,
}

/// Writes what is queued, many messages with one call where they wait.
async fn write_all(mut queue: mpsc::Receiver<Vec<u8>>, mut write: impl AsyncWrite + Unpin) {
    let mut buffer = Vec::new();
    while let Some(first) = queue.recv().await {
        buffer.clear();
        let mut lines = &first;
        if first.len() < KEEP_CAPACITY {
            buffer.shrink_to(KEEP_CAPACITY);
            buffer.extend_from_slice(&first);
            while buffer.len() < KEEP_CAPACITY
                && let Ok(next) = queue.try_recv()
            {
                buffer.extend_from_slice(&next);
            }
            lines = &buffer;
        }
        if write.write_all(lines).await.is_err() || write.flush().await.is_err() {
            return;
        }
    }
    // The client may be gone already; there is nobody left to tell.
    drop(write.shutdown().await);
}

/// The list of tools that was sent last, with its text: it is long, and the same each time.
#[derive(Clone, Default)]
struct Listed(Arc<Mutex<Option<Arc<List>>>>);

struct List {
    tools: ListToolsResult,
    text: Vec<u8>,
}

impl Listed {
    /// The line of `message`.
    fn encode(&self, message: &TxJsonRpcMessage<RoleServer>) -> serde_json::Result<Vec<u8>> {
        let mut line = if let JsonRpcMessage::Response(response) = message
            && let ServerResult::ListToolsResult(list) = &response.result
        {
            self.encode_list(&response.id, list)?
        } else {
            serde_json::to_vec(message)?
        };
        line.push(b'\n');
        Ok(line)
    }

    fn encode_list(&self, id: &RequestId, tools: &ListToolsResult) -> serde_json::Result<Vec<u8>> {
        // Schemas that are the same object are found equal without a look into them.
        let known = self.0.lock().clone().filter(|known| known.tools == *tools);
        let known = if let Some(known) = known {
            known
        } else {
            let text = serde_json::to_vec(tools)?;
            let tools = tools.clone();
            let made = Arc::new(List { tools, text });
            *self.0.lock() = Some(made.clone());
            made
        };
        let text = &known.text;
        let mut line = Vec::with_capacity(text.len() + 64);
        line.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        serde_json::to_writer(&mut line, id)?;
        line.extend_from_slice(br#","result":"#);
        line.extend_from_slice(text);
        line.push(b'}');
        Ok(line)
    }
}

/// Whether rmcp can take a message before the session has begun; sets `begun` at the one that
/// begins it.
///
/// rmcp ends the process over a notification or an answer that comes too early. Neither can mean
/// anything yet, so they are left out.
fn may_come_first(line: &[u8], begun: &mut bool) -> bool {
    let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else {
        return true;
    };
    let Some(method) = message["method"].as_str() else {
        return message["result"].is_null() && message["error"].is_null();
    };
    if message.get("id").is_none() {
        return false;
    }
    let meta = &message["params"]["_meta"];
    let complete = RequestMetaObject::DRAFT_REQUIRED_KEYS
        .iter()
        .all(|key| !meta[*key].is_null());
    *begun = method == "initialize" || (complete && !matches!(method, "server/discover" | "ping"));
    true
}

/// What can be seen of a message that rmcp does not know.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    id: Option<RequestId>,
    #[serde(default)]
    method: Option<String>,
}

impl<R: AsyncRead + Send + Unpin> Transport<RoleServer> for Stdio<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let (out, listed) = (self.out.clone(), self.listed.clone());
        async move {
            let gone = || io::Error::new(io::ErrorKind::BrokenPipe, "the client went away");
            let line = listed.encode(&item)?;
            out.ok_or_else(gone)?.send(line).await.map_err(|_| gone())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let Some(line) = self.next_line().await else {
                self.ended.cancel();
                return None;
            };
            match line {
                Line::TooLong => {
                    let message = format!(
                        "a message may have at most {MAX_LINE} bytes; this one was skipped"
                    );
                    self.answer(None, ErrorCode::INVALID_REQUEST, message)
                        .await?;
                    continue;
                }
                Line::Whole => {}
            }
            let parsed = {
                let line = self.line.trim_ascii();
                // Windows editors put a mark before the first message.
                let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
                if line.is_empty() || !(self.begun || may_come_first(line, &mut self.begun)) {
                    self.line.clear();
                    continue;
                }
                serde_json::from_slice(line).map_err(|error| {
                    (
                        error.to_string(),
                        serde_json::from_slice::<serde_json::Value>(line),
                    )
                })
            };
            self.line.clear();
            self.line.shrink_to(KEEP_CAPACITY);
            match parsed {
                Ok(message) => return Some(message),
                Err((error, Err(_))) => {
                    self.answer(
                        None,
                        ErrorCode::PARSE_ERROR,
                        format!("this line is not JSON: {error}"),
                    )
                    .await?;
                }
                Err((_, Ok(value))) => {
                    let batch = value.is_array();
                    let seen = Envelope::deserialize(value).unwrap_or(Envelope {
                        id: None,
                        method: None,
                    });
                    match (seen.id, seen.method) {
                        // A notification gets no answer, whatever is wrong with it.
                        (None, Some(method)) if !batch => {
                            tracing::debug!(method, "a notification could not be read");
                        }
                        (id, _) => {
                            let message = if batch {
                                "batches are not part of this protocol; send one message a line"
                            } else {
                                "this is not a JSON-RPC 2.0 request, response or notification of MCP"
                            };
                            self.answer(id, ErrorCode::INVALID_REQUEST, message.to_owned())
                                .await?;
                        }
                    }
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.out = None;
        if let Some(writer) = self.writer.take() {
            writer.await.map_err(io::Error::other)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{JsonObject, JsonRpcResponse, JsonRpcVersion2_0, Tool};
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    /// Feeds `input` and returns how many messages came through and every line that was answered.
    async fn exchange(input: &[u8]) -> (usize, Vec<serde_json::Value>) {
        let (mut answers, write) = duplex(1 << 20);
        let mut transport = Stdio::new(input, write);
        let mut messages = 0;
        while let Some(message) = transport.receive().await {
            assert!(matches!(message, JsonRpcMessage::Request(_)));
            messages += 1;
        }
        transport.close().await.unwrap();
        let mut text = String::new();
        answers.read_to_string(&mut text).await.unwrap();
        (
            messages,
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    }

    #[tokio::test]
    async fn what_is_not_json_is_answered_and_the_next_line_is_read() {
        let (messages, answers) =
            exchange(b"{oops\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r\n").await;
        assert_eq!(messages, 1);
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0]["error"]["code"], -32700);
        assert_eq!(answers[0]["id"], serde_json::Value::Null);
        assert!(answers[0].as_object().unwrap().contains_key("id"));
    }

    #[tokio::test]
    async fn json_of_another_shape_is_answered_with_its_id() {
        let (messages, answers) = exchange(b"{\"id\":7,\"hello\":1}\n[1]\n\"x\"\n").await;
        assert_eq!(messages, 0);
        let codes: Vec<_> = answers.iter().map(|a| a["error"]["code"].clone()).collect();
        assert_eq!(codes, [-32600, -32600, -32600]);
        assert_eq!(answers[0]["id"], 7);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_skipped_and_answered() {
        let mut input = vec![b'x'; MAX_LINE + 10];
        input.extend_from_slice(b"\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
        let (messages, answers) = exchange(&input).await;
        assert_eq!(messages, 1);
        assert_eq!(answers[0]["error"]["code"], -32600);
    }

    #[tokio::test]
    async fn what_cannot_mean_anything_yet_is_left_out() {
        let early = b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}\n\
            {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\
            {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n";
        assert_eq!(exchange(early).await, (1, Vec::new()));
    }

    #[test]
    fn a_list_is_written_as_any_other_answer() {
        let list = |description: &'static str, ttl: u64| {
            let tool = Tool::new("list-topics", description, JsonObject::new());
            ListToolsResult::with_all_items(vec![tool]).with_ttl_ms(ttl)
        };
        let listed = Listed::default();
        for (id, list) in [
            (RequestId::Number(1), list("Lists", 1)),
            (RequestId::String("a\"b".into()), list("Lists", 1)),
            (RequestId::Number(1), list("Shows", 1)),
            (RequestId::Number(1), list("Shows", 2)),
        ] {
            let answer = TxJsonRpcMessage::<RoleServer>::Response(JsonRpcResponse {
                jsonrpc: JsonRpcVersion2_0,
                id,
                result: ServerResult::ListToolsResult(list),
            });
            let line = String::from_utf8(listed.encode(&answer).unwrap()).unwrap();
            assert_eq!(
                line,
                format!("{}\n", serde_json::to_string(&answer).unwrap())
            );
        }
    }

    #[tokio::test]
    async fn a_broken_notification_is_not_answered() {
        let (messages, answers) =
            exchange(b"{\"method\":\"notifications/x\",\"params\":3}\n").await;
        assert_eq!((messages, answers.len()), (0, 0));
    }
}
