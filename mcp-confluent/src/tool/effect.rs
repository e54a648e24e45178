//! What a tool does to the cluster.

/// What a tool does to the cluster; one word in `#[confluent_tool(…)]`.
///
/// It sets the MCP hints, whether a read-only connection offers the tool, and what happens when
/// a call is cancelled: a read-only body is dropped, any other is only told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing.
    ReadOnly,
    /// Adds or changes something, and destroys nothing.
    Write,
    /// Can destroy data or stop what runs.
    Destructive,
}
