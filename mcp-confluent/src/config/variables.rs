//! A configuration without a file: everything from environment variables and a few flags.
//!
//! The variables become the same tree that a file would, and take the same way from there; only
//! the problems name variables instead of keys. A variable that is set to nothing counts as not
//! set.

use std::path::Path;

use super::{
    environment::Environment,
    kafka_block::instead_of,
    load::{build, truthy},
    model::{Config, ConfigSource},
    otlp,
    problems::{ConfigError, Place, Problems},
    properties::Property,
    yaml::{Entry, Node, Scalar, Value},
};

/// The id of the one connection that variables describe.
pub const DEFAULT_CONNECTION: &str = "_default";

/// A variable, and the section and key it is read into.
type Variable = (&'static str, &'static [&'static str]);

/// Variables of the connection, in groups of one block; see [`connection`] for when a block is
/// there at all.
const SERVICES: [Variable; 27] = [
    ("BOOTSTRAP_SERVERS", &["kafka", "bootstrap_servers"]),
    ("KAFKA_API_KEY", &["kafka", "auth", "key"]),
    ("KAFKA_API_SECRET", &["kafka", "auth", "secret"]),
    ("KAFKA_REST_ENDPOINT", &["kafka", "rest_endpoint"]),
    ("KAFKA_CLUSTER_ID", &["kafka", "cluster_id"]),
    ("KAFKA_ENV_ID", &["kafka", "env_id"]),
    ("SCHEMA_REGISTRY_ENDPOINT", &["schema_registry", "endpoint"]),
    (
        "SCHEMA_REGISTRY_API_KEY",
        &["schema_registry", "auth", "key"],
    ),
    (
        "SCHEMA_REGISTRY_API_SECRET",
        &["schema_registry", "auth", "secret"],
    ),
    (
        "CONFLUENT_CLOUD_API_KEY",
        &["confluent_cloud", "auth", "key"],
    ),
    (
        "CONFLUENT_CLOUD_API_SECRET",
        &["confluent_cloud", "auth", "secret"],
    ),
    (
        "CONFLUENT_CLOUD_REST_ENDPOINT",
        &["confluent_cloud", "endpoint"],
    ),
    (
        "CONFLUENT_CLOUD_ORG_ID",
        &["confluent_cloud", "organization_id"],
    ),
    ("TABLEFLOW_API_KEY", &["tableflow", "auth", "key"]),
    ("TABLEFLOW_API_SECRET", &["tableflow", "auth", "secret"]),
    ("TELEMETRY_ENDPOINT", &["telemetry", "endpoint"]),
    ("TELEMETRY_API_KEY", &["telemetry", "auth", "key"]),
    ("TELEMETRY_API_SECRET", &["telemetry", "auth", "secret"]),
    ("FLINK_REST_ENDPOINT", &["flink", "endpoint"]),
    ("FLINK_API_KEY", &["flink", "auth", "key"]),
    ("FLINK_API_SECRET", &["flink", "auth", "secret"]),
    ("FLINK_ENV_ID", &["flink", "environment_id"]),
    ("FLINK_ORG_ID", &["flink", "organization_id"]),
    ("FLINK_COMPUTE_POOL_ID", &["flink", "compute_pool_id"]),
    ("FLINK_CATALOG_NAME", &["flink", "catalog_name"]),
    ("FLINK_DATABASE_NAME", &["flink", "database_name"]),
    ("OAUTH_KAFKA_DEBUG", &["kafka_debug"]),
];

/// Variables of the server.
const SERVER: [Variable; 10] = [
    ("HTTP_PORT", &["server", "http", "port"]),
    ("HTTP_HOST", &["server", "http", "host"]),
    (
        "HTTP_MCP_ENDPOINT_PATH",
        &["server", "http", "mcp_endpoint"],
    ),
    ("SSE_MCP_ENDPOINT_PATH", &["server", "http", "sse_endpoint"]),
    (
        "SSE_MCP_MESSAGE_ENDPOINT_PATH",
        &["server", "http", "sse_message_endpoint"],
    ),
    ("LOG_LEVEL", &["server", "log_level"]),
    ("MCP_API_KEY", &["server", "auth", "api_key"]),
    ("MCP_AUTH_DISABLED", &["server", "auth", "disabled"]),
    ("MCP_ALLOWED_HOSTS", &["server", "auth", "allowed_hosts"]),
    ("DO_NOT_TRACK", &["server", "do_not_track"]),
];

/// What the command line adds to the variables.
#[derive(Debug, Clone, Default)]
pub(super) struct EnvironmentFlags {
    /// `--transport`: a list with commas.
    pub(super) transports: Option<String>,
    /// `--disable-auth`.
    pub(super) disable_auth: bool,
    /// `--allowed-hosts`: a list with commas.
    pub(super) allowed_hosts: Option<String>,
    /// `--oauth`.
    pub(super) oauth: bool,
    /// `--ccloud-env`.
    pub(super) ccloud_env: Option<String>,
}

/// The variables that concern the server and no connection.
pub(super) fn of_server(environment: &Environment) -> Environment {
    SERVER
        .iter()
        .map(|(name, _)| *name)
        .chain(otlp::VARIABLES)
        .filter_map(|name| Some((name, environment.get(name)?)))
        .collect()
}

/// The variables that are set and name a service.
pub(super) fn naming_services(environment: &Environment) -> Vec<&'static str> {
    SERVICES
        .iter()
        .filter(|(name, path)| path.len() > 1 && given(environment, name).is_some())
        .map(|(name, _)| *name)
        .collect()
}

/// Whether variables that are set say something about a Kafka cluster.
pub(super) fn naming_a_cluster(environment: &Environment) -> bool {
    let mut of_kafka = SERVICES.iter().filter(|(_, path)| path[0] == "kafka");
    of_kafka.any(|(name, _)| given(environment, name).is_some())
}

/// Reads the variables, flags and the settings of a properties file.
pub(super) fn from_environment(
    environment: &Environment,
    flags: &EnvironmentFlags,
    properties: &[Property],
) -> Result<Config, ConfigError> {
    let mut problems = Problems::of_environment(spoken);
    let mut root = map(&Place::Variable("environment".into()));
    let id = ["connections", DEFAULT_CONNECTION];
    if flags.oauth {
        oauth(&mut root, &id, environment, flags);
        if let Some(property) = properties.first() {
            problems.warn(
                &property.place,
                &[],
                "the file is not used with --oauth",
                "",
            );
        }
    } else {
        connection(&mut root, &id, environment);
        add_properties(&mut root, &id, properties, &mut problems);
    }
    server(&mut root, environment, flags);
    if given(environment, "FLINK_ENV_NAME").is_some() {
        let place = Place::Variable("FLINK_ENV_NAME".into());
        problems.warn(
            &place,
            &[],
            "is not used",
            "Its name now is FLINK_CATALOG_NAME.",
        );
    }
    for (name, _) in SERVICES.iter().chain(&SERVER) {
        if environment.is_unreadable(name) {
            let what = "is not UTF-8, so it counts as not set";
            problems.warn(&Place::Variable((*name).into()), &[], what, "");
        }
    }
    let mut config = build(&root, Path::new(""), problems)?;
    config.source = ConfigSource::Environment;
    let odd = config.otlp.take_environment(environment, None);
    config.warnings.extend(odd);
    Ok(config)
}

/// The direct connection: a block is there if any of its variables is set, `confluent_cloud` only
/// if its key or secret is.
fn connection(root: &mut Node, id: &[&str], environment: &Environment) {
    let place = Place::Variable("environment".into());
    put(root, &[id, &["type"]].concat(), text("direct", &place));
    for (name, path) in SERVICES {
        let Some(value) = given(environment, name).filter(|_| path.len() > 1) else {
            continue;
        };
        let belongs = path[0] != "confluent_cloud"
            || given(environment, "CONFLUENT_CLOUD_API_KEY").is_some()
            || given(environment, "CONFLUENT_CLOUD_API_SECRET").is_some();
        if !belongs {
            continue;
        }
        let place = Place::Variable(name.into());
        if let [service, "auth", _] = path {
            put(
                root,
                &[id, &[service, "auth", "type"]].concat(),
                text("api_key", &place),
            );
        }
        put(root, &[id, path].concat(), text(value, &place));
    }
}

fn oauth(root: &mut Node, id: &[&str], environment: &Environment, flags: &EnvironmentFlags) {
    let place = Place::Flag("--oauth");
    put(root, &[id, &["type"]].concat(), text("oauth", &place));
    if let Some(name) = &flags.ccloud_env {
        let value = text(name, &Place::Flag("--ccloud-env"));
        put(root, &[id, &["ccloud_env"]].concat(), value);
    }
    if let Some(contexts) = given(environment, "OAUTH_KAFKA_DEBUG") {
        let value = text(contexts, &Place::Variable("OAUTH_KAFKA_DEBUG".into()));
        put(root, &[id, &["kafka_debug"]].concat(), value);
    }
}

fn server(root: &mut Node, environment: &Environment, flags: &EnvironmentFlags) {
    for (name, path) in SERVER {
        let Some(value) = given(environment, name) else {
            continue;
        };
        let place = Place::Variable(name.into());
        let node = match name {
            "MCP_ALLOWED_HOSTS" => list(value, &place),
            // Anything but a yes is a no.
            "MCP_AUTH_DISABLED" | "DO_NOT_TRACK" if truthy(Some(value)) => text("true", &place),
            "MCP_AUTH_DISABLED" | "DO_NOT_TRACK" => text("false", &place),
            "LOG_LEVEL" => text(&value.to_lowercase(), &place),
            _ => text(value, &place),
        };
        put(root, path, node);
    }
    if flags.disable_auth {
        let node = text("true", &Place::Flag("--disable-auth"));
        put(root, &["server", "auth", "disabled"], node);
    }
    if let Some(hosts) = &flags.allowed_hosts {
        let node = list(hosts, &Place::Flag("--allowed-hosts"));
        put(root, &["server", "auth", "allowed_hosts"], node);
    }
    if let Some(transports) = &flags.transports {
        let node = list(transports, &Place::Flag("--transport"));
        put(root, &["server", "transports"], node);
    }
}

/// Puts the settings of a properties file over what the variables say about Kafka.
fn add_properties(root: &mut Node, id: &[&str], properties: &[Property], problems: &mut Problems) {
    let find = |name: &str| properties.iter().find(|property| property.name == name);
    let pair = [find("sasl.username"), find("sasl.password")];
    if let [Some(one), None] | [None, Some(one)] = pair {
        let other = if one.name == "sasl.username" {
            "sasl.password"
        } else {
            "sasl.username"
        };
        let what = format!("{} stands alone: it needs {other} beside it", one.name);
        problems.error(&one.place, &[], what, "");
    }
    if let [Some(username), Some(password)] = pair {
        let auth = [id, &["kafka", "auth"]].concat();
        let mut block = map(&username.place);
        put(&mut block, &["type"], text("api_key", &username.place));
        put(&mut block, &["key"], text(&username.value, &username.place));
        put(
            &mut block,
            &["secret"],
            text(&password.value, &password.place),
        );
        put(root, &auth, block);
    }
    for property in properties {
        let node = text(&property.value, &property.place);
        let path: Vec<&str> = match property.name.as_str() {
            "bootstrap.servers" => [id, &["kafka", "bootstrap_servers"]].concat(),
            "sasl.username" | "sasl.password" => continue,
            name => [id, &["kafka", "extra_properties", name]].concat(),
        };
        put(root, &path, node);
    }
}

/// The value of a variable that is set to something. A bare prefix is what the reference's example
/// file leaves to be completed.
fn given<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment
        .get(name)
        .filter(|value| !matches!(value.trim(), "" | "env-" | "lfcp-"))
}

fn map(place: &Place) -> Node {
    Node {
        place: place.clone(),
        value: Value::Map(Vec::new()),
    }
}

fn text(value: &str, place: &Place) -> Node {
    let scalar = Scalar {
        text: value.to_owned(),
        plain: false,
        interpolated: !matches!(place, Place::Line { .. }),
    };
    Node {
        place: place.clone(),
        value: Value::Scalar(scalar),
    }
}

/// A list with commas: space around items, empty items and repetitions do not count.
fn list(value: &str, place: &Place) -> Node {
    let mut items: Vec<&str> = Vec::new();
    for item in value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
    {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    let items = items.into_iter().map(|item| text(item, place)).collect();
    Node {
        place: place.clone(),
        value: Value::List(items),
    }
}

/// Puts `node` at `path` below `root`, in place of what is there.
fn put(root: &mut Node, path: &[&str], node: Node) {
    let ([key, rest @ ..], Value::Map(entries)) = (path, &mut root.value) else {
        return;
    };
    let place = node.place.clone();
    let index = entries
        .iter()
        .position(|entry| entry.key == *key)
        .unwrap_or_else(|| {
            let key = (*key).to_owned();
            entries.push(Entry {
                key,
                value: map(&place),
                place,
                set_aside: false,
            });
            entries.len() - 1
        });
    let entry = &mut entries[index];
    if rest.is_empty() {
        entry.place = node.place.clone();
        entry.value = node;
    } else {
        put(&mut entry.value, rest, node);
    }
}

/// What a person calls the key at `path` who has written variables, and texts about it with every
/// `` `key` `` in them replaced likewise.
fn spoken(place: &Place, path: &[String], texts: [String; 2]) -> (Place, String, [String; 2]) {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    if let (Place::Line { .. }, [.., "extra_properties", name]) = (place, words.as_slice())
        && let Some(instead) = instead_of(name)
    {
        let [what, _] = texts;
        let fix = format!("Write {instead} instead.");
        return (place.clone(), property(&words), [what, fix]);
    }
    let texts = texts.map(|text| {
        replace_keys(&text, |key| {
            let key: Vec<&str> = key.split('.').collect();
            // Other blocks than `auth` share their names with values, as `http` does.
            let speaks = |path: &[&str]| variable(path, key.ends_with(&["auth"]));
            (0..=words.len())
                .rev()
                .find_map(|depth| speaks(&[&words[..depth], &key].concat()))
        })
    });
    let mut texts = texts.map(|text| text.replacen("is missing", "is not set", 1));
    if !matches!(place, Place::Line { .. }) {
        texts = texts.map(|text| text.replacen("remove the line", "leave it out", 1));
    }
    match place {
        Place::Line { .. } => (place.clone(), property(&words), texts),
        Place::Flag(_) => (place.clone(), String::new(), texts),
        _ => match variable(&words, true) {
            Some(name) => (Place::Variable(name.into()), String::new(), texts),
            None => (place.clone(), String::new(), texts),
        },
    }
}

/// The variable that is read into `path`, or (if `below`) the first one that is read into
/// something below it.
fn variable(path: &[&str], below: bool) -> Option<&'static str> {
    let (table, path): (&[Variable], &[&str]) = match path {
        ["connections", DEFAULT_CONNECTION, rest @ ..] => (&SERVICES, rest),
        path => (&SERVER, path),
    };
    let found = table.iter().find(|(_, known)| {
        !path.is_empty() && known.starts_with(path) && (below || known.len() == path.len())
    });
    found.map(|(name, _)| *name)
}

/// The name that the key at `path` has in a properties file.
fn property(path: &[&str]) -> String {
    match path {
        [.., "bootstrap_servers"] => "bootstrap.servers".to_owned(),
        [.., "auth", "key"] => "sasl.username".to_owned(),
        [.., "auth", "secret"] => "sasl.password".to_owned(),
        [.., "extra_properties", name] => (*name).to_owned(),
        _ => String::new(),
    }
}

/// Replaces what stands between backticks where `replacement` knows better.
fn replace_keys(text: &str, replacement: impl Fn(&str) -> Option<&'static str>) -> String {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        let inside = index % 2 == 1;
        match replacement(part).filter(|_| inside) {
            Some(name) => name.to_owned(),
            None if inside => format!("`{part}`"),
            None => part.to_owned(),
        }
    });
    parts.collect()
}
