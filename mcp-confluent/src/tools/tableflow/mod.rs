//! Tableflow: topics as tables of a data lake, and the catalogs that know of them.

mod integrations;
mod integrations_write;
mod shared;
mod topics;
mod topics_write;
