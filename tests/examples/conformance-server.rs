//! The server with what the official conformance suite calls; see `tests/clients/conformance/run`.

fn main() -> std::process::ExitCode {
    mcp_confluent::main()
}
