//! What a file means once it is read.

use std::{path::Path, time::Duration};

use super::{bad, direct, good, indented, lines, load_with};
use crate::config::{
    CloudEnvironment, Config, Confirm, ConnectionKind, Endpoints, KafkaBlock, LogLevel, Place,
    Transport,
};

#[test]
fn the_smallest_file() {
    let config = good(
        "connections:\n  dev:\n    type: direct\n    kafka:\n      bootstrap_servers: localhost:9092\n",
    );
    assert_eq!(config.connections.len(), 1);
    let connection = config.connection("dev").expect("dev");
    assert!(!connection.read_only);
    assert_eq!(connection.description, None);
    assert_eq!(
        connection
            .protection_of("__consumer_offsets")
            .map(ToString::to_string),
        Some("__*".into())
    );
    assert_eq!(
        connection
            .protection_of("_schemas")
            .map(ToString::to_string),
        Some("_schemas".into())
    );
    assert!(connection.protection_of("orders").is_none());
    assert_eq!(config.server.transports, [Transport::Stdio]);
    assert_eq!(config.server.log_level, None);
    assert_eq!(config.safety.confirm, Confirm::Ask);
    assert_eq!(config.warnings(), []);
}

/// Every default in the description of the keys, written out, changes nothing.
#[test]
fn written_defaults_are_the_defaults() {
    use crate::config::{
        keys::ROOT,
        shape::{Block, Shape},
    };
    fn write(block: &'static Block, indent: usize, text: &mut String) {
        for key in block.keys() {
            let line = " ".repeat(indent) + key.name + ":";
            match (&key.shape, key.default) {
                (_, Some(default)) => *text += &[&line, " ", default, "\n"].concat(),
                (Shape::Block(inner), None) if inner.keys().any(|key| key.default.is_some()) => {
                    *text += &(line + "\n");
                    write(inner, indent + 2, text);
                }
                _ => {}
            }
        }
    }
    let mut text = "connections: {}\n".to_owned();
    write(&ROOT, 0, &mut text);
    let (written, plain) = (good(&text), good("connections: {}"));
    assert!(text.contains("docs_search"), "{text}");
    assert_eq!(written.server.log_level, Some(LogLevel::Warn));
    let server = |config: &Config| {
        let mut server = config.server.clone();
        server.log_level = None;
        format!("{server:?}")
    };
    assert_eq!(server(&written), server(&plain));
    assert_eq!(written.safety, plain.safety);
    assert_eq!(written.tools, plain.tools);
    let (mut one, mut other) = (written.endpoints, plain.endpoints);
    let of_prod = |endpoints: &mut Endpoints| {
        let prod = CloudEnvironment::Prod;
        let hosts = [
            endpoints.login(prod).to_owned(),
            endpoints.session(prod),
            endpoints.cloud(prod),
            endpoints.telemetry(prod),
            endpoints.flink(prod),
        ];
        for host in [
            &mut endpoints.login,
            &mut endpoints.session,
            &mut endpoints.cloud,
            &mut endpoints.telemetry,
            &mut endpoints.flink,
        ] {
            *host = None;
        }
        hosts
    };
    assert_eq!(of_prod(&mut one), of_prod(&mut other));
    assert_eq!(one, other);

    let connection = "read_only: false\nprotected_topics: ['__*', _schemas, '_confluent*']\n";
    let (written, plain) = (good(&direct(connection)), good(&direct("")));
    assert_eq!(
        format!("{:?}", written.connections),
        format!("{:?}", plain.connections)
    );
}

#[test]
fn oauth_connections() {
    let oauth = |fields: &str| {
        let config = good(&format!("connections: {{a: {{type: oauth{fields}}}}}"));
        match &config.connections[0].kind {
            ConnectionKind::OAuth(oauth) => (oauth.environment, oauth.kafka_debug.clone()),
            ConnectionKind::Direct(_) => panic!("direct"),
        }
    };
    assert_eq!(oauth(""), (CloudEnvironment::Prod, None));
    let all = oauth(", ccloud_env: devel, kafka_debug: ' broker '");
    assert_eq!(all, (CloudEnvironment::Devel, Some("broker".into())));
    let login = good("connections: {}").endpoints.login(all.0).to_owned();
    assert_eq!(login, "https://login.confluent-dev.io");
    assert_eq!(
        bad("connections: {a: {type: oauth}, b: {type: oauth}}"),
        "config.yaml:1:33: connections.b: is a second connection of `type: oauth`, and there can be one"
    );
}

#[test]
fn what_may_be_done_on_a_connection() {
    let config = good(&direct(
        "read_only: true\ndescription: ' Dev '\nallow_tools: [a, b]\nblock_tools: [b]\nprotected_topics: [x-*]",
    ));
    let connection = &config.connections[0];
    assert!(connection.read_only);
    assert_eq!(connection.description.as_deref(), Some("Dev"));
    assert_eq!(
        ["a", "b", "c"].map(|tool| connection.allows_tool(tool)),
        [true, false, false]
    );
    assert!(connection.protection_of("x-1").is_some() && connection.protection_of("__x").is_none());
    assert!(
        good(&direct("protected_topics: []")).connections[0]
            .protection_of("__x")
            .is_none()
    );
    assert!(good(&direct("block_tools: [b]")).connections[0].allows_tool("c"));
    assert_eq!(
        bad(&direct("allow_tools: []")),
        "config.yaml:4:18: connections.a.allow_tools: is empty"
    );
}

#[test]
fn the_other_sections() {
    let config = good(
        "connections: {}\n\
         safety: {confirm: never, default_timeout_seconds: 5, max_result_bytes: 5000, audit_file: a.jsonl}\n\
         tools: {enable: [kafka, acme], disable: [acme], experimental: true}\n\
         endpoints: {docs: 'https://docs.example.com/', login: 'https://login.example.com'}\n\
         server: {transports: [http, stdio], log_level: trace, http: {mcp_endpoint: m}, auth: {allowed_hosts: [Example.COM]}}\n\
         extensions: {acme: {url: x, list: [1, 2.5, true, null, '1', 0x10, .5, nan]}}\n",
    );
    assert_eq!(config.safety.confirm, Confirm::Never);
    assert_eq!(config.safety.default_timeout, Duration::from_secs(5));
    assert_eq!(config.safety.max_result_bytes, 5000);
    assert_eq!(
        config.safety.audit_file.as_deref(),
        Some(Path::new("a.jsonl"))
    );
    assert_eq!(
        ["kafka", "acme", "docs"].map(|c| config.tools.allows_category(c)),
        [true, false, false]
    );
    assert!(config.tools.experimental);
    assert_eq!(config.endpoints.docs, "https://docs.example.com");
    assert_eq!(
        config.endpoints.login(CloudEnvironment::Stag),
        "https://login.example.com"
    );
    assert_eq!(
        config.server.transports,
        [Transport::Http, Transport::Stdio]
    );
    assert_eq!(config.server.log_level, Some(LogLevel::Trace));
    assert_eq!(config.server.http.mcp_endpoint, "/m");
    assert_eq!(config.server.auth.allowed_hosts, ["example.com"]);
    let acme = config.extension("acme").expect("acme");
    assert_eq!(
        acme,
        &serde_json::json!({"url": "x", "list": [1, 2.5, true, null, "1", 16, 0.5, "nan"]})
    );
    assert_eq!(config.extension("other"), None);
}

#[test]
fn an_empty_list_of_hosts_is_pointed_out() {
    let config = good("connections: {}\nserver: {auth: {allowed_hosts: []}}");
    assert_eq!(config.warnings().len(), 1);
    assert_eq!(config.warnings()[0].place().to_string(), "config.yaml:2:32");
}

#[test]
fn variables_may_hold_booleans_and_numbers() {
    let text = "connections: {a: {type: '${TYPE}', read_only: '${RO}', description: '${EMPTY}'}}\n\
                server: {http: {port: '${PORT}'}, do_not_track: '${DNT:-0}'}";
    let variables = [
        ("TYPE", "direct"),
        ("RO", "TRUE"),
        ("PORT", "9000"),
        ("EMPTY", ""),
    ];
    let config = load_with(text, &variables).unwrap_or_else(|error| panic!("{error}"));
    assert!(config.connections[0].read_only);
    assert_eq!(config.connections[0].description, None);
    assert_eq!(config.server.http.port, 9000);
    assert!(!config.server.do_not_track);
    let error = load_with(
        text,
        &[
            ("TYPE", "direct"),
            ("RO", "maybe"),
            ("PORT", ""),
            ("EMPTY", ""),
        ],
    );
    assert_eq!(
        lines(&error.expect_err("two problems")),
        "config.yaml:1:47: connections.a.read_only: must be `true` or `false`\n\
         config.yaml:2:23: server.http.port: must be a whole number from 0 to 65535"
    );
}

#[test]
fn beside_a_file_the_environment_is_a_floor() {
    let file = "connections: {}";
    let config = load_with(file, &[("LOG_LEVEL", "WARN"), ("DO_NOT_TRACK", "1")]).expect("fine");
    assert_eq!(config.server.log_level, Some(LogLevel::Warn));
    assert!(config.server.do_not_track);
    let config = load_with(
        "connections: {}\nserver: {log_level: error, do_not_track: false}",
        &[
            ("LOG_LEVEL", "debug"),
            ("DO_NOT_TRACK", "yes"),
            ("MCP_API_KEY", "short"),
            ("BOOTSTRAP_SERVERS", "x"),
        ],
    )
    .expect("other variables do not count beside a file");
    assert_eq!(config.server.log_level, Some(LogLevel::Error));
    assert!(!config.server.do_not_track);
    assert!(config.connections.is_empty());
    let config = load_with(file, &[("LOG_LEVEL", "silent")]).expect("a warning only");
    assert!(
        config.warnings()[0]
            .to_string()
            .starts_with("LOG_LEVEL: is not used")
    );
}

#[test]
fn keys_know_their_line() {
    let config =
        good("connections:\n  a b:\n    type: direct\n    kafka:\n      bootstrap_servers: a:1\n");
    let place = |path: &[&str]| config.place_of(path).map(ToString::to_string);
    assert_eq!(
        place(&["connections", "a b", "kafka", "bootstrap_servers"]).as_deref(),
        Some("config.yaml:5:7")
    );
    assert_eq!(
        place(&["connections", "a b", "kafka", "auth", "secret"]).as_deref(),
        Some("config.yaml:4:5")
    );
    assert_eq!(
        place(&["connections", "a b"]).as_deref(),
        Some("config.yaml:2:3")
    );
    assert_eq!(place(&["server", "http"]), None);
    assert_eq!(
        config.place_of(&["connections"]).and_then(Place::line),
        Some(1)
    );
}

/// One more direct connection for a file.
fn format_connection(id: &str, blocks: &str) -> String {
    format!("  {id}:\n    type: direct\n{}", indented(blocks, 4))
}

#[test]
fn nothing_secret_is_ever_printed() {
    let secret = |n: usize| format!("SECRET{n:02}-padding-to-be-long-enough");
    let mut text = direct(
        "kafka:\n  bootstrap_servers: a:1\n  rest_endpoint: https://user:${S00}@r\n  \
         auth: {type: api_key, key: '${S01}', secret: '${S02}'}\n  \
         tls: {cert_file: c, key_file: k, key_password: '${S03}'}\n  \
         extra_properties: {ssl.key.pem: '${S04}'}\n\
         schema_registry:\n  endpoint: https://r\n  auth: {type: basic, username: u, password: '${S05}'}\n\
         confluent_cloud:\n  auth: {type: bearer, token: '${S06}'}\n\
         tableflow:\n  auth: {type: oauth, token_endpoint: https://i, client_id: c, client_secret: '${S07}'}\n\
         flink:\n  endpoint: https://f\n  auth: {type: api_key, key: '${S08}', secret: '${S09}'}\n  \
         environment_id: env-1\n  organization_id: o\n  compute_pool_id: lfcp-1\n",
    );
    for (id, auth) in [
        ("b", "{type: plain, username: u, password: '${S10}'}"),
        (
            "c",
            "{type: scram_sha_256, username: u, password: '${S11}'}",
        ),
        (
            "d",
            "{type: oauthbearer, token_endpoint: https://i, client_id: c, client_secret: '${S12}'}",
        ),
    ] {
        let kafka = format!(
            "kafka:
  bootstrap_servers: a:1
  auth: {auth}"
        );
        text += &format_connection(id, &kafka);
    }
    text += "server: {auth: {api_key: '${S13}'}, analytics: {write_key: '${S14}'}}\n\
             extensions: {acme: {password: '${S15}'}}\n";
    let variables: Vec<(String, String)> =
        (0..16).map(|n| (format!("S{n:02}"), secret(n))).collect();
    let borrowed: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let config = load_with(&text, &borrowed).unwrap_or_else(|error| panic!("{error}"));
    let settings = config
        .connections
        .iter()
        .filter_map(|connection| connection.kafka());
    let settings: Vec<_> = settings.map(KafkaBlock::librdkafka_properties).collect();
    let printed = format!("{config:?} {config:#?} {settings:?}");
    assert!(!printed.contains("SECRET"), "{printed}");
    // Every value broken in some way: no report shows any of them.
    let broken: Vec<(String, String)> = variables
        .iter()
        .map(|(name, value)| (name.clone(), format!("\u{1} {value}")))
        .collect();
    let borrowed: Vec<(&str, &str)> = broken
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let report = load_with(&text.replace("type: ", "type: ${S00}"), &borrowed).expect_err("broken");
    assert!(
        !format!("{report} {report:?}").contains("SECRET"),
        "{report}"
    );
    let environment: crate::config::Environment = borrowed.iter().copied().collect();
    assert!(!format!("{environment:?}").contains("SECRET"));
}

#[test]
fn paths_of_the_server_are_plain_and_free() {
    let with = |key: &str, path: &str| {
        format!("connections: {{}}\nserver:\n  http:\n    {key}: {path:?}\n")
    };
    for key in ["mcp_endpoint", "sse_endpoint", "sse_message_endpoint"] {
        for path in [
            "/*",
            "/*x",
            "/mcp/:id",
            "/{a",
            "/a b?x#y",
            "http://x/mcp",
            "/ü",
            "/a\\b",
        ] {
            assert_eq!(
                bad(&with(key, path)),
                format!(
                    "config.yaml:4:{}: server.http.{key}: is no plain path of a URL",
                    key.len() + 7
                )
            );
        }
        let well_known = "/.well-known/oauth-protected-resource/mcp";
        for path in ["/ping", "metrics", "/healthz", "/readyz", well_known] {
            assert!(bad(&with(key, path)).ends_with("is a path that the server answers itself"));
        }
        good(&with(key, "/a/b-c_d.e~f%20"));
    }
    let shared = "connections: {}\nserver: {http: {sse_endpoint: /x, sse_message_endpoint: /x}}";
    assert_eq!(good(shared).server.http.sse_message_endpoint, "/x");
}

#[test]
fn only_what_is_called_as_it_is_may_have_a_query() {
    let auth = "auth: {type: api_key, key: k, secret: s}";
    for blocks in [
        "schema_registry: {endpoint: 'http://r/?key=hunter2'}".to_owned(),
        "schema_registry: {endpoint: 'http://r,http://s#hunter2'}".to_owned(),
        "kafka: {rest_endpoint: 'http://k?key=hunter2'}".to_owned(),
        format!("confluent_cloud: {{endpoint: 'http://c/?key=hunter2', {auth}}}"),
        format!("telemetry: {{endpoint: 'http://t/?key=hunter2', {auth}}}"),
    ] {
        let report = load_with(&direct(&blocks), &[]).expect_err("a query");
        let report = report.to_string();
        assert!(report.contains("has a query or a fragment"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
    good(&direct(
        "schema_registry:\n  endpoint: http://r\n  auth: {type: oauth, token_endpoint: 'https://i/t?realm=a', client_id: c, client_secret: s}",
    ));
    good("connections: {}\nendpoints: {flink: 'http://{region}.{cloud}.example:80'}");
    let cloud = "connections: {}\nendpoints: {cloud: 'http://{region}.example'}";
    assert!(bad(cloud).ends_with("has a host with a character that no host has"));
}
