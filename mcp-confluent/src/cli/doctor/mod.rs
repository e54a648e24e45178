//! `doctor`: can every service of every connection be reached, signed in to, and used?
//!
//! Nothing is changed anywhere: what would change something is only asked about (`validate_only`, a
//! schema that is none, what a broker says about rights).

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "kafka")]
mod kafka;
mod reach;
mod report;
#[cfg(feature = "http")]
mod tls;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};

use self::report::Block;
use super::{Failure, print, setup::Ready, style::Style};
use crate::{
    config::{Config, ConnectionConfig, ConnectionKind},
    connection::Connection,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Only this connection.
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// How many seconds each service has.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

/// What a probe works with.
#[derive(Clone)]
struct Probe {
    connection: Arc<Connection>,
    config: Arc<Config>,
    /// The tools that work on the connection, as far as the configuration knows.
    tools: Arc<BTreeSet<&'static str>>,
    deadline: Instant,
}

impl Probe {
    /// Where the key at `path` below the connection is set: the words of a person's file.
    fn place(&self, path: &[&str]) -> Option<String> {
        let path = [&["connections", self.connection.id()], path].concat();
        self.config.place_of(&path).map(ToString::to_string)
    }

    /// Until when a question may take: something that never answers must leave time to find out why.
    fn most_of_the_time(&self) -> Instant {
        let now = Instant::now();
        now + self.deadline.saturating_duration_since(now) * 3 / 4
    }

    fn settings(&self) -> &ConnectionConfig {
        self.connection.config()
    }
}

pub(super) async fn run(ready: &Ready, arguments: &Arguments) -> Result<(), Failure> {
    let gates = ready.toolbox.gates();
    let wanted = |id: &str| {
        arguments
            .connection
            .as_deref()
            .is_none_or(|only| only == id)
    };
    let connections: Vec<_> = gates
        .connections()
        .iter()
        .filter(|it| wanted(it.id()))
        .collect();
    if connections.is_empty() {
        return Err(Failure::Usage(match &arguments.connection {
            Some(id) => format!("there is no connection `{}`", id.escape_debug()),
            None => "no connection is configured, so there is nothing to check".to_owned(),
        }));
    }
    let config = Arc::new(gates.config().clone());
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    let mut running = JoinSet::new();
    for connection in connections {
        let probe = Probe {
            connection: connection.clone(),
            config: config.clone(),
            tools: Arc::new(gates.served_by(connection).into_iter().collect()),
            deadline,
        };
        start(&probe, &mut running);
    }
    let mut blocks: Vec<(usize, Block)> = Vec::new();
    while let Some(finished) = running.join_next().await {
        blocks.push(finished.map_err(|error| Failure::Run(format!("a check broke: {error}")))?);
    }
    blocks.sort_by_key(|(index, _)| *index);
    let blocks: Vec<_> = blocks.into_iter().map(|(_, block)| block).collect();
    if blocks.is_empty() {
        return Err(Failure::Usage(
            "no connection names a service, so there is nothing to check".to_owned(),
        ));
    }
    if arguments.json {
        print(&format!("{:#}\n", report::json(&blocks)))?;
    } else {
        print(&report::table(&blocks, Style::stdout()))?;
    }
    if blocks.iter().any(Block::failed) {
        Err(Failure::Reported)
    } else {
        Ok(())
    }
}

/// Starts a check for every block of a connection, all at once.
fn start(probe: &Probe, running: &mut JoinSet<(usize, Block)>) {
    let index = running.len();
    let ConnectionKind::Direct(services) = &probe.settings().kind else {
        let block = Block::new(probe.connection.id(), "oauth", "Confluent Cloud")
            .note("this build cannot sign in with OAuth yet, so nothing was checked");
        running.spawn(async move { (index, block) });
        return;
    };
    #[cfg(feature = "kafka")]
    if services
        .kafka
        .as_ref()
        .is_some_and(crate::config::KafkaBlock::has_brokers)
    {
        let probe = probe.clone();
        running.spawn(async move { (index, kafka::check(&probe).await) });
    }
    #[cfg(feature = "http")]
    for service in http::services(services) {
        let index = running.len();
        let probe = probe.clone();
        running.spawn(async move { (index, http::check(&probe, service).await) });
    }
}
