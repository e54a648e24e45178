//! Tools about this server itself: what it is connected to, which tools are off, and what to do
//! about it. They read the registry and the gates alone, so a new tool needs no entry here.

mod card;
mod connections;
mod explain;
mod help;
#[cfg(feature = "kafka")]
mod resources;

#[cfg(test)]
mod tests;
