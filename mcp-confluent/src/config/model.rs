//! The configuration as the rest of the program sees it: checked, complete, in the file's order.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::{
    glob::Glob,
    kafka::KafkaBlock,
    otlp::OtlpConfig,
    problems::{Place, Problem},
    server::{Endpoints, SafetyConfig, ServerConfig, ToolsConfig},
    services::{
        ConfluentCloudBlock, FlinkBlock, SchemaRegistryBlock, TableflowBlock, TelemetryBlock,
    },
    unset::LEFT_OUT,
};

/// Topics that are protected where a connection does not name its own: what Kafka, the schema
/// registry and Confluent Platform keep for themselves.
pub const DEFAULT_PROTECTED_TOPICS: [&str; 3] = ["__*", "_schemas", "_confluent*"];

/// The port that the browser comes back to after a sign-in; the default client may redirect to no other.
const DEFAULT_CALLBACK_PORT: u16 = 26640;
/// The path that goes with [`DEFAULT_CALLBACK_PORT`].
const DEFAULT_CALLBACK_PATH: &str = "/gateway/v1/callback-local-mcp-docs";

/// A checked configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The connections, in the order of the file; their ids are unique.
    pub connections: Vec<ConnectionConfig>,
    /// How the server is reached and how it logs.
    pub server: ServerConfig,
    /// Confirmation, size and time limits, audit.
    pub safety: SafetyConfig,
    /// Which categories of tools are on.
    pub tools: ToolsConfig,
    /// Outside hosts that no connection names.
    pub endpoints: Endpoints,
    /// The collector that gets traces and metrics, if there is one.
    pub otlp: OtlpConfig,
    pub(super) extensions: Extensions,
    pub(super) source: ConfigSource,
    pub(super) places: BTreeMap<Vec<String>, Place>,
    pub(super) warnings: Vec<Problem>,
}

/// Where a configuration came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConfigSource {
    /// Built by the program itself, as the sandbox does.
    #[default]
    Program,
    /// A YAML file that was named.
    File(PathBuf),
    /// The YAML file of the current directory, which nobody named.
    FoundFile(PathBuf),
    /// Environment variables (and a properties file, if one was named).
    Environment,
}

impl Config {
    /// A configuration of one direct connection to the Kafka at `bootstrap_servers` (`host:port`
    /// each), without TLS and without authentication.
    pub fn for_bootstrap<I, S>(id: impl Into<String>, bootstrap_servers: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let services = DirectServices {
            kafka: Some(KafkaBlock::new(bootstrap_servers)),
            ..DirectServices::default()
        };
        Self {
            connections: vec![ConnectionConfig::direct(id, services)],
            ..Self::default()
        }
    }

    /// The connection called `id`.
    pub fn connection(&self, id: &str) -> Option<&ConnectionConfig> {
        self.connections
            .iter()
            .find(|connection| connection.id == id)
    }

    /// The settings of a third party: what stands under `extensions:` with this name.
    pub fn extension(&self, name: &str) -> Option<&serde_json::Value> {
        self.extensions.0.get(name)
    }

    /// Where the configuration came from.
    pub fn source(&self) -> &ConfigSource {
        &self.source
    }

    /// Where the key at `path` is set, or else the nearest key above it that is; for
    /// `["connections", "dev", "kafka", "auth", "secret"]` that may be the line of `auth`.
    ///
    /// `None` if nothing on the path is set, as in a configuration that has no source.
    pub fn place_of(&self, path: &[&str]) -> Option<&Place> {
        let path: Vec<String> = path.iter().map(|&word| word.to_owned()).collect();
        (1..=path.len())
            .rev()
            .find_map(|length| self.places.get(&path[..length]))
    }

    /// What a person should know about the file although it can be used, in the order of the file:
    /// blocks left out because a variable is not set, for example.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

/// Settings of third parties, by name. What they hold is theirs, so it is never printed.
#[derive(Clone, Default)]
pub(super) struct Extensions(pub(super) BTreeMap<String, serde_json::Value>);

impl fmt::Debug for Extensions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

/// One connection: an id to route by, what may be done, and what it reaches.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// The key in the file; what `connectionId` names.
    pub id: String,
    /// What a person wrote about it; never blank.
    pub description: Option<String>,
    /// Nothing may be changed through this connection.
    pub read_only: bool,
    /// Names of the tools that may be used here; empty means all.
    pub allow_tools: Vec<String>,
    /// Names of the tools that may not be used here, even if allowed above.
    pub block_tools: Vec<String>,
    /// Topics that no tool may write to, change or delete here.
    pub protected_topics: Vec<Glob>,
    /// What the connection reaches.
    pub kind: ConnectionKind,
    /// What is written in the file and was left out, because variables are not set: these are among
    /// [`Config::warnings`] too.
    pub left_out: Vec<Problem>,
}

impl ConnectionConfig {
    /// A direct connection that allows everything its services offer, with the default protected
    /// topics.
    pub fn direct(id: impl Into<String>, services: DirectServices) -> Self {
        Self {
            id: id.into(),
            description: None,
            read_only: false,
            allow_tools: Vec::new(),
            block_tools: Vec::new(),
            protected_topics: DEFAULT_PROTECTED_TOPICS.map(Glob::new).to_vec(),
            kind: ConnectionKind::Direct(Box::new(services)),
            left_out: Vec::new(),
        }
    }

    /// Why the block called `key` is not there although it is written in the file: the variables that are
    /// not set, and the places that name them.
    pub fn left_out(&self, key: &str) -> Option<String> {
        let of_block = |problem: &&Problem| problem.path().rsplit('.').next() == Some(key);
        let reasons = self.left_out.iter().filter(of_block).map(|problem| {
            let reason = problem.what().trim_start_matches(LEFT_OUT);
            format!("{reason} ({})", problem.place())
        });
        let reasons: Vec<String> = reasons.collect();
        (!reasons.is_empty()).then(|| format!("`{key}` {LEFT_OUT}{}", reasons.join(" and ")))
    }

    /// The services of a direct connection; `None` for one that signs in with OAuth.
    pub fn services(&self) -> Option<&DirectServices> {
        match &self.kind {
            ConnectionKind::Direct(services) => Some(services),
            ConnectionKind::OAuth(_) => None,
        }
    }

    /// The sign-in of a connection that signs in with OAuth, if this build can.
    pub fn sign_in(&self) -> Option<&OAuthConnection> {
        match &self.kind {
            ConnectionKind::OAuth(oauth) if cfg!(feature = "login") => Some(oauth),
            _ => None,
        }
    }

    /// The Kafka block, if this is a direct connection that has one.
    pub fn kafka(&self) -> Option<&KafkaBlock> {
        self.services()?.kafka.as_ref()
    }

    /// The schema registry block, if this is a direct connection that has one.
    pub fn schema_registry(&self) -> Option<&SchemaRegistryBlock> {
        self.services()?.schema_registry.as_ref()
    }

    /// The control plane of Confluent Cloud, if this is a direct connection that has the block.
    pub fn confluent_cloud(&self) -> Option<&ConfluentCloudBlock> {
        self.services()?.confluent_cloud.as_ref()
    }

    /// The Flink block, if this is a direct connection that has one.
    pub fn flink(&self) -> Option<&FlinkBlock> {
        self.services()?.flink.as_ref()
    }

    /// The Tableflow block, if this is a direct connection that has one.
    pub fn tableflow(&self) -> Option<&TableflowBlock> {
        self.services()?.tableflow.as_ref()
    }

    /// Where metrics come from, if this is a direct connection that says so.
    pub fn telemetry(&self) -> Option<&TelemetryBlock> {
        self.services()?.telemetry.as_ref()
    }

    /// Whether `allow_tools` and `block_tools` let the tool called `name` be used here.
    pub fn allows_tool(&self, name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|tool| tool == name);
        (self.allow_tools.is_empty() || named(&self.allow_tools)) && !named(&self.block_tools)
    }

    /// The pattern that protects `topic` here, if one does.
    pub fn protection_of(&self, topic: &str) -> Option<&Glob> {
        self.protected_topics
            .iter()
            .find(|glob| glob.matches(topic))
    }
}

/// How a connection reaches its services.
#[derive(Debug, Clone)]
pub enum ConnectionKind {
    /// Addresses and credentials for each service (`type: direct`).
    Direct(Box<DirectServices>),
    /// A sign-in to Confluent Cloud (`type: oauth`).
    OAuth(OAuthConnection),
}

/// What a direct connection reaches: one block per service, each of them optional.
#[derive(Debug, Clone, Default)]
pub struct DirectServices {
    /// A Kafka cluster.
    pub kafka: Option<KafkaBlock>,
    /// A schema registry.
    pub schema_registry: Option<SchemaRegistryBlock>,
    /// The Confluent Cloud control plane.
    pub confluent_cloud: Option<ConfluentCloudBlock>,
    /// Tableflow in Confluent Cloud.
    pub tableflow: Option<TableflowBlock>,
    /// The metrics API of Confluent Cloud; there also when only `confluent_cloud` was written.
    pub telemetry: Option<TelemetryBlock>,
    /// Flink SQL.
    pub flink: Option<FlinkBlock>,
}

/// A sign-in to Confluent Cloud in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthConnection {
    /// Which Confluent Cloud.
    pub environment: CloudEnvironment,
    /// librdkafka debug contexts for the Kafka clients of this connection, such as
    /// `broker,security`.
    pub kafka_debug: Option<String>,
    /// The public client that asks for the sign-in.
    pub client_id: String,
    /// The port on 127.0.0.1 that the browser comes back to; 0 is a free one.
    pub callback_port: u16,
    /// The path it comes back to; starts with a slash.
    pub callback_path: String,
    /// Whether the system's browser is opened.
    pub open_browser: bool,
    /// Where the sign-in is kept when the process ends.
    pub token_store: TokenStore,
}

impl OAuthConnection {
    /// The usual sign-in to `environment`.
    pub fn new(environment: CloudEnvironment) -> Self {
        Self {
            environment,
            kafka_debug: None,
            client_id: environment.client_id().to_owned(),
            callback_port: DEFAULT_CALLBACK_PORT,
            callback_path: DEFAULT_CALLBACK_PATH.to_owned(),
            open_browser: true,
            token_store: TokenStore::default(),
        }
    }
}

/// Where a sign-in is kept when the process ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TokenStore {
    /// In the keyring of the system.
    #[default]
    Keyring,
    /// In a file that its owner alone can read.
    File(PathBuf),
    /// Nowhere.
    Memory,
}

impl TokenStore {
    /// Its name in the configuration.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File(_) => "file",
            Self::Memory => "memory",
        }
    }
}

/// One of Confluent's own deployments of Confluent Cloud.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CloudEnvironment {
    /// Confluent's development deployment.
    Devel,
    /// Confluent's staging deployment.
    Stag,
    /// Confluent Cloud as customers know it.
    #[default]
    Prod,
}

impl CloudEnvironment {
    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Devel => "devel",
            Self::Stag => "stag",
            Self::Prod => "prod",
        }
    }

    /// The domain of its services.
    pub(super) fn domain(self) -> &'static str {
        match self {
            Self::Devel => "devel.cpdev.cloud",
            Self::Stag => "stag.cpdev.cloud",
            Self::Prod => "confluent.cloud",
        }
    }

    /// The public client (RFC 6749 §2.1) that Confluent registered for signing in from tools on a
    /// person's machine.
    fn client_id(self) -> &'static str {
        match self {
            Self::Devel => "D8DV9ee7XrKX4ncAc6vJtBFgIzTMNgoY",
            Self::Stag => "adtjckxmHbjddhNK36PvcXIDDbrJUMDH",
            Self::Prod => "cZ0wejEDJLNocYDJ54mAmGK21klrv21h",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Devel, Self::Stag, Self::Prod]
            .into_iter()
            .find(|environment| environment.as_str() == name)
    }
}
