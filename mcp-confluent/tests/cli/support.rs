//! A folder of its own for each run of the binary, and nothing of this machine's environment.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Place {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: Vec::new(),
        }
    }

    /// A place with a `config.yaml`.
    pub(crate) fn with_config(text: &str) -> Self {
        let place = Self::new();
        place.write("config.yaml", text);
        place
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// A named pipe that holds `text` for whoever reads it first.
    #[cfg(unix)]
    pub(crate) fn pipe(&self, text: &str) -> String {
        let name = "pipe".to_owned();
        let path = self.file(&name);
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let text = text.to_owned();
        // Opening it waits for a reader.
        std::thread::spawn(move || fs::write(path, text));
        name
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-confluent"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("USERPROFILE", self.path())
            .env("APPDATA", self.path().join("AppData"))
            .envs(self.variables.clone());
        command
    }

    /// Runs to the end, with nothing to read.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self
            .command(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran::of(output)
    }

    /// Runs to the end with one more variable, which need not be text.
    #[cfg(unix)]
    pub(crate) fn run_with(&self, arguments: &[&str], variable: (&str, std::ffi::OsString)) -> Ran {
        let (name, value) = variable;
        let mut command = self.command(arguments);
        let output = command.env(name, value).stdin(Stdio::null()).output();
        Ran::of(output.unwrap())
    }

    /// Starts serving.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Served {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Served {
            child,
            input,
            output,
            last_id: 0,
        }
    }
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in\n{}", self.err);
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.out.contains(text), "`{text}` is not in\n{}", self.out);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A server and its pipes.
pub(crate) struct Served {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last_id: u64,
}

impl Served {
    pub(crate) fn initialize(&mut self) -> Value {
        let answer = self.request(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        answer
    }

    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
    }

    /// Calls without waiting for the answer.
    pub(crate) fn begin_call(&mut self, tool: &str, arguments: Value) {
        self.ask(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        );
    }

    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the server ended");
            let mut message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id {
                return message["result"].take();
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    fn send(&mut self, message: &Value) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{message}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn tools(&mut self) -> Vec<String> {
        let listed = self.request("tools/list", json!({}));
        let tools = listed["tools"].as_array().unwrap().iter();
        tools
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let sent = kill
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Goes away, as a client does, and waits for the end.
    pub(crate) fn leave(mut self) -> Ran {
        drop(self.input.take());
        self.ended()
    }

    /// Goes away and reads no answers any more, as a client does that was killed.
    pub(crate) fn die(mut self) -> Ran {
        drop(self.input.take());
        let Self { child, output, .. } = self;
        drop(output);
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Waits for the end; `out` is what was not read yet.
    pub(crate) fn ended(self) -> Ran {
        let Self {
            child,
            input,
            mut output,
            ..
        } = self;
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        let ended = child.wait_with_output().unwrap();
        drop(input);
        Ran::of(Output {
            stdout: rest,
            ..ended
        })
    }
}
