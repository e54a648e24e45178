//! Connections: taking them, reading requests from them and writing answers.

mod connection;
mod dispatch;
mod listener;
mod session;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

pub(crate) use listener::{Listener, Reservation};

use crate::broker::Broker;

/// What all connections of a sandbox share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) broker: Arc<Broker>,
    pub(crate) max_request_bytes: usize,
    /// One permit for each connection that may be open.
    pub(crate) connections: Arc<Semaphore>,
    /// How long every answer is held back.
    pub(crate) response_delay: Mutex<Duration>,
}
