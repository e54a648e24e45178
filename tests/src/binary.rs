//! Where the server's binary is.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
}

/// The built `mcp-confluent`, of the profile this program was built with.
///
/// Cargo hands a test the binaries of its own package only, so this asks cargo to build the server:
/// nothing happens if it is fresh, and a stale one is never tested. `MCP_CONFLUENT_TEST_BINARY`
/// names another binary to test.
pub fn server() -> &'static Path {
    static BINARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    BINARY
        .get_or_init(|| {
            env::var_os("MCP_CONFLUENT_TEST_BINARY")
                .map(PathBuf::from)
                .or_else(build)
        })
        .as_deref()
        .expect("the server builds")
}

fn build() -> Option<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(workspace())
        .args([
            "build",
            "--package",
            "mcp-confluent",
            "--bin",
            "mcp-confluent",
        ])
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo runs");
    if !output.status.success() {
        return None;
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "mcp-confluent")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}
