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
}

impl Requirement {
    /// A requirement called `name` (lowercase words joined by `-`); `reason` says why a connection
    /// without it cannot serve the tool.
    pub const fn new(
        name: &'static str,
        reason: &'static str,
        offered: fn(&Connection) -> bool,
    ) -> Self {
        Self { name, reason, offered }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Why a connection that lacks it cannot serve the tool.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Whether `connection` offers it.
    pub fn is_offered_by(&self, connection: &Connection) -> bool {
        (self.offered)(connection)
    }
}
