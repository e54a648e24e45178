//! Flink SQL: statements and their results, the catalog, and what is wrong with a statement.

mod catalog;
mod compute_pools;
mod health;
mod issues;
mod metrics;
mod place;
mod profile;
mod resources;
mod results;
mod statements;
mod table;
