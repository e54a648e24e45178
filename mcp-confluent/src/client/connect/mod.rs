//! Connectors: those that Confluent Cloud runs beside a Kafka cluster, and their logs.
//!
//! Callers say what they want of a connector, never by which route; another Kafka Connect can stand
//! behind the same methods.

mod logs;
mod model;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;

pub use self::{
    logs::{LogEntry, LogSearch},
    model::{
        Advice, Connector, ConnectorOffsets, ConnectorState, ConnectorStatus, Offset, Task,
        TaskState,
    },
};
use super::http::{Call, HttpClient, HttpSettings, Request};
use crate::{
    config::{CloudEnvironment, ConfluentCloudBlock, Endpoints, KafkaAuth},
    error::{ErrorKind, Result, ToolError},
    policy::redact,
};

const API_KEY: &str = "kafka.api.key";
const API_SECRET: &str = "kafka.api.secret";

/// A route below those of a cluster's connectors.
macro_rules! route {
    ($below:literal) => {
        concat!(
            "/connect/v1/environments/{environment}/clusters/{cluster}/connectors",
            $below
        )
    };
}

/// Which Kafka Connect: the one of a Kafka cluster in Confluent Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectCluster {
    /// The environment of the cluster, `env-…`.
    pub environment_id: String,
    /// The cluster, `lkc-…`.
    pub cluster_id: String,
}

/// Keys and values of a connector. They hold secrets: what is shown of them goes through
/// [`crate::policy::redact`].
pub type ConnectorConfig = BTreeMap<String, String>;

/// The connectors of Confluent Cloud.
#[derive(Debug)]
pub struct ConnectClient {
    http: HttpClient,
    logging: HttpClient,
    /// What connectors sign in to Kafka with.
    kafka_key: Option<(SecretString, SecretString)>,
    /// The organization of the key; asked for where the configuration does not say.
    organization: OnceCell<String>,
}

impl ConnectClient {
    /// A client with the key of `block`; nothing is read or opened before the first call. The logs
    /// are at `endpoints.logging`, for tokens that `endpoints.session` gives for the key. A
    /// `read_only` client refuses everything that would change something.
    ///
    /// # Errors
    /// An endpoint is no URL, or a credential cannot be sent.
    pub fn new(
        block: &ConfluentCloudBlock,
        endpoints: &Endpoints,
        read_only: bool,
    ) -> Result<Self> {
        let settings = |service, endpoint: &String| {
            let mut settings = HttpSettings::new(service, "confluent_cloud", endpoint);
            settings.auth = Some(block.auth.clone());
            settings.tls.clone_from(&block.tls);
            settings.read_only = read_only;
            settings
        };
        let mut logging = settings("connector logs of Confluent Cloud", &endpoints.logging);
        let session = endpoints.session(CloudEnvironment::Prod);
        logging.token_exchange = Some(format!("{session}/api/access_tokens"));
        Ok(Self {
            http: HttpClient::new(settings("connectors of Confluent Cloud", &block.endpoint))?,
            logging: HttpClient::new(logging)?,
            kafka_key: None,
            organization: OnceCell::new_with(block.organization_id.clone()),
        })
    }

    /// A client at the `endpoint` of the control plane for whoever signed in, with the tokens of both
    /// planes; otherwise as [`ConnectClient::new`].
    ///
    /// # Errors
    /// An endpoint is no URL.
    #[cfg(feature = "login")]
    pub fn signed_in(
        endpoint: &str,
        logging: &str,
        [control, data]: [super::login::SignedIn; 2],
        read_only: bool,
    ) -> Result<Self> {
        let client = |service, endpoint: &str, sign_in| {
            HttpClient::new(HttpSettings::signed_in(
                service, endpoint, sign_in, read_only,
            ))
        };
        Ok(Self {
            http: client("connectors of Confluent Cloud", endpoint, control)?,
            logging: client("connector logs of Confluent Cloud", logging, data)?,
            kafka_key: None,
            organization: OnceCell::new(),
        })
    }

    /// The same client with the key of the Kafka cluster, for connectors that bring none.
    #[must_use]
    pub fn with_kafka_auth(mut self, auth: &KafkaAuth) -> Self {
        self.kafka_key = match auth {
            KafkaAuth::ApiKey { key, secret } => Some((key.clone(), secret.clone())),
            KafkaAuth::Plain { username, password } => {
                Some((username.as_str().into(), password.clone()))
            }
            _ => None,
        };
        self
    }

    /// Puts the key of the Kafka cluster into `config` if it names none of its own, or only the mask
    /// of one, and the connector does not sign in as a service account. Says whether it did.
    pub fn sign_in(&self, config: &mut ConnectorConfig) -> bool {
        let as_account = config
            .get("kafka.auth.mode")
            .is_some_and(|mode| mode != "KAFKA_API_KEY");
        let open = |key: &str| {
            let value = config.get(key);
            value.is_none_or(|value| value.is_empty() || redact::is_masked(value))
        };
        let Some((key, secret)) = &self.kafka_key else {
            return false;
        };
        if as_account || !(open(API_KEY) && open(API_SECRET)) {
            return false;
        }
        config.insert(API_KEY.to_owned(), key.expose_secret().to_owned());
        config.insert(API_SECRET.to_owned(), secret.expose_secret().to_owned());
        true
    }

    /// Every connector with its state, by name: `GET …/connectors?expand=status`.
    pub async fn connectors(
        &self,
        call: &Call,
        of: &ConnectCluster,
    ) -> Result<Vec<ConnectorStatus>> {
        #[derive(Deserialize)]
        struct Expanded {
            status: Option<ConnectorStatus>,
        }
        let request = Request::get(route!("")).of(of).query("expand", "status");
        let found: BTreeMap<String, Expanded> = self.http.fetch(call, request).await?;
        Ok(found
            .into_iter()
            .map(|(name, expanded)| ConnectorStatus {
                name: name.clone(),
                ..expanded.status.unwrap_or_default()
            })
            .collect())
    }

    /// Makes a connector: `POST …/connectors`. `config` names it too.
    pub async fn create(
        &self,
        call: &Call,
        of: &ConnectCluster,
        name: &str,
        config: &ConnectorConfig,
    ) -> Result<Connector> {
        let request = Request::post(route!(""))
            .of(of)
            .json(&json!({ "name": name, "config": config }));
        let made = self.http.fetch(call, request).await;
        made.map_err(|error| hide(&error, config))
    }

    /// Removes a connector: `DELETE …/connectors/{name}`.
    pub async fn delete(&self, call: &Call, of: &ConnectCluster, name: &str) -> Result<()> {
        let request = Request::delete(route!("/{name}"));
        self.tell(call, request.connector(of, name)).await
    }

    /// The configuration: `GET …/connectors/{name}/config`. The service shows asterisks for what it
    /// knows to be secret.
    pub async fn config(
        &self,
        call: &Call,
        of: &ConnectCluster,
        name: &str,
    ) -> Result<ConnectorConfig> {
        let request = Request::get(route!("/{name}/config"));
        let request = request.connector(of, name);
        self.http.fetch(call, request).await
    }

    /// Replaces the configuration: `PUT …/connectors/{name}/config`. The service makes a connector
    /// where there is none of this name.
    pub async fn set_config(
        &self,
        call: &Call,
        of: &ConnectCluster,
        name: &str,
        config: &ConnectorConfig,
    ) -> Result<Connector> {
        let request = Request::put(route!("/{name}/config"))
            .connector(of, name)
            .json(config)
            .repeatable();
        let changed = self.http.fetch(call, request).await;
        changed.map_err(|error| hide(&error, config))
    }

    /// How far a connector is: `GET …/connectors/{name}/offsets`.
    pub async fn offsets(
        &self,
        call: &Call,
        of: &ConnectCluster,
        name: &str,
    ) -> Result<ConnectorOffsets> {
        let request = Request::get(route!("/{name}/offsets"));
        let request = request.connector(of, name);
        self.http.fetch(call, request).await
    }

    /// The state of a connector and its tasks: `GET …/connectors/{name}/status`.
    pub async fn status(
        &self,
        call: &Call,
        of: &ConnectCluster,
        name: &str,
    ) -> Result<ConnectorStatus> {
        let request = Request::get(route!("/{name}/status"));
        let request = request.connector(of, name);
        self.http.fetch(call, request).await
    }

    /// The id of a connector, `lcc-…`, which only the list tells: `GET …/connectors?expand=id`.
    pub async fn id(&self, call: &Call, of: &ConnectCluster, name: &str) -> Result<Option<String>> {
        #[derive(Deserialize)]
        struct Expanded {
            id: Option<Id>,
        }
        #[derive(Deserialize)]
        struct Id {
            id: String,
        }
        let request = Request::get(route!("")).of(of).query("expand", "id");
        let mut found: BTreeMap<String, Expanded> = self.http.fetch(call, request).await?;
        let found = found.remove(name).and_then(|expanded| expanded.id);
        Ok(found.map(|id| id.id))
    }

    /// The tasks and their configurations: `GET …/connectors/{name}/tasks`.
    pub async fn tasks(&self, call: &Call, of: &ConnectCluster, name: &str) -> Result<Vec<Task>> {
        let request = Request::get(route!("/{name}/tasks"));
        let request = request.connector(of, name);
        self.http.fetch(call, request).await
    }

    /// What the service advises against the errors of a connector:
    /// `GET …/connectors/{name}/error-recommendations`. `None` where it has nothing to go by.
    pub async fn advice(
        &self,
        call: &Call,
        of: &ConnectCluster,
        name: &str,
    ) -> Result<Option<Advice>> {
        /// How the service says, as an error, that there is no stack trace.
        const NO_TRACE: &str =
            "could not generate recommendations as error stack trace is not available";
        let request = Request::get(route!("/{name}/error-recommendations"));
        let request = request.connector(of, name);
        match self.http.fetch(call, request).await {
            Err(error)
                if error.kind() == ErrorKind::Argument
                    && error.message().to_ascii_lowercase().contains(NO_TRACE) =>
            {
                Ok(None)
            }
            advice => advice.map(Some),
        }
    }

    /// Stops a connector and keeps its place: `PUT …/connectors/{name}/pause`. The service does it
    /// later.
    pub async fn pause(&self, call: &Call, of: &ConnectCluster, name: &str) -> Result<()> {
        let request = Request::put(route!("/{name}/pause"));
        let request = request.connector(of, name).repeatable();
        self.tell(call, request).await
    }

    /// Goes on where a connector was paused: `PUT …/connectors/{name}/resume`. The service does it
    /// later.
    pub async fn resume(&self, call: &Call, of: &ConnectCluster, name: &str) -> Result<()> {
        let request = Request::put(route!("/{name}/resume"));
        let request = request.connector(of, name).repeatable();
        self.tell(call, request).await
    }

    /// Restarts a connector and its tasks: `POST …/connectors/{name}/restart`. The service does it
    /// later.
    pub async fn restart(&self, call: &Call, of: &ConnectCluster, name: &str) -> Result<()> {
        let request = Request::post(route!("/{name}/restart"));
        self.tell(call, request.connector(of, name)).await
    }

    /// A request whose answer says nothing more.
    async fn tell(&self, call: &Call, request: Request) -> Result<()> {
        self.http.send(call, request).await.map(drop)
    }
}

impl Request {
    fn of(self, cluster: &ConnectCluster) -> Self {
        self.path("environment", &cluster.environment_id)
            .path("cluster", &cluster.cluster_id)
    }

    fn connector(self, cluster: &ConnectCluster, name: &str) -> Self {
        self.of(cluster).path("name", name)
    }
}

/// The error of a service that may repeat what it was sent.
fn hide(error: &ToolError, config: &ConnectorConfig) -> ToolError {
    let secrets = config
        .iter()
        .filter(|(key, value)| redact::value(key, value) != value.as_str())
        .map(|(_, value)| value.as_str());
    let message = redact::without(error.message(), secrets);
    let message = redact::text(&message);
    let mut shown = ToolError::new(error.kind(), message);
    if let Some(code) = error.code_text() {
        shown = shown.code(code.to_owned());
    }
    match error.hint_text() {
        Some(hint) => shown.hint(hint.to_owned()),
        None => shown,
    }
}
