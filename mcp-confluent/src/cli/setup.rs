//! From the options to a toolbox: configuration, sandbox, registry, logging.

use std::{path::Path, sync::Arc};

#[cfg(feature = "sandbox")]
use super::sandbox;
use super::{Failure, lists, logging, options::Cli};
use crate::{
    config::{Config, ConfigError, ConfigSource, ConnectionKind, Environment, Transport},
    policy::audit::Audit,
    tool::{registry::Registry, toolbox::Toolbox},
};

/// What a subcommand works with.
pub(super) struct Ready {
    pub(super) toolbox: Arc<Toolbox>,
    /// Ends when dropped.
    #[cfg(feature = "sandbox")]
    _sandbox: Option<sandbox::Services>,
}

pub(super) async fn prepare(cli: &Cli) -> Result<Ready, Failure> {
    let registry =
        Registry::collect().map_err(|duplicates| Failure::Usage(duplicates.to_string()))?;
    let (filter, mut notices) = lists::filter(&cli.options, &registry)?;
    #[cfg(feature = "sandbox")]
    if cli.options.sandbox {
        let services = sandbox::Services::start().await?;
        notices.push(services.notice());
        let config = services.config();
        logging::start(cli.options.log_level, cli.options.log_format, &notices);
        let toolbox = Arc::new(Toolbox::new(registry, config, filter));
        return Ok(Ready {
            toolbox,
            _sandbox: Some(services),
        });
    }
    let mut environment = Environment::of_process();
    let config = cli
        .config_flags()
        .load(Path::new(""), &mut environment)
        .map_err(|error| Failure::Usage(report(&error)))?;
    notices.extend(
        config
            .warnings()
            .iter()
            .map(|warning| format!("warning: {warning}")),
    );
    notices.extend(said_about(&config));
    if cli.command.is_none() {
        notices.extend(check_transports(&config)?);
        check_audit_file(&config)?;
    }
    let level = cli.options.log_level.or(config.server.log_level);
    logging::start(level, cli.options.log_format, &notices);
    Ok(Ready {
        toolbox: Arc::new(Toolbox::new(registry, config, filter)),
        #[cfg(feature = "sandbox")]
        _sandbox: None,
    })
}

fn report(error: &ConfigError) -> String {
    let warnings = error.warnings().iter();
    let lines = [error.to_string()]
        .into_iter()
        .chain(warnings.map(|it| format!("warning: {it}")));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a person should know about where the configuration came from and what is in it.
fn said_about(config: &Config) -> Vec<String> {
    let mut notices = Vec::new();
    match config.source() {
        ConfigSource::FoundFile(path) => notices.push(format!("using {}", path.display())),
        ConfigSource::Environment if reaches_nothing(config) => notices.push(
            "nothing is configured: `mcp-confluent init` writes a config.yaml to start from, --config \
             names another file, and --sandbox is an embedded Kafka and cloud to try things with"
                .to_owned(),
        ),
        _ => {}
    }
    for connection in &config.connections {
        if matches!(connection.kind, ConnectionKind::OAuth(_)) {
            notices.push(format!(
                "warning: the connection `{}` signs in with OAuth, which this build cannot do yet: its tools \
                 are off",
                connection.id.escape_debug()
            ));
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

/// This build serves one transport; a configuration that names others too can still be served.
fn check_transports(config: &Config) -> Result<Option<String>, Failure> {
    let others: Vec<_> = config
        .server
        .transports
        .iter()
        .filter(|transport| **transport != Transport::Stdio)
        .map(|transport| transport.as_str())
        .collect();
    if others.is_empty() {
        return Ok(None);
    }
    let place = config
        .place_of(&["server", "transports"])
        .map(|place| format!("{place}: "));
    let text = format!(
        "{}this build serves standard input and output only, not {}",
        place.unwrap_or_default(),
        others.join(" and ")
    );
    if config.server.transports.contains(&Transport::Stdio) {
        return Ok(Some(format!("warning: {text}")));
    }
    Err(Failure::Usage(format!(
        "{text}\n    Write `stdio`, or leave the transports out."
    )))
}

/// An audit file that cannot be written is better known before the first call.
fn check_audit_file(config: &Config) -> Result<(), Failure> {
    let Some(path) = &config.safety.audit_file else {
        return Ok(());
    };
    Audit::new(path.clone()).check().map_err(|error| {
        let place = config
            .place_of(&["safety", "audit_file"])
            .map(|place| format!("{place}: "));
        Failure::Usage(format!(
            "{}the audit file {} cannot be written: {error}",
            place.unwrap_or_default(),
            path.display()
        ))
    })
}
