//! The cases of every tool, with the sandbox cloud.

mod catalog;
mod connect;
mod docs;
mod flink;
mod kafka;
mod metrics;
mod proxy;
mod resources;
mod schema_registry;
mod server;
mod tableflow;

use mcp_confluent_tests::Plan;

/// Makes a test of each plan, and `plans()`, their list for the document of the coverage.
macro_rules! plays {
    ($($name:ident: $plan:expr;)*) => {
        mod plays {
            use super::*;

            $(
                #[tokio::test]
                async fn $name() {
                    $plan.play().await;
                }
            )*
        }

        /// The plans that tests of this file play.
        pub(super) fn plans() -> Vec<mcp_confluent_tests::Plan> {
            vec![$($plan),*]
        }
    };
}
pub(crate) use plays;

/// Every plan there is.
pub(crate) fn plans() -> Vec<Plan> {
    [
        catalog::plans(),
        connect::plans(),
        docs::plans(),
        flink::plans(),
        kafka::plans(),
        metrics::plans(),
        resources::plans(),
        schema_registry::plans(),
        server::plans(),
        tableflow::plans(),
    ]
    .concat()
}
