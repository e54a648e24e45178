//! From the options to a toolbox: configuration, sandbox, registry.

use std::{path::Path, sync::Arc};

use super::{Failure, Options};
use crate::{
    config::{Config, Environment},
    policy::ToolFilter,
    tool::{registry::Registry, toolbox::Toolbox},
};

/// What a subcommand works with.
pub(super) struct Ready {
    pub(super) toolbox: Arc<Toolbox>,
    /// Ends when dropped.
    #[cfg(feature = "sandbox")]
    _sandbox: Option<mcp_confluent_sandbox::Sandbox>,
}

pub(super) async fn prepare(options: &Options) -> Result<Ready, Failure> {
    let registry = Registry::collect().map_err(|duplicates| Failure::Usage(duplicates.to_string()))?;
    #[cfg(feature = "sandbox")]
    if options.sandbox {
        return sandbox(registry).await;
    }
    let config = load(options)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(Ready {
        toolbox: Arc::new(Toolbox::new(registry, config, ToolFilter::default())),
        #[cfg(feature = "sandbox")]
        _sandbox: None,
    })
}

fn load(options: &Options) -> Result<Config, Failure> {
    let environment = Environment::of_process();
    let found = Path::new("config.yaml");
    let path = match &options.config {
        Some(path) => path,
        None if found.is_file() => {
            super::complain("using config.yaml of this folder");
            found
        }
        None => {
            super::complain(
                "no configuration: name a file with --config, or try --sandbox for an embedded Kafka broker",
            );
            return Ok(Config::default());
        }
    };
    Config::from_file(path, &environment).map_err(|error| Failure::Usage(error.to_string()))
}

#[cfg(feature = "sandbox")]
async fn sandbox(registry: Registry) -> Result<Ready, Failure> {
    use mcp_confluent_sandbox::{Sandbox, SandboxOptions};

    let sandbox = Sandbox::start(SandboxOptions::default())
        .await
        .map_err(|error| Failure::Run(format!("the sandbox broker could not start: {error}")))?;
    let address = sandbox.bootstrap_servers();
    super::complain(&format!(
        "sandbox broker on {address}, in memory, for trying and testing: nothing is kept when this ends"
    ));
    let config = Config::for_bootstrap("sandbox", [address]);
    Ok(Ready {
        toolbox: Arc::new(Toolbox::new(registry, config, ToolFilter::default())),
        _sandbox: Some(sandbox),
    })
}
