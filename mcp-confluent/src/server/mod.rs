//! The MCP server: the handler that rmcp calls, and the transports.

pub mod handler;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
mod metrics;
mod prompts;
mod resources;
pub mod stdio;
mod subscriptions;
mod tasks;
