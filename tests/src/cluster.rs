//! [`Cluster`]: what the tests work on, the embedded broker or a real Kafka.

use std::{collections::BTreeMap, env, fs, path::Path};

use mcp_confluent_sandbox::{
    Acl, AclOperation, AclPattern, AclPermission, AclResourceType, Sandbox, SandboxOptions,
};
use serde_json::{Value, json};

use crate::{Config, config};

/// Names the file of `tests/stack/kafka.sh` that describes the real Kafka to test against.
pub const KAFKA_ENV: &str = "MCP_CONFLUENT_TEST_KAFKA_ENV";

/// A running cluster. The embedded one is the test's own; a real Kafka is shared by all tests, so
/// every name has to come from [`name`](Self::name).
///
/// Both have a listener where everybody may do everything, and one with SASL, where `admin` may do
/// everything and `limited` works with topics and groups called `allowed-…` only.
pub struct Cluster {
    kind: Kind,
    /// Tells the names of this test from those of others.
    tag: String,
}

enum Kind {
    Sandbox(Sandbox),
    Kafka(Environment),
}

/// The lines of an environment file.
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads `KEY=VALUE` lines.
    pub fn read(path: &Path) -> Self {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Self(
            pairs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> &str {
        self.0
            .get(key)
            .unwrap_or_else(|| panic!("{key} is not in the environment file"))
    }
}

impl Cluster {
    /// The real Kafka if one is named in the environment, else an embedded broker of its own.
    pub async fn start() -> Self {
        let kind = match env::var_os(KAFKA_ENV) {
            Some(path) => Kind::Kafka(Environment::read(Path::new(&path))),
            None => Kind::Sandbox(sandbox().await),
        };
        Self {
            kind,
            tag: format!("{:08x}", rand::random::<u32>()),
        }
    }

    /// Whether this is a real Kafka.
    pub fn is_real() -> bool {
        env::var_os(KAFKA_ENV).is_some()
    }

    /// A name that no other test uses.
    pub fn name(&self, stem: &str) -> String {
        format!("{stem}-{}", self.tag)
    }

    /// Where the listener without authentication is.
    pub fn bootstrap(&self) -> String {
        match &self.kind {
            Kind::Sandbox(sandbox) => sandbox.bootstrap_servers(),
            Kind::Kafka(environment) => environment.get("KAFKA_BOOTSTRAP").to_owned(),
        }
    }

    /// A connection through the listener without authentication.
    pub fn plain(&self) -> Value {
        config::plain(&self.bootstrap())
    }

    /// A configuration with that connection and no other.
    pub fn config(&self) -> Config {
        Config::new().connection("main", self.plain())
    }

    /// A connection through the listener with SASL.
    pub fn signed_in(&self, user: &str, password: &str) -> Value {
        let mut kafka = json!({
            "auth": { "type": "scram_sha_512", "username": user, "password": password },
        });
        match &self.kind {
            Kind::Sandbox(sandbox) => {
                kafka["bootstrap_servers"] =
                    json!(sandbox.sasl_bootstrap_servers().expect("it has users"));
                kafka["extra_properties"] = json!({ "security.protocol": "SASL_PLAINTEXT" });
            }
            Kind::Kafka(environment) => {
                kafka["bootstrap_servers"] = json!(environment.get("KAFKA_BOOTSTRAP_SASL_SSL"));
                kafka["tls"] = json!({ "ca_file": environment.get("KAFKA_CA_FILE") });
            }
        }
        json!({ "type": "direct", "kafka": kafka })
    }

    /// The user who may do everything, and the password.
    pub const ADMIN: (&'static str, &'static str) = ("admin", "admin-secret");
    /// How the names begin that `limited` may use.
    pub const LIMITED_PREFIX: &'static str = "allowed-";
    /// The user who may work with `allowed-…` only, and the password.
    pub const LIMITED: (&'static str, &'static str) = ("limited", "limited-secret");
}

async fn sandbox() -> Sandbox {
    let options = SandboxOptions::new()
        .user(Cluster::ADMIN.0, Cluster::ADMIN.1)
        .user(Cluster::LIMITED.0, Cluster::LIMITED.1)
        .enforce_acls(["ANONYMOUS", Cluster::ADMIN.0]);
    let sandbox = Sandbox::start(options)
        .await
        .expect("the embedded broker starts");
    // What `kafka-acls --producer --consumer` gives, as kafka.sh does.
    let topics = [
        AclOperation::Create,
        AclOperation::Describe,
        AclOperation::Read,
        AclOperation::Write,
    ];
    let rules = topics.map(|operation| (AclResourceType::Topic, operation));
    for (resource_type, operation) in rules
        .into_iter()
        .chain([(AclResourceType::Group, AclOperation::Read)])
    {
        sandbox.add_acl(Acl {
            resource_type,
            resource_name: Cluster::LIMITED_PREFIX.to_owned(),
            pattern: AclPattern::Prefixed,
            principal: format!("User:{}", Cluster::LIMITED.0),
            host: "*".to_owned(),
            operation,
            permission: AclPermission::Allow,
        });
    }
    sandbox
}
