//! Clients of the services a connection offers. They know no tool and no MCP type.

#[cfg(feature = "kafka")]
pub mod kafka;
