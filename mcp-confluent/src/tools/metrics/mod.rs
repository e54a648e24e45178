//! Metrics of Confluent Cloud.

mod list;
mod query;

#[cfg(test)]
mod tests;
