//! [`Connect`].

use super::{ids::CloudCluster, needs};
use crate::{
    error::Result,
    tool::{
        argument::ArgSpec, context::ToolContext, inject::FromContext, requirement::Requirement,
    },
};

/// The Kafka Connect of a Kafka cluster in Confluent Cloud: adds `environmentId` and `clusterId`.
///
/// Calls end at the deadline of the tool call and when the client gives up.
#[derive(Debug, Clone)]
pub struct Connect {
    #[cfg(feature = "http")]
    client: std::sync::Arc<crate::client::connect::ConnectClient>,
    #[cfg(feature = "http")]
    cluster: crate::client::connect::ConnectCluster,
    #[cfg(feature = "http")]
    call: crate::client::http::Call,
}

#[cfg(feature = "http")]
impl Connect {
    /// The client that every call on this connection shares.
    pub fn client(&self) -> &crate::client::connect::ConnectClient {
        &self.client
    }

    /// Whose connectors this call is about; every method of the client takes it.
    pub fn cluster(&self) -> &crate::client::connect::ConnectCluster {
        &self.cluster
    }

    /// The deadline and the cancellation of this call; every method of the client takes it.
    pub fn call(&self) -> &crate::client::http::Call {
        &self.call
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for Connect {
    const REQUIRES: &'static [Requirement] = &[needs::CLOUD];
    const ARGUMENTS: &'static [ArgSpec] = CloudCluster::ARGUMENTS;

    #[cfg(feature = "http")]
    async fn from_context(cx: &ToolContext) -> Result<Self> {
        use crate::client::connect::{ConnectClient, ConnectCluster};

        let CloudCluster {
            environment_id,
            cluster_id,
        } = CloudCluster::from_context(cx).await?;
        let endpoints = &cx.inner().gates.config().endpoints;
        let connection = cx.connection()?;
        #[cfg(feature = "login")]
        if connection.config().sign_in().is_some() {
            return Ok(Self {
                client: super::signed_in::connect(cx)?,
                cluster: ConnectCluster {
                    environment_id,
                    cluster_id,
                },
                call: cx.call(),
            });
        }
        let client = connection.client(|connection| {
            let config = connection.config();
            let block = super::block(config.confluent_cloud(), &needs::CLOUD)?;
            let client = ConnectClient::new(block, endpoints, config.read_only)?;
            Ok(match config.kafka() {
                Some(kafka) => client.with_kafka_auth(&kafka.auth),
                None => client,
            })
        })?;
        Ok(Self {
            client,
            cluster: ConnectCluster {
                environment_id,
                cluster_id,
            },
            call: cx.call(),
        })
    }

    #[cfg(not(feature = "http"))]
    async fn from_context(_cx: &ToolContext) -> Result<Self> {
        Err(super::built_without_http())
    }
}
