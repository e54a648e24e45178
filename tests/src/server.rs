//! [`Server`]: a process of the server and its pipes, below any method of the protocol.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::{Mutex, oneshot},
    time::timeout,
};

use crate::{
    Config, PATIENCE, Person, binary,
    wire::{Incoming, Wire},
};

/// What to start a server with.
#[derive(Debug, Clone)]
pub struct Start {
    program: PathBuf,
    arguments: Vec<OsString>,
    config: Option<Config>,
    environment: Vec<(String, String)>,
    person: Person,
}

impl Default for Start {
    fn default() -> Self {
        Self::new()
    }
}

impl Start {
    /// The server's own binary, without arguments.
    pub fn new() -> Self {
        Self::program(binary::server())
    }

    /// Another binary.
    pub fn program(path: &Path) -> Self {
        Self {
            program: path.to_owned(),
            arguments: Vec::new(),
            config: None,
            environment: Vec::new(),
            person: Person::default(),
        }
    }

    /// One more argument of the command line.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Puts `config` into a file and hands it over with `--config`.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Who answers the questions of the server.
    #[must_use]
    pub fn person(mut self, person: Person) -> Self {
        self.person = person;
        self
    }

    /// Starts the process; nothing is said to it yet.
    pub fn spawn(self) -> Server {
        let config = self.config.map(|config| config.write());
        let mut command = Command::new(&self.program);
        // A folder without a configuration to be found, and none of ours from the environment.
        command
            .current_dir(std::env::temp_dir())
            .env_remove("RUST_LOG");
        if let Some(path) = &config {
            command.arg("--config").arg(path);
        }
        let mut child = command
            .args(&self.arguments)
            .envs(self.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let input = Arc::new(Mutex::new(child.stdin.take()));
        let wire = Arc::new(Wire::default());
        let output = child.stdout.take().expect("standard output is a pipe");
        let log = child.stderr.take().expect("standard error is a pipe");
        let reader = read(output, wire.clone(), input.clone(), self.person.clone());
        tokio::spawn(reader);
        tokio::spawn(keep_log(log, wire.clone()));
        Server {
            child,
            input,
            wire,
            person: self.person,
            _config: config,
        }
    }
}

/// A running server. Killed when dropped.
pub struct Server {
    child: Child,
    input: Arc<Mutex<Option<ChildStdin>>>,
    pub(crate) wire: Arc<Wire>,
    pub(crate) person: Person,
    /// The file is there as long as the process.
    _config: Option<tempfile::TempPath>,
}

impl Server {
    /// Writes `line` and its end, whatever it is.
    pub async fn write(&self, line: impl AsRef<[u8]>) {
        write(&self.input, line.as_ref())
            .await
            .expect("the server reads");
    }

    /// Sends a request and waits for the whole response.
    ///
    /// # Panics
    /// No response within [`PATIENCE`].
    pub async fn exchange(&self, method: &str, params: Value) -> Value {
        let (id, response) = self.send(method, params).await;
        self.arrival(response, &format!("{method} ({id})")).await
    }

    /// Waits for a response that was announced by [`send`](Self::send).
    pub(crate) async fn arrival(&self, response: oneshot::Receiver<Value>, of: &str) -> Value {
        let response = timeout(PATIENCE, response).await;
        let response = response.unwrap_or_else(|_| panic!("{of}: no response\n{}", self.log()));
        response.unwrap_or_else(|_| panic!("{of}: the server ended first\n{}", self.log()))
    }

    /// Sends a request; its id, and where the response arrives.
    pub async fn send(&self, method: &str, params: Value) -> (i64, oneshot::Receiver<Value>) {
        let (id, response) = self.wire.expect_answer();
        self.write(request(id, method, params).to_string()).await;
        (id, response)
    }

    /// Sends a notification.
    pub async fn notify(&self, method: &str, params: Value) {
        let message = serde_json::json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.write(message.to_string()).await;
    }

    /// A response that belongs to no request, once it arrived: what answers a line that has no id.
    pub async fn stray(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        timeout(PATIENCE, self.wire.stray(wanted))
            .await
            .unwrap_or_else(|_| panic!("no such response\n{}", self.log()))
    }

    /// The first notification of the server that `wanted` accepts, once it arrived.
    pub async fn notification(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        timeout(PATIENCE, self.wire.notification(wanted))
            .await
            .unwrap_or_else(|_| panic!("no such notification\n{}", self.log()))
    }

    /// Every notification of the server so far.
    pub fn notifications(&self) -> Vec<Value> {
        self.wire.notifications()
    }

    /// What `wanted` finds in what was written to standard error, once it is there.
    pub async fn in_log<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> T {
        timeout(PATIENCE, self.wire.in_log(wanted))
            .await
            .unwrap_or_else(|_| panic!("not in the log\n{}", self.log()))
    }

    /// What was written to standard error.
    pub fn log(&self) -> String {
        self.wire.logged()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the process was not waited for")
    }

    /// Closes the server's standard input, as a client that goes away does.
    pub async fn hang_up(&self) {
        *self.input.lock().await = None;
    }

    /// Waits for the process to end, checks that standard output held messages only, and returns the
    /// exit status and the log.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .unwrap_or_else(|_| panic!("the process goes on\n{}", self.wire.logged()))
            .expect("the process can be waited for");
        self.wire.end();
        assert_eq!(
            self.wire.violations(),
            Vec::<String>::new(),
            "on standard output"
        );
        (status, self.wire.logged())
    }

    /// Hangs up and waits for the end, which has to be a good one.
    pub async fn close(self) {
        self.hang_up().await;
        let (status, log) = self.ended().await;
        assert!(status.success(), "{status}\n{log}");
    }

    /// Stops the process where it is, as a machine that hangs does; [`resume`](Self::resume) goes on.
    pub fn pause(&self) {
        signal(self.pid(), "STOP");
    }

    /// Lets a paused process go on.
    pub fn resume(&self) {
        signal(self.pid(), "CONT");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(
                self.wire.violations(),
                Vec::<String>::new(),
                "on standard output"
            );
        }
    }
}

/// A JSON-RPC request.
pub fn request(id: i64, method: &str, params: Value) -> Value {
    serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// Sends the signal `name` to a process.
pub fn signal(pid: u32, name: &str) {
    let status = std::process::Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success(), "kill -{name} {pid}");
}

async fn write(input: &Mutex<Option<ChildStdin>>, line: &[u8]) -> std::io::Result<()> {
    let mut input = input.lock().await;
    let Some(input) = input.as_mut() else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    input.write_all(line).await?;
    input.write_all(b"\n").await?;
    input.flush().await
}

/// Sorts what comes, and has the person answer what is asked.
async fn read(
    output: ChildStdout,
    wire: Arc<Wire>,
    input: Arc<Mutex<Option<ChildStdin>>>,
    person: Person,
) {
    let mut output = BufReader::with_capacity(64 * 1024, output);
    let mut line = Vec::new();
    while matches!(output.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
        if let Incoming::Request(request) = wire.take(&line) {
            // A person who does not answer must not hold up what else comes.
            let (input, person) = (input.clone(), person.clone());
            tokio::spawn(async move {
                if let Some(response) = person.respond(&request) {
                    // The server may be gone by now.
                    drop(write(&input, response.to_string().as_bytes()).await);
                }
            });
        }
        line.clear();
    }
    wire.end();
}

async fn keep_log(mut log: ChildStderr, wire: Arc<Wire>) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = log.read(&mut chunk).await {
        wire.log(&String::from_utf8_lossy(&chunk[..read]));
    }
}
