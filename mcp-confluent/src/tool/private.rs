//! What the attributes write into other crates. Not for use by hand: it changes with any release.

use rmcp::model::JsonObject;
use serde::{Deserialize, Deserializer, de::Error};

pub use inventory;
pub use schemars;
pub use serde;

pub use crate::tool::{
    argument::{
        Arg, Arguments, Properties, ToolArg, apply, example, header, length, may_be_left_out,
        needs_no_connection, pattern, range, secret, unclaimed,
    },
    category::Category,
    check::Problem,
    context::ToolContext,
    effect::Effect,
    inject::Inject,
    meta::Meta,
    output::{Prose, Rendered, ToolOutput, ToolReturn, render},
    prompt::{Prompt, PromptEntry},
    registry::{Called, Entry, Linked, Tool},
    resource::{Resource, ResourceEntry},
    schema::{arguments, output},
};
pub use rmcp::model::JsonObject as Object;

/// Reads an argument struct from data, reporting every problem in one error.
pub fn deserialize<'de, A: Arguments, D: Deserializer<'de>>(from: D) -> Result<A, D::Error> {
    let mut arguments = JsonObject::deserialize(from)?;
    let mut problems = Vec::new();
    A::take(&mut arguments, &mut problems).ok_or_else(|| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        D::Error::custom(problems.join("; "))
    })
}

/// Makes an argument struct readable from data and describable, by handing over to the library.
#[doc(hidden)]
#[macro_export]
macro_rules! __arguments {
    ($arguments:ident) => {
        impl<'de> $crate::__private::serde::Deserialize<'de> for $arguments {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                from: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize(from)
            }
        }
        impl $crate::__private::schemars::JsonSchema for $arguments {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                "Arguments".into()
            }
            fn json_schema(
                generator: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::arguments::<Self>(generator)
            }
        }
    };
}

/// Keeps a symbol that is named after a tool, a prompt or the URI of a resource, so that one given
/// twice fails the build.
#[cfg(feature = "unique-tool-names")]
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($symbol:item) => {
        $symbol
    };
}

/// Without the feature `unique-tool-names`, a name given twice is found when the program starts.
#[cfg(not(feature = "unique-tool-names"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($symbol:item) => {};
}

/// Links crates that bring tools, resources or prompts, and checks when the program starts that each
/// brought one.
///
/// A crate that is only listed in `Cargo.toml` is not linked, and its tools would be silently
/// absent.
///
/// ```ignore
/// mcp_confluent::link!(acme_tools);
///
/// fn main() -> std::process::ExitCode {
///     mcp_confluent::main()
/// }
/// ```
#[macro_export]
macro_rules! link {
    ($($package:ident),+ $(,)?) => {$(
        use $package as _;
        $crate::__private::inventory::submit! {
            $crate::__private::Linked::new(::core::stringify!($package))
        }
    )+};
}
