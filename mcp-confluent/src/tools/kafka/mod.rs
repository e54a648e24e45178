//! Kafka: topics, records, offsets, consumer groups, topic configuration.

mod configs;
mod consume;
mod decode;
mod groups;
mod message;
mod offsets;
mod payload;
mod produce;
mod records;
mod resources;
mod serialize;
mod timestamp;
mod topics;

use std::sync::LazyLock;

use crate::codec::Codec;

/// One for the program: it remembers the schemas it has compiled by what is in them.
static CODEC: LazyLock<Codec> = LazyLock::new(Codec::default);
