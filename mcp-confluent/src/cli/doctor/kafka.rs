//! A Kafka cluster, by its own protocol.

use std::collections::HashMap;

use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Probe,
    reach::{self, Greeting},
    report::{Block, Finding, State},
    tls::{self, Certificate},
};
use crate::{
    client::kafka::{
        Call, KafkaClient,
        read::{ReadEntry, ReadRequest, Start},
        topics::{NewTopic, TopicInfo, TopicRight},
    },
    config::{KafkaAuth, KafkaBlock},
    error::{ErrorKind, ToolError},
    tool::clients,
};

/// How many topics the broker is asked about.
const ASKED: usize = 100;

/// The tools that change topics, and what they need.
const CHANGES: [(&str, TopicRight); 3] = [
    ("produce-message", TopicRight::Write),
    ("alter-topic-config", TopicRight::AlterConfigs),
    ("delete-topics", TopicRight::Delete),
];

/// What the credentials may do with each of some topics.
type Rights = HashMap<String, Vec<TopicRight>>;

pub(super) async fn check(probe: &Probe) -> Block {
    let connection = probe.connection.id();
    let Some(kafka) = probe.settings().kafka() else {
        return Block::new(connection, "kafka", "");
    };
    let servers = kafka.bootstrap_servers.join(", ");
    let mut check = Check {
        probe,
        kafka,
        report: Block::new(connection, "kafka", servers.clone()),
        servers,
        address: kafka.bootstrap_servers.first().cloned().unwrap_or_default(),
    };
    let protocol = kafka.security_protocol();
    if !protocol.uses_tls() {
        check.report.tls = State::Unused;
    }
    if !protocol.uses_sasl() && !matches!(kafka.auth, KafkaAuth::Mtls) {
        check.report.signed_in = State::Unused;
    }
    check.files();
    if check.reach().await && check.report.findings.is_empty() {
        check.ask().await;
    }
    check.report
}

struct Check<'p> {
    probe: &'p Probe,
    kafka: &'p KafkaBlock,
    report: Block,
    /// The configured addresses.
    servers: String,
    /// One that answers.
    address: String,
}

impl Check<'_> {
    fn find(
        &mut self,
        what: impl Into<String>,
        host: &str,
        key: &[&str],
        cause: impl Into<String>,
    ) {
        self.report.findings.push(Finding {
            what: what.into(),
            host: host.to_owned(),
            key: key.join("."),
            place: self.probe.place(key),
            cause: cause.into(),
        });
    }

    /// Whether the files that the block names can be used.
    fn files(&mut self) {
        let kafka = self.kafka;
        let faults = kafka.tls.as_ref().map(tls::check_files);
        for fault in faults.into_iter().flatten() {
            self.report.tls = State::Bad;
            let key = ["kafka", "tls", fault.key];
            self.find(fault.what, "this machine", &key, fault.cause);
        }
        if let KafkaAuth::Gssapi { keytab_file, .. } = &kafka.auth {
            let mut faults = Vec::new();
            tls::read("keytab_file", keytab_file.as_deref(), &mut faults);
            for fault in faults {
                let key = ["kafka", "auth", fault.key];
                self.find(fault.what, "this machine", &key, fault.cause);
            }
        }
    }

    /// Whether a broker answers at all; the others are only mentioned.
    async fn reach(&mut self) -> bool {
        let mut trying = JoinSet::new();
        for address in self.kafka.bootstrap_servers.clone() {
            let deadline = self.half_way();
            trying.spawn(async move { (reach::connect(&address, deadline).await.err(), address) });
        }
        let mut failures = Vec::new();
        let mut reached = None;
        for (failure, address) in trying.join_all().await {
            match failure {
                None => reached = Some(address),
                Some(failure) => failures.push((address, failure)),
            }
        }
        failures.sort_by(|(a, _), (b, _)| a.cmp(b));
        let Some(address) = reached else {
            self.report.reachable = State::Bad;
            for (address, failure) in failures {
                let what = format!("no broker answers: {}", failure.what());
                self.find(
                    what,
                    &address,
                    &["kafka", "bootstrap_servers"],
                    failure.cause(),
                );
            }
            return false;
        };
        self.address = address;
        self.report.reachable = State::Good;
        for (address, failure) in failures {
            let what = failure.what();
            self.report.notes.push(format!(
                "{address} does not answer ({what}); another broker does"
            ));
        }
        true
    }

    /// Something that does not answer must not use up all the time.
    fn half_way(&self) -> Instant {
        Instant::now()
            + self
                .probe
                .deadline
                .saturating_duration_since(Instant::now())
                / 2
    }

    /// Signs in and asks what the tools ask.
    async fn ask(&mut self) {
        let client = match clients::settings(&self.probe.connection).map(KafkaClient::new) {
            Ok(client) => client,
            Err(error) => return self.wrong_settings(&error),
        };
        let call = Call::new(self.probe.most_of_the_time(), CancellationToken::new());
        if let Err(error) = client.check_token(&call).await {
            return self.no_token(&error);
        }
        let topics = match client.topics(&call).await {
            Ok(topics) => topics,
            Err(error) => return self.explain(&error).await,
        };
        for state in [&mut self.report.tls, &mut self.report.signed_in] {
            if *state == State::Unknown {
                *state = State::Good;
            }
        }
        self.report.allowed = State::Good;
        if topics.is_empty() {
            let note = "no topic is visible: the cluster is empty, or the ACL DESCRIBE on topics is missing";
            self.report.notes.push(note.to_owned());
        }
        let rights = self.rights(&client, &call, &topics).await;
        // One that can be read, if there is one: rights may be given topic by topic.
        let readable = |topic: &&TopicInfo| {
            let rights = rights.get(&topic.name);
            rights.is_some_and(|rights| {
                rights.contains(&TopicRight::Read) && rights.contains(&TopicRight::DescribeConfigs)
            })
        };
        let topic = topics
            .iter()
            .find(readable)
            .or_else(|| topics.iter().find(|topic| !topic.internal))
            .or(topics.first());
        if let Some(topic) = topic {
            self.use_topic(&client, &call, topic).await;
        }
        match client.list_groups(&call, &[], &[]).await {
            Ok(groups) => {
                for error in &groups.errors {
                    self.refused(error, "DESCRIBE on consumer groups");
                }
            }
            Err(error) => self.refused(&error, "DESCRIBE on consumer groups"),
        }
        self.change(&client, &call, &rights).await;
    }

    /// What may be done with the topics that are not Kafka's own, as far as the broker says.
    async fn rights(&mut self, client: &KafkaClient, call: &Call, topics: &[TopicInfo]) -> Rights {
        let names: Vec<&str> = topics
            .iter()
            .filter(|topic| !topic.internal)
            .map(|topic| topic.name.as_str())
            .take(ASKED)
            .collect();
        if names.is_empty() {
            return Rights::new();
        }
        match client.topic_rights(call, &names).await {
            Ok(rights) => rights
                .into_iter()
                .filter_map(|(topic, rights)| Some((topic, rights?)))
                .collect(),
            Err(error) => {
                self.report.notes.push(format!(
                    "the rights on topics are not known: {}",
                    error.message()
                ));
                Rights::new()
            }
        }
    }

    /// Whether the tools that change something could do so somewhere.
    async fn change(&mut self, client: &KafkaClient, call: &Call, rights: &Rights) {
        let mut wanted: Vec<(&str, &str)> = Vec::new();
        let mut missing: Vec<(&str, &str)> = Vec::new();
        if self.probe.tools.contains("create-topics") {
            wanted.push(("create-topics", "CREATE"));
            if !self.would_create(client, call).await {
                // Rights may be given for names that begin in a certain way.
                if rights
                    .values()
                    .any(|rights| rights.contains(&TopicRight::Create))
                {
                    let note = "topics can be created under some names only";
                    self.report.notes.push(note.to_owned());
                } else {
                    missing.push(("create-topics", "CREATE"));
                }
            }
        }
        for (tool, right) in CHANGES {
            if self.probe.tools.contains(tool) && !rights.is_empty() {
                wanted.push((tool, right.as_str()));
                if !rights.values().any(|rights| rights.contains(&right)) {
                    missing.push((tool, right.as_str()));
                }
            }
        }
        if missing.is_empty() {
            return;
        }
        self.report.allowed = State::Bad;
        let acls: Vec<_> = missing.iter().map(|(_, acl)| *acl).collect();
        let acls = acls.join(", ");
        let servers = self.servers.clone();
        if missing.len() == wanted.len() {
            let what = if rights.is_empty() {
                format!("this user sees no topic, and lacks {acls} on new ones")
            } else {
                format!("this user may not change anything: it lacks {acls} on topics")
            };
            self.find(
                what,
                &servers,
                &["read_only"],
                format!(
                    "write `read_only: true` if nothing should be changed through this connection, or give the \
                     user the ACLs {acls}"
                ),
            );
            return;
        }
        let tools: Vec<_> = missing.iter().map(|(tool, _)| *tool).collect();
        let key = self.identity();
        self.find(
            format!("this user lacks {acls} on every topic that was looked at"),
            &servers,
            &key,
            format!(
                "give this user the ACLs {acls}, or leave out what needs them: `block_tools: [{}]`",
                tools.join(", ")
            ),
        );
    }

    /// librdkafka does not take the settings at all.
    fn wrong_settings(&mut self, error: &ToolError) {
        self.report.allowed = State::Bad;
        let what = error.message();
        let names = self.kafka.extra_properties.keys();
        let named = names
            .filter(|name| what.contains(*name))
            .max_by_key(|name| name.len());
        let mut key = vec!["kafka"];
        if let Some(name) = named {
            key.extend(["extra_properties", name]);
        }
        self.find(
            what,
            "this machine",
            &key,
            "librdkafka has no such setting, or not with this value: correct it or remove it",
        );
    }

    /// Why the identity provider gave no token.
    fn no_token(&mut self, error: &ToolError) {
        self.report.signed_in = State::Bad;
        let endpoint = self
            .kafka
            .oauthbearer()
            .map(|it| &it.credentials.token_endpoint);
        let host = endpoint.cloned().unwrap_or_default();
        let (key, cause) = match error.kind() {
            ErrorKind::Unauthenticated | ErrorKind::Denied => (
                "client_secret",
                "the provider does not know this client, or not with this secret, or not for this `scope`",
            ),
            _ => (
                "token_endpoint",
                "the URL is not the provider's token endpoint, or the provider cannot be reached from here",
            ),
        };
        self.find(error.message(), &host, &["kafka", "auth", key], cause);
    }

    async fn use_topic(&mut self, client: &KafkaClient, call: &Call, topic: &TopicInfo) {
        if let Err(error) = client.topic_config(call, &topic.name).await {
            self.refused(&error, "DESCRIBE_CONFIGS on topics");
        }
        let one_record = ReadRequest {
            entries: vec![ReadEntry {
                topic: topic.name.clone(),
                partition: None,
                start: Start::Tail(1),
            }],
            max_records: 1,
            max_bytes: 1024 * 1024,
            timeout: call.remaining() / 2,
        };
        if let Err(error) = client.read(call, &one_record).await {
            self.refused(&error, "READ on topics");
        }
    }

    /// Asks whether a topic could be created, without creating it: no only if that is denied.
    async fn would_create(&mut self, client: &KafkaClient, call: &Call) -> bool {
        let name = format!("mcp-confluent-doctor-{:08x}", rand::random::<u32>());
        let topic = NewTopic {
            name,
            partitions: Some(1),
            ..NewTopic::default()
        };
        let error = match client.create_topics(call, &[topic], true).await {
            Ok(outcomes) => outcomes
                .into_iter()
                .find_map(|outcome| outcome.result.err()),
            Err(error) => Some(error),
        };
        match error {
            Some(error) if error.kind() == ErrorKind::Denied => return false,
            // What a policy of the cluster says about one topic says nothing about others.
            Some(error) if error.kind() == ErrorKind::Argument => {}
            Some(error) => self.refused(&error, "CREATE on topics"),
            None => {}
        }
        true
    }

    /// A question that was not answered as the tools would need it.
    fn refused(&mut self, error: &ToolError, acl: &str) {
        // Somebody has deleted it meanwhile.
        if error.kind() == ErrorKind::NotFound {
            return;
        }
        self.report.allowed = State::Bad;
        if error.kind() == ErrorKind::Denied {
            let key = self.identity();
            self.find(
                error.message(),
                &self.servers.clone(),
                &key,
                format!("give this user the ACL {acl}, or use another user"),
            );
            return;
        }
        let cause = if matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::TimedOut) {
            "the cluster names its brokers by addresses that cannot be reached from here: check \
                     `advertised.listeners` of the brokers"
        } else {
            error.hint_text().unwrap_or("try again")
        };
        self.find(
            error.message(),
            &self.servers.clone(),
            &["kafka", "bootstrap_servers"],
            cause,
        );
    }

    /// Why the first question found no answer although somebody listens.
    async fn explain(&mut self, error: &ToolError) {
        // The question has no arguments of its own.
        if error.kind() == ErrorKind::Argument {
            return self.wrong_settings(error);
        }
        let address = self.address.clone();
        let protocol = self.kafka.security_protocol();
        let what = error.message().to_owned();
        if error.kind() == ErrorKind::Unauthenticated {
            return self.explain_refusal(what, &address);
        }
        match (
            protocol.uses_tls(),
            reach::greet(&address, self.probe.deadline).await,
        ) {
            (true, Greeting::Plain) => {
                self.report.tls = State::Bad;
                let key: &[&str] = if self.kafka.tls.is_some() {
                    &["kafka", "tls"]
                } else {
                    &["kafka", "auth"]
                };
                self.find(
                    format!("the listener speaks no TLS: {what}"),
                    &address,
                    key,
                    "write `tls: { enabled: false }` below `kafka` if the listener is meant to be unencrypted, or \
                     name its TLS port in `bootstrap_servers`",
                );
            }
            (false, Greeting::Tls) => {
                self.report.tls = State::Bad;
                self.find(
                    format!("the listener speaks TLS, and the connection does not: {what}"),
                    &address,
                    &["kafka", "tls"],
                    "write `tls: { enabled: true }` below `kafka` (with `ca_file` for an authority of your own)",
                );
            }
            (true, Greeting::Tls) if is_about_tls(error) => {
                let seen = tls::certificate(&address, self.kafka.tls.as_ref(), self.probe.deadline);
                let seen = seen.await;
                self.explain_tls(what, &address, &seen);
            }
            _ if !protocol.uses_sasl() && protocol.uses_tls() => {
                self.report.signed_in = State::Bad;
                self.find(
                    what,
                    &address,
                    &["kafka", "tls", "cert_file"],
                    "the listener closes the connection after the TLS handshake: it wants a client certificate that \
                     it trusts (`cert_file` and `key_file`), or a sign-in (`auth`)",
                );
            }
            _ if !protocol.uses_sasl() => {
                self.report.signed_in = State::Bad;
                self.find(
                    what,
                    &address,
                    &["kafka", "auth"],
                    "the listener closes the connection: it most likely wants a sign-in, so write `auth`; or it is \
                     no Kafka listener at all",
                );
            }
            _ => {
                self.report.signed_in = State::Bad;
                let cause = format!(
                    "{}; the listener may want no sign-in, or be no Kafka listener at all",
                    error.hint_text().unwrap_or("nothing was answered")
                );
                self.find(what, &address, &["kafka", "auth"], cause);
            }
        }
    }

    /// Why a broker refuses the sign-in.
    fn explain_refusal(&mut self, what: String, address: &str) {
        if self.kafka.security_protocol().uses_tls() {
            self.report.tls = State::Good;
        }
        self.report.signed_in = State::Bad;
        let said = what.to_ascii_lowercase();
        let mechanism = ["unsupported", "not supported", "handshake failed"]
            .iter()
            .any(|it| said.contains(it));
        let unwanted = said.contains("current sasl state");
        let token = matches!(self.kafka.auth, KafkaAuth::OAuthBearer(_));
        let key: &[&str] = if mechanism && !unwanted {
            &["kafka", "auth", "type"]
        } else if unwanted || token {
            &["kafka", "auth"]
        } else {
            self.secret()
        };
        let cause = if unwanted {
            "this listener wants no sign-in: remove `auth`, or name the listener that wants one in \
             `bootstrap_servers`"
                .to_owned()
        } else if mechanism {
            "the broker does not offer this SASL mechanism: change `type`".to_owned()
        } else if token {
            "the provider gave a token that the brokers do not accept: check `scope`, `logical_cluster`, \
             `identity_pool` and `extensions`, and that the brokers trust this provider"
                .to_owned()
        } else {
            "the user or the password is wrong, or belongs to another cluster; an API key must be one for this \
             Kafka cluster"
                .to_owned()
        };
        self.find(what, address, key, cause);
    }

    /// Why TLS did not come about, or what came after it did not.
    fn explain_tls(&mut self, what: String, address: &str, seen: &Certificate) {
        let said = what.to_ascii_lowercase();
        let wants_certificate = [
            "certificate required",
            "bad certificate",
            "handshake failure",
            "certificate unknown",
            "unknown ca",
        ]
        .iter()
        .any(|alert| said.contains(alert));
        if wants_certificate {
            self.report.tls = State::Bad;
            self.find(
                what,
                address,
                &["kafka", "tls", "cert_file"],
                "the broker wants a client certificate that it trusts: name `cert_file` and `key_file`",
            );
        } else if let Some((cause, about_address)) = seen.cause() {
            self.report.tls = State::Bad;
            let key: &[&str] = if about_address {
                &["kafka", "bootstrap_servers"]
            } else {
                &["kafka", "tls", "ca_file"]
            };
            self.find(what, address, key, cause);
        } else if *seen == Certificate::Good && !self.kafka.security_protocol().uses_sasl() {
            self.report.tls = State::Good;
            self.report.signed_in = State::Bad;
            self.find(
                what,
                address,
                &["kafka", "auth"],
                "the listener closes the connection after the TLS handshake: it most likely wants a sign-in, so \
                 write `auth`; or it wants a client certificate (`cert_file` and `key_file` in `tls`)",
            );
        } else {
            self.report.tls = State::Bad;
            self.find(
                what,
                address,
                &["kafka", "tls"],
                "check the files in the `tls` block, and the port",
            );
        }
    }

    /// The key of who signs in.
    fn identity(&self) -> [&'static str; 3] {
        match &self.kafka.auth {
            KafkaAuth::ApiKey { .. } => ["kafka", "auth", "key"],
            KafkaAuth::Plain { .. } | KafkaAuth::Scram { .. } => ["kafka", "auth", "username"],
            KafkaAuth::OAuthBearer(_) => ["kafka", "auth", "client_id"],
            KafkaAuth::Gssapi { .. } => ["kafka", "auth", "principal"],
            KafkaAuth::Mtls => ["kafka", "tls", "cert_file"],
            KafkaAuth::None => ["kafka", "auth", "type"],
        }
    }

    /// The key of what proves it.
    fn secret(&self) -> &'static [&'static str] {
        match &self.kafka.auth {
            KafkaAuth::ApiKey { .. } => &["kafka", "auth", "secret"],
            KafkaAuth::Plain { .. } | KafkaAuth::Scram { .. } => &["kafka", "auth", "password"],
            KafkaAuth::OAuthBearer(_) => &["kafka", "auth", "client_secret"],
            KafkaAuth::Gssapi { .. } => &["kafka", "auth", "keytab_file"],
            KafkaAuth::Mtls => &["kafka", "tls", "key_file"],
            // The mechanism is an extra property, and so is what it takes.
            KafkaAuth::None => &["kafka", "extra_properties"],
        }
    }
}

/// Whether librdkafka failed at TLS, and not before or after it.
fn is_about_tls(error: &ToolError) -> bool {
    let message = error.message().to_ascii_lowercase();
    error.code_text() == Some("_SSL") || message.contains("ssl") || message.contains("certificate")
}
