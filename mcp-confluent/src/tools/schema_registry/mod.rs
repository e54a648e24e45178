//! Schema registry: subjects, schemas, compatibility, contexts.

mod compatibility;
mod contexts;
mod diff;
mod difference;
mod earlier;
mod list;
mod read;
mod resources;
pub(in crate::tools) mod shared;
mod write;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
