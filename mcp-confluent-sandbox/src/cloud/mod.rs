//! Confluent Cloud inside the process: its REST APIs on a loopback port, around a sandbox broker and
//! a sandbox registry.
//!
//! It is for trying things and for tests: what is made here is gone when it ends. There is one
//! organization with an [`ENVIRONMENT`] that holds the [`CLUSTER`] (the broker), the [`REGISTRY`] and
//! a Flink [`COMPUTE_POOL`]. Every service answers at [`Cloud::url`], the registry too.
//!
//! A request has to fit the table of routes: an unknown route, parameter or field is answered with
//! status 400, so that a client that left the real services' interface is noticed. The table is
//! derived from their published description by `routes.py`.
//!
//! To add a service: its routes in `routes.json` (or `more-routes.json`), a module with
//! `answer(&mut Call) -> Result<Answer>`, its state, if it has any, in `World`, and a line in `route`.

mod billing;
mod call;
mod catalog;
mod connect;
mod docs;
mod errors;
mod flink;
mod kafka_rest;
mod login;
mod logs;
mod resources;
mod service;
mod table;
mod tableflow;
mod telemetry;
mod time;
mod world;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

pub use self::service::Fault;
use self::service::Shared;
pub use self::world::{
    CLOUD, CLUSTER, CLUSTER_NAME, COMPUTE_POOL, ENVIRONMENT, ENVIRONMENT_NAME, ORGANIZATION,
    REGION, REGISTRY,
};
use crate::Sandbox;
use crate::http::Server;
use crate::registry::Registry;

/// How a cloud is started.
#[derive(Debug, Clone, Default)]
pub struct CloudOptions {
    port: u16,
    keys: Vec<(String, String)>,
    signs_in: Option<String>,
}

impl CloudOptions {
    /// On a free port, open to everybody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens on this port instead of a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Asks for an API key (HTTP Basic); may be called more than once.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys.push((key.into(), secret.into()));
        self
    }

    /// Is its own identity provider, at [`Cloud::url`] like everything: whoever goes to `/authorize`
    /// is signed in at once, and the tokens of that (authorization code grant with PKCE,
    /// `/api/sessions`, `/api/access_tokens`) are taken beside API keys. On the broker they are those
    /// of `user`, whom it has to have, and the brokers of the cluster are those that ask for them.
    #[must_use]
    pub fn sign_in(mut self, user: impl Into<String>) -> Self {
        self.signs_in = Some(user.into());
        self
    }
}

/// A running cloud on 127.0.0.1. It ends when this is dropped.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use mcp_confluent_sandbox::cloud::{Cloud, CloudOptions};
/// use mcp_confluent_sandbox::registry::{Registry, RegistryOptions};
/// use mcp_confluent_sandbox::{Sandbox, SandboxOptions};
///
/// let broker = Sandbox::start(SandboxOptions::new()).await?;
/// let registry = Registry::start(RegistryOptions::new()).await?;
/// let cloud = Cloud::start(CloudOptions::new(), &broker, &registry).await?;
/// assert!(cloud.url().starts_with("http://127.0.0.1:"));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub struct Cloud {
    shared: Arc<Shared>,
    port: u16,
    server: Mutex<Option<Server>>,
}

impl Cloud {
    /// Starts a cloud around `broker` and `registry`, in the runtime of the caller.
    ///
    /// # Errors
    /// The port cannot be had.
    pub async fn start(
        options: CloudOptions,
        broker: &Sandbox,
        registry: &Registry,
    ) -> io::Result<Self> {
        let CloudOptions {
            port,
            keys,
            signs_in,
        } = options;
        let shared = Arc::new(Shared::new(keys, signs_in, broker, registry));
        let server = Server::start(shared.clone(), port).await?;
        let port = server.port();
        shared.listens_at(port);
        Ok(Self {
            shared,
            port,
            server: Mutex::new(Some(server)),
        })
    }

    /// Where every service answers, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Goes away, with its connections, until [`Cloud::restart`]. What it holds stays.
    pub fn stop(&self) {
        self.server.lock().take();
    }

    /// Comes back at the same port.
    ///
    /// # Errors
    /// The port is taken by now.
    pub async fn restart(&self) -> io::Result<()> {
        self.stop();
        let server = Server::start(self.shared.clone(), self.port).await?;
        *self.server.lock() = Some(server);
        Ok(())
    }

    /// Waits this long before each answer.
    pub fn set_response_delay(&self, delay: Duration) {
        self.shared.faults.set_delay(delay);
    }

    /// How many requests wait for their answer because of the delay. A client that hangs up takes its
    /// request away.
    pub fn waiting(&self) -> usize {
        self.shared.faults.waiting()
    }

    /// Answers the next `count` requests to paths that begin with `path` (`""` is every path) with
    /// `fault` and does nothing else with them; `0` ends what was asked for that path before.
    pub fn fail_next(&self, path: &str, count: usize, fault: Fault) {
        self.shared.faults.fail_next(path, count, fault);
    }

    /// How often somebody signed in.
    pub fn sign_ins(&self) -> u64 {
        self.shared.with_sign_ins(|it| it.count()).unwrap_or(0)
    }

    /// Ends every sign-in: the refresh tokens are not taken any more.
    pub fn end_sign_ins(&self) {
        self.shared.with_sign_ins(login::SignIns::end);
    }

    /// The tokens that sign-ins were exchanged for are not taken any more; new ones can be had.
    pub fn end_tokens(&self) {
        self.shared.with_sign_ins(login::SignIns::end_tokens);
    }

    /// The requests that arrived and were no asked-for failure, oldest first, as
    /// `GET /org/v2/environments?page_size=5`; the last 1000.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().iter().cloned().collect()
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
