//! The binary as a person or a client starts it: what it reads, what it says, how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test reports by panicking"
)]

#[cfg(feature = "sandbox")]
mod audit;
mod configuration;
#[cfg(all(feature = "sandbox", feature = "http"))]
mod doctor;
#[cfg(all(feature = "sandbox", feature = "otlp"))]
mod export;
mod manners;
mod serving;
mod support;
