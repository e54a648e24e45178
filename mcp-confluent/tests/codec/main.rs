//! The codecs from outside: against payloads of Confluent's own client, against generated schemas
//! and values, and against bytes that mean no good.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod avro;
mod endless;
mod hostile;
mod json;
mod outcomes;
mod protobuf;
mod source;
mod vectors;
