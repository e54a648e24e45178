//! Confluent's documentation.

mod page;
mod search;
