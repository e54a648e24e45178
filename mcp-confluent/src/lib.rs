//! An MCP server for Apache Kafka, Confluent Platform and Confluent Cloud, and the framework its
//! tools are written with.

// So that the paths the attribute writes (`::mcp_confluent::…`) also work in this crate.
#[allow(unused_extern_crates, reason = "used by what the attribute writes")]
extern crate self as mcp_confluent;

mod cli;
pub mod client;
#[cfg(feature = "codec")]
pub mod codec;
pub mod config;
#[cfg(feature = "conformance")]
mod conformance;
pub mod connection;
pub mod error;
#[cfg(feature = "http")]
pub mod names;
pub mod observe;
pub mod policy;
#[cfg(feature = "kafka")]
mod prompts;
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

/// Makes an `async fn` a tool.
///
/// A **documented** parameter is an argument: its `///` is what the model reads, its type is the
/// schema. An **undocumented** parameter is injected: [`ToolContext`], a client such as
/// [`Kafka`](tool::clients::Kafka), or any other [`FromContext`] type, by value or by reference.
/// What the tool takes is also its gate: it is listed only for connections that offer all of it,
/// while `Option<Kafka>` is `None` where there is none. The function stays an ordinary function.
///
/// ```
/// use mcp_confluent::prelude::*;
///
/// /// Add two numbers.
/// ///
/// /// Use it when the sum matters.
/// #[confluent_tool(read_only, category = Diagnostics)]
/// async fn add_numbers(
///     /// First number.
///     a: i64,
///     /// Second number.
///     #[arg(default = 1, range = -100..=100)]
///     b: i64,
/// ) -> Result<Sum> {
///     Ok(Sum { sum: a + b })
/// }
///
/// /// A sum.
/// #[confluent_type(text("The sum is {}.", self.sum))]
/// struct Sum {
///     /// The sum.
///     sum: i64,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let answer = mcp_confluent::testing::call("add-numbers", serde_json::json!({"a": 2})).await?;
/// assert_eq!(answer.text, "The sum is 3.");
/// # Ok::<(), ToolError>(()) }).unwrap();
/// ```
///
/// The doc comment is the description the model reads; text below a `# ` heading stays in rustdoc.
///
/// | key | form | meaning |
/// |---|---|---|
/// | `read_only`, `write`, `destructive` | word, exactly one | what the tool does to the cluster |
/// | `category` | `= Kafka` or `= expression` | a variant of [`Category`], or an expression of that type; required |
/// | `idempotent` | word | calling twice changes no more than calling once |
/// | `long_running` | word | exempt from the default deadline |
/// | `confirm` | `= "… {argument} …"` | asked before the body runs; a format string over the arguments |
/// | `reads_when` | `= condition` | over the arguments: such a call only reads, so that the tool is also listed on read-only connections, where its other calls are refused |
/// | `name`, `title` | `= "…"` | instead of the function's name in `kebab-case` and as a sentence; a name that clients know already may have `_` for `-` |
/// | `requires` | `(REQUIREMENT, …)` | a gate that no parameter expresses |
/// | `experimental` | word | listed only when the operator opts in |
///
/// Arguments have their own keys, in `#[arg(…)]`:
///
/// | key | form | meaning |
/// |---|---|---|
/// | `default` | word or `= expression` | the value when it is left out |
/// | `range` | `= 1..=100` | bounds of a number |
/// | `length` | `= 1..=249` | characters of a text, items of a list, entries of a map |
/// | `pattern` | `= "regex"` | regular expression of a text |
/// | `name` | `= "wireName"` | instead of the parameter's name in `camelCase` |
/// | `example` | `= expression` | shown in the schema |
/// | `header` | `= "Name"` | HTTP clients repeat the argument in this header |
/// | `secret` | word | shown in no log and no audit record |
///
/// An `Option` may be left out. Calls may spell each key in `camelCase` or `snake_case`.
pub use mcp_confluent_macros::confluent_tool;

/// Makes an `async fn` a resource: what a client reads at a URI.
///
/// A **documented** parameter is a variable of the URI, a text; each variable must have one, and each
/// one a variable. `{connection}` has none: it routes the read to the connection it names. An
/// **undocumented** parameter is injected and is the gate, as with [`confluent_tool`]. A URI without
/// variables is a resource of its own; one with variables is a template.
///
/// Values in a URI are percent-encoded, all but the unreserved characters of RFC 3986, so that they
/// can hold anything; the function gets them decoded.
///
/// ```
/// use mcp_confluent::prelude::*;
///
/// /// Where a depot is.
/// #[confluent_resource(uri = "acme://depots/{depot}", category = Category::Other("acme"))]
/// async fn depot(
///     /// Name of the depot.
///     #[arg(complete = depots)]
///     depot: String,
/// ) -> Result<Json<Vec<String>>> {
///     Ok(Json(vec![format!("{depot} is in the north")]))
/// }
///
/// async fn depots(_: ToolContext) -> Result<Vec<String>> {
///     Ok(vec!["hamburg".to_owned(), "kiel".to_owned()])
/// }
/// ```
///
/// What a tool can return, a resource can: structured content is read as JSON, prose as plain text.
/// For bytes return [`Blob`](tool::resource::Blob).
///
/// | key | form | meaning |
/// |---|---|---|
/// | `uri` | `= "scheme://{connection}/{variable}"` | where it is; required |
/// | `category` | `= Kafka` or `= expression` | as with tools; required |
/// | `mime_type` | `= "text/markdown"` | instead of that of the result |
/// | `list` | word | `resources/list` shows what the one variable completes to, on each connection |
/// | `like` | `= "tool-name"` | the tool that shows the same: where the operator switched that one off, this is off too |
/// | `name`, `title`, `requires`, `experimental` | | as with tools |
///
/// Variables take the `#[arg(…)]` keys `length`, `pattern`, `name` and `complete`: an
/// `async fn(ToolContext) -> Result<Vec<String>>` that lists what it can be, or an array of texts.
pub use mcp_confluent_macros::confluent_resource;

/// Makes an `async fn` a prompt: what a person begins a conversation with.
///
/// A **documented** parameter is an argument, a `String` or an `Option<String>`; an **undocumented**
/// one is injected and is the gate, as with [`confluent_tool`].
///
/// ```
/// use mcp_confluent::prelude::*;
///
/// /// Find a parcel.
/// #[confluent_prompt(category = Category::Other("acme"))]
/// async fn find_parcel(
///     /// Number of the parcel.
///     #[arg(pattern = "^P-[0-9]+$")]
///     parcel: String,
/// ) -> Result<String> {
///     Ok(format!("Find the parcel {parcel:?} with track-parcel."))
/// }
/// ```
///
/// A text is one message of the user. For several, or for pictures, sounds and resources, return
/// [`Message`](tool::prompt::Message)s.
///
/// | key | form | meaning |
/// |---|---|---|
/// | `category` | `= Kafka` or `= expression` | as with tools; required |
/// | `skill` | word | what it says without arguments is a skill too, for clients that know skills |
/// | `name`, `title`, `requires`, `experimental` | | as with tools |
///
/// Arguments take the `#[arg(…)]` keys `default`, `length`, `pattern`, `name` and `complete`, see
/// [`confluent_resource`].
pub use mcp_confluent_macros::confluent_prompt;

/// Makes a struct or an enum usable in arguments and results of tools.
///
/// Adds `Debug`, `Clone`, serde's traits and a JSON Schema, without serde or schemars among your
/// dependencies. Names are `camelCase` on the wire, unknown keys are refused, and every field and
/// variant must have a doc comment: it goes into the schema. `text("format", values…)`, with
/// `self` in scope, makes a struct a tool's result.
///
/// ```
/// use mcp_confluent::prelude::*;
///
/// /// Where to start reading.
/// #[confluent_type]
/// enum Start {
///     /// At the oldest record: `"earliest"`.
///     Earliest,
///     /// At this offset: `{"offset": 17}`.
///     Offset(#[arg(range = 0..)] i64),
/// }
///
/// /// A topic to make.
/// #[confluent_type(text("{} with {} partitions", self.name, self.partitions))]
/// struct NewTopic {
///     /// Name of the topic.
///     #[arg(length = 1..=249)]
///     name: String,
///     /// Number of partitions.
///     #[arg(default = 3, range = 1..)]
///     partitions: u32,
/// }
/// ```
///
/// Fields take the `#[arg(…)]` keys `default`, `range`, `length`, `pattern`, `name` and `example`;
/// variants take `name`. Attributes of serde work as always, for example
/// `#[serde(rename_all = "UPPERCASE")]` or `#[serde(untagged)]` on an enum.
pub use mcp_confluent_macros::confluent_type;

#[doc(hidden)]
pub use crate::tool::private as __private;

/// What a file of tools needs: `use mcp_confluent::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Category, ErrorKind, FromContext, Requirement, Result, ToolContext, ToolError,
        confluent_prompt, confluent_resource, confluent_tool, confluent_type,
        tool::{
            argument::{ArgSpec, ToolArg},
            ask::Ask,
            clients::{
                Catalog, Cloud, Connect, Docs, Flink, Kafka, SchemaRegistry, Tableflow, Telemetry,
                ids::{CloudCluster, EnvironmentId, FlinkPool},
            },
            content::Content,
            output::{Done, Json, Rendered, Text, ToolOutput},
            page::{Page, Paged},
            progress::Progress,
            prompt::Message,
            resource::Blob,
        },
    };
}
