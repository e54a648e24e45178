//! How a sandbox is started.

/// How a [`Sandbox`](crate::Sandbox) is started.
///
/// ```
/// use mcp_confluent_sandbox::SandboxOptions;
///
/// let options = SandboxOptions::new().preload(true).user("alice", "alice-secret");
/// ```
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    pub(crate) port: u16,
    pub(crate) preload: bool,
    pub(crate) auto_create_topics: bool,
    pub(crate) users: Vec<(String, Password)>,
    pub(crate) logical_cluster: Option<String>,
    pub(crate) super_users: Option<Vec<String>>,
    pub(crate) max_request_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_stored_bytes: usize,
}

/// A password that is not shown when the options are printed.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) String);

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl SandboxOptions {
    /// A broker without data, users or ACLs, on a free port.
    pub fn new() -> Self {
        Self {
            port: 0,
            preload: false,
            auto_create_topics: false,
            users: Vec::new(),
            logical_cluster: None,
            super_users: None,
            max_request_bytes: 100 * 1024 * 1024,
            max_connections: 1000,
            max_stored_bytes: 1024 * 1024 * 1024,
        }
    }

    /// The port to listen on; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Fills the broker with a few topics, records and consumer groups at the start.
    #[must_use]
    pub fn preload(mut self, preload: bool) -> Self {
        self.preload = preload;
        self
    }

    /// Creates a topic when a client asks for one that does not exist
    /// (`auto.create.topics.enable`). Off by default.
    #[must_use]
    pub fn auto_create_topics(mut self, auto_create: bool) -> Self {
        self.auto_create_topics = auto_create;
        self
    }

    /// Adds a user. With the first one, a second listener is opened, on a port of its own, that takes
    /// authenticated clients only: SASL over plain TCP with `PLAIN`, `SCRAM-SHA-256`,
    /// `SCRAM-SHA-512` or `OAUTHBEARER`. The first listener stays open to everybody, as the user
    /// `ANONYMOUS`.
    ///
    /// `OAUTHBEARER` takes unsecured tokens (RFC 7519 §6): whoever says to be the user is. A token must
    /// have the user in `sub` and an `exp` to come.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((name.into(), Password(password.into())));
        self
    }

    /// Lets those with a token in only if they name this cluster in the SASL extension
    /// `logicalCluster`, as Confluent Cloud does.
    #[must_use]
    pub fn logical_cluster(mut self, id: impl Into<String>) -> Self {
        self.logical_cluster = Some(id.into());
        self
    }

    /// Switches the authorizer on: what no ACL allows is denied, except to these users, who may do
    /// everything. `ANONYMOUS` is the user of the listener without authentication.
    ///
    /// Without an authorizer everybody may do everything, and requests about ACLs are answered with
    /// `SECURITY_DISABLED`.
    #[must_use]
    pub fn enforce_acls<I, S>(mut self, super_users: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.super_users = Some(super_users.into_iter().map(Into::into).collect());
        self
    }

    /// The largest request in bytes (`socket.request.max.bytes`); 100 MiB by default. A connection
    /// that announces a larger one is closed.
    #[must_use]
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.max_request_bytes = bytes;
        self
    }

    /// The most connections at a time; 1000 by default. Further ones are closed at once.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// The most bytes of records that are kept; 1 GiB by default. What would go beyond is refused
    /// with `POLICY_VIOLATION`, as the records live in memory.
    #[must_use]
    pub fn max_stored_bytes(mut self, bytes: usize) -> Self {
        self.max_stored_bytes = bytes;
        self
    }
}
