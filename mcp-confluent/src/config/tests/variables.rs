//! Configurations without a file.

use secrecy::ExposeSecret as _;

use super::lines;
use crate::config::{
    CloudEnvironment, Config, ConfigError, ConfigFlags, ConfigSource, ConnectionKind, HttpAuth,
    KafkaAuth, LogLevel, Transport,
};

pub(super) type Variables<'a> = &'a [(&'a str, &'a str)];

/// Loads in an empty folder.
pub(super) fn load(flags: &ConfigFlags, variables: Variables<'_>) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    flags.load(folder.path(), &mut variables.iter().copied().collect())
}

fn good(variables: Variables<'_>) -> Config {
    load(&ConfigFlags::default(), variables).unwrap_or_else(|error| panic!("{error}"))
}

fn bad(variables: Variables<'_>) -> String {
    match load(&ConfigFlags::default(), variables) {
        Ok(_) => panic!("accepted: {variables:?}"),
        Err(error) => lines(&error),
    }
}

#[test]
fn nothing_set_is_one_empty_connection() {
    let config = good(&[]);
    assert_eq!(config.source(), &ConfigSource::Environment);
    assert_eq!(config.connections.len(), 1);
    assert_eq!(config.connections[0].id, "_default");
    let services = config.connections[0].services().expect("direct");
    assert!(services.kafka.is_none() && services.confluent_cloud.is_none());
    assert_eq!(config.server.transports, [Transport::Stdio]);
}

#[test]
fn variables_of_the_services() {
    let config = good(&[
        ("BOOTSTRAP_SERVERS", " a:9092 "),
        ("KAFKA_API_KEY", "KK"),
        ("KAFKA_API_SECRET", "KS"),
        ("KAFKA_REST_ENDPOINT", "https://rest"),
        ("KAFKA_CLUSTER_ID", "lkc-1"),
        ("KAFKA_ENV_ID", "env-1"),
        ("SCHEMA_REGISTRY_ENDPOINT", "https://sr"),
        ("SCHEMA_REGISTRY_API_KEY", "SK"),
        ("SCHEMA_REGISTRY_API_SECRET", "SS"),
        ("CONFLUENT_CLOUD_API_KEY", "CK"),
        ("CONFLUENT_CLOUD_API_SECRET", "CS"),
        ("CONFLUENT_CLOUD_REST_ENDPOINT", "https://cloud"),
        ("CONFLUENT_CLOUD_ORG_ID", "org"),
        ("TABLEFLOW_API_KEY", "TK"),
        ("TABLEFLOW_API_SECRET", "TS"),
        ("TELEMETRY_ENDPOINT", "https://metrics"),
        ("TELEMETRY_API_KEY", "MK"),
        ("TELEMETRY_API_SECRET", "MS"),
        ("FLINK_REST_ENDPOINT", "https://flink"),
        ("FLINK_API_KEY", "FK"),
        ("FLINK_API_SECRET", "FS"),
        ("FLINK_ENV_ID", "env-2"),
        ("FLINK_ORG_ID", "org2"),
        ("FLINK_COMPUTE_POOL_ID", "lfcp-1"),
        ("FLINK_CATALOG_NAME", "cat"),
        ("FLINK_DATABASE_NAME", "db"),
    ]);
    let services = config.connections[0].services().expect("direct").clone();
    let kafka = services.kafka.expect("kafka");
    assert_eq!(kafka.bootstrap_servers, ["a:9092"]);
    assert_eq!(kafka.rest_endpoint.as_deref(), Some("https://rest"));
    assert_eq!(
        (kafka.cluster_id.as_deref(), kafka.env_id.as_deref()),
        (Some("lkc-1"), Some("env-1"))
    );
    assert!(matches!(&kafka.auth, KafkaAuth::ApiKey { key, secret }
        if key.expose_secret() == "KK" && secret.expose_secret() == "KS"));
    let is = |auth: &HttpAuth, start: &str| {
        matches!(auth, HttpAuth::ApiKey { key, secret }
            if key.expose_secret() == format!("{start}K") && secret.expose_secret() == format!("{start}S"))
    };
    let registry = services.schema_registry.expect("registry");
    assert_eq!(registry.endpoints, ["https://sr"]);
    assert!(registry.auth.is_some_and(|auth| is(&auth, "S")));
    let cloud = services.confluent_cloud.expect("cloud");
    assert_eq!(
        (cloud.endpoint.as_str(), cloud.organization_id.as_deref()),
        ("https://cloud", Some("org"))
    );
    assert!(is(&cloud.auth, "C"));
    assert!(is(&services.tableflow.expect("tableflow").auth, "T"));
    let telemetry = services.telemetry.expect("telemetry");
    assert_eq!(telemetry.endpoint, "https://metrics");
    assert!(is(&telemetry.auth, "M"));
    let flink = services.flink.expect("flink");
    assert!(flink.auth.is_some_and(|auth| is(&auth, "F")));
    assert_eq!(
        [
            flink.endpoint,
            flink.environment_id,
            flink.organization_id,
            flink.compute_pool_id
        ],
        ["https://flink", "env-2", "org2", "lfcp-1"]
    );
    assert_eq!(
        (
            flink.catalog_name.as_deref(),
            flink.database_name.as_deref()
        ),
        (Some("cat"), Some("db"))
    );
}

#[test]
fn when_a_block_is_there() {
    let services = |variables: Variables<'_>| {
        good(variables).connections[0]
            .services()
            .expect("direct")
            .clone()
    };
    assert!(
        services(&[("KAFKA_REST_ENDPOINT", "https://r")])
            .kafka
            .is_some()
    );
    assert!(services(&[("BOOTSTRAP_SERVERS", "")]).kafka.is_none());
    assert!(
        services(&[("CONFLUENT_CLOUD_REST_ENDPOINT", "https://c")])
            .confluent_cloud
            .is_none()
    );
    assert!(
        services(&[("CONFLUENT_CLOUD_ORG_ID", "o")])
            .confluent_cloud
            .is_none()
    );
    let cloud = services(&[
        ("CONFLUENT_CLOUD_API_KEY", "k"),
        ("CONFLUENT_CLOUD_API_SECRET", "s"),
        ("TELEMETRY_ENDPOINT", "https://t"),
    ]);
    assert_eq!(
        cloud
            .telemetry
            .map(|telemetry| telemetry.endpoint)
            .as_deref(),
        Some("https://t")
    );
    assert!(services(&[("FLINK_ENV_NAME", "x")]).flink.is_none());
    assert!(
        good(&[("FLINK_ENV_NAME", "x")]).warnings()[0]
            .fix()
            .contains("FLINK_CATALOG_NAME")
    );
    // As in an example file of which only some lines were filled in.
    let blank = [
        ("KAFKA_API_KEY", ""),
        ("FLINK_ENV_ID", " "),
        ("KAFKA_ENV_ID", "env-"),
        ("FLINK_COMPUTE_POOL_ID", "lfcp-"),
        ("HTTP_PORT", ""),
        ("MCP_API_KEY", ""),
        ("LOG_LEVEL", ""),
    ];
    good(&blank);
}

#[test]
fn problems_speak_of_variables() {
    let cases: [(Variables<'_>, &str); 16] = [
        (
            &[("KAFKA_API_KEY", "k")],
            "BOOTSTRAP_SERVERS: names no cluster\nKAFKA_API_SECRET: is not set",
        ),
        (
            &[("KAFKA_ENV_ID", "env-1")],
            "BOOTSTRAP_SERVERS: names no cluster",
        ),
        (
            &[("BOOTSTRAP_SERVERS", "nope")],
            "BOOTSTRAP_SERVERS: has no port",
        ),
        (
            &[("BOOTSTRAP_SERVERS", "a:1"), ("KAFKA_API_SECRET", "s")],
            "KAFKA_API_KEY: is not set",
        ),
        (
            &[("BOOTSTRAP_SERVERS", "a:1"), ("KAFKA_ENV_ID", "x")],
            "KAFKA_ENV_ID: must start with `env-`",
        ),
        (
            &[
                ("SCHEMA_REGISTRY_API_KEY", "k"),
                ("SCHEMA_REGISTRY_API_SECRET", "s"),
            ],
            "SCHEMA_REGISTRY_ENDPOINT: is not set",
        ),
        (
            &[("SCHEMA_REGISTRY_ENDPOINT", "x")],
            "SCHEMA_REGISTRY_ENDPOINT: is not an http or https URL",
        ),
        (
            &[("TABLEFLOW_API_KEY", "k")],
            "TABLEFLOW_API_SECRET: is not set",
        ),
        (
            &[("TELEMETRY_ENDPOINT", "https://t")],
            "TELEMETRY_API_KEY: is not set, and there is no CONFLUENT_CLOUD_API_KEY to use instead",
        ),
        (
            &[("FLINK_CATALOG_NAME", "c")],
            "FLINK_API_KEY: is not set\nFLINK_COMPUTE_POOL_ID: is not set\nFLINK_ENV_ID: is not set\n\
             FLINK_ORG_ID: is not set\nFLINK_REST_ENDPOINT: is not set",
        ),
        (
            &[("HTTP_PORT", "x")],
            "HTTP_PORT: must be a whole number from 0 to 65535",
        ),
        (
            &[("LOG_LEVEL", "loud")],
            "LOG_LEVEL: must be `fatal`, `error`, `warn`, `info`, `debug` or `trace`",
        ),
        (
            &[("SSE_MCP_ENDPOINT_PATH", "/a/:b")],
            "SSE_MCP_ENDPOINT_PATH: is no plain path of a URL",
        ),
        (
            &[("MCP_API_KEY", "short")],
            "MCP_API_KEY: must have at least 32 characters",
        ),
        (
            &[(
                "MCP_API_KEY",
                "A new key:\n01234567890123456789012345678901",
            )],
            "MCP_API_KEY: must not hold spaces, line breaks or control characters",
        ),
        (
            &[
                ("MCP_API_KEY", "0123456789012345678901234567890123"),
                ("MCP_AUTH_DISABLED", "1"),
            ],
            "MCP_API_KEY: contradicts MCP_AUTH_DISABLED: no key is asked for when authentication is off",
        ),
    ];
    for (variables, expected) in cases {
        assert_eq!(bad(variables), expected, "{variables:?}");
    }
    let error =
        load(&ConfigFlags::default(), &[("KAFKA_ENV_ID", "env-1")]).expect_err("no cluster");
    assert_eq!(
        error.problems()[0].fix(),
        "Write BOOTSTRAP_SERVERS (`host:port`), or KAFKA_REST_ENDPOINT, or both."
    );
}

#[test]
fn variables_of_the_server() {
    let config = good(&[
        ("HTTP_PORT", " 9e3 "),
        ("HTTP_HOST", "0.0.0.0"),
        ("HTTP_MCP_ENDPOINT_PATH", "/m"),
        ("SSE_MCP_ENDPOINT_PATH", "/s"),
        ("SSE_MCP_MESSAGE_ENDPOINT_PATH", "/t"),
        ("LOG_LEVEL", "Warn"),
        ("MCP_API_KEY", " 01234567890123456789012345678901 "),
        ("MCP_AUTH_DISABLED", "TRUE"),
        ("MCP_ALLOWED_HOSTS", " A , ,b,a"),
        ("DO_NOT_TRACK", "1"),
    ]);
    let http = &config.server.http;
    assert_eq!(http.port, 9000);
    assert_eq!(
        [
            &http.host,
            &http.mcp_endpoint,
            &http.sse_endpoint,
            &http.sse_message_endpoint
        ],
        ["0.0.0.0", "/m", "/s", "/t"]
    );
    assert_eq!(config.server.log_level, Some(LogLevel::Warn));
    let key = config
        .server
        .auth
        .api_key
        .as_ref()
        .map(secrecy::ExposeSecret::expose_secret);
    assert_eq!(key, Some("01234567890123456789012345678901"));
    assert!(
        !config.server.auth.disabled,
        "only `true` and `1` are a yes"
    );
    assert_eq!(config.server.auth.allowed_hosts, ["a", "b", "a"]);
    assert!(config.server.do_not_track);
}

#[test]
fn flags_win_over_variables() {
    let flags = ConfigFlags {
        transport: Some(" http, stdio,http, ".into()),
        disable_auth: true,
        allowed_hosts: Some("Example.com".into()),
        ..ConfigFlags::default()
    };
    let config = load(
        &flags,
        &[("MCP_ALLOWED_HOSTS", "other"), ("MCP_AUTH_DISABLED", "0")],
    )
    .expect("fine");
    assert_eq!(
        config.server.transports,
        [Transport::Http, Transport::Stdio]
    );
    assert!(config.server.auth.disabled);
    assert_eq!(config.server.auth.allowed_hosts, ["example.com"]);

    for (transport, expected) in [
        ("tcp", "--transport: must be `stdio`, `http` or `sse`"),
        ("", "--transport: is empty"),
        (",", "--transport: is empty"),
    ] {
        let flags = ConfigFlags {
            transport: Some(transport.into()),
            ..ConfigFlags::default()
        };
        assert_eq!(lines(&load(&flags, &[]).expect_err("wrong")), expected);
    }
    let flags = ConfigFlags {
        disable_auth: true,
        ..ConfigFlags::default()
    };
    let error = load(
        &flags,
        &[("MCP_API_KEY", "01234567890123456789012345678901")],
    )
    .expect_err("both");
    assert!(error.to_string().contains("contradicts"), "{error}");
}

#[test]
fn oauth_takes_no_service_variables() {
    let flags = ConfigFlags {
        oauth: true,
        ccloud_env: Some("stag".into()),
        ..ConfigFlags::default()
    };
    let variables = [
        ("BOOTSTRAP_SERVERS", "broken"),
        ("OAUTH_KAFKA_DEBUG", "broker"),
        ("HTTP_PORT", "9000"),
    ];
    let config = load(&flags, &variables).expect("fine");
    assert_eq!(config.connections.len(), 1);
    let ConnectionKind::OAuth(oauth) = &config.connections[0].kind else {
        panic!("oauth")
    };
    assert_eq!(oauth.environment, CloudEnvironment::Stag);
    assert_eq!(
        config.endpoints.login(oauth.environment),
        "https://login-stag.confluent-dev.io"
    );
    assert_eq!(
        config.endpoints.flink(oauth.environment),
        "https://flink.{region}.{cloud}.stag.cpdev.cloud"
    );
    assert_eq!((oauth.callback_port, oauth.open_browser), (26640, true));
    assert_eq!(oauth.kafka_debug.as_deref(), Some("broker"));
    assert_eq!(config.server.http.port, 9000);
    let flags = ConfigFlags {
        oauth: true,
        ccloud_env: Some("test".into()),
        ..ConfigFlags::default()
    };
    assert_eq!(
        lines(&load(&flags, &[]).expect_err("no such deployment")),
        "--ccloud-env: must be `devel`, `stag` or `prod`"
    );
}

#[test]
fn keys_of_variables_know_their_variable() {
    let config = good(&[
        ("BOOTSTRAP_SERVERS", "a:1"),
        ("KAFKA_API_KEY", "k"),
        ("KAFKA_API_SECRET", "s"),
    ]);
    let place = |path: &[&str]| config.place_of(path).map(ToString::to_string);
    let secret = ["connections", "_default", "kafka", "auth", "secret"];
    assert_eq!(place(&secret).as_deref(), Some("KAFKA_API_SECRET"));
    assert_eq!(
        place(&["connections", "_default", "kafka", "tls"]).as_deref(),
        Some("BOOTSTRAP_SERVERS")
    );
}
