//! The command line: one file per subcommand.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser as _};

mod call;
mod completions;
#[cfg(feature = "sandbox")]
mod demo;
#[cfg(any(feature = "http", feature = "kafka"))]
mod doctor;
#[cfg(unix)]
mod env_file;
#[cfg(feature = "http")]
mod health;
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
mod signals;
mod style;
mod tools;
mod version;

use crate::config::ConfigError;
use lists::Lists;
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
    let words: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => {
            let error = asked_for_help(&words).unwrap_or(error);
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nobody is left to tell if the terminal is gone.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    logging::set_format(cli.options.log_format);
    let (code, message) = match run(&cli) {
        Ok(()) => (0, None),
        Err(Failure::Reported) => (1, None),
        Err(Failure::Run(message)) => (1, Some(message)),
        Err(Failure::Usage(message)) => (2, Some(message)),
    };
    if let Some(message) = message {
        logging::fail(&message);
    }
    ExitCode::from(code)
}

/// The help or the version that these words ask for, whatever else is wrong with them.
fn asked_for_help(words: &[OsString]) -> Option<clap::Error> {
    let (program, words) = words.split_first()?;
    let words = || words.iter().take_while(|word| word.as_os_str() != "--");
    let asked = words().find(|word| {
        let word = word.to_str().unwrap_or_default();
        matches!(word, "-h" | "--help" | "-V" | "--version")
    })?;
    let about_version = matches!(asked.to_str(), Some("-V" | "--version"));
    let command = Cli::command();
    // A subcommand has a help of its own, and no version.
    let subcommand = words().find(|word| !about_version && command.find_subcommand(word).is_some());
    let words = [Some(program), subcommand, Some(asked)];
    Cli::try_parse_from(words.into_iter().flatten()).err()
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let flags = cli.config_flags();
    let wrong = |error: ConfigError| Failure::Usage(error.to_string());
    flags.check().map_err(wrong)?;
    // May start the program anew, so nothing that can be read but once is read before.
    #[cfg(unix)]
    env_file::adopt(&flags);
    let lists = Lists::read(&cli.options)?;
    if !reads_configuration(cli) {
        flags.check_files(Path::new("")).map_err(wrong)?;
    }
    let modes = &cli.modes;
    if modes.generate_key {
        return key::run();
    }
    if modes.init_config || modes.init_oauth_config {
        let arguments = init::Arguments {
            oauth: modes.init_oauth_config,
        };
        return init::run(&cli.options, &arguments);
    }
    if modes.list_tools {
        return tools::catalogue(lists, false);
    }
    match &cli.command {
        #[cfg(feature = "sandbox")]
        Some(Command::Demo) => demo::run(),
        Some(Command::Init(arguments)) => init::run(&cli.options, arguments),
        Some(Command::Completions(arguments)) => completions::run(arguments),
        Some(Command::Install(arguments)) => install::run(&cli.options, &flags, arguments),
        Some(Command::Tools(arguments)) if arguments.all => tools::catalogue(lists, arguments.json),
        _ => on_runtime(cli, lists),
    }
}

/// Whether the files that the flags name are read on the way.
fn reads_configuration(cli: &Cli) -> bool {
    let modes = &cli.modes;
    if modes.generate_key || modes.init_config || modes.init_oauth_config || modes.list_tools {
        return false;
    }
    match &cli.command {
        Some(Command::Init(_) | Command::Completions(_) | Command::Install(_)) => false,
        Some(Command::Tools(arguments)) => !arguments.all,
        #[cfg(feature = "sandbox")]
        Some(Command::Demo) => false,
        _ => true,
    }
}

/// Runs what waits for something.
fn on_runtime(cli: &Cli, lists: Lists) -> Result<(), Failure> {
    // Two threads: one reads and writes the pipe while the other works.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Run(format!("the runtime could not start: {error}")))?;
    let outcome = runtime.block_on(async {
        #[cfg(feature = "http")]
        if matches!(cli.command, Some(Command::Health)) {
            return health::run(cli).await;
        }
        let ready = setup::prepare(cli, lists).await?;
        let outcome = match &cli.command {
            Some(Command::Call(arguments)) => call::run(&ready, arguments).await,
            Some(Command::Tools(arguments)) => tools::run(&ready, arguments),
            #[cfg(any(feature = "http", feature = "kafka"))]
            Some(Command::Doctor(arguments)) => doctor::run(&ready, arguments).await,
            #[cfg(feature = "login")]
            Some(Command::Login(arguments)) => login::sign_in(&ready, arguments).await,
            #[cfg(feature = "login")]
            Some(Command::Logout(arguments)) => login::sign_out(&ready, arguments).await,
            _ => serve::run(&ready).await,
        };
        #[cfg(feature = "otlp")]
        if let Some(export) = ready.export {
            export.finish().await;
        }
        outcome
    });
    // Not waiting for calls into librdkafka that a client left behind.
    runtime.shutdown_background();
    outcome
}

/// Writes something to standard error that a person should know.
fn complain(message: &str) {
    logging::say(message);
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
