//! From the options to a toolbox: configuration, sandbox, registry, logging.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::time::timeout;

#[cfg(feature = "otlp")]
use super::options::Command;
#[cfg(feature = "sandbox")]
use super::sandbox;
use super::{
    Failure,
    lists::{Lists, no_pattern},
    logging,
    options::Cli,
};
#[cfg(feature = "otlp")]
use crate::observe::Export;
use crate::{
    config::{
        Config, ConfigError, ConfigFlags, ConfigSource, DEFAULT_FILE, Environment, Transport,
    },
    policy::audit::Audit,
    tool::{registry::Registry, suggest::nearest, toolbox::Toolbox},
};

/// How long the end waits for calls that are changing something.
const SETTLING: Duration = Duration::from_secs(5);

/// What a subcommand works with.
pub(super) struct Ready {
    pub(super) toolbox: Arc<Toolbox>,
    /// Traces and metrics on their way to a collector.
    #[cfg(feature = "otlp")]
    pub(super) export: Option<Export>,
    /// Ends when dropped.
    #[cfg(feature = "sandbox")]
    _sandbox: Option<sandbox::Services>,
}

impl Ready {
    /// Waits a while for calls that are changing something, so that the process does not end in the
    /// middle of it.
    pub(super) async fn settle(&self) {
        if timeout(SETTLING, self.toolbox.settled()).await.is_err() {
            tracing::warn!("ended although a call was still changing something");
        }
    }
}

pub(super) async fn prepare(cli: &Cli, lists: Lists) -> Result<Ready, Failure> {
    let registry =
        Registry::collect().map_err(|duplicates| Failure::Usage(duplicates.to_string()))?;
    let (filter, mut notices) = lists.filter(&registry)?;
    #[cfg(feature = "sandbox")]
    if cli.options.sandbox {
        let of_server = beside_the_sandbox(cli)?;
        let services = sandbox::Services::start().await?;
        notices.push(services.notice());
        notices.extend(warnings(&of_server));
        let mut config = services.config();
        config.server = of_server.server;
        config.otlp = of_server.otlp;
        if cli.command.is_none() {
            check_transports(&config)?;
        }
        #[cfg(feature = "otlp")]
        let export = begin_export(cli, &config)?;
        logging::start(
            cli.options.log_level,
            cli.options.log_format,
            &notices,
            #[cfg(feature = "otlp")]
            export.as_ref(),
        );
        let toolbox = Arc::new(Toolbox::new(registry, config, filter));
        return Ok(Ready {
            toolbox,
            #[cfg(feature = "otlp")]
            export,
            _sandbox: Some(services),
        });
    }
    let mut environment = Environment::of_process();
    let config = cli
        .config_flags()
        .load(Path::new(""), &mut environment)
        .map_err(|error| Failure::Usage(report(&error)))?;
    notices.extend(warnings(&config));
    let unread = unread_file(&config, &cli.config_flags());
    notices.extend(said_about(&config, unread.as_deref()));
    notices.extend(unknown_names(&config, &registry));
    if cli.command.is_none() {
        check_transports(&config).map_err(|failure| match (failure, &unread) {
            (Failure::Usage(reason), Some(unread)) => Failure::Usage(format!("{reason}\n{unread}")),
            (failure, _) => failure,
        })?;
        check_audit_file(&config)?;
    }
    #[cfg(feature = "otlp")]
    let export = begin_export(cli, &config)?;
    let level = cli.options.log_level.or(config.server.log_level);
    logging::start(
        level,
        cli.options.log_format,
        &notices,
        #[cfg(feature = "otlp")]
        export.as_ref(),
    );
    Ok(Ready {
        toolbox: Arc::new(Toolbox::new(registry, config, filter)),
        #[cfg(feature = "otlp")]
        export,
        #[cfg(feature = "sandbox")]
        _sandbox: None,
    })
}

fn warnings(config: &Config) -> impl Iterator<Item = String> {
    let warnings = config.warnings().iter();
    warnings.map(|warning| format!("warning: {warning}"))
}

/// Begins to send traces and metrics, where there are any and somebody gets them.
#[cfg(feature = "otlp")]
fn begin_export(cli: &Cli, config: &Config) -> Result<Option<Export>, Failure> {
    if !matches!(cli.command, None | Some(Command::Call(_))) {
        return Ok(None);
    }
    Export::begin(&config.otlp).map_err(|error| {
        let place = config.place_of(&["otlp", "endpoint"]);
        let place = place.map(|place| format!("{place}: "));
        Failure::Usage(format!("{}{error}", place.unwrap_or_default()))
    })
}

/// What concerns the server and no connection: the sandbox brings its own.
#[cfg(feature = "sandbox")]
fn beside_the_sandbox(cli: &Cli) -> Result<Config, Failure> {
    cli.config_flags()
        .load_server(&Environment::of_process())
        .map_err(|error| Failure::Usage(report(&error)))
}

/// What the configuration says about serving; nothing else is looked at.
#[cfg(feature = "http")]
pub(super) fn server(cli: &Cli) -> Result<crate::config::ServerConfig, Failure> {
    #[cfg(feature = "sandbox")]
    if cli.options.sandbox {
        return beside_the_sandbox(cli).map(|config| config.server);
    }
    cli.config_flags()
        .load(Path::new(""), &mut Environment::of_process())
        .map(|config| config.server)
        .map_err(|error| Failure::Usage(report(&error)))
}

fn report(error: &ConfigError) -> String {
    let warnings = error.warnings().iter();
    let lines = [error.to_string()]
        .into_iter()
        .chain(warnings.map(|it| format!("warning: {it}")));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a person should know about where the configuration came from and what is in it.
fn said_about(config: &Config, unread: Option<&str>) -> Vec<String> {
    let mut notices = Vec::new();
    match config.source() {
        ConfigSource::FoundFile(path) => notices.push(format!("using {}", path.display())),
        ConfigSource::Environment if reaches_nothing(config) => notices.push(
            unread
                .unwrap_or(
                    "nothing is configured: `mcp-confluent init` writes a config.yaml to start from, --config \
                     names another file, and --sandbox is an embedded Kafka and cloud to try things with",
                )
                .to_owned(),
        ),
        _ => {}
    }
    if !cfg!(feature = "otlp") && config.otlp.endpoint.is_some() {
        notices.push(
            "warning: this build sends no traces and metrics: it lacks the feature `otlp`"
                .to_owned(),
        );
    }
    for connection in &config.connections {
        if connection.services().is_none() && connection.sign_in().is_none() {
            notices.push(format!(
                "warning: the connection `{}` signs in with OAuth, which this build cannot do: its tools are \
                 off",
                connection.id.escape_debug()
            ));
        }
    }
    notices
}

/// What to say where nothing is configured although there is a file, because flags go before it.
fn unread_file(config: &Config, flags: &ConfigFlags) -> Option<String> {
    if *config.source() != ConfigSource::Environment || !reaches_nothing(config) {
        return None;
    }
    let (flags, keys): (Vec<_>, Vec<_>) = flags.in_front_of_file(Path::new("")).into_iter().unzip();
    (!flags.is_empty()).then(|| {
        format!(
            "warning: nothing is configured: {DEFAULT_FILE} is not read, because of {flags}\n    \
             That is for a configuration from environment variables. To use the file, leave {flags} out \
             and write `{}` there.",
            keys.join("` and `"),
            flags = flags.join(" and "),
        )
    })
}

/// Names of tools and categories in the file that mean nothing, so that what they should do is not
/// done.
fn unknown_names(config: &Config, registry: &Registry) -> Vec<String> {
    let mut notices = Vec::new();
    let mut say = |path: &[&str], what: &str, name: &str, meant: Option<&str>| {
        let place = config.place_of(path).map(|place| format!("{place}: "));
        let name: String = name.chars().take(80).flat_map(char::escape_debug).collect();
        let meant = meant.map(|near| format!("; did you mean `{near}`?"));
        notices.push(format!(
            "warning: {}{}: there is no {what} `{name}`{}",
            place.unwrap_or_default(),
            path.join("."),
            meant
                .or_else(|| no_pattern(&name).map(str::to_owned))
                .unwrap_or_default()
        ));
    };
    for connection in &config.connections {
        for (key, names) in [
            ("allow_tools", &connection.allow_tools),
            ("block_tools", &connection.block_tools),
        ] {
            for name in names.iter().filter(|name| registry.get(name).is_none()) {
                let path = ["connections", &connection.id, key];
                say(&path, "tool", name, registry.nearest(name));
            }
        }
    }
    let known = || registry.iter().map(|entry| entry.meta().category.as_str());
    let tools = &config.tools;
    for (key, names) in [("enable", &tools.enable), ("disable", &tools.disable)] {
        for name in names.iter().filter(|name| !known().any(|it| it == *name)) {
            say(&["tools", key], "category", name, nearest(name, known()));
        }
    }
    notices
}

/// Whether no connection names any service.
fn reaches_nothing(config: &Config) -> bool {
    config.connections.iter().all(|connection| {
        connection.services().is_some_and(|services| {
            services.kafka.is_none()
                && services.schema_registry.is_none()
                && services.confluent_cloud.is_none()
                && services.tableflow.is_none()
                && services.telemetry.is_none()
                && services.flink.is_none()
        })
    })
}

/// Whether the transports can be served as they are configured.
fn check_transports(config: &Config) -> Result<(), Failure> {
    let at = |path: &[&str]| {
        let place = config.place_of(path).map(|place| format!("{place}: "));
        place.unwrap_or_default()
    };
    let transports = &config.server.transports;
    if transports.contains(&Transport::Sse) {
        return Err(Failure::Usage(format!(
            "{}the HTTP+SSE transport (`sse`) is deprecated and not served\n    Write `http`: clients of \
             today speak Streamable HTTP.",
            at(&["server", "transports"])
        )));
    }
    if !transports.contains(&Transport::Http) {
        return Ok(());
    }
    #[cfg(feature = "http")]
    let refusal = crate::server::http::refusal(&config.server).map(|it| (it.key, it.reason));
    #[cfg(not(feature = "http"))]
    let refusal = Some((
        vec!["server", "transports"],
        "this build serves standard input and output only".to_owned(),
    ));
    if let Some((key, reason)) = refusal {
        return Err(Failure::Usage(format!("{}{reason}", at(&key))));
    }
    #[cfg(feature = "http")]
    if let Err(unusable) = crate::server::http::check_certificate(&config.server) {
        let place = at(&["server", "http", "tls", unusable.key]);
        return Err(Failure::Usage(format!("{place}{unusable}")));
    }
    Ok(())
}

/// An audit file that cannot be written is better known before the first call.
fn check_audit_file(config: &Config) -> Result<(), Failure> {
    let Some(path) = &config.safety.audit_file else {
        return Ok(());
    };
    let wrong = |what: &str| {
        let place = config
            .place_of(&["safety", "audit_file"])
            .map(|place| format!("{place}: "));
        Failure::Usage(format!(
            "{}the audit file {} {what}",
            place.unwrap_or_default(),
            path.display()
        ))
    };
    if config.server.transports.contains(&Transport::Stdio) && is_standard_output(path) {
        return Err(wrong(
            "is standard output, which carries the protocol: name a file",
        ));
    }
    Audit::new(path.clone())
        .check()
        .map_err(|error| wrong(&format!("cannot be written: {error}")))
}

/// Whether what is written to `path` goes where standard output goes, by whatever name.
#[cfg(unix)]
fn is_standard_output(path: &Path) -> bool {
    use std::{fs::metadata, os::unix::fs::MetadataExt as _};

    let of = |path: &Path| metadata(path).map(|it| (it.dev(), it.ino())).ok();
    let output = of(Path::new("/dev/stdout"));
    output.is_some() && of(path) == output
}

#[cfg(not(unix))]
fn is_standard_output(_: &Path) -> bool {
    false
}
