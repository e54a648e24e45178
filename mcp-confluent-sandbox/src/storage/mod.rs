//! What topics hold: record batches and the logs that they are appended to.

mod batch;
mod log;
mod producers;

pub(crate) use batch::{Batch, Builder, ControlKind, Invalid};
pub use batch::{Header, Record};
pub(crate) use log::{Found, Isolation, PartitionLog};
pub(crate) use producers::SequenceError;
