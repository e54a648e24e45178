//! Which connectors there are, and what each has to be told.

use std::collections::BTreeMap;

/// Which way records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Source,
    Sink,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

/// A class of connectors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plugin {
    class: &'static str,
    pub(super) kind: Kind,
    required: &'static [&'static str],
}

const PLUGINS: [Plugin; 5] = [
    Plugin {
        class: "DatagenSource",
        kind: Kind::Source,
        required: &["kafka.topic", "output.data.format", "quickstart"],
    },
    Plugin {
        class: "PostgresCdcSourceV2",
        kind: Kind::Source,
        required: &[
            "database.hostname",
            "database.user",
            "database.password",
            "database.dbname",
            "topic.prefix",
            "output.data.format",
        ],
    },
    Plugin {
        class: "PostgresSink",
        kind: Kind::Sink,
        required: &[
            "topics",
            "input.data.format",
            "connection.host",
            "connection.user",
            "connection.password",
            "db.name",
        ],
    },
    Plugin {
        class: "S3_SINK",
        kind: Kind::Sink,
        required: &[
            "topics",
            "input.data.format",
            "output.data.format",
            "aws.access.key.id",
            "aws.secret.access.key",
            "s3.bucket.name",
            "time.interval",
        ],
    },
    Plugin {
        class: "HttpSink",
        kind: Kind::Sink,
        required: &["topics", "input.data.format", "http.api.url"],
    },
];

/// What somebody brought along. Its class is known to nobody here.
const CUSTOM: Plugin = Plugin {
    class: "",
    kind: Kind::Source,
    required: &["confluent.custom.plugin.id"],
};

pub(super) fn classes() -> Vec<&'static str> {
    PLUGINS.iter().map(|plugin| plugin.class).collect()
}

pub(super) fn find(config: &BTreeMap<String, String>) -> Option<Plugin> {
    let text = |key: &str| config.get(key).map_or("", String::as_str);
    if text("confluent.connector.type").eq_ignore_ascii_case("CUSTOM") {
        return Some(CUSTOM);
    }
    PLUGINS
        .into_iter()
        .find(|plugin| plugin.class == text("connector.class"))
}

/// What is wrong with a configuration, as `key: reason`.
pub(super) fn problems(
    config: &BTreeMap<String, String>,
    topic_exists: impl Fn(&str) -> bool,
) -> Vec<String> {
    let given = |key: &str| {
        config
            .get(key)
            .map(String::as_str)
            .filter(|it| !it.is_empty())
    };
    let mut required = vec!["connector.class", "tasks.max"];
    // A connector signs in to Kafka with a key, or as a service account.
    if given("kafka.auth.mode") == Some("SERVICE_ACCOUNT") {
        required.push("kafka.service.account.id");
    } else {
        required.extend(["kafka.api.key", "kafka.api.secret"]);
    }
    required.extend(find(config).into_iter().flat_map(|it| it.required));
    let mut problems: Vec<String> = required
        .into_iter()
        .filter(|key| given(key).is_none())
        .map(|key| {
            format!("{key}: Missing required configuration \"{key}\" which has no default value")
        })
        .collect();
    if given("tasks.max").is_some_and(|text| !matches!(text.parse(), Ok(1..=100_u32))) {
        problems.push("tasks.max: is not a number from 1 to 100".to_owned());
    }
    let unknown = topics(config).filter(|topic| !topic_exists(topic));
    problems.extend(unknown.map(|topic| format!("topics: there is no topic {topic}")));
    let masked = config.iter().filter(|(key, value)| {
        is_secret(key) && !value.is_empty() && value.chars().all(|c| c == '*')
    });
    problems.extend(masked.map(|(key, _)| format!("{key}: is a mask, not a value")));
    problems
}

/// The topics that a sink reads.
pub(super) fn topics(config: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    let topics = config.get("topics").map_or("", String::as_str);
    topics
        .split(',')
        .map(str::trim)
        .filter(|topic| !topic.is_empty())
}

/// Whether the service shows asterisks instead of the value.
pub(super) fn is_secret(key: &str) -> bool {
    [
        "kafka.api.key",
        "kafka.api.secret",
        "database.password",
        "connection.password",
        "aws.access.key.id",
        "aws.secret.access.key",
    ]
    .contains(&key)
}
