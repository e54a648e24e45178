//! Kafka's REST API: topics of the broker and their configuration.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::IncrementalAlterConfigsRequest;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::protocol::StrBytes;
use serde_json::{Value, json};

use super::call::{Call, Result, empty, ok};
use super::errors::ApiError;
use super::world::CLUSTER;
use crate::broker::{HOST, Peer};
use crate::config::{Kind, Source, TOPIC, topic_values};
use crate::http::Answer;
use crate::topics::Topic;

const TOPIC_RESOURCE: i8 = 2;

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    let id = call.path("cluster_id");
    if id != CLUSTER {
        return Err(ApiError::not_found(format!("cluster {id}")));
    }
    match call.route {
        "GET /kafka/v3/clusters/{cluster_id}" => Ok(ok(&json!({
            "kind": "KafkaCluster",
            "metadata": { "self": format!("{}/kafka/v3/clusters/{CLUSTER}", call.url) },
            "cluster_id": CLUSTER,
        }))),
        "GET /kafka/v3/clusters/{cluster_id}/topics" => {
            let state = call.broker.state.lock();
            let topics: Vec<Value> = state.topics.iter().map(|it| topic(it.0, it.1)).collect();
            Ok(ok(
                &json!({ "kind": "KafkaTopicList", "metadata": {}, "data": topics }),
            ))
        }
        "GET /kafka/v3/clusters/{cluster_id}/topics/{topic_name}" => {
            let state = call.broker.state.lock();
            let name = call.path("topic_name");
            let found = state.topics.get(name).ok_or_else(|| unknown(name))?;
            Ok(ok(&topic(name, found)))
        }
        "GET /kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs" => configs(call),
        "POST /kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs:alter" => alter(call),
        route => Err(ApiError::not_found(route)),
    }
}

fn unknown(topic: &str) -> ApiError {
    ApiError::not_found(format!("topic {topic}"))
}

fn topic(name: &str, topic: &Topic) -> Value {
    json!({
        "kind": "KafkaTopic",
        "metadata": {},
        "cluster_id": CLUSTER,
        "topic_name": name,
        "is_internal": name.starts_with("__"),
        "replication_factor": 1,
        "partitions_count": topic.partitions.len(),
    })
}

fn configs(call: &Call<'_>) -> Result<Answer> {
    let state = call.broker.state.lock();
    let name = call.path("topic_name");
    let topic = state.topics.get(name).ok_or_else(|| unknown(name))?;
    let entries = TOPIC.iter().map(|definition| {
        let synonyms = topic_values(&state, &topic.overrides, definition);
        let (value, source) = synonyms.first().map_or(
            (definition.default, Source::Default),
            |(_, value, source)| (Some(value.as_str()), *source),
        );
        let synonyms = synonyms.iter().map(|(name, value, source)| {
            json!({ "name": name, "value": value, "source": name_of(*source) })
        });
        json!({
            "kind": "KafkaTopicConfig",
            "metadata": {},
            "cluster_id": CLUSTER,
            "topic_name": name,
            "name": definition.name,
            "value": value,
            "is_default": source == Source::Default,
            "is_read_only": definition.read_only,
            "is_sensitive": definition.kind == Kind::Password,
            "source": name_of(source),
            "synonyms": synonyms.collect::<Vec<_>>(),
        })
    });
    let entries: Vec<Value> = entries.collect();
    Ok(ok(
        &json!({ "kind": "KafkaTopicConfigList", "metadata": {}, "data": entries }),
    ))
}

fn name_of(source: Source) -> &'static str {
    match source {
        Source::Topic => "DYNAMIC_TOPIC_CONFIG",
        Source::Broker => "DYNAMIC_BROKER_CONFIG",
        Source::AllBrokers => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        Source::Static => "STATIC_BROKER_CONFIG",
        Source::Default => "DEFAULT_CONFIG",
    }
}

fn alter(call: &Call<'_>) -> Result<Answer> {
    let changes = call.body["data"].as_array().into_iter().flatten();
    let changes = changes.map(|change| {
        let text = |name: &str| change[name].as_str().map(ToOwned::to_owned);
        let operation = match change["operation"].as_str() {
            None | Some("SET") => 0,
            Some("DELETE") => 1,
            Some(other) => {
                return Err(ApiError::bad_request(format!(
                    "operation {other} is unknown"
                )));
            }
        };
        Ok(AlterableConfig::default()
            .with_name(StrBytes::from_string(text("name").unwrap_or_default()))
            .with_config_operation(operation)
            .with_value(text("value").map(StrBytes::from_string)))
    });
    let name = call.path("topic_name");
    let resource = AlterConfigsResource::default()
        .with_resource_type(TOPIC_RESOURCE)
        .with_resource_name(StrBytes::from_string(name.to_owned()))
        .with_configs(changes.collect::<Result<_>>()?);
    let request = IncrementalAlterConfigsRequest::default()
        .with_resources(vec![resource])
        .with_validate_only(call.body["validate_only"] == true);
    let peer = Peer::anonymous(HOST.to_owned(), call.world.kafka_port);
    let asked = crate::broker::Call {
        peer: &peer,
        client_id: "rest",
        version: 1,
    };
    let answered = call.broker.incremental_alter_configs(&asked, &request);
    match answered.responses.first() {
        Some(refused) if refused.error_code != 0 => {
            let code = refused.error_code;
            if code == ResponseError::UnknownTopicOrPartition.code() {
                return Err(unknown(name));
            }
            let message = refused.error_message.as_deref().unwrap_or("refused");
            Err(ApiError::bad_request(message))
        }
        _ => Ok(empty(204)),
    }
}
