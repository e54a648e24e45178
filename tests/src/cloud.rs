//! [`CloudWorld`]: Confluent Cloud for tests, in the process of the test.

use mcp_confluent_sandbox::{
    Sandbox, SandboxOptions,
    cloud::{CLUSTER, COMPUTE_POOL, Cloud, CloudOptions, ENVIRONMENT, ORGANIZATION},
    registry::{Registry, RegistryOptions},
};
use serde_json::{Value, json};

use crate::{Client, Config, Era, Person};

/// The API key of every service in it.
pub const KEY: &str = "SANDBOXKEY";
/// The secret of [`KEY`]; no answer may show it.
pub const SECRET: &str = "sandbox-s3cret";

/// The sandbox cloud around a broker and a registry with sample data, and the configuration of a
/// connection that reaches all of it with one API key.
pub struct CloudWorld {
    /// Its services; made to fail with [`Cloud::fail_next`], slow with
    /// [`Cloud::set_response_delay`], and away with [`Cloud::stop`].
    pub cloud: Cloud,
    /// Its Kafka cluster.
    pub broker: Sandbox,
    registry: Registry,
}

impl CloudWorld {
    /// Starts one.
    pub async fn start() -> Self {
        Self::with(CloudOptions::new()).await
    }

    /// Starts one that a person can sign in to.
    pub async fn with_sign_in() -> Self {
        Self::with(CloudOptions::new().sign_in(KEY)).await
    }

    async fn with(options: CloudOptions) -> Self {
        let broker = SandboxOptions::new()
            .preload(true)
            .user(KEY, SECRET)
            .logical_cluster(CLUSTER);
        let broker = Sandbox::start(broker).await.expect("a broker");
        let registry = RegistryOptions::new().preload(true);
        let registry = Registry::start(registry).await.expect("a registry");
        let options = options.api_key(KEY, SECRET);
        let cloud = Cloud::start(options, &broker, &registry).await;
        Self {
            cloud: cloud.expect("a cloud"),
            broker,
            registry,
        }
    }

    /// The registry behind it.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A connection to everything in it.
    pub fn connection(&self) -> Value {
        let url = self.cloud.url();
        let auth = json!({ "type": "api_key", "key": KEY, "secret": SECRET });
        json!({
            "type": "direct",
            "kafka": {
                "bootstrap_servers": self.broker.sasl_bootstrap_servers().expect("it has a user"),
                "auth": auth,
                "extra_properties": { "security.protocol": "SASL_PLAINTEXT" },
                "rest_endpoint": url,
                "cluster_id": CLUSTER,
                "env_id": ENVIRONMENT,
            },
            "schema_registry": { "endpoint": url, "auth": auth },
            "confluent_cloud": { "endpoint": url, "auth": auth },
            "tableflow": { "auth": auth },
            "telemetry": { "endpoint": url, "auth": auth },
            "flink": {
                "endpoint": url,
                "auth": auth,
                "environment_id": ENVIRONMENT,
                "organization_id": ORGANIZATION,
                "compute_pool_id": COMPUTE_POOL,
            },
        })
    }

    /// A configuration with that connection, called `cloud`, and no other.
    pub fn config(&self) -> Config {
        let url = self.cloud.url();
        Config::new().connection("cloud", self.connection()).set(
            "endpoints",
            json!({
                "session": url,
                "logging": url,
                "docs": url,
                "developer": url,
                "support": url,
                "docs_search": url,
            }),
        )
    }

    /// A configuration with one connection, called `cloud`, that signs in; `keys` are put over those of
    /// the connection.
    pub fn sign_in_config(&self, keys: Value) -> Config {
        let url = self.cloud.url();
        let mut connection = json!({
            "type": "oauth",
            "callback_port": 0,
            "open_browser": false,
            "token_store": "memory",
        });
        for (key, value) in keys.as_object().into_iter().flatten() {
            connection[key] = value.clone();
        }
        Config::new().connection("cloud", connection).set(
            "endpoints",
            json!({
                "login": url,
                "session": url,
                "cloud": url,
                "telemetry": url,
                "flink": url,
                "logging": url,
            }),
        )
    }

    /// A client whose server has that configuration, with a person who says yes.
    pub async fn client(&self) -> Client {
        Client::start_with(&self.config(), Era::Session, &Person::accepts()).await
    }
}
