//! What topics hold: record batches and the logs that they are appended to.

mod batch;
mod builder;
mod log;
mod producers;
mod record;

pub(crate) use batch::{Batch, Invalid};
pub(crate) use builder::{Builder, ControlKind};
pub(crate) use log::{Found, Isolation, PartitionLog};
pub(crate) use producers::SequenceError;
pub use record::{Header, Record};
