//! One configured connection: what it offers, and its clients, opened when first used.

mod kept;

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::Arc,
};

use parking_lot::Mutex;

use self::kept::Kept;
use crate::{
    config::{ConnectionConfig, DirectServices},
    error::Result,
};

/// One configured connection.
///
/// Clients are made when first asked for and shared by every call after that; see
/// [`Connection::client`].
pub struct Connection {
    config: ConnectionConfig,
    clients: Clients,
    kept: Kept,
}

/// Clients by their type, each made when first asked for and shared afterwards.
#[derive(Default)]
pub(crate) struct Clients(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Clients {
    /// The client of type `T`, made by `open` the first time.
    pub(crate) fn get<T: Send + Sync + 'static>(
        &self,
        open: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let mut clients = self.0.lock();
        if let Some(Ok(client)) = clients.get(&TypeId::of::<T>()).cloned().map(Arc::downcast) {
            return Ok(client);
        }
        let client = Arc::new(open()?);
        clients.insert(TypeId::of::<T>(), client.clone());
        Ok(client)
    }
}

impl Connection {
    /// The connection that `config` describes. Nothing is opened.
    pub fn new(config: ConnectionConfig) -> Self {
        Self {
            config,
            clients: Clients::default(),
            kept: Kept::default(),
        }
    }

    /// A connection that offers nothing, for tests of tools that bring their own client.
    pub fn for_tests(id: impl Into<String>) -> Self {
        Self::new(ConnectionConfig::direct(id, DirectServices::default()))
    }

    /// The key of the connection in the configuration file; what `connectionId` names.
    pub fn id(&self) -> &str {
        &self.config.id
    }

    /// What a person wrote about it.
    pub fn description(&self) -> Option<&str> {
        self.config.description.as_deref()
    }

    /// Whether nothing may be changed through it.
    pub fn is_read_only(&self) -> bool {
        self.config.read_only
    }

    /// How it is configured.
    pub fn config(&self) -> &ConnectionConfig {
        &self.config
    }

    /// The client of type `T`, made by `open` the first time and shared afterwards.
    ///
    /// `open` must not wait for the network: a client connects in its first call.
    pub fn client<T: Send + Sync + 'static>(
        &self,
        open: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<Arc<T>> {
        self.clients.get(|| open(self))
    }

    /// The client of type `T` for one of several resources that the connection reaches, such as a
    /// cluster, made by `open` the first time. A few are kept: the one that was not used for longest
    /// makes room.
    ///
    /// `open` must not wait for the network, as with [`Connection::client`].
    pub fn client_of<T: Send + Sync + 'static>(
        &self,
        resource: &str,
        open: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<Arc<T>> {
        self.kept.get(resource, || open(self))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.config.id)
            .finish_non_exhaustive()
    }
}
