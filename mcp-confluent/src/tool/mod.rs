//! What a tool is: description, arguments, injection, output, errors, registry, the call pipeline.

pub mod argument;
pub mod ask;
pub(crate) mod bound;
pub(crate) mod call;
pub mod category;
pub mod check;
pub mod clients;
pub mod context;
pub mod effect;
pub mod gates;
pub mod inject;
pub(crate) mod keyword;
pub mod meta;
pub mod output;
pub mod page;
#[doc(hidden)]
pub mod private;
pub mod progress;
pub mod registry;
pub mod requirement;
mod schema;
pub(crate) mod suggest;
pub mod toolbox;
mod wording;
