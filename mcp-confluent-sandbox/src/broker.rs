//! The broker's state and what every request handler needs.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::BrokerId;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::config::{BrokerConfigs, Overrides};
use crate::group::Groups;
use crate::options::SandboxOptions;
use crate::security::{Operation, Resource, Security};
use crate::topics::Topics;
use crate::transactions::Transactions;

/// The one node of the cluster.
pub(crate) const NODE_ID: i32 = 1;
pub(crate) const NODE: BrokerId = BrokerId(NODE_ID);
/// The address that is listened on and advertised.
pub(crate) const HOST: &str = "127.0.0.1";

/// The broker: one state behind one lock, which is never held across an await.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) cluster_id: String,
    pub(crate) auto_create_topics: bool,
    pub(crate) state: Mutex<State>,
    /// Told when records become readable.
    pub(crate) appended: Notify,
    /// Told when a deadline may have come nearer.
    pub(crate) rescheduled: Notify,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) topics: Topics,
    pub(crate) configs: BrokerConfigs,
    pub(crate) groups: Groups,
    pub(crate) transactions: Transactions,
    pub(crate) security: Security,
}

/// Who sent a request, and how.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) client_id: &'a str,
    pub(crate) version: i16,
}

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// The user, `ANONYMOUS` without authentication.
    pub(crate) user: String,
    /// The address it came from.
    pub(crate) host: String,
    /// The port it connected to, which is the one that it is told to use.
    pub(crate) port: u16,
}

impl Peer {
    pub(crate) fn anonymous(host: String, port: u16) -> Self {
        Self {
            user: "ANONYMOUS".to_owned(),
            host,
            port,
        }
    }
}

/// Why something was not done: the protocol's error and, where the answer has a place for it, a
/// message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ResponseError,
    pub(crate) message: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: ResponseError, message: impl Into<String>) -> Self {
        Self {
            code,
            message: Some(message.into()),
        }
    }
}

impl Refusal {
    /// The refusal of those who may not, where answers carry a message for it.
    pub(crate) fn denied(code: ResponseError) -> Self {
        let message = match code {
            ResponseError::TopicAuthorizationFailed => "Topic authorization failed.",
            ResponseError::GroupAuthorizationFailed => "Group authorization failed.",
            ResponseError::ClusterAuthorizationFailed => "Cluster authorization failed.",
            ResponseError::TransactionalIdAuthorizationFailed => {
                "Transactional Id authorization failed."
            }
            _ => return code.into(),
        };
        Self::new(code, message)
    }
}

impl From<ResponseError> for Refusal {
    fn from(code: ResponseError) -> Self {
        Self {
            code,
            message: None,
        }
    }
}

impl Broker {
    pub(crate) fn new(options: &SandboxOptions) -> Self {
        let fixed = fixed_configs(options);
        Self {
            cluster_id: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()),
            auto_create_topics: options.auto_create_topics,
            state: Mutex::new(State {
                topics: Topics::new(options.max_stored_bytes),
                configs: BrokerConfigs::new(fixed),
                groups: Groups::default(),
                transactions: Transactions::default(),
                security: Security::new(options),
            }),
            appended: Notify::new(),
            rescheduled: Notify::new(),
        }
    }
}

impl State {
    /// Refuses what the caller may not do, with the error that Kafka has for the kind of resource.
    pub(crate) fn authorize(
        &self,
        call: &Call<'_>,
        operation: Operation,
        resource: Resource<'_>,
    ) -> Result<(), ResponseError> {
        if self.security.allows(call.peer, operation, resource) {
            Ok(())
        } else {
            Err(resource.denial())
        }
    }
}

/// The settings that the broker was started with.
fn fixed_configs(options: &SandboxOptions) -> Overrides {
    let mut fixed = Overrides::new();
    let mut set = |name: &str, value: String| fixed.insert(name.to_owned(), value);
    set("broker.id", NODE_ID.to_string());
    set("node.id", NODE_ID.to_string());
    set("process.roles", "broker,controller".to_owned());
    set(
        "auto.create.topics.enable",
        options.auto_create_topics.to_string(),
    );
    set(
        "group.initial.rebalance.delay.ms",
        crate::group::INITIAL_REBALANCE_DELAY
            .as_millis()
            .to_string(),
    );
    set(
        "group.min.session.timeout.ms",
        crate::group::MIN_SESSION_TIMEOUT.as_millis().to_string(),
    );
    set(
        "socket.request.max.bytes",
        options.max_request_bytes.to_string(),
    );
    if options.super_users.is_some() {
        set(
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned(),
        );
    }
    if !options.users.is_empty() {
        set(
            "sasl.enabled.mechanisms",
            crate::security::MECHANISMS.join(","),
        );
    }
    fixed
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
