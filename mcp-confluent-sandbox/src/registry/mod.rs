//! A schema registry inside the process, with the REST API of Confluent's.
//!
//! It is for trying things and for tests: what is registered is gone when it ends. It knows
//! subjects, versions, ids, GUIDs, references, contexts, both kinds of deletion, compatibility levels
//! and modes, and checks Avro, JSON Schema and Protobuf for compatibility. It has no data contracts:
//! metadata and rule sets are kept as they come and mean nothing.

mod avro;
mod check;
mod errors;
mod http;
mod names;
mod operations;
mod preload;
mod routes;
mod schema;
mod settings;
mod store;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

pub use self::check::{Level, Problem};
pub(crate) use self::http::{Readable, Shared};
use self::names::Subject;
pub use self::schema::Kind;
use self::schema::{Parsed, Referenced};
use self::store::Asked;
use crate::http::Server;

/// How a registry is started.
#[derive(Debug, Clone, Default)]
pub struct RegistryOptions {
    port: u16,
    users: Vec<(String, String)>,
    preload: bool,
    imports: Vec<Referenced>,
}

impl RegistryOptions {
    /// On a free port, open to everybody, empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens on this port instead of a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Asks for HTTP Basic credentials; may be called more than once.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((name.into(), password.into()));
        self
    }

    /// Registers example subjects: Avro, JSON Schema and Protobuf, with references and several
    /// versions.
    #[must_use]
    pub fn preload(mut self, preload: bool) -> Self {
        self.preload = preload;
        self
    }

    /// Lets Protobuf schemas import these files, each a path and a text, without a reference, as
    /// Confluent's registry does with `google/type/money.proto` and others.
    #[must_use]
    pub fn imports<'a>(mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter().map(|(name, text)| Referenced {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        self.imports.extend(files);
        self
    }
}

/// A running registry on 127.0.0.1. It ends when this is dropped.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use mcp_confluent_sandbox::registry::{Registry, RegistryOptions};
///
/// let registry = Registry::start(RegistryOptions::new().preload(true)).await?;
/// assert!(registry.url().starts_with("http://127.0.0.1:"));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub struct Registry {
    shared: Arc<Shared>,
    port: u16,
    server: Mutex<Option<Server>>,
}

impl Registry {
    /// Starts a registry in the runtime of the caller.
    ///
    /// # Errors
    /// The port cannot be had.
    pub async fn start(options: RegistryOptions) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(options.users));
        shared.store.lock().imports = options.imports;
        if options.preload {
            let filled = preload::fill(&mut shared.store.lock());
            filled.map_err(|error| io::Error::other(error.message))?;
        }
        let server = Server::start(shared.clone(), options.port).await?;
        let port = server.port();
        Ok(Self {
            shared,
            port,
            server: Mutex::new(Some(server)),
        })
    }

    /// Its URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The id of a version that is not deleted.
    pub fn schema_id(&self, subject: &str, version: u32) -> Option<u32> {
        let store = self.shared.store.lock();
        let found = store.version(&Subject::parse(subject), Asked::Number(version), false);
        found.ok().map(|found| found.id)
    }

    /// Goes away, with its connections, until [`Registry::restart`]. What it holds stays.
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

    /// Answers the next `count` requests with `status` and does nothing else with them.
    pub fn fail_next(&self, count: usize, status: u16) {
        self.shared.faults.fail_next("", count, status);
    }
}

impl Registry {
    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// A schema with all that it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The text.
    pub text: &'a str,
    /// The name and the text of each schema it uses, directly or not, each after those it uses
    /// itself.
    pub references: &'a [(String, String)],
}

/// Why `new` may not follow `earlier` (versions ascending) at `level`; empty if it may.
///
/// # Errors
/// One of the schemas is invalid: which one, and where.
pub fn check_compatibility(
    kind: Kind,
    level: Level,
    new: Source<'_>,
    earlier: &[(u32, Source<'_>)],
) -> Result<Vec<Problem>, String> {
    let parse = |source: &Source<'_>| {
        let references: Vec<Referenced> = source
            .references
            .iter()
            .map(|(name, text)| Referenced {
                name: name.clone(),
                text: text.clone(),
            })
            .collect();
        Parsed::new(kind, source.text, &references)
    };
    let new = parse(&new).map_err(|error| format!("the new schema is invalid: {error}"))?;
    let earlier = earlier
        .iter()
        .map(|(version, source)| match parse(source) {
            Ok(parsed) => Ok((*version, parsed)),
            Err(error) => Err(format!("version {version} is invalid: {error}")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let earlier = earlier.iter().map(|(version, parsed)| (*version, parsed));
    Ok(check::check(level, &new, earlier))
}
