//! Flink SQL.

mod compute_pools;
