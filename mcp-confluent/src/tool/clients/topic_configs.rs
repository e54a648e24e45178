//! [`TopicConfigs`].

use std::sync::Arc;

use serde_json::Value;

use super::{Kafka, needs};
use crate::{
    client::{
        http::Call,
        kafka::configs::{ConfigChange, ConfigEntry},
        kafka_rest::KafkaRestClient,
    },
    error::{Result, ToolError},
    tool::{
        argument::ArgSpec, context::ToolContext, inject::FromContext, requirement::Requirement,
    },
};

const CLUSTER_ID: &str = "clusterId";

/// The configuration of topics: over the Kafka protocol, or through the cluster's REST API where the
/// connection names no brokers.
#[derive(Debug, Clone)]
pub enum TopicConfigs {
    /// Over the Kafka protocol.
    Kafka(Kafka),
    /// Through the REST API.
    Rest {
        /// The client that every call on this connection shares.
        client: Arc<KafkaRestClient>,
        /// The deadline and the cancellation of this call.
        call: Call,
        /// The cluster the call is about, `lkc-…`.
        cluster_id: String,
    },
}

impl TopicConfigs {
    /// Every setting of a topic, sorted by key.
    pub async fn get(&self, topic: &str) -> Result<Vec<ConfigEntry>> {
        match self {
            Self::Kafka(kafka) => kafka.client().topic_config(kafka.call(), topic).await,
            Self::Rest {
                client,
                call,
                cluster_id,
            } => client.topic_config(call, cluster_id, topic).await,
        }
    }

    /// Changes single settings of a topic, or with `validate_only` only asks whether the cluster would.
    ///
    /// Returns the changed settings as the cluster has them afterwards, nothing when only validating.
    pub async fn alter(
        &self,
        topic: &str,
        changes: &[ConfigChange],
        validate_only: bool,
    ) -> Result<Vec<ConfigEntry>> {
        match self {
            Self::Kafka(kafka) => {
                let (client, call) = (kafka.client(), kafka.call());
                client
                    .alter_topic_config(call, topic, changes, validate_only)
                    .await
            }
            Self::Rest {
                client,
                call,
                cluster_id,
            } => {
                client
                    .alter_topic_config(call, cluster_id, topic, changes, validate_only)
                    .await
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for TopicConfigs {
    const REQUIRES: &'static [Requirement] = &[needs::TOPIC_CONFIG];
    const ARGUMENTS: &'static [ArgSpec] = &[
        super::ids::CLUSTER_ARGUMENT,
        super::ids::REST_ENVIRONMENT_IF_SIGNED_IN,
    ];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let connection = cx.connection()?;
        if connection.config().sign_in().is_some() {
            return Ok(Self::Kafka(Kafka::from_context(cx).await?));
        }
        let block = super::block(connection.config().kafka(), &needs::TOPIC_CONFIG)?;
        let endpoint = match &block.rest_endpoint {
            Some(endpoint) if !block.has_brokers() => endpoint,
            _ => return Ok(Self::Kafka(Kafka::from_context(cx).await?)),
        };
        let given = cx
            .argument(CLUSTER_ID)
            .and_then(Value::as_str)
            .map(str::trim);
        let given = given.filter(|given| !given.is_empty());
        let Some(cluster_id) = given.or(block.cluster_id.as_deref()) else {
            let message = format!(
                "`{CLUSTER_ID}` must be given: the connection `{}` names no Kafka cluster",
                connection.id()
            );
            return Err(ToolError::argument(message).hint(
                "give the id of the cluster, or have `kafka.cluster_id` written for the connection",
            ));
        };
        let open =
            |connection: &_| KafkaRestClient::new(endpoint, block, super::settings(connection)?);
        Ok(Self::Rest {
            client: connection.client(open)?,
            call: cx.call(),
            cluster_id: cluster_id.to_owned(),
        })
    }
}
