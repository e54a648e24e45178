//! An MCP server for Apache Kafka, Confluent Platform and Confluent Cloud, and the framework its
//! tools are written with.

// So that the paths the attribute writes (`::mcp_confluent::…`) also work in this crate.
#[allow(unused_extern_crates, reason = "used by what the attribute writes")]
extern crate self as mcp_confluent;

mod cli;
#[cfg(feature = "kafka")]
pub mod client;
pub mod config;
pub mod connection;
pub mod error;
pub mod policy;
pub mod server;
pub mod testing;
pub mod tool;
mod tools;

pub use crate::{
    cli::main,
    error::{ErrorKind, Result, ToolError},
    tool::{
        category::Category, context::ToolContext, effect::Effect, inject::FromContext,
        requirement::Requirement,
    },
};
pub use mcp_confluent_macros::{confluent_tool, confluent_type};

#[doc(hidden)]
pub use crate::tool::private as __private;

/// What a file of tools needs: `use mcp_confluent::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Category, ErrorKind, FromContext, Requirement, Result, ToolContext, ToolError,
        confluent_tool, confluent_type,
        tool::{
            argument::{ArgSpec, ToolArg},
            ask::Ask,
            clients::Kafka,
            output::{Done, Json, Rendered, Text, ToolOutput},
            page::{Page, Paged},
            progress::Progress,
        },
    };
}
