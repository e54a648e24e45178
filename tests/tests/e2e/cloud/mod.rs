//! The tools on Confluent Cloud, with the sandbox cloud.

mod catalog;
mod connect;
mod flink;
mod metrics;
mod proxy;
mod resources;
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
        flink::plans(),
        metrics::plans(),
        resources::plans(),
        tableflow::plans(),
    ]
    .concat()
}
