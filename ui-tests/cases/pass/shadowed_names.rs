#![allow(dead_code, unused_imports, unused_macros)]

mod names {
    pub struct Option;
    pub struct Some;
    pub struct Result;
    pub struct Ok;
    pub struct Err;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Args;
    pub struct Tool;
    pub struct Meta;
    pub struct Entry;
    pub trait Send {}
    pub trait Default {}
    pub trait Clone {}
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod serde {}
    pub mod schemars {}
    pub mod mcp_confluent {}
}

use ::mcp_confluent::{ToolError, confluent_tool, tool::output::Done};
use names::*;

macro_rules! format { () => {} }
macro_rules! env { () => {} }

mod types {
    // Not `Some`, `Ok` and `Err`, which the derives of schemars expect to be themselves.
    use super::names::{Args, Box, Clone, Default, Option, Result, Send, String, Vec};

    /// A change.
    #[::mcp_confluent::confluent_type(text("{}", self.topic))]
    pub(crate) struct Change {
        /// Topic.
        topic: ::std::string::String,
        /// Partitions.
        #[arg(default = 3, range = 1..)]
        partitions: u32,
    }
}

/// Apply a change.
#[confluent_tool(write, category = Kafka, confirm = "Change {topic:?}?")]
async fn change(
    /// Topic.
    #[arg(length = 1..)]
    topic: ::std::string::String,
    /// Changes.
    changes: ::std::vec::Vec<types::Change>,
    /// Limit.
    #[arg(default)]
    limit: ::core::option::Option<u32>,
) -> ::core::result::Result<Done, ToolError> {
    let _ = (topic, changes, limit);
    ::core::result::Result::Ok(Done)
}

fn main() {
    ::mcp_confluent::testing::check_tools();
}
