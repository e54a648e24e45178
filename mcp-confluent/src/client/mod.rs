//! Clients of the services a connection offers. They know no tool and no MCP type.

mod call;
#[cfg(feature = "http")]
pub mod catalog;
#[cfg(feature = "http")]
pub mod cloud;
#[cfg(feature = "http")]
pub mod connect;
#[cfg(feature = "http")]
pub mod docs;
#[cfg(feature = "http")]
pub mod flink;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "kafka")]
pub mod kafka_rest;
#[cfg(feature = "login")]
pub mod login;
#[cfg(feature = "http")]
pub mod schema_registry;
#[cfg(feature = "http")]
pub mod tableflow;
#[cfg(feature = "http")]
pub mod telemetry;
#[cfg(feature = "kafka")]
pub mod versions;

pub use self::call::{Call, Ended, Pause, Pauses};
