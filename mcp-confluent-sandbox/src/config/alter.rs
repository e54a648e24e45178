//! `IncrementalAlterConfigs` and the older `AlterConfigs`.

use std::collections::HashSet;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, alter_configs_response,
};
use kafka_protocol::protocol::StrBytes;

use super::describe::{BROKER_RESOURCE, TOPIC_RESOURCE, check_broker};
use super::{BROKER, Definition, Kind, Overrides, TOPIC, check_topic, list, topic_values};
use crate::broker::{Broker, Call, Refusal, State};
use crate::security::{Operation, Resource};

/// Settings of a broker that are kept: keys that it does not know are among them.
const MAX_BROKER_KEYS: usize = 1000;

/// One change of one key.
#[derive(Debug, Clone, Copy)]
struct Change<'a> {
    name: &'a str,
    action: Action,
    value: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Set,
    Delete,
    Append,
    Subtract,
}

impl Broker {
    pub(crate) fn incremental_alter_configs(
        &self,
        call: &Call<'_>,
        request: &IncrementalAlterConfigsRequest,
    ) -> IncrementalAlterConfigsResponse {
        let mut state = self.state.lock();
        let responses = request.resources.iter().map(|resource| {
            let changes = resource.configs.iter().map(|config| {
                let action = match config.config_operation {
                    0 => Action::Set,
                    1 => Action::Delete,
                    2 => Action::Append,
                    3 => Action::Subtract,
                    other => {
                        let message = format!(
                            "Unknown operation {other} for configuration {}",
                            config.name.as_str()
                        );
                        return Err(Refusal::new(ResponseError::InvalidRequest, message));
                    }
                };
                Ok(Change {
                    name: config.name.as_str(),
                    action,
                    value: config.value.as_deref(),
                })
            });
            let outcome = changes.collect::<Result<Vec<_>, _>>().and_then(|changes| {
                let alteration = Alteration {
                    changes,
                    validate_only: request.validate_only,
                    replace: false,
                };
                alter(
                    &mut state,
                    call,
                    resource.resource_type,
                    &resource.resource_name,
                    &alteration,
                )
            });
            let (code, message) = Refusal::split(outcome);
            AlterConfigsResourceResponse::default()
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name.clone())
                .with_error_code(code)
                .with_error_message(message)
        });
        IncrementalAlterConfigsResponse::default().with_responses(responses.collect())
    }

    pub(crate) fn alter_configs(
        &self,
        call: &Call<'_>,
        request: &AlterConfigsRequest,
    ) -> AlterConfigsResponse {
        let mut state = self.state.lock();
        let responses = request.resources.iter().map(|resource| {
            let changes = resource.configs.iter().map(|config| Change {
                name: &config.name,
                action: Action::Set,
                value: config.value.as_deref(),
            });
            let alteration = Alteration {
                changes: changes.collect(),
                validate_only: request.validate_only,
                replace: true,
            };
            let outcome = alter(
                &mut state,
                call,
                resource.resource_type,
                &resource.resource_name,
                &alteration,
            );
            let (code, message) = Refusal::split(outcome);
            alter_configs_response::AlterConfigsResourceResponse::default()
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name.clone())
                .with_error_code(code)
                .with_error_message(message)
        });
        AlterConfigsResponse::default().with_responses(responses.collect())
    }
}

/// What is to be changed of one resource.
#[derive(Debug)]
struct Alteration<'a> {
    changes: Vec<Change<'a>>,
    /// Whether it is only checked.
    validate_only: bool,
    /// Whether what is not named goes back to its default.
    replace: bool,
}

fn alter(
    state: &mut State,
    call: &Call<'_>,
    resource_type: i8,
    name: &str,
    alteration: &Alteration<'_>,
) -> Result<(), Refusal> {
    let invalid = |message: String| Err(Refusal::new(ResponseError::InvalidRequest, message));
    let changes = &alteration.changes;
    let mut seen = HashSet::new();
    if let Some(twice) = changes.iter().find(|change| !seen.insert(change.name)) {
        return invalid(format!(
            "Error due to duplicate config keys: {}",
            twice.name
        ));
    }
    if let Some(null) = changes
        .iter()
        .find(|it| it.action != Action::Delete && it.value.is_none())
    {
        return invalid(format!("Null value not supported for : {}", null.name));
    }
    match resource_type {
        TOPIC_RESOURCE => {
            state
                .authorize(call, Operation::AlterConfigs, Resource::Topic(name))
                .map_err(Refusal::denied)?;
            alter_topic(state, name, alteration)
        }
        BROKER_RESOURCE => {
            state
                .authorize(call, Operation::AlterConfigs, Resource::Cluster)
                .map_err(Refusal::denied)?;
            alter_broker(state, name, alteration)
        }
        other => invalid(format!("Unexpected resource type {other}")),
    }
}

fn alter_topic(state: &mut State, name: &str, alteration: &Alteration<'_>) -> Result<(), Refusal> {
    let Some(topic) = state.topics.get(name) else {
        let message = format!("The topic '{name}' does not exist.");
        return Err(Refusal::new(
            ResponseError::UnknownTopicOrPartition,
            message,
        ));
    };
    let current = &topic.overrides;
    let mut next = if alteration.replace {
        Overrides::new()
    } else {
        current.clone()
    };
    for change in &alteration.changes {
        let definition = TOPIC
            .iter()
            .find(|definition| definition.name == change.name);
        let effective = definition.and_then(|definition| {
            let values = topic_values(state, current, definition).into_iter().next();
            values
                .map(|(_, value, _)| value)
                .or_else(|| definition.default.map(str::to_owned))
        });
        apply(&mut next, change, definition, effective.as_deref())?;
    }
    check_topic(&next).map_err(|message| Refusal::new(ResponseError::InvalidConfig, message))?;
    if !alteration.validate_only
        && let Some(topic) = state.topics.get_mut(name)
    {
        topic.overrides = next;
    }
    Ok(())
}

/// Changes the settings of this broker, or of all for an empty name.
fn alter_broker(state: &mut State, name: &str, alteration: &Alteration<'_>) -> Result<(), Refusal> {
    let invalid = |message: String| Refusal::new(ResponseError::InvalidRequest, message);
    if !name.is_empty() {
        check_broker(name)?;
    }
    let current = if name.is_empty() {
        &state.configs.all
    } else {
        &state.configs.this
    };
    let mut next = if alteration.replace {
        Overrides::new()
    } else {
        current.clone()
    };
    let mut fixed = Vec::new();
    for change in &alteration.changes {
        let definition = BROKER
            .iter()
            .find(|definition| definition.name == change.name);
        if definition.is_some_and(|definition| definition.read_only) {
            fixed.push(change.name);
            continue;
        }
        let effective = definition.and_then(|it| state.configs.values(it).into_iter().next());
        apply(
            &mut next,
            change,
            definition,
            effective.as_ref().map(|(value, _)| value.as_str()),
        )?;
    }
    if !fixed.is_empty() {
        return Err(invalid(format!(
            "Cannot update these configs dynamically: [{}]",
            fixed.join(", ")
        )));
    }
    check_broker_values(&next).map_err(invalid)?;
    if next.len() > MAX_BROKER_KEYS {
        let message = format!("The sandbox keeps at most {MAX_BROKER_KEYS} settings of a broker.");
        return Err(Refusal::new(ResponseError::PolicyViolation, message));
    }
    if !alteration.validate_only {
        *(if name.is_empty() {
            &mut state.configs.all
        } else {
            &mut state.configs.this
        }) = next;
    }
    Ok(())
}

/// Makes one change; `effective` is the value before it.
fn apply(
    overrides: &mut Overrides,
    change: &Change<'_>,
    definition: Option<&Definition>,
    effective: Option<&str>,
) -> Result<(), Refusal> {
    let value = change.value.unwrap_or_default();
    let next = match change.action {
        Action::Delete => {
            overrides.remove(change.name);
            return Ok(());
        }
        Action::Set => value.to_owned(),
        Action::Append | Action::Subtract => {
            if definition.is_none_or(|definition| definition.kind != Kind::List) {
                let action = if change.action == Action::Append {
                    "APPEND"
                } else {
                    "SUBTRACT"
                };
                let message = format!(
                    "Can't {action} to key {} because its type is not LIST.",
                    change.name
                );
                return Err(Refusal::new(ResponseError::InvalidConfig, message));
            }
            let mut items = list(effective.unwrap_or_default());
            for item in list(value) {
                match change.action {
                    Action::Append if !items.contains(&item) => items.push(item),
                    Action::Subtract => items.retain(|it| *it != item),
                    _ => {}
                }
            }
            items.join(",")
        }
    };
    overrides.insert(change.name.to_owned(), next);
    Ok(())
}

/// Checks the values of the broker's keys; one that topics fall back to follows the topics' rule.
/// Keys that the broker does not know are kept for others, as Kafka does.
fn check_broker_values(overrides: &Overrides) -> Result<(), String> {
    for (name, value) in overrides {
        if let Some(definition) = BROKER.iter().find(|it| it.name == name) {
            let topic = TOPIC.iter().find(|it| it.fallback == Some(definition.name));
            let rule = topic.map_or(definition.rule, |topic| topic.rule);
            Definition {
                rule,
                ..*definition
            }
            .check(value)?;
        }
    }
    Ok(())
}

impl Refusal {
    /// The code and the message of an outcome, as answers carry them.
    pub(crate) fn split(outcome: Result<(), Self>) -> (i16, Option<StrBytes>) {
        match outcome {
            Ok(()) => (0, None),
            Err(refusal) => (
                refusal.code.code(),
                refusal.message.map(StrBytes::from_string),
            ),
        }
    }
}
