//! Which resource of Confluent Cloud a call is about: what the call says, or else what its
//! connection says.

use std::fmt;

use serde_json::Value;

use crate::{
    config::{ConnectionConfig, FlinkBlock},
    error::{Result, ToolError},
    tool::{
        argument::{ArgSpec, UNUSED},
        context::ToolContext,
        inject::FromContext,
        requirement::Requirement,
    },
};

/// An id that a call may give and a connection may know.
struct Id {
    argument: ArgSpec,
    /// The same argument as tools on Kafka and the schema registry spell it.
    snake_case: &'static str,
    /// What it is the id of.
    of: &'static str,
    /// The tool that lists what there is.
    list: &'static str,
    /// Where a connection says it.
    key: &'static str,
    configured: fn(&ConnectionConfig) -> Option<&str>,
}

const fn argument(
    name: &'static str,
    description: &'static str,
    signed_in: &'static str,
) -> ArgSpec {
    ArgSpec::new::<Option<String>>(name, description).signed_in(signed_in)
}

const ENVIRONMENT_LISTED: &str = "`env-…`, from `list-environments`.";
const CLUSTER_LISTED: &str = "`lkc-…`, from `list-clusters`.";

const ENVIRONMENT_ARGUMENT: ArgSpec = argument("environmentId", "env-…", ENVIRONMENT_LISTED);
pub(super) const CLUSTER_ARGUMENT: ArgSpec = argument("clusterId", "lkc-…", CLUSTER_LISTED);
const ORGANIZATION_ARGUMENT: ArgSpec =
    argument("organizationId", "UUID", "Id from `list-organizations`.");
const POOL_ARGUMENT: ArgSpec = argument(
    "computePoolId",
    "lfcp-…",
    "`lfcp-…`, from `list-compute-pools`.",
);

/// An argument that only a connection that signs in asks for, spelled as the reference does for the
/// tools on Kafka and the schema registry.
pub(super) const ENVIRONMENT_IF_SIGNED_IN: ArgSpec =
    argument("environment_id", UNUSED, ENVIRONMENT_LISTED);
/// See [`ENVIRONMENT_IF_SIGNED_IN`].
pub(super) const CLUSTER_IF_SIGNED_IN: ArgSpec = argument("cluster_id", UNUSED, CLUSTER_LISTED);
/// The same in the spelling of the tools on topic configuration.
#[cfg(feature = "kafka")]
pub(super) const REST_ENVIRONMENT_IF_SIGNED_IN: ArgSpec =
    argument("environmentId", UNUSED, ENVIRONMENT_LISTED);

const ENVIRONMENT: Id = Id {
    argument: ENVIRONMENT_ARGUMENT,
    snake_case: "environment_id",
    of: "environment",
    list: "list-environments",
    key: "kafka.env_id",
    configured: |config| {
        let kafka = config.kafka().and_then(|kafka| kafka.env_id.as_deref());
        kafka.or_else(|| flink(config, |flink| &flink.environment_id))
    },
};
const CLUSTER: Id = Id {
    argument: CLUSTER_ARGUMENT,
    snake_case: "cluster_id",
    of: "Kafka cluster",
    list: "list-clusters",
    key: "kafka.cluster_id",
    configured: |config| config.kafka()?.cluster_id.as_deref(),
};
const FLINK_ENVIRONMENT: Id = Id {
    argument: ENVIRONMENT_ARGUMENT,
    snake_case: "environment_id",
    of: "environment",
    list: "list-environments",
    key: "flink.environment_id",
    configured: |config| flink(config, |flink| &flink.environment_id),
};
const FLINK_ORGANIZATION: Id = Id {
    argument: ORGANIZATION_ARGUMENT,
    snake_case: "organization_id",
    of: "organization",
    list: "list-organizations",
    key: "flink.organization_id",
    configured: |config| flink(config, |flink| &flink.organization_id),
};
const FLINK_POOL: Id = Id {
    argument: POOL_ARGUMENT,
    snake_case: "compute_pool_id",
    of: "compute pool",
    list: "list-compute-pools",
    key: "flink.compute_pool_id",
    configured: |config| flink(config, |flink| &flink.compute_pool_id),
};

fn flink(config: &ConnectionConfig, id: fn(&FlinkBlock) -> &String) -> Option<&str> {
    config.flink().map(id).map(String::as_str)
}

/// The ids for this call; the error names all that are missing.
fn resolve<const N: usize>(cx: &ToolContext, ids: &[Id; N]) -> Result<[String; N]> {
    let connection = cx.connection()?;
    let found = ids.each_ref().map(|id| {
        let given = cx
            .argument(id.argument.name())
            .or_else(|| cx.argument(id.snake_case));
        given
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|given| !given.is_empty())
            .or_else(|| (id.configured)(connection.config()))
    });
    if found.iter().all(Option::is_some) {
        return Ok(found.map(|id| id.unwrap_or_default().to_owned()));
    }
    let missing = || ids.iter().zip(&found).filter(|(_, found)| found.is_none());
    let list = |part: &dyn Fn(&Id) -> String, joint: &str| {
        let parts: Vec<_> = missing().map(|(id, _)| part(id)).collect();
        parts.join(joint)
    };
    // As the tool lists it.
    let entry = cx.inner().gates.registry().get(cx.tool());
    let spelled = |id: &Id| {
        let listed = entry.is_some_and(|entry| {
            let mut arguments = entry.meta().injected_arguments();
            arguments.any(|argument| argument.name() == id.snake_case)
        });
        let name = if listed {
            id.snake_case
        } else {
            id.argument.name()
        };
        format!("`{name}`")
    };
    let message = format!(
        "{} must be given: the connection `{}` names no {}",
        list(&spelled, " and "),
        connection.id(),
        list(&|id| id.of.to_owned(), " and no "),
    );
    let hint = if connection.config().services().is_none() {
        let tools = list(&|id| format!("`{}`", id.list), " and ");
        format!("call {tools} for what there is")
    } else {
        format!(
            "list what there is for the ids, or have {} written for the connection",
            list(&|id| format!("`{}`", id.key), " and "),
        )
    };
    Err(ToolError::argument(message).hint(hint))
}

/// The environment a call is about: adds `environmentId`, which may be left out where the
/// connection names its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentId(String);

impl EnvironmentId {
    /// The id, `env-…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for EnvironmentId {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = &[ENVIRONMENT_ARGUMENT];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let [id] = resolve(cx, &[ENVIRONMENT])?;
        Ok(Self(id))
    }
}

/// The Kafka cluster a call is about: adds `environmentId` and `clusterId`, which may be left out
/// where the connection names its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudCluster {
    /// The environment of the cluster, `env-…`.
    pub environment_id: String,
    /// The cluster, `lkc-…`.
    pub cluster_id: String,
}

#[diagnostic::do_not_recommend]
impl FromContext for CloudCluster {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = &[ENVIRONMENT_ARGUMENT, CLUSTER_ARGUMENT];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let [environment_id, cluster_id] = resolve(cx, &[ENVIRONMENT, CLUSTER])?;
        Ok(Self {
            environment_id,
            cluster_id,
        })
    }
}

/// The compute pool a call is about: adds `organizationId`, `environmentId` and `computePoolId`,
/// which may be left out where the connection has a `flink` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlinkPool {
    /// The organization.
    pub organization_id: String,
    /// The environment, `env-…`.
    pub environment_id: String,
    /// The compute pool, `lfcp-…`.
    pub compute_pool_id: String,
}

#[diagnostic::do_not_recommend]
impl FromContext for FlinkPool {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] =
        &[ORGANIZATION_ARGUMENT, ENVIRONMENT_ARGUMENT, POOL_ARGUMENT];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let ids = &[FLINK_ORGANIZATION, FLINK_ENVIRONMENT, FLINK_POOL];
        let [organization_id, environment_id, compute_pool_id] = resolve(cx, ids)?;
        Ok(Self {
            organization_id,
            environment_id,
            compute_pool_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        config::{Config, Environment},
        connection::Connection,
        error::ErrorKind,
    };

    const KAFKA: &str = "kafka: {bootstrap_servers: 'b:9092', env_id: env-k, cluster_id: lkc-k}";
    const FLINK: &str = "flink: {endpoint: 'https://f', auth: {type: api_key, key: k, secret: s}, \
                         environment_id: env-f, organization_id: org-f, compute_pool_id: lfcp-f}";

    fn context(blocks: &[&str], arguments: Value) -> ToolContext {
        let blocks = blocks.join("\n    ");
        let file = format!("connections:\n  dev:\n    type: direct\n    {blocks}\n");
        let mut config = Config::from_yaml("c.yaml", &file, &Environment::default()).unwrap();
        let connection = Connection::new(config.connections.remove(0));
        let arguments = serde_json::from_value(arguments).unwrap();
        ToolContext::for_tests(Some(connection), arguments)
    }

    #[tokio::test]
    async fn the_call_wins_then_the_cluster_then_flink() {
        for (blocks, arguments, expected) in [
            (
                &[KAFKA, FLINK][..],
                json!({"environmentId": " env-a "}),
                "env-a",
            ),
            (&[KAFKA, FLINK], json!({"environmentId": "  "}), "env-k"),
            (&[FLINK], json!({}), "env-f"),
        ] {
            let id = EnvironmentId::from_context(&context(blocks, arguments))
                .await
                .unwrap();
            assert_eq!(id.as_str(), expected);
        }
    }

    #[tokio::test]
    async fn flink_takes_its_own_block_only() {
        let arguments = json!({"computePoolId": "lfcp-a"});
        let pool = FlinkPool::from_context(&context(&[KAFKA, FLINK], arguments))
            .await
            .unwrap();
        let ids = [
            pool.organization_id,
            pool.environment_id,
            pool.compute_pool_id,
        ];
        assert_eq!(ids, ["org-f", "env-f", "lfcp-a"]);
    }

    #[tokio::test]
    async fn everything_that_is_missing_is_named_with_the_key_that_would_give_it() {
        let context = context(
            &["kafka: {bootstrap_servers: 'b:9092'}"],
            json!({"clusterId": ""}),
        );
        let error = CloudCluster::from_context(&context).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert_eq!(
            error.to_string(),
            "`environmentId` and `clusterId` must be given: the connection `dev` names no environment \
             and no Kafka cluster. Next: list what there is for the ids, or have `kafka.env_id` and \
             `kafka.cluster_id` written for the connection"
        );
    }
}
