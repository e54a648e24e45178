//! The clients a tool can be given, and what each asks of a connection.
//!
//! One file per client. A client of a service that is reached over HTTP is declared with
//! `http_client!`; which resource a call is about is a parameter of its own, see [`ids`].

pub mod ids;
pub mod needs;

mod catalog;
mod cloud;
mod connect;
mod docs;
mod flink;
mod kafka;
mod schema_registry;
#[cfg(feature = "login")]
mod signed_in;
mod tableflow;
mod telemetry;
#[cfg(feature = "kafka")]
mod topic_configs;

#[cfg(feature = "kafka")]
pub(crate) use self::kafka::settings;
#[cfg(feature = "login")]
pub(crate) use self::signed_in::{login, resources};
#[cfg(feature = "kafka")]
pub use self::topic_configs::TopicConfigs;
pub use self::{
    catalog::Catalog, cloud::Cloud, connect::Connect, docs::Docs, flink::Flink, kafka::Kafka,
    schema_registry::SchemaRegistry, tableflow::Tableflow, telemetry::Telemetry,
};

/// Declares the client of a service that is reached over HTTP: a type that tools are given, with
/// `client()` and `call()`, and its gate.
///
/// ```ignore
/// http_client! {
///     /// The weather of Acme.
///     ///
///     /// Calls end at the deadline of the tool call and when the client gives up.
///     Weather(crate::client::weather::WeatherClient) {
///         requires: &[needs::WEATHER],
///         arguments: &[],
///         open: |connection| WeatherClient::new(/* from connection.config() */),
///         signed_in: signed_in::weather,
///     }
/// }
/// ```
///
/// `arguments` are those that the type reads itself; `open` must not touch files or the network.
/// `signed_in` makes the client of a connection that signs in.
/// Without the feature `http`, the type is there and cannot be made, so that tools of other crates
/// build all the same.
macro_rules! http_client {
    (
        $(#[$doc:meta])*
        $name:ident($client:path) {
            requires: $requires:expr,
            arguments: $arguments:expr,
            open: $open:expr,
            signed_in: $signed_in:path,
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            #[cfg(feature = "http")]
            client: ::std::sync::Arc<$client>,
            #[cfg(feature = "http")]
            call: crate::client::http::Call,
        }

        #[cfg(feature = "http")]
        impl $name {
            /// The client that every call on this connection shares.
            pub fn client(&self) -> &$client {
                &self.client
            }

            /// The deadline and the cancellation of this call; every method of the client takes it.
            pub fn call(&self) -> &crate::client::http::Call {
                &self.call
            }
        }

        #[diagnostic::do_not_recommend]
        impl crate::tool::inject::FromContext for $name {
            const REQUIRES: &'static [crate::tool::requirement::Requirement] = $requires;
            const ARGUMENTS: &'static [crate::tool::argument::ArgSpec] = $arguments;

            #[cfg(feature = "http")]
            async fn from_context(
                cx: &crate::tool::context::ToolContext,
            ) -> crate::error::Result<Self> {
                let connection = cx.connection()?;
                #[cfg(feature = "login")]
                if connection.config().sign_in().is_some() {
                    return Ok(Self {
                        client: $signed_in(cx).await?,
                        call: cx.call(),
                    });
                }
                Ok(Self {
                    client: connection.client::<$client>($open)?,
                    call: cx.call(),
                })
            }

            #[cfg(not(feature = "http"))]
            async fn from_context(
                _cx: &crate::tool::context::ToolContext,
            ) -> crate::error::Result<Self> {
                Err(crate::tool::clients::built_without_http())
            }
        }
    };
}
use http_client;

#[cfg(not(feature = "http"))]
fn built_without_http() -> crate::error::ToolError {
    crate::error::ToolError::new(
        crate::error::ErrorKind::Unsupported,
        "this program was built without HTTP clients",
    )
    .hint("build it with the feature `http`")
}

/// The block of the configuration that a requirement was checked for.
#[cfg(any(feature = "http", feature = "kafka"))]
fn block<T>(
    found: Option<T>,
    need: &crate::tool::requirement::Requirement,
) -> crate::error::Result<T> {
    found.ok_or_else(|| crate::error::ToolError::internal(need.reason()))
}
