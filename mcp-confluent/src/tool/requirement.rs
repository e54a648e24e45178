//! What a connection must offer before a tool is listed for it.

use crate::connection::Connection;

/// One thing a connection must offer, with the reason a person reads when it does not.
///
/// ```
/// use mcp_confluent::Requirement;
///
/// const ACME: Requirement = Requirement::new(
///     "acme",
///     "the connection has no Acme endpoint",
///     |connection| connection.id().starts_with("acme"),
/// );
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    name: &'static str,
    reason: &'static str,
    offered: fn(&Connection) -> bool,
    yaml: Option<&'static str>,
}

impl Requirement {
    /// A requirement called `name` (lowercase words joined by `-`); `reason` says why a connection
    /// without it cannot serve the tool, with the blocks of the configuration that it misses in backticks.
    pub const fn new(
        name: &'static str,
        reason: &'static str,
        offered: fn(&Connection) -> bool,
    ) -> Self {
        Self {
            name,
            reason,
            offered,
            yaml: None,
        }
    }

    /// Keys to write below the connection in the configuration file, so that it offers this:
    /// `kafka:\n  bootstrap_servers: ${BOOTSTRAP_SERVERS}`. Secrets are variables in it.
    #[must_use]
    pub const fn yaml(mut self, fragment: &'static str) -> Self {
        self.yaml = Some(fragment);
        self
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Why a connection that lacks it cannot serve the tool.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The keys that make a connection offer it, if somebody wrote them down.
    pub const fn fragment(&self) -> Option<&'static str> {
        self.yaml
    }

    /// Whether `connection` offers it.
    pub fn is_offered_by(&self, connection: &Connection) -> bool {
        (self.offered)(connection)
    }
}
