//! A tool whose name another crate has taken already; `tests/defined_twice.rs` builds it with
//! `--cfg defined_twice` and expects the linker to refuse it.
#![allow(unexpected_cfgs, reason = "set by the test alone")]

mcp_confluent::link!(acme_tools);

#[cfg(defined_twice)]
mod twice {
    use mcp_confluent::prelude::*;

    /// Find out where a parcel is, another time.
    #[confluent_tool(read_only, category = Diagnostics)]
    async fn track_parcel() -> Result<Done> {
        Ok(Done)
    }
}

fn main() {
    mcp_confluent::testing::check_tools();
}
