//! The MCP server: the handler that rmcp calls, and the transports.

pub mod handler;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
mod metrics;
pub mod stdio;
mod tasks;
