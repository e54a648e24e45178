//! How long sessions and running requests last.

use tokio::sync::Notify;

use super::*;

/// Opens a session: its id, or the refusal.
async fn open(server: &Running) -> Result<reqwest::header::HeaderValue, Response> {
    let answer = server.post(&initialize()).send().await.unwrap();
    match answer.headers().get("mcp-session-id").cloned() {
        Some(session) => {
            // Read to its end, so that the session is there.
            message(answer).await;
            Ok(session)
        }
        None => Err(answer),
    }
}

/// Waits until there are `count` sessions.
async fn sessions(server: &Running, count: usize) {
    let line = format!("mcp_sessions {count}\n");
    while !server.metrics.prometheus().await.contains(&line) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn there_are_only_so_many_sessions() {
    let limits = Limits {
        sessions: 2,
        ..Limits::default()
    };
    let server = start_within(config(None), limits).await;
    let first = open(&server).await.unwrap();
    open(&server).await.unwrap();
    let refused = open(&server).await.unwrap_err();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let text = refused.text().await.unwrap();
    assert!(text.contains("there are 2 sessions already"), "{text}");
    // Who needs no session is served.
    let request = stateless(server.post(&call("x")));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let delete = server.client.delete(format!("{}/mcp", server.url));
    let deleted = delete.header("mcp-session-id", first).send().await.unwrap();
    assert!(deleted.status().is_success(), "{}", deleted.status());
    open(&server).await.unwrap();
}

#[tokio::test]
async fn an_idle_session_ends() {
    let limits = Limits {
        idle: Duration::from_millis(100),
        ..Limits::default()
    };
    let server = start_within(config(None), limits).await;
    let session = open(&server).await.unwrap();
    sessions(&server, 0).await;
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    let request = server.post(&list).header("mcp-session-id", session);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

static BEGUN: Notify = Notify::const_new();
static FINISH: Notify = Notify::const_new();

/// Waits until it is let go.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn wait_over_http() -> Result<Said> {
    BEGUN.notify_one();
    FINISH.notified().await;
    let word = "done".to_owned();
    Ok(Said { word })
}

#[tokio::test]
async fn a_stop_ends_streams_and_waits_for_what_is_being_answered() {
    let server = start(config(None)).await;
    // A stream that only listens.
    let session = open(&server).await.unwrap();
    let stream = server.client.get(format!("{}/mcp", server.url));
    let stream = stream
        .header("accept", "text/event-stream")
        .header("mcp-session-id", session);
    let stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);

    let mut body = call("x");
    body["params"]["name"] = json!("wait-over-http");
    body["params"]["arguments"] = json!({});
    let request = stateless(server.post(&body)).header("mcp-name", "");
    let mut request = request.build().unwrap();
    let name = reqwest::header::HeaderValue::from_static("wait-over-http");
    request.headers_mut().insert("mcp-name", name);
    let waiting = tokio::spawn(server.client.execute(request));
    BEGUN.notified().await;
    server.stop.cancel();
    // It has stopped listening, and goes on with what it has begun.
    while tokio::net::TcpStream::connect(server.address())
        .await
        .is_ok()
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!waiting.is_finished());
    FINISH.notify_one();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = message(answer).await;
    assert_eq!(
        answer["result"]["structuredContent"]["word"], "done",
        "{answer}"
    );
    server.task.await.unwrap();
    // The end of it, good or broken off.
    drop(stream.bytes().await);
}
