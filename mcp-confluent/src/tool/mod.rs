//! What a tool is: description, arguments, injection, output, errors, registry, the call pipeline.

pub mod category;
pub mod context;
pub mod effect;
pub mod gates;
pub mod requirement;
pub mod argument;
pub mod check;
pub mod inject;
pub mod meta;
pub mod output;
pub mod page;
pub mod registry;
pub(crate) mod keyword;
mod schema;
mod suggest;
mod wording;
#[doc(hidden)]
pub mod private;
pub mod ask;
pub(crate) mod bound;
pub(crate) mod call;
pub mod progress;
pub mod toolbox;
pub mod clients;
