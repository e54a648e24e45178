//! The system's browser.

use std::process::{Command, Stdio};

/// Opens `url` in the system's browser; whether there is something to open it with. Nobody waits for
/// the browser, and it writes to neither output of this process.
pub(super) fn open(url: &str) -> bool {
    let Some(mut command) = opener(url) else {
        return false;
    };
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // Some browsers run in the foreground until they are closed.
            std::thread::spawn(move || child.wait());
            true
        }
        Err(error) => {
            tracing::debug!(%error, "no browser could be opened");
            false
        }
    }
}

#[cfg(target_os = "macos")]
fn opener(url: &str) -> Option<Command> {
    let mut command = Command::new("open");
    command.arg(url);
    Some(command)
}

#[cfg(windows)]
fn opener(url: &str) -> Option<Command> {
    let mut command = Command::new("rundll32");
    command.args(["url.dll,FileProtocolHandler", url]);
    Some(command)
}

/// Without a screen, `xdg-open` would start a browser of the terminal.
#[cfg(not(any(target_os = "macos", windows)))]
fn opener(url: &str) -> Option<Command> {
    let has_screen = ["WAYLAND_DISPLAY", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    has_screen.then(|| {
        let mut command = Command::new("xdg-open");
        command.arg(url);
        command
    })
}
