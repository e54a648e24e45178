//! Managed connectors. They have states, tasks, offsets and logs, and move no records.

mod connector;
mod plugin;
mod preloaded;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::connector::Connector;
pub(super) use self::connector::LogEntry;
use super::call::{Call, Result, empty, ok, reply};
use super::errors::ApiError;
use super::resources::check_environment;
use super::world::{CLUSTER, ENVIRONMENT};
use crate::broker::Broker;
use crate::http::Answer;

/// The connectors of the cluster, by name.
#[derive(Debug)]
pub(super) struct Connectors {
    by_name: BTreeMap<String, Connector>,
    /// How many were made so far, for their ids.
    made: usize,
}

impl Default for Connectors {
    fn default() -> Self {
        let connectors = preloaded::connectors();
        Self {
            made: connectors.len(),
            by_name: connectors
                .into_iter()
                .map(|it| (it.name().to_owned(), it))
                .collect(),
        }
    }
}

impl Connectors {
    /// What the connector called `name` wrote, oldest first.
    pub(super) fn log(&self, name: &str) -> impl Iterator<Item = (&str, &LogEntry)> {
        let connector = self.by_name.get(name);
        connector
            .into_iter()
            .flat_map(|it| it.log.iter().map(|entry| (it.id.as_str(), entry)))
    }

    /// Sinks that run are at the end of their topics.
    fn advance(&mut self, broker: &Broker) {
        let state = broker.state.lock();
        for connector in self.by_name.values_mut() {
            connector.advance(&state);
        }
    }

    fn find(&mut self, name: &str) -> Result<&mut Connector> {
        self.by_name
            .get_mut(name)
            .ok_or_else(|| ApiError::not_found(format!("connector {name}")))
    }

    fn add(&mut self, config: BTreeMap<String, String>) -> &mut Connector {
        self.made += 1;
        let connector = Connector::new(format!("lcc-shop{:02}", self.made), config);
        let name = connector.name().to_owned();
        self.by_name.entry(name).or_insert(connector)
    }
}

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    check_environment(call.path("environment_id"))?;
    let cluster = call.path("kafka_cluster_id");
    if cluster != CLUSTER || call.path("environment_id") != ENVIRONMENT {
        return Err(ApiError::not_found(format!("cluster {cluster}")));
    }
    call.world.connectors.advance(call.broker);
    let name = call.path("connector_name").to_owned();
    let connectors = &mut call.world.connectors;
    let (_, below) = call.route.split_once("/connectors").unwrap_or_default();
    match (call.request.method.as_str(), below) {
        ("GET", "") => Ok(ok(&list(connectors, call.request.query("expand")))),
        ("POST", "") => create(call),
        ("GET", "/{connector_name}") => Ok(ok(&connectors.find(&name)?.info())),
        ("DELETE", "/{connector_name}") => {
            connectors.find(&name)?;
            connectors.by_name.remove(&name);
            Ok(ok(&json!({ "error": null })))
        }
        ("GET", "/{connector_name}/config") => Ok(ok(&connectors.find(&name)?.shown_config())),
        ("PUT", "/{connector_name}/config") => update(call, &name),
        ("GET", "/{connector_name}/status") => Ok(ok(&connectors.find(&name)?.status())),
        ("GET", "/{connector_name}/tasks") => Ok(ok(&connectors.find(&name)?.tasks())),
        ("GET", "/{connector_name}/offsets") => {
            let state = call.broker.state.lock();
            Ok(ok(&connectors.find(&name)?.offsets(&state)))
        }
        ("GET", "/{connector_name}/error-recommendations") => {
            Ok(ok(&connectors.find(&name)?.recommendations()?))
        }
        ("PUT", "/{connector_name}/pause") => {
            connectors.find(&name)?.pause();
            Ok(empty(202))
        }
        ("PUT", "/{connector_name}/resume") => {
            connectors.find(&name)?.resume();
            Ok(empty(202))
        }
        ("POST", "/{connector_name}/restart") => {
            connectors.find(&name)?.restart();
            Ok(empty(202))
        }
        _ => Err(ApiError::new(
            501,
            format!("{} is not in the sandbox", call.route),
        )),
    }
}

/// The names, or with `expand` an object with the parts that it names.
fn list(connectors: &mut Connectors, expand: Option<&str>) -> Value {
    let Some(expand) = expand else {
        return connectors.by_name.keys().map(String::as_str).collect();
    };
    let all = connectors.by_name.iter_mut().map(|(name, connector)| {
        let mut parts = Map::new();
        for part in expand.split(',') {
            let value = match part {
                "id" => json!({ "id": connector.id, "id_type": "ID" }),
                "info" => connector.info(),
                "status" => connector.status(),
                _ => continue,
            };
            parts.insert(part.to_owned(), value);
        }
        (name.clone(), Value::Object(parts))
    });
    Value::Object(all.collect())
}

fn texts(config: &Value) -> BTreeMap<String, String> {
    let entries = config.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn create(call: &mut Call<'_>) -> Result<Answer> {
    let config = texts(&call.body["config"]);
    let name = call.body["name"].as_str().unwrap_or_default();
    check(call.broker, name, &config)?;
    if call.world.connectors.by_name.contains_key(name) {
        return Err(ApiError::new(
            409,
            format!("Connector {name} already exists"),
        ));
    }
    let connector = call.world.connectors.add(config);
    connector.seek(&call.body["offsets"]);
    Ok(reply(201, &connector.info()))
}

fn update(call: &mut Call<'_>, name: &str) -> Result<Answer> {
    let config = texts(&call.body);
    check(call.broker, name, &config)?;
    let connectors = &mut call.world.connectors;
    let connector = match connectors.by_name.get_mut(name) {
        Some(connector) => {
            connector.reconfigure(config);
            connector
        }
        None => connectors.add(config),
    };
    Ok(ok(&connector.info()))
}

/// Everything that is wrong with a configuration, in one answer.
fn check(broker: &Broker, name: &str, config: &BTreeMap<String, String>) -> Result<()> {
    let class = config.get("connector.class").map_or("", String::as_str);
    if plugin::find(config).is_none() {
        return Err(ApiError::new(
            500,
            format!(
                "Failed to find any class that implements Connector and which name matches {class}; \
                 there are: {}",
                plugin::classes().join(", ")
            ),
        ));
    }
    let mut problems = plugin::problems(config, |topic| {
        broker.state.lock().topics.get(topic).is_some()
    });
    if config.get("name").map(String::as_str) != Some(name) {
        problems.push(format!("name: is not {name}"));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "There were some errors with your configuration:\n{}",
        problems.join("\n")
    )))
}
