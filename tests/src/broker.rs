//! [`Broker`]: a broker that belongs to one test, which may stop it, make it hang and start it again.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use mcp_confluent_sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::{
    Config,
    binary::workspace,
    cluster::{Cluster, Environment},
    config,
    server::signal,
};

/// A broker of one test's own: the embedded one, or a real Kafka when the tests run on that. It keeps
/// its address and its data when it is stopped and started again.
pub struct Broker {
    kind: Kind,
    bootstrap: String,
}

enum Kind {
    Sandbox(Arc<Sandbox>),
    Kafka { folder: tempfile::TempDir, pid: u32 },
}

impl Broker {
    /// Starts one.
    pub async fn start() -> Self {
        if Cluster::is_real() {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let (bootstrap, pid) = start_kafka(folder.path());
            return Self {
                kind: Kind::Kafka { folder, pid },
                bootstrap,
            };
        }
        let sandbox = Sandbox::start(SandboxOptions::new())
            .await
            .expect("the embedded broker starts");
        Self {
            bootstrap: sandbox.bootstrap_servers(),
            kind: Kind::Sandbox(Arc::new(sandbox)),
        }
    }

    /// Where it listens.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// A connection to it.
    pub fn plain(&self) -> Value {
        config::plain(&self.bootstrap)
    }

    /// A configuration with that connection and no other.
    pub fn config(&self) -> Config {
        Config::new().connection("main", self.plain())
    }

    /// Ends it: connections break, and new ones are refused.
    pub async fn stop(&self) {
        match &self.kind {
            Kind::Sandbox(sandbox) => sandbox.stop().await,
            Kind::Kafka { folder, .. } => kafka(folder.path(), "stop"),
        }
    }

    /// Starts it at the same address, after it was stopped.
    pub async fn start_again(&mut self) {
        match &mut self.kind {
            Kind::Sandbox(sandbox) => sandbox.restart().await.expect("the port is still free"),
            Kind::Kafka { folder, pid } => {
                let (bootstrap, started) = start_kafka(folder.path());
                assert_eq!(bootstrap, self.bootstrap, "the address has changed");
                *pid = started;
            }
        }
    }

    /// Makes it hang for a while from now: connections stay open, and what is asked is answered late.
    pub fn hang_for(&self, time: Duration) {
        match &self.kind {
            Kind::Sandbox(sandbox) => {
                sandbox.set_response_delay(time);
                let sandbox = sandbox.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    sandbox.set_response_delay(Duration::ZERO);
                });
            }
            Kind::Kafka { pid, .. } => {
                let pid = *pid;
                signal(pid, "STOP");
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    signal(pid, "CONT");
                });
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Kind::Kafka { folder, .. } = &self.kind {
            // A test that fails already must not fail twice.
            drop(run(folder.path(), "stop"));
        }
    }
}

fn start_kafka(folder: &Path) -> (String, u32) {
    kafka(folder, "start");
    let environment = Environment::read(&folder.join("env"));
    let pid = environment.get("KAFKA_PID").parse().expect("a process id");
    (environment.get("KAFKA_BOOTSTRAP").to_owned(), pid)
}

fn kafka(folder: &Path, verb: &str) {
    let output = run(folder, verb).expect("the script runs");
    assert!(
        output.status.success(),
        "kafka.sh {verb}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn run(folder: &Path, verb: &str) -> std::io::Result<std::process::Output> {
    Command::new(workspace().join("tests/stack/kafka.sh"))
        .arg(verb)
        .arg(folder)
        .stdin(Stdio::null())
        .output()
}
