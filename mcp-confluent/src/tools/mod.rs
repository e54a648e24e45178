//! The tools: annotated functions and their result types. Nobody keeps a list of them.

#[cfg(feature = "http")]
mod cloud;
mod diagnostics;
#[cfg(feature = "http")]
mod docs;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "http")]
mod metrics;
#[cfg(feature = "http")]
mod schema_registry;

#[cfg(test)]
#[cfg(feature = "http")]
mod testing;
