//! A Kafka cluster, by its own protocol.

mod causes;

use std::collections::HashMap;

use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Probe, reach,
    report::{Block, Finding, State},
    tls,
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
}
