//! Stream Catalog: tags, and the topics that have them.

mod outcome;
mod search;
mod tags;
mod topics;
