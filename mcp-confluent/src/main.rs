//! The `mcp-confluent` binary: the library's command line with the library's tools.

fn main() -> std::process::ExitCode {
    mcp_confluent::main()
}
