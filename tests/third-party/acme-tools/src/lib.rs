//! A tool, a resource and a prompt for the parcels of the Acme company.
//!
//! A server offers them after `mcp_confluent::link!(acme_tools);`.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod parcels;
mod receipts;
