//! Drives the sandbox from outside: with librdkafka, and with single requests where librdkafka does
//! not say exactly what is wanted.

mod faults;
mod groups;
mod records;
mod security;
mod support;
mod topics;
mod transactions;
