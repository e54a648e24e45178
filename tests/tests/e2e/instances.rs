//! Two instances of the server behind a proxy that sends each request to the next one.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mcp_confluent_tests::{
    Cluster, Server,
    http::{self, Http, HttpAnswer},
    server::{Start, signal},
};
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A server over HTTP on a free port, and where it listens, as `host:port`.
async fn serve(cluster: &Cluster) -> (Server, String) {
    let over_http = json!({
        "transports": ["http"],
        "http": { "port": 0 },
        "auth": { "api_key": KEY },
    });
    let config = cluster.config().set("server", over_http);
    let server = Start::new().config(config).spawn();
    let address = server.in_log(|log| {
        let (_, url) = log.split_once("serving Streamable HTTP at http://")?;
        url.split_once("/mcp")
            .map(|(address, _)| address.to_owned())
    });
    let address = address.await;
    (server, address)
}

/// Sends each connection to the next of `instances`, and so each request of a client that makes a
/// new connection for it.
async fn round_robin(instances: [String; 2]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let next = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let instance = next.fetch_add(1, Ordering::Relaxed) % instances.len();
            let mut server = TcpStream::connect(&instances[instance]).await.unwrap();
            tokio::spawn(async move {
                // Either side may go away.
                drop(copy_bidirectional(&mut client, &mut server).await);
            });
        }
    });
    address
}

/// A request over a connection of its own.
async fn send(address: &str, method: &str, params: Value, capabilities: Value) -> HttpAnswer {
    let (mut headers, body) = http::stateless(method, params, capabilities);
    headers.push(("authorization", format!("Bearer {KEY}")));
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut http = Http::connect(address).await.unwrap();
    http.request("POST /mcp", &headers, &body).await.unwrap()
}

/// The result of a request that has to go well.
async fn ask(address: &str, method: &str, params: Value) -> Value {
    let answer = send(address, method, params, json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let message = answer.message();
    assert!(message["result"].is_object(), "{message}");
    message["result"].clone()
}

async fn call(address: &str, tool: &str, arguments: Value) -> Value {
    ask(
        address,
        "tools/call",
        json!({ "name": tool, "arguments": arguments }),
    )
    .await
}

/// How often an instance ran a tool, with every outcome.
async fn calls(address: &str, tool: &str) -> usize {
    let mut http = Http::connect(address).await.unwrap();
    let key = format!("Bearer {KEY}");
    let headers = [("authorization", key.as_str())];
    let answer = http.request("GET /metrics", &headers, "").await.unwrap();
    let name = format!("mcp_tool_calls_total{{tool=\"{tool}\"");
    let lines = answer.body.lines().filter(|line| line.starts_with(&name));
    let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
    counts.sum()
}

#[tokio::test]
async fn requests_may_go_to_either() {
    let cluster = Cluster::start().await;
    let (first, second) = tokio::join!(serve(&cluster), serve(&cluster));
    let instances = [first.1.clone(), second.1.clone()];
    let proxy = round_robin(instances.clone()).await;

    // Two in a row are answered by different instances.
    for method in ["server/discover", "tools/list"] {
        let one = ask(&proxy, method, json!({})).await;
        let other = ask(&proxy, method, json!({})).await;
        assert_eq!(one, other, "{method}");
    }

    // What is begun with one goes on with the other.
    let topic = cluster.name("either");
    let new = json!({ "topics": [{ "topic": topic, "numPartitions": 1 }] });
    let made = call(&proxy, "create-topics", new).await;
    assert_ne!(made["isError"], true, "{made}");
    for _ in 0..6 {
        let listed = call(&proxy, "list-topics", json!({})).await;
        let names = listed["structuredContent"].to_string();
        assert!(names.contains(&topic), "{listed}");
    }
    for address in &instances {
        assert_eq!(calls(address, "list-topics").await, 3, "{address}");
    }

    // The plan comes from one, and is carried out by the other; once.
    let mut arguments = json!({ "topicNames": [topic] });
    let plan = call(&proxy, "delete-topics", arguments.clone()).await;
    let token = &plan["_meta"]["confirmation"]["confirmToken"];
    assert!(token.is_string(), "{plan}");
    arguments["confirmToken"] = token.clone();
    let done = call(&proxy, "delete-topics", arguments.clone()).await;
    assert_ne!(done["isError"], true, "{done}");
    for address in &instances {
        assert_eq!(calls(address, "delete-topics").await, 1, "{address}");
    }

    for (server, _) in [first, second] {
        signal(server.pid(), "TERM");
        let (status, log) = server.ended().await;
        assert!(status.success(), "{status}\n{log}");
    }
}

#[tokio::test]
async fn a_question_of_one_may_be_answered_at_the_other() {
    let cluster = Cluster::start().await;
    let (first, second) = tokio::join!(serve(&cluster), serve(&cluster));
    let proxy = round_robin([first.1.clone(), second.1.clone()]).await;
    let topic = cluster.name("asked");
    let new = json!({ "topics": [{ "topic": topic, "numPartitions": 1 }] });
    let made = call(&proxy, "create-topics", new).await;
    assert_ne!(made["isError"], true, "{made}");

    let shows_forms = json!({ "elicitation": {} });
    let delete = json!({ "name": "delete-topics", "arguments": { "topicNames": [topic] } });
    let asked = send(&proxy, "tools/call", delete.clone(), shows_forms.clone()).await;
    let question = &asked.message()["result"];
    assert_eq!(question["resultType"], "input_required", "{question}");
    let mut answered = delete.clone();
    answered["requestState"] = question["requestState"].clone();
    let key = question["inputRequests"].as_object().unwrap().keys().next();
    let yes = json!({ "action": "accept", "content": { "confirm": true } });
    answered["inputResponses"] = json!({ key.unwrap(): yes });
    let done = send(&proxy, "tools/call", answered, shows_forms).await;
    let done = &done.message()["result"];
    assert_eq!(done["resultType"], "complete", "{done}");
    assert_ne!(done["isError"], true, "{done}");
    for address in [&first.1, &second.1] {
        assert_eq!(calls(address, "delete-topics").await, 1, "{address}");
    }
}
