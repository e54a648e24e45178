//! What the official conformance suite (`@modelcontextprotocol/conformance`) calls: tools, resources and
//! prompts that exist for it alone, in builds with the feature `conformance`. Their names and results are the suite's.

mod client;
mod content;
mod messages;
mod parameters;
mod resources;
mod rounds;
mod sessions;
mod tasks;

pub(crate) use client::Seen;
pub(crate) use messages::set_level;
pub(crate) use parameters::schema_of;

use crate::Category;

/// The category of the suite's tools.
const CATEGORY: Category = Category::Other("conformance");
