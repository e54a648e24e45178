//! The tools of `mcp-confluent` and those of Acme, in one server.
#![forbid(unsafe_code)]

mcp_confluent::link!(acme_tools);

fn main() -> std::process::ExitCode {
    mcp_confluent::main()
}
