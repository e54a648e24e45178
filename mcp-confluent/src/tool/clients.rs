//! The clients a tool can be given, and what each asks of a connection.

use super::{
    argument::ArgSpec, context::ToolContext, inject::FromContext, requirement::Requirement,
};
use crate::error::Result;

const KAFKA: Requirement = Requirement::new(
    "kafka",
    "the connection has no `kafka` block with `bootstrap_servers`",
    |connection| {
        cfg!(feature = "kafka")
            && connection
                .config()
                .kafka()
                .is_some_and(crate::config::KafkaBlock::has_brokers)
    },
)
.yaml("kafka:\n  bootstrap_servers: ${BOOTSTRAP_SERVERS}");

const SCHEMA_REGISTRY: Requirement = Requirement::new(
    "schema-registry",
    "the connection has no `schema_registry` block",
    |connection| cfg!(feature = "http") && connection.config().schema_registry().is_some(),
)
.yaml("schema_registry:\n  endpoint: ${SCHEMA_REGISTRY_ENDPOINT}");

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
    const REQUIRES: &'static [Requirement] = &[KAFKA];
    // Where a connection names its cluster itself, these are accepted and not needed; they are here
    // for callers that always send them.
    const ARGUMENTS: &'static [ArgSpec] = &[
        ArgSpec::new::<Option<String>>(
            "clusterId",
            "Id of the Kafka cluster, for example `lkc-abc123`. Not needed: the connection names its cluster.",
        ),
        ArgSpec::new::<Option<String>>(
            "environmentId",
            "Id of the environment of the cluster, for example `env-abc123`. Not needed: the connection names its cluster.",
        ),
    ];

    #[cfg(feature = "kafka")]
    async fn from_context(cx: &ToolContext) -> Result<Self> {
        use crate::client::kafka::{Call, KafkaClient};

        let client = cx
            .connection()?
            .client(|connection| Ok(KafkaClient::new(settings(connection)?)))?;
        Ok(Self {
            client,
            call: Call::new(cx.deadline(), cx.cancelled().clone()),
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

/// A schema registry with Confluent's REST API.
///
/// Calls end at the deadline of the tool call and when the client gives up.
#[derive(Debug, Clone)]
pub struct SchemaRegistry {
    #[cfg(feature = "http")]
    client: std::sync::Arc<crate::client::schema_registry::SchemaRegistryClient>,
    #[cfg(feature = "http")]
    call: crate::client::http::Call,
}

#[cfg(feature = "http")]
impl SchemaRegistry {
    /// The client that every call on this connection shares.
    pub fn client(&self) -> &crate::client::schema_registry::SchemaRegistryClient {
        &self.client
    }

    /// The deadline and the cancellation of this call; every method of the client takes it.
    pub fn call(&self) -> &crate::client::http::Call {
        &self.call
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for SchemaRegistry {
    const REQUIRES: &'static [Requirement] = &[SCHEMA_REGISTRY];
    // Accepted and not needed, as with Kafka.
    const ARGUMENTS: &'static [ArgSpec] = &[ArgSpec::new::<Option<String>>(
        "environmentId",
        "Id of the environment of the schema registry, for example `env-abc123`. Not needed: the connection names its registry.",
    )];

    #[cfg(feature = "http")]
    async fn from_context(cx: &ToolContext) -> Result<Self> {
        use crate::client::{http::Call, schema_registry::SchemaRegistryClient};

        let client = cx.connection()?.client(|connection| {
            let config = connection.config();
            let block = config
                .schema_registry()
                .ok_or_else(|| crate::error::ToolError::internal(SCHEMA_REGISTRY.reason()))?;
            SchemaRegistryClient::new(block, config.read_only)
        })?;
        Ok(Self {
            client,
            call: Call::new(cx.deadline(), cx.cancelled().clone()),
        })
    }

    #[cfg(not(feature = "http"))]
    async fn from_context(_cx: &ToolContext) -> Result<Self> {
        Err(crate::error::ToolError::new(
            crate::error::ErrorKind::Unsupported,
            "this program was built without HTTP clients",
        )
        .hint("build it with the feature `http`"))
    }
}

#[cfg(feature = "kafka")]
pub(crate) fn settings(
    connection: &crate::connection::Connection,
) -> Result<crate::client::kafka::KafkaSettings> {
    let config = connection.config();
    let block = config
        .kafka()
        .ok_or_else(|| crate::error::ToolError::internal(KAFKA.reason()))?;
    Ok(crate::client::kafka::KafkaSettings {
        connection: config.id.clone(),
        properties: block
            .librdkafka_properties()
            .into_iter()
            .map(|(name, value)| (name, value.expose().into()))
            .collect(),
        tokens: block
            .oauthbearer()
            .map(|oauth| crate::client::kafka::TokenSettings {
                oauth: oauth.clone(),
                tls: block.tls.clone(),
            }),
        read_only: config.read_only,
        protected_topics: config
            .protected_topics
            .iter()
            .map(|glob| glob.as_str().to_owned())
            .collect(),
    })
}
