//! The tools: annotated functions and their result types. Nobody keeps a list of them.

#[cfg(feature = "http")]
mod billing;
#[cfg(feature = "http")]
mod catalog;
#[cfg(feature = "http")]
mod cloud;
#[cfg(feature = "http")]
mod connect;
mod diagnostics;
#[cfg(feature = "http")]
mod docs;
#[cfg(feature = "http")]
mod flink;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "http")]
mod metrics;
#[cfg(feature = "http")]
mod schema_registry;
#[cfg(feature = "http")]
mod tableflow;

#[cfg(test)]
#[cfg(feature = "http")]
mod testing;
