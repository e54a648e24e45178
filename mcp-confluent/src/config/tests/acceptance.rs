//! What the reference server accepts is accepted here; what it refuses is refused.

use super::{bad, direct, good, load};

const AUTH: &str = "auth: {type: api_key, key: k, secret: s}";

#[test]
fn what_the_reference_accepts() {
    let flink = format!(
        "flink:\n  endpoint: https://flink.x.y.confluent.cloud\n  {AUTH}\n  environment_id: env-1\n  \
         organization_id: org\n  compute_pool_id: lfcp-1\n"
    );
    let cases = [
        ("no blocks", String::new()),
        ("kafka only", "kafka: {bootstrap_servers: 'a:9092'}".into()),
        (
            "several brokers",
            "kafka: {bootstrap_servers: 'a:9092, b:9092'}".into(),
        ),
        (
            "registry only",
            "schema_registry: {endpoint: 'http://a:8081'}".into(),
        ),
        (
            "registry with a key",
            format!("schema_registry:\n  endpoint: https://a\n  {AUTH}"),
        ),
        (
            "kafka and registry",
            "kafka: {bootstrap_servers: 'a:9092'}\nschema_registry: {endpoint: 'http://a:8081'}"
                .into(),
        ),
        (
            "extra properties",
            "kafka:\n  bootstrap_servers: a:9092\n  extra_properties: {socket.timeout.ms: '10'}"
                .into(),
        ),
        (
            "ids",
            format!(
                "kafka:\n  bootstrap_servers: a:9092\n  rest_endpoint: https://r\n  \
                 cluster_id: lkc-1\n  env_id: env-1\n  {AUTH}"
            ),
        ),
        ("REST alone", "kafka: {rest_endpoint: 'https://r'}".into()),
        (
            "cloud with auth only",
            format!("confluent_cloud:\n  {AUTH}"),
        ),
        (
            "cloud, all of it",
            format!("confluent_cloud:\n  endpoint: https://api.x\n  organization_id: o\n  {AUTH}"),
        ),
        (
            "cloud and flink",
            format!("confluent_cloud:\n  {AUTH}\n{flink}"),
        ),
        (
            "cloud and tableflow",
            format!("confluent_cloud:\n  {AUTH}\ntableflow:\n  {AUTH}"),
        ),
        ("flink", flink.clone()),
        (
            "flink, all of it",
            format!("{flink}  catalog_name: c\n  database_name: d\n"),
        ),
        ("tableflow", format!("tableflow:\n  {AUTH}")),
        ("telemetry with auth only", format!("telemetry:\n  {AUTH}")),
        (
            "telemetry, all of it",
            format!("telemetry:\n  endpoint: https://t\n  {AUTH}"),
        ),
        (
            "telemetry borrows its auth",
            format!("telemetry: {{endpoint: 'https://t'}}\nconfluent_cloud:\n  {AUTH}"),
        ),
        ("blank description", "description: '  '".into()),
        ("read only", "read_only: true".into()),
    ];
    for (name, blocks) in cases {
        let text = direct(&blocks);
        if let Err(error) = load(&text) {
            panic!("{name}: {error}");
        }
    }
    for text in [
        "connections: {}",
        "connections: {a: {type: oauth}}",
        "connections: {a: {type: oauth, ccloud_env: stag, kafka_debug: broker}}",
        "connections: {a: {type: oauth, client_id: c, callback_port: 0, callback_path: x, open_browser: false}}",
        "connections: {a: {type: oauth, token_store: file, token_file: t.json}}",
        "connections: {}\nendpoints: {cloud: 'https://c', telemetry: 'https://t', flink: 'https://{region}.{cloud}'}",
        "connections: {'my id: \"x\"': {type: direct}, 1: {type: direct}, __proto__: {type: direct}}",
        "connections: {}\nserver: {}",
        "connections: {}\nserver: {transports: [stdio, http, sse], log_level: debug, do_not_track: true}",
        "connections: {}\nserver: {http: {port: '8081', host: 0.0.0.0, mcp_endpoint: /m}}",
        "connections: {}\nserver: {http: {port: 9, sse_endpoint: /s, sse_message_endpoint: /t}}",
        "connections: {}\nserver: {auth: {api_key: 01234567890123456789012345678901}}",
        "connections: {}\nserver: {auth: {disabled: true, allowed_hosts: [a, b]}}",
        "connections: {}\nserver: {analytics: {write_key: k}}",
        "%YAML 1.2\n---\nconnections: {}\n...\n",
        "\u{feff}connections: {}",
        "connections:\r\n  a:\r\n    type: direct\r\n",
        "connections: {a: &x {type: direct}, b: *x}",
    ] {
        good(text);
    }
}

/// Each of these blocks gives exactly these problems.
fn refused(cases: &[(&str, &str)]) {
    for (blocks, expected) in cases {
        assert_eq!(bad(&direct(blocks)), *expected, "{blocks}");
    }
}

#[test]
fn what_the_reference_refuses() {
    let cases = [
        (
            "kafka: {}",
            "config.yaml:4:5: connections.a.kafka: names no cluster",
        ),
        (
            "kafka: {env_id: env-1, bootstrap_servers: ''}",
            "config.yaml:4:47: connections.a.kafka.bootstrap_servers: is blank",
        ),
        (
            "kafka: {bootstrap_servers: localhost}",
            "config.yaml:4:32: connections.a.kafka.bootstrap_servers: has no port",
        ),
        (
            "schema_registry: {auth: {type: api_key, key: k, secret: s}}",
            "config.yaml:4:5: connections.a.schema_registry.endpoint: is missing",
        ),
        (
            "schema_registry: {endpoint: not-a-url}",
            "config.yaml:4:33: connections.a.schema_registry.endpoint: is not an http or https URL",
        ),
        (
            "tableflow: {auth: {type: api_key, secret: s}}",
            "config.yaml:4:17: connections.a.tableflow.auth.key: is missing",
        ),
        (
            "tableflow: {auth: {type: api_key, key: k}}",
            "config.yaml:4:17: connections.a.tableflow.auth.secret: is missing",
        ),
        (
            "tableflow: {auth: {type: api_key, key: ' ', secret: s}}",
            "config.yaml:4:44: connections.a.tableflow.auth.key: is blank",
        ),
        (
            "tableflow: {auth: {type: oauth2, key: k, secret: s}}",
            "config.yaml:4:30: connections.a.tableflow.auth.type: is no type that exists here",
        ),
        (
            "tableflow: {auth: {key: k, secret: s}}",
            "config.yaml:4:17: connections.a.tableflow.auth: has no `type`",
        ),
        (
            "tableflow: {}",
            "config.yaml:4:5: connections.a.tableflow.auth: is missing",
        ),
        (
            "confluent_cloud: {}",
            "config.yaml:4:5: connections.a.confluent_cloud.auth: is missing",
        ),
        (
            "telemetry: {}",
            "config.yaml:4:5: connections.a.telemetry: is empty",
        ),
        (
            "telemetry: {endpoint: 'https://t'}",
            "config.yaml:4:5: connections.a.telemetry.auth: is missing, and there is no \
             `confluent_cloud.auth` to use instead",
        ),
        (
            "flink: {}",
            "config.yaml:4:5: connections.a.flink.endpoint: is missing\n\
             config.yaml:4:5: connections.a.flink.auth: is missing\n\
             config.yaml:4:5: connections.a.flink.environment_id: is missing\n\
             config.yaml:4:5: connections.a.flink.organization_id: is missing\n\
             config.yaml:4:5: connections.a.flink.compute_pool_id: is missing",
        ),
        (
            "kafka: {bootstrap_servers: 'a:1', env_id: abc}",
            "config.yaml:4:47: connections.a.kafka.env_id: must start with `env-`",
        ),
        (
            "kafka:\n  bootstrap_servers: a:1\n  extra_properties:\n    bootstrap.servers: x\n    sasl.username: x\n    sasl.password: x",
            "config.yaml:7:28: connections.a.kafka.extra_properties.\"bootstrap.servers\": may not stand here\n\
             config.yaml:8:24: connections.a.kafka.extra_properties.\"sasl.username\": may not stand here\n\
             config.yaml:9:24: connections.a.kafka.extra_properties.\"sasl.password\": may not stand here",
        ),
    ];
    refused(&cases);
}

#[test]
fn what_the_reference_refuses_in_shape() {
    let cases = [
        (
            "read_only: 'true'",
            "config.yaml:4:16: connections.a.read_only: must be `true` or `false`",
        ),
        (
            "read_only: 1",
            "config.yaml:4:16: connections.a.read_only: must be `true` or `false`",
        ),
        (
            "read_only: yes",
            "config.yaml:4:16: connections.a.read_only: must be `true` or `false`",
        ),
        (
            "kafak: {}",
            "config.yaml:4:5: connections.a.kafak: is not a key that exists here",
        ),
        (
            "kafka: {bootstrap_servers: 'a:1', port: 1}",
            "config.yaml:4:39: connections.a.kafka.port: is not a key that exists here",
        ),
        (
            "tableflow: {auth: {type: api_key, key: k, secret: s, user: u}}",
            "config.yaml:4:58: connections.a.tableflow.auth.user: is not a key that exists here",
        ),
        (
            "kafka:",
            "config.yaml:4:5: connections.a.kafka: has no value",
        ),
        (
            "kafka: []",
            "config.yaml:4:12: connections.a.kafka: must hold keys of its own",
        ),
        (
            "kafka: text",
            "config.yaml:4:12: connections.a.kafka: must hold keys of its own",
        ),
    ];
    refused(&cases);
}

#[test]
fn what_the_reference_refuses_in_the_file_as_a_whole() {
    let cases = [
        ("", "config.yaml: the file is empty"),
        ("# nothing\n", "config.yaml: the file is empty"),
        ("---\n", "config.yaml: the file is empty"),
        ("text", "config.yaml:1:1: must hold keys of its own"),
        ("- a", "config.yaml:1:1: must hold keys of its own"),
        ("server: {}", "config.yaml:1:1: connections: is missing"),
        ("connections:", "config.yaml:1:1: connections: has no value"),
        (
            "connections: []",
            "config.yaml:1:14: connections: must hold keys of its own",
        ),
        (
            "connections: {a: {}}",
            "config.yaml:1:15: connections.a: has no `type`",
        ),
        (
            "connections: {a: }",
            "config.yaml:1:15: connections.a: has no value",
        ),
        (
            "connections: {a: {type: other}}",
            "config.yaml:1:25: connections.a.type: is no type that exists here",
        ),
        (
            "connections: {a: {type: }}",
            "config.yaml:1:23: connections.a.type: is no type that exists here",
        ),
        (
            "connections: {' ': {type: direct}}",
            "config.yaml:1:15: connections.\"\": is a blank name",
        ),
        (
            "connections: {a: {type: direct}, ' a': {type: direct}}",
            "config.yaml:1:34: connections.a: is given twice: two names differ only in the space around them",
        ),
        (
            "connections: {a: {type: direct}, a: {type: direct}}",
            "config.yaml:1:34: the key a is given twice",
        ),
        (
            "connections: {}\nothers: {}",
            "config.yaml:2:1: others: is not a key that exists here",
        ),
        (
            "connections: {a: {type: oauth, kafka: {}}}",
            "config.yaml:1:32: connections.a.kafka: is not a key that exists here",
        ),
        (
            "connections: {a: {type: oauth, ccloud_env: test, kafka_debug: ''}}",
            "config.yaml:1:44: connections.a.ccloud_env: must be `devel`, `stag` or `prod`\n\
             config.yaml:1:63: connections.a.kafka_debug: is blank",
        ),
        (
            "connections: {a: {type: oauth, callback_port: 65536, callback_path: '/a?b', token_store: files, token_file: t}}",
            "config.yaml:1:47: connections.a.callback_port: must be a whole number from 0 to 65535\n\
             config.yaml:1:69: connections.a.callback_path: is no path of a URL\n\
             config.yaml:1:90: connections.a.token_store: must be `keyring`, `file` or `memory`",
        ),
        (
            "connections: {a: {type: oauth, token_store: file}}",
            "config.yaml:1:15: connections.a.token_file: is missing, and `token_store: file` needs it",
        ),
        (
            "connections: {a: {type: oauth, token_file: t}}",
            "config.yaml:1:44: connections.a.token_file: has no effect without `token_store: file`",
        ),
        (
            "connections: {}\n---\nconnections: {}",
            "config.yaml:2:1: a second document starts here",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(bad(text), expected, "{text}");
    }
}

#[test]
fn what_the_reference_refuses_in_server() {
    let cases = [
        ("server:", "config.yaml:2:1: server: has no value"),
        (
            "server: {http: }",
            "config.yaml:2:10: server.http: has no value",
        ),
        (
            "server: {x: 1}",
            "config.yaml:2:10: server.x: is not a key that exists here",
        ),
        (
            "server: {http: {x: 1}}",
            "config.yaml:2:17: server.http.x: is not a key that exists here",
        ),
        (
            "server: {auth: {x: 1}}",
            "config.yaml:2:17: server.auth.x: is not a key that exists here",
        ),
        (
            "server: {analytics: {x: 1}}",
            "config.yaml:2:22: server.analytics.x: is not a key that exists here",
        ),
        (
            "server: {transports: []}",
            "config.yaml:2:22: server.transports: is empty",
        ),
        (
            "server: {transports: stdio}",
            "config.yaml:2:22: server.transports: must be a list",
        ),
        (
            "server: {transports: [stdio, stdio]}",
            "config.yaml:2:30: server.transports[1]: is in the list already",
        ),
        (
            "server: {transports: [tcp]}",
            "config.yaml:2:23: server.transports[0]: must be `stdio`, `http` or `sse`",
        ),
        (
            "server: {log_level: INFO}",
            "config.yaml:2:21: server.log_level: must be `fatal`, `error`, `warn`, `info`, `debug` or `trace`",
        ),
        (
            "server: {http: {port: -1}}",
            "config.yaml:2:23: server.http.port: must be a whole number from 0 to 65535",
        ),
        (
            "server: {http: {port: 80.5}}",
            "config.yaml:2:23: server.http.port: must be a whole number from 0 to 65535",
        ),
        (
            "server: {http: {port: x}}",
            "config.yaml:2:23: server.http.port: must be a whole number from 0 to 65535",
        ),
        (
            "server: {auth: {api_key: short}}",
            "config.yaml:2:26: server.auth.api_key: must have at least 32 characters",
        ),
        (
            "server: {auth: {api_key: \"01234567890123456789\\u000701234567890123456789\"}}",
            "config.yaml:2:26: server.auth.api_key: must not hold spaces, line breaks or control characters",
        ),
        (
            "server: {auth: {disabled: true, api_key: 01234567890123456789012345678901}}",
            "config.yaml:2:42: server.auth.api_key: contradicts `disabled`: no key is asked for when authentication is off",
        ),
        (
            "server: {auth: {disabled: 'yes'}}",
            "config.yaml:2:27: server.auth.disabled: must be `true` or `false`",
        ),
        (
            "server: {do_not_track: 1}",
            "config.yaml:2:24: server.do_not_track: must be `true` or `false`",
        ),
    ];
    for (section, expected) in cases {
        assert_eq!(
            bad(&format!("connections: {{}}\n{section}")),
            expected,
            "{section}"
        );
    }
}

#[test]
fn numbers_and_flags_in_all_of_their_spellings() {
    for (written, expected) in [
        ("8081", 8081),
        ("'8081'", 8081),
        ("' 8081 '", 8081),
        ("0x1F90", 8080),
        ("8e3", 8000),
        ("0o17", 15),
    ] {
        let config = good(&format!(
            "connections: {{}}\nserver: {{http: {{port: {written}}}}}"
        ));
        assert_eq!(config.server.http.port, expected, "{written}");
    }
    for written in ["true", "True", "TRUE"] {
        assert!(good(&direct(&format!("read_only: {written}"))).connections[0].read_only);
    }
}
