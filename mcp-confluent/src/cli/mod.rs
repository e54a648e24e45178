//! The command line: one file per subcommand.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

mod call;
#[cfg(feature = "sandbox")]
mod demo;
mod logging;
mod serve;
mod setup;
mod tools;

/// An MCP server for Apache Kafka, Confluent Platform and Confluent Cloud.
///
/// Without a subcommand it serves MCP over standard input and output.
#[derive(Debug, Parser)]
#[command(name = "mcp-confluent", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every subcommand takes.
#[derive(Debug, clap::Args)]
struct Options {
    /// The configuration file (YAML). Without it, `config.yaml` of this folder is used if there is one.
    #[arg(short, long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Work on an embedded in-memory Kafka broker with a little data in it. For trying and testing:
    /// what is written is gone when the process ends.
    #[cfg(feature = "sandbox")]
    #[arg(long, global = true, conflicts_with = "config")]
    sandbox: bool,
    /// What is logged to standard error: fatal, error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", global = true, value_parser = logging::parse_level)]
    log_level: Option<crate::config::LogLevel>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a short conversation with the server against the embedded broker.
    #[cfg(feature = "sandbox")]
    Demo,
    /// Run one tool and print its answer.
    #[command(after_help = "Examples:\n  \
        mcp-confluent --sandbox call list-topics\n  \
        mcp-confluent --sandbox call consume-messages '{\"topics\": [{\"name\": \"hello\"}]}' --json")]
    Call(call::Arguments),
    /// List the tools: which are on, which are off, and why.
    Tools,
}

/// Why the program ends otherwise than well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// Something failed while running: exit code 1.
    Run(String),
    /// A tool answered with an error, which has been printed: exit code 1.
    Reported,
}

/// The whole program: reads the command line, runs the subcommand, gives the exit code.
///
/// A binary that links more tools calls this too:
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     mcp_confluent::main()
/// }
/// ```
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nobody is left to tell if the terminal is gone.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let code = match run(cli) {
        Ok(()) => 0,
        Err(Failure::Reported) => 1,
        Err(Failure::Run(message)) => {
            complain(&message);
            1
        }
        Err(Failure::Usage(message)) => {
            complain(&message);
            2
        }
    };
    ExitCode::from(code)
}

fn complain(message: &str) {
    // A closed standard error is no reason to panic.
    let _ = writeln!(std::io::stderr(), "mcp-confluent: {message}");
}

fn run(cli: Cli) -> Result<(), Failure> {
    logging::start(cli.options.log_level);
    #[cfg(feature = "sandbox")]
    if matches!(cli.command, Some(Command::Demo)) {
        return demo::run();
    }
    // Two threads: one reads and writes the pipe while the other works.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Run(format!("the runtime could not start: {error}")))?;
    let outcome = runtime.block_on(async {
        let ready = setup::prepare(&cli.options).await?;
        match cli.command {
            None => serve::run(ready).await,
            Some(Command::Call(arguments)) => call::run(ready, arguments).await,
            Some(Command::Tools) => tools::run(&ready),
            #[cfg(feature = "sandbox")]
            Some(Command::Demo) => Ok(()),
        }
    });
    // Not waiting for calls into librdkafka that a client left behind.
    runtime.shutdown_background();
    outcome
}
