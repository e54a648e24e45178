//! What can be typed.

use std::path::PathBuf;

use clap::{
    Parser, Subcommand,
    builder::{OsStringValueParser, TypedValueParser},
};

#[cfg(any(feature = "http", feature = "kafka"))]
use super::doctor;
#[cfg(feature = "login")]
use super::login;
use super::{call, completions, init, install, logging, tools, version};
use crate::config::{ConfigFlags, LogLevel};

/// An MCP server for Apache Kafka, Confluent Platform and Confluent Cloud.
///
/// Without a subcommand it serves MCP over standard input and output. The configuration is the file
/// that --config names, else config.yaml in the current folder, else what the environment variables
/// say.
#[derive(Debug, Parser)]
#[command(
    name = "mcp-confluent",
    version,
    long_version = version::facts(),
    max_term_width = 100,
    args_override_self = true,
    after_help = "Examples:\n  \
        mcp-confluent demo                       a conversation with an embedded Kafka broker\n  \
        mcp-confluent init                       write a config.yaml to start from\n  \
        mcp-confluent doctor                     check that everything in it can be reached\n  \
        mcp-confluent install cursor --write     tell an MCP client about it\n  \
        mcp-confluent --config prod.yaml         serve",
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(flatten)]
    pub(super) modes: Modes,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What every subcommand takes.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The configuration file (YAML).
    #[arg(short, long, value_name = "FILE", value_parser = path(), global = true, help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// A file of variables (NAME=value) that win over those of the environment.
    #[arg(short, long, value_name = "FILE", value_parser = path(), global = true, help_heading = "Configuration")]
    pub(super) env_file: Option<PathBuf>,
    /// A properties file for the Kafka client, for a configuration from environment variables.
    #[arg(short, long, value_name = "FILE", value_parser = path(), global = true, help_heading = "Configuration")]
    pub(super) kafka_config_file: Option<PathBuf>,
    /// One connection that signs in to Confluent Cloud in the browser.
    #[arg(long, global = true, help_heading = "Configuration")]
    pub(super) oauth: bool,
    /// Which Confluent Cloud --oauth signs in to.
    #[arg(long, value_name = "NAME", value_parser = ["devel", "stag", "prod"], global = true, help_heading = "Configuration")]
    pub(super) ccloud_env: Option<String>,
    /// An embedded in-memory Kafka broker, schema registry and Confluent Cloud with a little data in
    /// them, instead of a configuration. For trying and testing: what is written is gone when the
    /// process ends.
    #[cfg(feature = "sandbox")]
    #[arg(
        long,
        global = true,
        help_heading = "Configuration",
        conflicts_with_all = ["config", "env_file", "kafka_config_file", "oauth"],
    )]
    pub(super) sandbox: bool,

    /// Only these tools, with commas between them.
    #[arg(long, value_name = "NAMES", global = true, help_heading = "Tools")]
    pub(super) allow_tools: Option<String>,
    /// Not these tools, even if allowed.
    #[arg(long, value_name = "NAMES", global = true, help_heading = "Tools")]
    pub(super) block_tools: Option<String>,
    /// Only the tools in this file, one name a line; --allow-tools wins over it.
    #[arg(long, value_name = "FILE", value_parser = path(), global = true, help_heading = "Tools")]
    pub(super) allow_tools_file: Option<PathBuf>,
    /// Not the tools in this file; --block-tools wins over it.
    #[arg(long, value_name = "FILE", value_parser = path(), global = true, help_heading = "Tools")]
    pub(super) block_tools_file: Option<PathBuf>,

    /// How clients reach the server: stdio, http, with commas between them. Only for a configuration
    /// from environment variables, as the two below: config.yaml is not read then.
    #[arg(short, long, value_name = "NAMES", help_heading = "Serving")]
    pub(super) transport: Option<String>,
    /// Ask HTTP clients for no key.
    #[arg(long, help_heading = "Serving")]
    pub(super) disable_auth: bool,
    /// Host names that HTTP requests may be addressed to, with commas between them.
    #[arg(long, value_name = "NAMES", help_heading = "Serving")]
    pub(super) allowed_hosts: Option<String>,

    /// What is logged to standard error: fatal, error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", global = true, value_parser = logging::parse_level, help_heading = "Logging")]
    pub(super) log_level: Option<LogLevel>,
    /// How it is logged.
    #[arg(
        long,
        value_name = "FORMAT",
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Logging"
    )]
    pub(super) log_format: logging::Format,
}

/// Flags that do one thing and end, as the reference server has them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Print and exit")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub(super) struct Modes {
    /// Print a random key for HTTP clients.
    #[arg(long)]
    pub(super) generate_key: bool,
    /// The same as `init`.
    #[arg(long)]
    pub(super) init_config: bool,
    /// The same as `init --oauth`.
    #[arg(long)]
    pub(super) init_oauth_config: bool,
    /// List every tool there is, whatever the configuration says.
    #[arg(long)]
    pub(super) list_tools: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Play a short conversation with the server against the embedded broker.
    #[cfg(feature = "sandbox")]
    Demo,
    /// Run one tool and print its answer.
    #[command(after_help = "Examples:\n  \
        mcp-confluent --sandbox call list-topics\n  \
        mcp-confluent --sandbox call consume-messages '{\"topics\": [{\"name\": \"hello\"}]}' --json")]
    Call(call::Arguments),
    /// List the tools: which are on, which are off, and why.
    #[command(after_help = "Examples:\n  \
        mcp-confluent tools\n  \
        mcp-confluent --config prod.yaml tools --json")]
    Tools(tools::Arguments),
    #[cfg(any(feature = "http", feature = "kafka"))]
    /// Check that every service of every connection can be reached, signed in to and used.
    ///
    /// Nothing is changed anywhere. The exit code is 0 if all is well, 1 if something is not.
    #[command(after_help = "Examples:\n  \
        mcp-confluent doctor\n  \
        mcp-confluent --config prod.yaml doctor --timeout 20 --json")]
    Doctor(doctor::Arguments),
    #[cfg(feature = "http")]
    /// Ask the HTTP server that the configuration describes whether it is ready.
    ///
    /// For the health check of a container. The exit code is 0 if it is, 1 if not.
    Health,
    #[cfg(feature = "login")]
    /// Sign in to Confluent Cloud for a connection of `type: oauth`, and keep the sign-in for the server.
    ///
    /// The server begins a sign-in by itself when a call needs one. This is for doing it beforehand, for
    /// signing in as somebody else, and for machines without a browser: it takes the address that the
    /// browser of another machine ends at.
    #[command(after_help = "Examples:\n  \
        mcp-confluent login\n  \
        mcp-confluent --config prod.yaml login cloud")]
    Login(login::Arguments),
    #[cfg(feature = "login")]
    /// Forget the sign-in of a connection of `type: oauth`.
    Logout(login::Arguments),
    /// Write a config.yaml to start from, or the file that --config names, and keep it out of git.
    #[command(after_help = "Examples:\n  \
        mcp-confluent init\n  \
        mcp-confluent init --oauth")]
    Init(init::Arguments),
    /// Print the entry that an MCP client needs in its configuration, or write it there.
    #[command(after_help = "Examples:\n  \
        mcp-confluent install claude-desktop\n  \
        mcp-confluent --config prod.yaml install vscode --name kafka-prod --write")]
    Install(install::Arguments),
    /// Print the completions for a shell.
    #[command(after_help = "Examples:\n  \
        mcp-confluent completions bash > ~/.local/share/bash-completion/completions/mcp-confluent\n  \
        mcp-confluent completions zsh > ~/.zfunc/_mcp-confluent\n  \
        mcp-confluent completions fish > ~/.config/fish/completions/mcp-confluent.fish")]
    Completions(completions::Arguments),
}

/// A path that may be empty, which counts as not given.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

impl Cli {
    /// The part that decides where the configuration comes from.
    pub(super) fn config_flags(&self) -> ConfigFlags {
        let Options {
            config,
            env_file,
            kafka_config_file,
            oauth,
            ccloud_env,
            transport,
            disable_auth,
            allowed_hosts,
            ..
        } = &self.options;
        ConfigFlags {
            config: config.clone(),
            env_file: env_file.clone(),
            kafka_config_file: kafka_config_file.clone(),
            transport: transport.clone(),
            disable_auth: *disable_auth,
            allowed_hosts: allowed_hosts.clone(),
            oauth: *oauth,
            ccloud_env: ccloud_env.clone(),
            init_config: self.modes.init_config,
            init_oauth_config: self.modes.init_oauth_config,
        }
    }
}
