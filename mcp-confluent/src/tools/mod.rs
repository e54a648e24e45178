//! The tools: annotated functions and their result types. Nobody keeps a list of them.

mod diagnostics;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "http")]
mod schema_registry;
