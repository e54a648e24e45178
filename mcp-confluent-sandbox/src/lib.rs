//! A Kafka broker inside the process: one node, in memory, on a loopback port. Beside it, a
//! [schema registry](registry) and [Confluent Cloud](cloud).
//!
//! It speaks the Kafka wire protocol, so every Kafka client can use it. It is for trying things and
//! for tests: nothing is kept when it ends, nothing is replicated, and old records are neither
//! deleted by time nor compacted.
//!
//! Start it with [`Sandbox::start`]. [`SandboxOptions`] says with what; the handle can also let the
//! broker go away for a while ([`Sandbox::stop`], [`Sandbox::restart`]), be slow
//! ([`Sandbox::set_response_delay`]) or lose its connections ([`Sandbox::close_connections`]).

mod broker;
pub mod cloud;
mod config;
mod group;
mod http;
mod options;
mod payloads;
mod preload;
mod records;
pub mod registry;
mod sandbox;
mod security;
mod server;
mod storage;
mod topics;
mod transactions;
mod wire;

pub use options::SandboxOptions;
pub use payloads::preload_payloads;
pub use sandbox::Sandbox;
pub use security::{Acl, AclOperation, AclPattern, AclPermission, AclResourceType};
pub use storage::{Header, Record};
