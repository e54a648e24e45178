//! The tool, the resource and the prompt of another crate are listed and answer, over stdio.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_acme-server"))
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut server = Self {
            child,
            stdin,
            stdout,
        };
        let client = json!({"name": "acme", "version": "1"});
        server.request(
            "initialize",
            &json!({
                "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client,
            }),
        );
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        server
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.stdin, "{message}").expect("the server reads");
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).expect("the server writes");
            assert!(read > 0, "the server ended before it answered {method}");
            let message: Value = serde_json::from_str(&line).expect("a message");
            if message["id"] == 1 {
                return message["result"].clone();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ends it even when a test failed; it is gone already when all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_tool_is_listed_and_answers() {
    let mut server = Server::start();
    let list = server.request("tools/list", &json!({}));
    let tools = list["tools"].as_array().expect("a list");
    let tool = tools
        .iter()
        .find(|tool| tool["name"] == "track-parcel")
        .expect("it is listed");
    assert_eq!(tool["annotations"]["readOnlyHint"], true);
    assert!(tool["inputSchema"]["properties"]["depot"].is_object());

    let call = json!({"name": "track-parcel", "arguments": {"parcel": "P-1"}});
    let answer = server.request("tools/call", &call);
    assert_eq!(answer["structuredContent"]["place"], "onTheRoad");
    assert_eq!(answer["content"][0]["text"], "Parcel P-1 is on the road.");

    let call = json!({"name": "track-parcel", "arguments": {"parcel": "P-1", "live": false}});
    let answer = server.request("tools/call", &call);
    assert_eq!(
        answer["structuredContent"]["place"],
        json!({"depot": {"name": "north"}})
    );
}

#[test]
fn the_resource_and_the_prompt_are_listed_and_answer() {
    let mut server = Server::start();
    let list = server.request("resources/templates/list", &json!({}));
    let templates = list["resourceTemplates"].as_array().expect("a list");
    let uri = "acme://parcels/{parcel}/receipt";
    assert!(
        templates.iter().any(|it| it["uriTemplate"] == uri),
        "{list}"
    );
    let read = server.request(
        "resources/read",
        &json!({"uri": "acme://parcels/P-1/receipt"}),
    );
    assert_eq!(read["contents"][0]["mimeType"], "text/markdown");
    let complete = json!({
        "ref": {"type": "ref/resource", "uri": uri},
        "argument": {"name": "parcel", "value": "p-1"},
    });
    let completed = server.request("completion/complete", &complete);
    assert_eq!(completed["completion"]["values"], json!(["P-1", "P-17"]));
    let get = json!({"name": "complain", "arguments": {"parcel": "P-1"}});
    let prompt = server.request("prompts/get", &get);
    assert_eq!(
        prompt["messages"][1]["content"]["uri"],
        "acme://parcels/P-1/receipt"
    );
}
