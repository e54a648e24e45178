//! The MCP server: the handler that rmcp calls, and the transports.

pub mod handler;
pub mod stdio;
