//! `--generate-key`: a random key for HTTP clients.

use std::{
    fmt::Write as _,
    io::{IsTerminal as _, stdout},
};

use super::{Failure, complain, print};

pub(super) fn run() -> Result<(), Failure> {
    let bytes: [u8; 32] = rand::random();
    let key = bytes
        .iter()
        .fold(String::with_capacity(64), |mut key, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(key, "{byte:02x}");
            key
        });
    if !stdout().is_terminal() {
        // What reads it gets the key and nothing else.
        complain(
            "a new key for HTTP clients: it belongs in MCP_API_KEY in the environment of the server, or in \
             `server.auth.api_key` of its configuration file",
        );
        return print(&format!("{key}\n"));
    }
    let rule = "=".repeat(64);
    print(&format!(
        "A new key for HTTP clients:\n{rule}\n{key}\n{rule}\n\n\
         Put it into the environment of the server, or into the file of --env-file:\n\n\
         MCP_API_KEY={key}\n\n\
         and, with a configuration file, write there:\n\n\
         server:\n  auth:\n    api_key: ${{MCP_API_KEY}}\n"
    ))
}
