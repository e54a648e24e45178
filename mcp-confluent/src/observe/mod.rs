//! What can be seen of the work from outside: spans of calls and of what they ask of others, their
//! durations, and the way to a collector of OpenTelemetry.
//!
//! Off unless the configuration names a collector. Names and attributes follow the semantic conventions
//! of OpenTelemetry for MCP, HTTP and messaging where there are some. No attribute holds a value of an
//! argument, a text of an error, or anything that came from a service.

mod context;
#[cfg(feature = "otlp")]
mod export;
#[cfg(feature = "otlp")]
pub(crate) mod instruments;
mod spans;

pub use self::context::TraceContext;
#[cfg(feature = "otlp")]
pub(crate) use self::export::Export;
#[cfg(feature = "http")]
pub(crate) use self::spans::Outside;
pub(crate) use self::spans::{Origin, TARGET, Traced};
