//! [`Kafka`].

use super::needs;
use crate::{
    error::Result,
    tool::{
        argument::ArgSpec, context::ToolContext, inject::FromContext, requirement::Requirement,
    },
};

/// A Kafka cluster, spoken to by its own protocol; works with any Kafka.
///
/// Calls end at the deadline of the tool call and when the client gives up.
#[derive(Debug, Clone)]
pub struct Kafka {
    #[cfg(feature = "kafka")]
    client: std::sync::Arc<crate::client::kafka::KafkaClient>,
    #[cfg(feature = "kafka")]
    call: crate::client::kafka::Call,
}

#[cfg(feature = "kafka")]
impl Kafka {
    /// The client that every call on this connection shares.
    pub fn client(&self) -> &crate::client::kafka::KafkaClient {
        &self.client
    }

    /// The deadline and the cancellation of this call; every method of the client takes it.
    pub fn call(&self) -> &crate::client::kafka::Call {
        &self.call
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for Kafka {
    const REQUIRES: &'static [Requirement] = &[needs::KAFKA];
    // Where a connection names its cluster itself, these are accepted and not needed; they are here
    // for callers that always send them.
    const ARGUMENTS: &'static [ArgSpec] = &[
        super::ids::CLUSTER_IF_SIGNED_IN,
        super::ids::ENVIRONMENT_IF_SIGNED_IN,
    ];

    #[cfg(feature = "kafka")]
    async fn from_context(cx: &ToolContext) -> Result<Self> {
        use crate::client::kafka::KafkaClient;

        let connection = cx.connection()?;
        #[cfg(feature = "login")]
        if connection.config().sign_in().is_some() {
            return Ok(Self {
                client: super::signed_in::kafka(cx).await?,
                call: cx.call(),
            });
        }
        let client = connection.client(|connection| Ok(KafkaClient::new(settings(connection)?)))?;
        Ok(Self {
            client,
            call: cx.call(),
        })
    }

    #[cfg(not(feature = "kafka"))]
    async fn from_context(_cx: &ToolContext) -> Result<Self> {
        Err(crate::error::ToolError::new(
            crate::error::ErrorKind::Unsupported,
            "this program was built without the native Kafka client",
        )
        .hint("build it with the feature `kafka`"))
    }
}

#[cfg(feature = "kafka")]
pub(crate) fn settings(
    connection: &crate::connection::Connection,
) -> Result<crate::client::kafka::KafkaSettings> {
    let config = connection.config();
    let block = super::block(config.kafka(), &needs::KAFKA)?;
    Ok(crate::client::kafka::KafkaSettings {
        connection: config.id.clone(),
        properties: block
            .librdkafka_properties()
            .into_iter()
            .map(|(name, value)| (name, value.expose().into()))
            .collect(),
        tokens: block
            .oauthbearer()
            .map(|oauth| crate::client::kafka::TokenSettings::Provider {
                oauth: Box::new(oauth.clone()),
                tls: block.tls.clone(),
            }),
        read_only: config.read_only,
        protected_topics: protected(config),
    })
}

/// The patterns of the protected topics.
#[cfg(feature = "kafka")]
pub(super) fn protected(config: &crate::config::ConnectionConfig) -> Vec<String> {
    let patterns = config.protected_topics.iter();
    patterns.map(|glob| glob.as_str().to_owned()).collect()
}
