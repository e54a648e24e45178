//! What the HTTP services of the sandbox share: connections, requests taken apart, answers.

mod message;
mod server;

pub(crate) use self::message::{Answer, Request, answer, is_allowed, pairs};
pub(crate) use self::server::{Faults, Server, Service};
