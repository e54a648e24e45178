//! Confluent Cloud: organizations, environments, clusters.

mod environments;

#[cfg(test)]
mod tests;
