//! What a connection's owner configured, turned into librdkafka's settings.

use rdkafka::{
    ClientConfig, config::RDKafkaLogLevel as Level, error::KafkaError, types::RDKafkaConfRes,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::offsets::Isolation;
use crate::{
    config::{Glob, OAuthBearer, TlsConfig},
    error::{ErrorKind, Result, ToolError},
};

/// A Kafka cluster and how to reach it.
pub struct KafkaSettings {
    /// The id of the connection, for messages.
    pub connection: String,
    /// Settings of librdkafka by their exact names, `bootstrap.servers` among them. Each of them wins
    /// over the default this client would use; a later one wins over an earlier one of the same name.
    ///
    /// [All settings](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md)
    pub properties: Vec<(String, SecretString)>,
    /// Where tokens come from, if `sasl.mechanisms` is `OAUTHBEARER`.
    pub tokens: Option<TokenSettings>,
    /// Refuse whatever would change something.
    pub read_only: bool,
    /// Topics that are not written to, deleted or reconfigured through this client: patterns of the
    /// kind [`Glob`] is.
    pub protected_topics: Vec<String>,
}

/// Tokens for SASL OAUTHBEARER.
#[derive(Debug, Clone)]
pub enum TokenSettings {
    /// Those of an identity provider.
    Provider {
        /// The identity provider, and the SASL extensions.
        oauth: Box<OAuthBearer>,
        /// The `ca_file` of it is trusted for the provider, too.
        tls: Option<TlsConfig>,
    },
    /// Those of whoever signed in.
    #[cfg(feature = "login")]
    SignIn {
        /// The tokens of the data plane.
        sign_in: crate::client::login::SignedIn,
        /// The cluster they are shown to, `lkc-…`.
        cluster: String,
    },
}

/// Used by every client unless configured otherwise.
const DEFAULTS: &[(&str, &str)] = &[
    ("client.id", "mcp-confluent"),
    // A misspelt name must not become a topic.
    ("allow.auto.create.topics", "false"),
    // A connection that a firewall forgot is noticed.
    ("socket.keepalive.enable", "true"),
    ("socket.connection.setup.timeout.ms", "10000"),
    ("reconnect.backoff.max.ms", "1000"),
];

const PRODUCER_DEFAULTS: &[(&str, &str)] = &[
    ("acks", "all"),
    // Single records: waiting for company would only delay them.
    ("linger.ms", "0"),
    // The partition of a key is the one Kafka's Java client would choose.
    ("partitioner", "murmur2_random"),
    ("message.timeout.ms", "30000"),
    // The topic's own limit decides, not this client's.
    ("message.max.bytes", "67108864"),
];

const READER_DEFAULTS: &[(&str, &str)] = &[
    ("isolation.level", "read_committed"),
    // A read across many partitions holds at most about this much that it has not looked at.
    ("fetch.max.bytes", "8388608"),
    ("max.partition.fetch.bytes", "1048576"),
];

/// What reading without a group rests on; these are not for the user to change.
const READER_FIXED: &[(&str, &str)] = &[
    ("enable.partition.eof", "true"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "earliest"),
    // Fetch one answer ahead at most: a fetch that waits at the end of a partition would delay the
    // next read through this client by as long as the broker waits. What librdkafka puts into the
    // queue to begin a fetch counts as full, too, so it has to look again soon. Some fetches are made
    // all the same, right before a partition is left alone, so they must not wait long.
    ("queued.min.messages", "1"),
    ("fetch.queue.backoff.ms", "1"),
    ("fetch.wait.max.ms", "5"),
];

/// Settings of group members; a reader is none.
const GROUP_SETTINGS: &[&str] = &[
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
];

impl KafkaSettings {
    /// The value a setting has by the user's wish.
    fn configured(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.expose_secret())
    }

    /// The addresses to begin with, for messages.
    pub(super) fn servers(&self) -> String {
        self.configured("bootstrap.servers")
            .or_else(|| self.configured("metadata.broker.list"))
            .unwrap_or("no bootstrap server")
            .to_owned()
    }

    /// Whether records of unfinished and aborted transactions are read.
    pub(super) fn isolation(&self) -> Isolation {
        match self.configured("isolation.level") {
            Some("read_uncommitted") => Isolation::ReadUncommitted,
            _ => Isolation::ReadCommitted,
        }
    }

    /// For the client that writes and administers.
    pub(super) fn control(&self) -> ClientConfig {
        self.config(PRODUCER_DEFAULTS, &[], &[])
    }

    /// For a client that reads.
    pub(super) fn reader(&self) -> ClientConfig {
        self.config(READER_DEFAULTS, READER_FIXED, GROUP_SETTINGS)
    }

    fn config(
        &self,
        defaults: &[(&str, &str)],
        fixed: &[(&str, &str)],
        without: &[&str],
    ) -> ClientConfig {
        let mut config = ClientConfig::new();
        // Some reasons of lost connections are only logged, as information.
        if (config.log_level as i32) < (Level::Info as i32) {
            config.set_log_level(Level::Info);
        }
        for &(key, value) in DEFAULTS.iter().chain(defaults) {
            config.set(key, value);
        }
        let uses_tls = self
            .configured("security.protocol")
            .is_some_and(|protocol| protocol.to_ascii_lowercase().contains("ssl"));
        if uses_tls
            && !self
                .properties
                .iter()
                .any(|(key, _)| key.starts_with("ssl.ca."))
        {
            // OpenSSL built from its sources looks where no distribution keeps its authorities.
            config.set("ssl.ca.location", "probe");
        }
        for (key, value) in &self.properties {
            if !without.contains(&key.as_str()) {
                config.set(key, value.expose_secret());
            }
        }
        for &(key, value) in fixed {
            config.set(key, value);
        }
        config
    }

    /// Why librdkafka would not take the settings. Values are left out: they may be secret.
    pub(super) fn refused(&self, error: KafkaError) -> ToolError {
        let why = match error {
            KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, key, _) => {
                format!("`{key}` is not a setting of librdkafka")
            }
            KafkaError::ClientConfig(_, _, key, _) => {
                format!("the value of `{key}` is not one that librdkafka takes")
            }
            KafkaError::ClientCreation(reason) => super::error::clean(&reason),
            other => super::error::clean(&other.to_string()),
        };
        ToolError::new(
            ErrorKind::Argument,
            format!(
                "the Kafka settings of connection `{}` are wrong: {why}",
                self.connection
            ),
        )
        .hint("correct the connection's configuration and start again")
    }

    /// Refuses changes through a read-only connection.
    pub(super) fn check_writable(&self, doing: &str) -> Result<()> {
        if !self.read_only {
            return Ok(());
        }
        Err(ToolError::new(
            ErrorKind::Refused,
            format!(
                "connection `{}` is read-only: refused to {doing}",
                self.connection
            ),
        )
        .hint("use another connection, or ask its owner to lift `read_only`"))
    }

    /// Refuses changes to protected topics.
    pub(in crate::client) fn check_unprotected(&self, doing: &str, topic: &str) -> Result<()> {
        let matches = |pattern: &&String| Glob::new(pattern.as_str()).matches(topic);
        let Some(pattern) = self.protected_topics.iter().find(matches) else {
            return Ok(());
        };
        Err(ToolError::new(
            ErrorKind::Refused,
            format!(
                "topic `{topic}` of connection `{}` is protected by the pattern `{pattern}`: \
                 refused to {doing}",
                self.connection
            ),
        )
        .hint("ask the owner of the connection to change its protected topics"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(properties: &[(&str, &str)]) -> KafkaSettings {
        KafkaSettings {
            connection: "test".to_owned(),
            properties: properties
                .iter()
                .map(|&(k, v)| (k.to_owned(), v.into()))
                .collect(),
            tokens: None,
            read_only: false,
            protected_topics: Vec::new(),
        }
    }

    #[test]
    fn readers_are_in_no_group_whatever_is_configured() {
        let settings = settings(&[
            ("group.id", "mine"),
            ("enable.partition.eof", "false"),
            ("fetch.max.bytes", "1000000"),
        ]);
        let config = settings.reader();
        assert_eq!(config.get("group.id"), None);
        assert_eq!(config.get("enable.partition.eof"), Some("true"));
        assert_eq!(config.get("fetch.max.bytes"), Some("1000000"));
    }

    #[test]
    fn records_do_not_wait_for_company_unless_configured() {
        assert_eq!(settings(&[]).control().get("linger.ms"), Some("0"));
        let patient = settings(&[("linger.ms", "5")]);
        assert_eq!(patient.control().get("linger.ms"), Some("5"));
    }

    #[test]
    fn authorities_are_looked_for_where_none_is_named() {
        let tls = ("security.protocol", "SASL_SSL");
        assert_eq!(
            settings(&[tls]).control().get("ssl.ca.location"),
            Some("probe")
        );
        let named = settings(&[tls, ("ssl.ca.pem", "-----BEGIN")]);
        assert_eq!(named.control().get("ssl.ca.location"), None);
        assert_eq!(settings(&[]).control().get("ssl.ca.location"), None);
    }

    #[test]
    fn refusals_name_the_setting_and_keep_the_value() {
        let settings = settings(&[("sasl.pasword", "hunter2")]);
        let Err(error) = settings.control().create_native_config() else {
            panic!("librdkafka knows no such setting");
        };
        let text = settings.refused(error).to_string();
        assert!(text.contains("`sasl.pasword` is not a setting"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
