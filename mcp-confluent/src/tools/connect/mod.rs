//! Connect: connectors, their configuration, state, errors and logs.

mod action;
mod config;
mod errors;
mod list;
mod logs;
mod progress;
mod resources;
mod shared;
mod state;
