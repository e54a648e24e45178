//! What the image of the `Dockerfile` runs, without an image: its command, and its environment alone.

use std::process::{ExitStatus, Stdio};

use mcp_confluent_tests::{
    PATIENCE, binary,
    http::Http,
    server::{Start, signal},
};
use tokio::{process::Command, time::timeout};

/// The default command of the image, and the variables it sets.
fn of_image() -> (Vec<String>, Vec<(String, String)>) {
    let file = std::fs::read_to_string(binary::workspace().join("Dockerfile")).unwrap();
    let (_, image) = file.rsplit_once("\nFROM ").unwrap();
    let command = image.lines().find_map(|line| line.strip_prefix("CMD "));
    let command = serde_json::from_str(command.unwrap()).unwrap();
    let variables = image.lines().filter_map(|line| line.strip_prefix("ENV "));
    let variables = variables.filter_map(|line| line.split_once('='));
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    (command, variables.map(owned).collect())
}

/// Runs the server with the image's environment and `more`, and nothing else of this process's: how it
/// ended and what it said.
async fn run(arguments: &[String], more: &[(&str, &str)]) -> (ExitStatus, String) {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(binary::server())
        .args(arguments)
        .current_dir(&folder)
        .env_clear()
        .envs(of_image().1)
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .output();
    let output = timeout(PATIENCE, run).await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn without_any_settings_it_says_what_to_set() {
    let (command, variables) = of_image();
    assert!(variables.contains(&("HTTP_HOST".to_owned(), "0.0.0.0".to_owned())));
    let (status, said) = run(&command, &[]).await;
    assert_eq!(status.code(), Some(2), "{said}");
    for what in ["MCP_API_KEY", "--generate-key"] {
        assert!(said.contains(what), "{what}: {said}");
    }
    // Nobody is let in without a key where others can reach it.
    let (status, said) = run(&command, &[("MCP_AUTH_DISABLED", "true")]).await;
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("MCP_API_KEY"), "{said}");
}

#[tokio::test]
async fn with_a_key_it_is_healthy_until_it_is_stopped() {
    let (command, variables) = of_image();
    let key = "0123456789abcdef0123456789abcdef";
    let mut start = Start::new().environment("MCP_API_KEY", key);
    for argument in command {
        start = start.argument(argument);
    }
    for (name, value) in variables {
        let value = if name == "HTTP_PORT" {
            "0".to_owned()
        } else {
            value
        };
        start = start.environment(&name, &value);
    }
    let server = start.spawn();
    let port = server.in_log(|log| {
        let (_, port) = log.split_once("serving Streamable HTTP at http://0.0.0.0:")?;
        port.split_once('/').map(|(port, _)| port.to_owned())
    });
    let port = port.await;
    let log = server.log();
    assert!(log.contains("nothing is configured"), "{log}");

    let health = || {
        let port = port.clone();
        async move {
            let settings = [("MCP_API_KEY", key), ("HTTP_PORT", port.as_str())];
            run(&["health".to_owned()], &settings).await
        }
    };
    let (status, said) = health().await;
    assert!(status.success(), "{said}");
    let mut http = Http::connect(&format!("127.0.0.1:{port}")).await.unwrap();
    let answer = http.request("GET /readyz", &[], "").await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");

    signal(server.pid(), "TERM");
    let (status, log) = server.ended().await;
    assert!(status.success(), "{status}\n{log}");
    let (status, said) = health().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("is not ready"), "{said}");
}
