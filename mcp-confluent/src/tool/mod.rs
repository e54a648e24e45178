//! What tools, resources and prompts are: description, arguments, injection, output, errors, registry,
//! the call pipeline.

pub mod argument;
pub mod ask;
pub(crate) mod bound;
pub(crate) mod call;
pub mod category;
pub mod check;
pub mod clients;
pub(crate) mod complete;
pub mod content;
pub mod context;
pub mod effect;
pub(crate) mod failure;
pub mod gates;
pub mod inject;
pub(crate) mod keyword;
pub mod meta;
mod not_done;
pub mod output;
pub mod page;
#[doc(hidden)]
pub mod private;
pub mod progress;
pub mod prompt;
pub mod registry;
pub mod requirement;
pub mod resource;
mod schema;
#[cfg(feature = "login")]
mod sign_in;
pub(crate) mod suggest;
pub mod toolbox;
pub(crate) mod wording;
