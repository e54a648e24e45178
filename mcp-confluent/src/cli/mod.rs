//! The command line: one file per subcommand.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;

mod call;
mod completions;
#[cfg(feature = "sandbox")]
mod demo;
#[cfg(any(feature = "http", feature = "kafka"))]
mod doctor;
mod init;
mod install;
mod key;
mod lists;
mod logging;
#[cfg(feature = "login")]
mod login;
mod options;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod setup;
mod style;
mod tools;
mod version;

use options::{Cli, Command};

/// Why the program ends otherwise than well.
#[derive(Debug)]
enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// Something failed while running: exit code 1.
    Run(String),
    /// What failed has been printed: exit code 1.
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
    let code = match run(&cli) {
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

fn run(cli: &Cli) -> Result<(), Failure> {
    cli.config_flags()
        .check()
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let modes = &cli.modes;
    if modes.generate_key {
        return key::run();
    }
    if modes.init_config || modes.init_oauth_config {
        return init::run(&init::Arguments {
            oauth: modes.init_oauth_config,
        });
    }
    if modes.list_tools {
        return tools::catalogue(&cli.options, false);
    }
    match &cli.command {
        #[cfg(feature = "sandbox")]
        Some(Command::Demo) => demo::run(),
        Some(Command::Init(arguments)) => init::run(arguments),
        Some(Command::Completions(arguments)) => completions::run(arguments),
        Some(Command::Install(arguments)) => install::run(&cli.options, arguments),
        Some(Command::Tools(arguments)) if arguments.all => {
            tools::catalogue(&cli.options, arguments.json)
        }
        _ => on_runtime(cli),
    }
}

/// Runs what waits for something.
fn on_runtime(cli: &Cli) -> Result<(), Failure> {
    // Two threads: one reads and writes the pipe while the other works.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Run(format!("the runtime could not start: {error}")))?;
    let outcome = runtime.block_on(async {
        let ready = setup::prepare(cli).await?;
        match &cli.command {
            Some(Command::Call(arguments)) => call::run(&ready, arguments).await,
            Some(Command::Tools(arguments)) => tools::run(&ready, arguments),
            #[cfg(any(feature = "http", feature = "kafka"))]
            Some(Command::Doctor(arguments)) => doctor::run(&ready, arguments).await,
            #[cfg(feature = "login")]
            Some(Command::Login(arguments)) => login::sign_in(&ready, arguments).await,
            #[cfg(feature = "login")]
            Some(Command::Logout(arguments)) => login::sign_out(&ready, arguments).await,
            _ => serve::run(&ready).await,
        }
    });
    // Not waiting for calls into librdkafka that a client left behind.
    runtime.shutdown_background();
    outcome
}

/// Writes a line to standard error.
fn complain(message: &str) {
    // A closed standard error is no reason to panic.
    let _ = writeln!(io::stderr(), "mcp-confluent: {message}");
}

/// Writes to standard output; a reader that has seen enough is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Run(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}
