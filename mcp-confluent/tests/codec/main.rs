//! The codecs from outside: against payloads of Confluent's own client, against generated schemas
//! and values, and against bytes that mean no good.

mod avro;
mod hostile;
mod json;
mod outcomes;
mod protobuf;
mod source;
mod vectors;
