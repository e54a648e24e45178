//! Confluent Cloud: organizations, environments, clusters.

mod clusters;
mod environments;
mod organizations;
pub(super) mod shared;

#[cfg(test)]
mod tests;
