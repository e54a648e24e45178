//! What a connection can offer: the gates of the clients, also for `requires = (…)`.

use crate::{
    config::{HttpAuth, KafkaAuth, KafkaBlock},
    connection::Connection,
    tool::requirement::Requirement,
};

/// A sign-in reaches everything that the person may use.
fn signs_in(connection: &Connection) -> bool {
    connection.config().sign_in().is_some()
}

/// A Kafka that is reached by its own protocol.
pub const KAFKA: Requirement = Requirement::new(
    "kafka",
    "the connection has no `kafka` block with `bootstrap_servers`",
    |connection| {
        let kafka = connection.config().kafka();
        cfg!(feature = "kafka")
            && (signs_in(connection) || kafka.is_some_and(KafkaBlock::has_brokers))
    },
)
.yaml("kafka:\n  bootstrap_servers: ${BOOTSTRAP_SERVERS}");

/// A Kafka whose topics can be configured: by its own protocol, or through its REST API.
pub const TOPIC_CONFIG: Requirement = Requirement::new(
    "topic-config",
    "the connection has no `kafka` block with `bootstrap_servers`, or with `rest_endpoint` and a way to sign in there",
    |connection| {
        let kafka = connection.config().kafka();
        let has = |kafka: &KafkaBlock| {
            kafka.has_brokers() || (kafka.rest_endpoint.is_some() && kafka.rest_auth.is_some())
        };
        cfg!(feature = "kafka") && (signs_in(connection) || kafka.is_some_and(has))
    },
)
.yaml("kafka:\n  bootstrap_servers: ${BOOTSTRAP_SERVERS}");

/// The key of a Kafka cluster, which a connector of Confluent Cloud signs in with.
pub const KAFKA_API_KEY: Requirement = Requirement::new(
    "kafka-api-key",
    "the connection has no `kafka` block with an API key in `auth`",
    |connection| {
        connection.config().kafka().is_some_and(|kafka| {
            matches!(
                kafka.auth,
                KafkaAuth::ApiKey { .. } | KafkaAuth::Plain { .. }
            )
        })
    },
)
.yaml("kafka:\n  bootstrap_servers: ${BOOTSTRAP_SERVERS}\n  auth:\n    type: api_key\n    key: ${KAFKA_API_KEY}\n    secret: ${KAFKA_API_SECRET}");

/// A schema registry.
pub const SCHEMA_REGISTRY: Requirement = Requirement::new(
    "schema-registry",
    "the connection has no `schema_registry` block",
    |connection| {
        let block = connection.config().schema_registry();
        cfg!(feature = "http") && (signs_in(connection) || block.is_some())
    },
)
.yaml("schema_registry:\n  endpoint: ${SCHEMA_REGISTRY_ENDPOINT}");

/// A schema registry that signs in with an API key, as those of Confluent Cloud do.
pub const SCHEMA_REGISTRY_API_KEY: Requirement = Requirement::new(
    "schema-registry-api-key",
    "the `schema_registry` block has no API key in `auth`: only a registry of Confluent Cloud has a catalog",
    |connection| {
        let registry = connection.config().schema_registry();
        signs_in(connection)
            || registry.is_some_and(|it| matches!(it.auth, Some(HttpAuth::ApiKey { .. })))
    },
)
.yaml("schema_registry:\n  endpoint: ${SCHEMA_REGISTRY_ENDPOINT}\n  auth:\n    type: api_key\n    key: ${SCHEMA_REGISTRY_API_KEY}\n    secret: ${SCHEMA_REGISTRY_API_SECRET}");

/// The control plane of Confluent Cloud.
pub const CLOUD: Requirement = Requirement::new(
    "confluent-cloud",
    "the connection has no `confluent_cloud` block",
    |connection| {
        let block = connection.config().confluent_cloud();
        cfg!(feature = "http") && (signs_in(connection) || block.is_some())
    },
)
.yaml("confluent_cloud:\n  auth:\n    type: api_key\n    key: ${CONFLUENT_CLOUD_API_KEY}\n    secret: ${CONFLUENT_CLOUD_API_SECRET}");

/// The catalog of Confluent Cloud: a registry alone may be one that has none, so the control plane
/// must be there too.
pub const CATALOG: &[Requirement] = &[SCHEMA_REGISTRY, SCHEMA_REGISTRY_API_KEY, CLOUD];

/// Flink SQL.
pub const FLINK: Requirement = Requirement::new(
    "flink",
    "the connection has no `flink` block",
    |connection| {
        let block = connection.config().flink();
        cfg!(feature = "http") && (signs_in(connection) || block.is_some())
    },
)
.yaml("flink:\n  endpoint: ${FLINK_REST_ENDPOINT}\n  auth:\n    type: api_key\n    key: ${FLINK_API_KEY}\n    secret: ${FLINK_API_SECRET}\n  environment_id: ${FLINK_ENV_ID}\n  organization_id: ${FLINK_ORG_ID}\n  compute_pool_id: ${FLINK_COMPUTE_POOL_ID}");

/// Tableflow.
pub const TABLEFLOW: Requirement = Requirement::new(
    "tableflow",
    "the connection has no `tableflow` block",
    |connection| {
        let block = connection.config().tableflow();
        cfg!(feature = "http") && (signs_in(connection) || block.is_some())
    },
)
.yaml("tableflow:\n  auth:\n    type: api_key\n    key: ${TABLEFLOW_API_KEY}\n    secret: ${TABLEFLOW_API_SECRET}");

/// The metrics API of Confluent Cloud, which a `confluent_cloud` block gives too.
pub const TELEMETRY: Requirement = Requirement::new(
    "telemetry",
    "the connection has neither a `telemetry` block nor a `confluent_cloud` block",
    |connection| {
        let block = connection.config().telemetry();
        cfg!(feature = "http") && (signs_in(connection) || block.is_some())
    },
)
.yaml("telemetry:\n  auth:\n    type: api_key\n    key: ${TELEMETRY_API_KEY}\n    secret: ${TELEMETRY_API_SECRET}");

#[cfg(test)]
#[cfg(feature = "http")]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Environment},
        connection::Connection,
    };

    fn missing(needs: &[Requirement], fragments: &[&str]) -> Vec<&'static str> {
        let lines = fragments.iter().flat_map(|fragment| fragment.lines());
        let blocks: Vec<_> = lines.map(|line| format!("    {line}\n")).collect();
        let blocks = blocks.concat();
        let file = format!("connections:\n  dev:\n    type: direct\n{blocks}");
        let environment = Environment::from_iter([
            ("BOOTSTRAP_SERVERS", "b:9092"),
            ("KAFKA_API_KEY", "k"),
            ("KAFKA_API_SECRET", "s"),
            ("SCHEMA_REGISTRY_ENDPOINT", "http://r:8081"),
            ("SCHEMA_REGISTRY_API_KEY", "k"),
            ("SCHEMA_REGISTRY_API_SECRET", "s"),
            ("CONFLUENT_CLOUD_API_KEY", "k"),
            ("CONFLUENT_CLOUD_API_SECRET", "s"),
            ("FLINK_REST_ENDPOINT", "https://f"),
            ("FLINK_API_KEY", "k"),
            ("FLINK_API_SECRET", "s"),
            ("FLINK_ENV_ID", "env-1"),
            ("FLINK_ORG_ID", "o"),
            ("FLINK_COMPUTE_POOL_ID", "lfcp-1"),
            ("TABLEFLOW_API_KEY", "k"),
            ("TABLEFLOW_API_SECRET", "s"),
            ("TELEMETRY_API_KEY", "k"),
            ("TELEMETRY_API_SECRET", "s"),
        ]);
        let mut config = Config::from_yaml("c.yaml", &file, &environment).unwrap();
        let connection = Connection::new(config.connections.remove(0));
        let missing = needs.iter().filter(|need| !need.is_offered_by(&connection));
        missing.map(Requirement::name).collect()
    }

    #[test]
    fn a_catalog_is_more_than_a_registry() {
        let plain = SCHEMA_REGISTRY.fragment().unwrap();
        let with_key = SCHEMA_REGISTRY_API_KEY.fragment().unwrap();
        let cloud = CLOUD.fragment().unwrap();
        let all = ["schema-registry-api-key", "confluent-cloud"];
        assert_eq!(missing(CATALOG, &[plain]), all);
        assert_eq!(missing(CATALOG, &[with_key]), ["confluent-cloud"]);
        assert!(missing(CATALOG, &[with_key, cloud]).is_empty());
    }

    #[test]
    fn the_fragment_of_each_requirement_fulfils_it() {
        for need in [
            SCHEMA_REGISTRY,
            SCHEMA_REGISTRY_API_KEY,
            CLOUD,
            FLINK,
            TABLEFLOW,
            TELEMETRY,
            KAFKA_API_KEY,
        ] {
            assert_eq!(missing(&[need], &[]), [need.name()]);
            let fragment = need.fragment().unwrap();
            assert!(missing(&[need], &[fragment]).is_empty(), "{fragment}");
        }
    }
}
