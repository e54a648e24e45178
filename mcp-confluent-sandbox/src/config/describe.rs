//! `DescribeConfigs`.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{BROKER, Definition, Kind, Source, TOPIC, topic_values};
use crate::broker::{Broker, Call, NODE_ID, Refusal, State};
use crate::security::{Operation, Resource};
use crate::topics;

/// The types of resources that have configurations, as the protocol numbers them.
pub(super) const TOPIC_RESOURCE: i8 = 2;
pub(super) const BROKER_RESOURCE: i8 = 4;

impl Broker {
    pub(crate) fn describe_configs(
        &self,
        call: &Call<'_>,
        request: &DescribeConfigsRequest,
    ) -> DescribeConfigsResponse {
        let state = self.state.lock();
        let results = request.resources.iter().map(|resource| {
            let mut result = DescribeConfigsResult::default()
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name.clone())
                .with_error_message(None);
            match describe(&state, call, resource) {
                Ok(entries) => {
                    let wanted = entries
                        .into_iter()
                        .filter(|entry| is_wanted(resource, entry.name));
                    result.configs = wanted
                        .map(|entry| entry.into_wire(request.include_synonyms))
                        .collect();
                }
                Err(refusal) => {
                    result.error_code = refusal.code.code();
                    result.error_message = refusal.message.map(StrBytes::from_string);
                }
            }
            result
        });
        DescribeConfigsResponse::default().with_results(results.collect())
    }
}

/// One key and all values that it has, the one in effect first.
struct Entry {
    name: &'static str,
    definition: &'static Definition,
    values: Vec<(String, String, Source)>,
    read_only: bool,
}

impl Entry {
    fn into_wire(self, synonyms: bool) -> DescribeConfigsResourceResult {
        let sensitive = self.definition.kind == Kind::Password;
        let shown = |value: &str| (!sensitive).then(|| StrBytes::from_string(value.to_owned()));
        let (value, source) = match self.values.first() {
            Some((_, value, source)) => (shown(value), *source),
            None => (self.definition.default.and_then(shown), Source::Default),
        };
        let synonyms = self
            .values
            .iter()
            .filter(|_| synonyms)
            .map(|(name, value, source)| {
                DescribeConfigsSynonym::default()
                    .with_name(StrBytes::from_string(name.clone()))
                    .with_value(shown(value))
                    .with_source(*source as i8)
            });
        DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_static_str(self.name))
            .with_value(value)
            .with_read_only(self.read_only)
            .with_config_source(source as i8)
            .with_is_sensitive(sensitive)
            .with_config_type(self.definition.kind as i8)
            .with_documentation(None)
            .with_synonyms(synonyms.collect())
    }
}

fn is_wanted(resource: &DescribeConfigsResource, name: &str) -> bool {
    // An empty list means all keys, as null does.
    let keys = resource.configuration_keys.as_deref().unwrap_or_default();
    keys.is_empty() || keys.iter().any(|key| key.as_str() == name)
}

fn describe(
    state: &State,
    call: &Call<'_>,
    resource: &DescribeConfigsResource,
) -> Result<Vec<Entry>, Refusal> {
    let name = resource.resource_name.as_str();
    match resource.resource_type {
        TOPIC_RESOURCE => {
            state
                .authorize(call, Operation::DescribeConfigs, Resource::Topic(name))
                .map_err(Refusal::denied)?;
            topics::check_name(name)?;
            let topic = state
                .topics
                .get(name)
                .ok_or(ResponseError::UnknownTopicOrPartition)?;
            let entries = TOPIC.iter().map(|definition| Entry {
                name: definition.name,
                definition,
                values: topic_values(state, &topic.overrides, definition),
                read_only: false,
            });
            Ok(entries.collect())
        }
        BROKER_RESOURCE => {
            state
                .authorize(call, Operation::DescribeConfigs, Resource::Cluster)
                .map_err(Refusal::denied)?;
            if !name.is_empty() {
                check_broker(name)?;
            }
            Ok(BROKER
                .iter()
                .filter_map(|definition| broker_entry(state, definition, name.is_empty()))
                .collect())
        }
        other => Err(Refusal::new(
            ResponseError::InvalidRequest,
            format!("Unsupported resource type: {other}"),
        )),
    }
}

/// A key of the broker; of all brokers, only if it was set for all.
fn broker_entry(
    state: &State,
    definition: &'static Definition,
    all_brokers: bool,
) -> Option<Entry> {
    let mut values = state.configs.values(definition);
    if all_brokers {
        values.retain(|(_, source)| *source == Source::AllBrokers);
        if values.is_empty() {
            return None;
        }
    }
    Some(Entry {
        name: definition.name,
        definition,
        values: values
            .into_iter()
            .map(|(value, source)| (definition.name.to_owned(), value, source))
            .collect(),
        read_only: definition.read_only,
    })
}

pub(super) fn check_broker(name: &str) -> Result<(), Refusal> {
    match name.parse::<i32>() {
        Err(_) => Err(Refusal::new(
            ResponseError::InvalidRequest,
            format!("Broker id must be an integer, but it is: {name}"),
        )),
        Ok(id) if id != NODE_ID => Err(Refusal::new(
            ResponseError::InvalidRequest,
            format!(
                "Unexpected broker id, expected {NODE_ID} or empty string, but received {name}"
            ),
        )),
        Ok(_) => Ok(()),
    }
}
