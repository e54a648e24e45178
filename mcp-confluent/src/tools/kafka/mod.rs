//! Kafka: topics, records, offsets, consumer groups, topic configuration.

mod configs;
mod consume;
mod groups;
mod offsets;
mod payload;
mod produce;
mod records;
mod timestamp;
mod topics;
