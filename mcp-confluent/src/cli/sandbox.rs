//! `--sandbox`: an embedded broker, registry and Confluent Cloud, and the configuration that reaches
//! them.

use std::io;

use mcp_confluent_sandbox::{
    Sandbox, SandboxOptions,
    cloud::{
        CLUSTER, CLUSTER_NAME, COMPUTE_POOL, Cloud, CloudOptions, ENVIRONMENT, ENVIRONMENT_NAME,
        ORGANIZATION,
    },
    preload_payloads,
    registry::{Registry, RegistryOptions},
};

use super::Failure;
use crate::codec::PROTOBUF_FILES;
use crate::config::{
    Config, ConfluentCloudBlock, ConnectionConfig, DirectServices, FlinkBlock, HttpAuth, KafkaAuth,
    KafkaBlock, SchemaRegistryBlock, TableflowBlock, TelemetryBlock,
};

/// The API key of every service. Whoever knows it can do nothing but change what ends with the
/// process.
const KEY: (&str, &str) = ("sandbox", "sandbox");

/// What runs inside the process. It ends when this is dropped.
pub(super) struct Services {
    broker: Sandbox,
    _registry: Registry,
    cloud: Cloud,
}

impl Services {
    /// Starts everything, with example data.
    pub(super) async fn start() -> Result<Self, Failure> {
        Self::run()
            .await
            .map_err(|error| Failure::Run(format!("the sandbox could not start: {error}")))
    }

    async fn run() -> io::Result<Self> {
        let broker = SandboxOptions::new()
            .preload(true)
            .user(KEY.0, KEY.1)
            .logical_cluster(CLUSTER);
        let broker = Sandbox::start(broker).await?;
        let registry = RegistryOptions::new().preload(true).imports(PROTOBUF_FILES);
        let registry = Registry::start(registry).await?;
        preload_payloads(&broker, &registry)?;
        let options = CloudOptions::new().api_key(KEY.0, KEY.1).sign_in(KEY.0);
        let cloud = Cloud::start(options, &broker, &registry).await?;
        Ok(Self {
            broker,
            _registry: registry,
            cloud,
        })
    }

    /// What a person should know.
    pub(super) fn notice(&self) -> String {
        format!(
            "sandbox broker on {}, registry and cloud on {} (API key `{}`, secret `{}`), in memory, \
             for trying and testing: nothing is kept when this ends",
            self.broker.bootstrap_servers(),
            self.cloud.url(),
            KEY.0,
            KEY.1,
        )
    }

    /// One connection that has every block.
    pub(super) fn config(&self) -> Config {
        let url = self.cloud.url();
        let auth = || HttpAuth::ApiKey {
            key: KEY.0.into(),
            secret: KEY.1.into(),
        };
        let mut kafka = KafkaBlock::new([self.broker.bootstrap_servers()]);
        // The broker asks for nothing; connectors that are created get the key.
        kafka.auth = KafkaAuth::ApiKey {
            key: KEY.0.into(),
            secret: KEY.1.into(),
        };
        kafka
            .extra_properties
            .insert("security.protocol".to_owned(), "plaintext".into());
        kafka.rest_endpoint = Some(url.clone());
        kafka.rest_auth = Some(auth());
        kafka.cluster_id = Some(CLUSTER.to_owned());
        kafka.env_id = Some(ENVIRONMENT.to_owned());
        let services = DirectServices {
            kafka: Some(kafka),
            schema_registry: Some(SchemaRegistryBlock {
                endpoints: vec![url.clone()],
                auth: Some(auth()),
                tls: None,
            }),
            confluent_cloud: Some(ConfluentCloudBlock {
                endpoint: url.clone(),
                auth: auth(),
                organization_id: Some(ORGANIZATION.to_owned()),
                tls: None,
            }),
            tableflow: Some(TableflowBlock { auth: auth() }),
            telemetry: Some(TelemetryBlock {
                endpoint: url.clone(),
                auth: auth(),
                derived: true,
                tls: None,
            }),
            flink: Some(FlinkBlock {
                endpoint: url.clone(),
                auth: Some(auth()),
                environment_id: ENVIRONMENT.to_owned(),
                organization_id: ORGANIZATION.to_owned(),
                compute_pool_id: COMPUTE_POOL.to_owned(),
                catalog_name: Some(ENVIRONMENT_NAME.to_owned()),
                database_name: Some(CLUSTER_NAME.to_owned()),
                tls: None,
            }),
        };
        let mut config = Config::default();
        config
            .connections
            .push(ConnectionConfig::direct("sandbox", services));
        config.endpoints.session = Some(url.clone());
        for endpoint in [
            &mut config.endpoints.logging,
            &mut config.endpoints.docs,
            &mut config.endpoints.developer,
            &mut config.endpoints.support,
            &mut config.endpoints.docs_search,
        ] {
            endpoint.clone_from(&url);
        }
        config
    }
}
