//! Every file that is shipped loads, fits the schema, and says what it means to say.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value as Json;

use super::{load_with, stubs};
use crate::config::{
    Config, ConfigSource, ConnectionKind, Environment, STARTER, STARTER_OAUTH, SecurityProtocol,
    json_schema,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");

fn samples() -> Vec<(String, String)> {
    let mut samples: Vec<(String, String)> = fs::read_dir(FOLDER)
        .expect("the samples are there")
        .map(|entry| entry.expect("a sample").path())
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(&path).expect("text"))
        })
        .collect();
    samples.sort();
    samples
}

fn sample(name: &str) -> Config {
    let path = Path::new(FOLDER).join(format!("{name}.yaml"));
    let text = fs::read_to_string(&path).expect("the sample is there");
    Config::from_file(&path, &stubs(&text)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_sample_loads_without_a_warning_and_fits_the_schema() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    let samples = samples();
    assert!(samples.len() >= 9, "{}", samples.len());
    for (name, text) in samples {
        let path = Path::new(FOLDER).join(format!("{name}.yaml"));
        let config =
            Config::from_file(&path, &stubs(&text)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config.warnings(), [], "{name}");
        assert_eq!(config.source(), &ConfigSource::File(path), "{name}");
        let errors: Vec<String> = schema
            .iter_errors(&as_json(&text))
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_example_in_the_documents_loads_without_a_warning_and_fits_the_schema() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    let examples = examples();
    assert!(examples.len() >= 10, "{}", examples.len());
    for (place, text) in examples {
        let config = Config::from_yaml(&place, &text, &stubs(&text))
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(config.warnings(), [], "{place}");
        let errors: Vec<String> = schema
            .iter_errors(&as_json(&text))
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{place}");
    }
}

/// The `yaml` examples of README.md and docs, and where they begin. One without `connections` is what
/// stands beside them in a file.
fn examples() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documents = fs::read_dir(root.join("docs"))
        .expect("the documents are there")
        .map(|entry| entry.expect("a document").path())
        .chain([root.join("README.md")])
        .filter(|path| path.extension().is_some_and(|it| it == "md"));
    let mut examples = Vec::new();
    for path in documents {
        let text = fs::read_to_string(&path).expect("text");
        let name = path.file_name().expect("a name").to_string_lossy();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let Some(indent) = line.strip_suffix("```yaml") else {
                continue;
            };
            let mut example: String = lines
                .by_ref()
                .map(|(_, line)| line.strip_prefix(indent).unwrap_or(line))
                .take_while(|line| *line != "```")
                .flat_map(|line| [line, "\n"])
                .collect();
            if !example.starts_with("connections:") && !example.contains("\nconnections:") {
                example = format!("connections: {{}}\n{example}");
            }
            examples.push((format!("{name}:{}", index + 1), example));
        }
    }
    examples
}

/// The file as an editor hands it to the schema.
fn as_json(text: &str) -> Json {
    let wrapped = format!(
        "connections: {{}}\nextensions:\n  sample:\n{}",
        super::indented(text, 4)
    );
    // An extension keeps whatever YAML says, `${…}` included when it is escaped.
    let wrapped = wrapped.replace("${", "$${");
    let config = load_with(&wrapped, &[]).unwrap_or_else(|error| panic!("{error}"));
    config.extension("sample").cloned().expect("the sample")
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    for text in [
        "server: {}",
        "connections: []",
        "connections: {a: {kafka: {bootstrap_servers: 'a:1'}}}",
        "connections: {a: {type: driect}}",
        "connections: {a: {type: direct, kafak: {}}}",
        "connections: {a: {type: direct, read_only: 'true'}}",
        "connections: {a: {type: direct, kafka: {auth: {type: api_key, key: a}}}}",
        "connections: {a: {type: direct, kafka: {env_id: abc}}}",
        "connections: {a: {type: direct, kafka: {}}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: localhost}}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: 'a:1,'}}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: 'a:1', tls: {cert_file: x}}}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: 'a:1', extra_properties: {sasl.username: x}}}}",
        "connections: {a: {type: direct, telemetry: {}}}",
        "connections: {a: {type: direct, schema_registry: {endpoint: 'localhost:8081'}}}",
        "connections: {a: {type: oauth, kafka: {bootstrap_servers: 'a:1'}}}",
        "connections: {}\nserver: {transports: []}",
        "connections: {}\nserver: {transports: [stdio, stdio]}",
        "connections: {}\nserver: {auth: {api_key: short}}",
        "connections: {}\nserver: {http: {port: 70000}}",
        "connections: {}\nunknown: 1",
    ] {
        assert!(!schema.is_valid(&as_json(text)), "{text}");
        assert!(super::load(text).is_err(), "{text}");
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    for text in [
        "connections: {a: {type: direct, read_only: '${RO:-true}'}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: '${B:-a:1}', cluster_id: 1}}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: 'SASL_SSL://[::1]:1, SASL_SSL://b:2', auth: {type: plain, username: u, password: 1}}}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: 'a:1', extra_properties: {x: true, y: 1}}}}",
        "connections: {}\nserver: {http: {port: '8081'}}",
        "connections: {}\nserver: {http: {port: '${P:-0x1F90}'}}",
    ] {
        let errors: Vec<String> = schema
            .iter_errors(&as_json(text))
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        assert!(super::load(text).is_ok(), "{text}");
    }
}

#[test]
fn the_schema_in_the_tree_is_that_of_the_reader_for_every_key() {
    // `definitions` are named after blocks, so two blocks of one name would hide one of them.
    let schema = json_schema();
    let names: BTreeSet<&str> = schema["definitions"]
        .as_object()
        .expect("definitions")
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "cloud_auth",
        "confluent_cloud",
        "connection",
        "endpoints",
        "flink",
        "http",
        "http_auth",
        "http_tls",
        "kafka",
        "kafka_auth",
        "otlp",
        "safety",
        "schema_registry",
        "server",
        "server_auth",
        "server_oauth",
        "tableflow",
        "telemetry",
        "tls",
        "tools",
        "analytics",
    ];
    assert_eq!(names, expected.into_iter().collect());
}

#[test]
fn plain_kafka() {
    let config = sample("plain-kafka");
    let kafka = config.connections[0].kafka().expect("Kafka");
    assert_eq!(kafka.bootstrap_servers, ["localhost:9092"]);
    assert_eq!(kafka.security_protocol(), SecurityProtocol::Plaintext);
}

#[test]
fn files_are_seen_from_the_folder_of_the_configuration() {
    let config = sample("scram");
    let kafka = config.connections[0].kafka().expect("Kafka");
    let tls = kafka.tls.as_ref().expect("TLS");
    assert_eq!(
        tls.ca_file,
        Some(Path::new(FOLDER).join("certificates/ca.pem"))
    );
    assert_eq!(kafka.security_protocol(), SecurityProtocol::SaslSsl);
    assert!(config.connections[0].protection_of("audit-2024").is_some());
    let config = sample("confluent-platform");
    let tls = config.connections[0]
        .kafka()
        .and_then(|kafka| kafka.tls.as_ref());
    assert_eq!(
        tls.and_then(|tls| tls.ca_file.as_deref()),
        Some(Path::new("/etc/ssl/example/ca.pem"))
    );
}

#[test]
fn several() {
    let config = sample("several");
    let ids: Vec<&str> = config.connections.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["local", "staging", "production"]);
    let read_only: Vec<bool> = config.connections.iter().map(|c| c.read_only).collect();
    assert_eq!(read_only, [false, false, true]);
    assert!(!config.connections[1].allows_tool("delete-topics"));
    assert!(!config.tools.allows_category("billing"));
}

#[test]
fn the_starters_work_as_they_are() {
    let config = Config::from_yaml("config.yaml", STARTER, &Environment::default())
        .unwrap_or_else(|error| panic!("{error}"));
    let kafka = config.connections[0].kafka().expect("Kafka");
    assert_eq!(kafka.bootstrap_servers, ["localhost:9092"]);
    let config = Config::from_yaml("config.yaml", STARTER_OAUTH, &Environment::default())
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(
        config.connections[0].kind,
        ConnectionKind::OAuth(_)
    ));
}

#[test]
fn what_the_starter_comments_out_works_too() {
    // A commented key is `# key:`; prose has no colon right behind its first word.
    let lines = STARTER.lines().map(|line| {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        match text.strip_prefix("# ") {
            Some(key)
                if key.split_once(':').is_some_and(|(name, _)| {
                    !name.is_empty()
                        && name
                            .trim_start()
                            .chars()
                            .all(|c| c.is_ascii_lowercase() || c == '_')
                }) =>
            {
                format!("{indent}{key}\n")
            }
            _ => format!("{line}\n"),
        }
    });
    let text: String = lines.collect();
    let config = Config::from_yaml("config.yaml", &text, &stubs(&text))
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let services = config.connections[0]
        .services()
        .expect("a direct connection");
    assert!(services.schema_registry.is_some() && services.confluent_cloud.is_some());
    assert!(
        services
            .kafka
            .as_ref()
            .is_some_and(|kafka| kafka.tls.is_some())
    );
    assert!(config.otlp.endpoint.is_some());
}
