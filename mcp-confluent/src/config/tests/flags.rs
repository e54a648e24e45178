//! The flags that choose between the sources, and the files they name.

use std::fs;

use super::{
    lines,
    variables::{Variables, load},
};
use crate::config::{
    Config, ConfigFlags, ConfigSource, Environment, KafkaAuth, Problem, SecurityProtocol,
};

const FILE: &str =
    "connections: {file: {type: direct, kafka: {bootstrap_servers: '${BOOTSTRAP_SERVERS:-a:1}'}}}";

/// A folder with these files, and what `flags` load in it.
fn load_in(
    files: &[(&str, &str)],
    flags: &ConfigFlags,
    variables: Variables<'_>,
) -> (Result<Config, String>, Environment) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let mut environment: Environment = variables.iter().copied().collect();
    let shown = format!("{}/", folder.path().display());
    let config = flags
        .load(folder.path(), &mut environment)
        .map_err(|error| lines(&error).replace(&shown, ""));
    (config, environment)
}

/// What a properties file with `text` makes of these variables.
fn with_properties(text: &str, variables: Variables<'_>) -> Result<Config, String> {
    let flags = ConfigFlags {
        kafka_config_file: Some("k.properties".into()),
        ..ConfigFlags::default()
    };
    load_in(
        &[("k.properties", text), ("config.yaml", "broken: [")],
        &flags,
        variables,
    )
    .0
}

#[test]
fn flags_that_exclude_each_other() {
    let config = || ConfigFlags {
        config: Some("config.yaml".into()),
        ..ConfigFlags::default()
    };
    let cases = [
        (
            ConfigFlags {
                kafka_config_file: Some("k".into()),
                ..config()
            },
            "--kafka-config-file: cannot be used with --config",
        ),
        (
            ConfigFlags {
                disable_auth: true,
                ..config()
            },
            "--disable-auth: cannot be used with --config",
        ),
        (
            ConfigFlags {
                allowed_hosts: Some("a".into()),
                ..config()
            },
            "--allowed-hosts: cannot be used with --config",
        ),
        (
            ConfigFlags {
                transport: Some("stdio".into()),
                ..config()
            },
            "--transport: cannot be used with --config",
        ),
        (
            ConfigFlags {
                ccloud_env: Some("prod".into()),
                ..ConfigFlags::default()
            },
            "--ccloud-env: needs --oauth",
        ),
        (
            ConfigFlags {
                oauth: true,
                ..config()
            },
            "--oauth: cannot be used with --config",
        ),
        (
            ConfigFlags {
                init_config: true,
                init_oauth_config: true,
                ..ConfigFlags::default()
            },
            "--init-config: cannot be used with --init-oauth-config",
        ),
        (
            ConfigFlags {
                oauth: true,
                disable_auth: true,
                ..config()
            },
            "--disable-auth: cannot be used with --config\n--oauth: cannot be used with --config",
        ),
    ];
    for (flags, expected) in cases {
        assert_eq!(
            lines(&flags.check().expect_err("they exclude each other")),
            expected
        );
        assert!(load(&flags, &[]).is_err());
    }
    let allowed = ConfigFlags {
        env_file: Some(".env".into()),
        allowed_hosts: Some(" ".into()),
        ..config()
    };
    assert!(allowed.check().is_ok());
    let blank = ConfigFlags {
        kafka_config_file: Some("".into()),
        config: Some("".into()),
        ..ConfigFlags::default()
    };
    assert!(load(&blank, &[]).is_ok());
}

#[test]
fn a_file_in_the_folder_is_found_unless_a_flag_speaks_for_the_variables() {
    let files = [("config.yaml", FILE)];
    let (config, _) = load_in(
        &files,
        &ConfigFlags::default(),
        &[("BOOTSTRAP_SERVERS", "b:2")],
    );
    let config = config.expect("fine");
    assert!(
        matches!(config.source(), ConfigSource::FoundFile(file) if file.ends_with("config.yaml"))
    );
    assert_eq!(
        config.connections[0]
            .kafka()
            .expect("kafka")
            .bootstrap_servers,
        ["b:2"]
    );
    for flags in [
        ConfigFlags {
            oauth: true,
            ..ConfigFlags::default()
        },
        ConfigFlags {
            disable_auth: true,
            ..ConfigFlags::default()
        },
        ConfigFlags {
            transport: Some("stdio".into()),
            ..ConfigFlags::default()
        },
        ConfigFlags {
            allowed_hosts: Some("a".into()),
            ..ConfigFlags::default()
        },
    ] {
        let (config, _) = load_in(&files, &flags, &[]);
        assert_eq!(config.expect("fine").connections[0].id, "_default");
    }
    let flags = ConfigFlags {
        config: Some("other.yaml".into()),
        ..ConfigFlags::default()
    };
    let (config, _) = load_in(&files, &flags, &[]);
    assert_eq!(
        config.err().as_deref(),
        Some("other.yaml: there is no such file")
    );
}

#[test]
fn an_environment_file_wins_over_the_shell() {
    let flags = ConfigFlags {
        env_file: Some("my.env".into()),
        config: Some("c.yaml".into()),
        ..ConfigFlags::default()
    };
    let files = [
        ("c.yaml", FILE),
        ("my.env", "BOOTSTRAP_SERVERS=c:3\nnonsense\nOTHER=1\n"),
    ];
    let (config, environment) = load_in(
        &files,
        &flags,
        &[("BOOTSTRAP_SERVERS", "b:2"), ("KEPT", "1")],
    );
    let config = config.expect("fine");
    assert_eq!(
        config.connections[0]
            .kafka()
            .expect("kafka")
            .bootstrap_servers,
        ["c:3"]
    );
    assert_eq!(
        [
            environment.get("OTHER"),
            environment.get("KEPT"),
            environment.get("NO")
        ],
        [Some("1"), Some("1"), None]
    );
    assert_eq!(config.warnings().len(), 1);
    assert_eq!(config.warnings()[0].place().line(), Some(2));
    let (config, _) = load_in(&[("c.yaml", FILE)], &flags, &[]);
    assert_eq!(
        config.err().as_deref(),
        Some("my.env: there is no such file")
    );
}

#[test]
fn a_properties_file_goes_over_the_variables() {
    let text = "bootstrap.servers=b:2\nsasl.username=U\nsasl.password=P\nsasl.mechanism=SCRAM-SHA-512\n\
                security.protocol=SASL_PLAINTEXT\ngroup.id=g\n";
    let variables = [
        ("BOOTSTRAP_SERVERS", "a:1"),
        ("KAFKA_API_KEY", "K"),
        ("KAFKA_API_SECRET", "S"),
        ("KAFKA_ENV_ID", "env-1"),
    ];
    let config = with_properties(text, &variables).unwrap_or_else(|error| panic!("{error}"));
    let kafka = config.connections[0].kafka().expect("kafka");
    assert_eq!(kafka.env_id.as_deref(), Some("env-1"));
    assert_eq!(kafka.security_protocol(), SecurityProtocol::SaslPlaintext);
    let settings: Vec<String> = kafka
        .librdkafka_properties()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.expose()))
        .collect();
    assert_eq!(
        settings,
        [
            "bootstrap.servers=b:2",
            "client.id=mcp-confluent",
            "group.id=g",
            "sasl.mechanisms=SCRAM-SHA-512",
            "sasl.password=P",
            "sasl.username=U",
            "security.protocol=SASL_PLAINTEXT",
        ]
    );
    let config = with_properties("group.id=g", &[("BOOTSTRAP_SERVERS", "a:1")]).expect("fine");
    assert!(matches!(
        config.connections[0].kafka().expect("kafka").auth,
        KafkaAuth::None
    ));
}

#[test]
fn problems_of_a_properties_file() {
    let cases: [(&str, Variables<'_>, &str); 8] = [
        (
            "bootstrap.servers=",
            &[],
            "k.properties:1:1: bootstrap.servers: is blank",
        ),
        (
            "\nbootstrap.servers=a",
            &[("BOOTSTRAP_SERVERS", "a:1")],
            "k.properties:2:1: bootstrap.servers: has no port",
        ),
        (
            "sasl.username=u",
            &[
                ("BOOTSTRAP_SERVERS", "a:1"),
                ("KAFKA_API_KEY", "k"),
                ("KAFKA_API_SECRET", "s"),
            ],
            "k.properties:1:1: sasl.username stands alone: it needs sasl.password beside it",
        ),
        (
            "bootstrap.servers=a:1\nsasl.password=p",
            &[],
            "k.properties:2:1: sasl.password stands alone: it needs sasl.username beside it",
        ),
        (
            "bootstrap.servers=a:1\nsasl.username=\nsasl.password= ",
            &[],
            "k.properties:2:1: sasl.username: is blank\nk.properties:3:1: sasl.password: is blank",
        ),
        ("group.id=g", &[], "k.properties:1:1: names no cluster"),
        (
            "bootstrap.servers=a:1\nsecurity.protocol=TLS",
            &[],
            "k.properties:2:1: security.protocol: is no protocol that Kafka has",
        ),
        (
            "bootstrap.servers=a:1",
            &[("KAFKA_API_KEY", "k"), ("LOG_LEVEL", "x")],
            "KAFKA_API_SECRET: is not set\nLOG_LEVEL: must be `fatal`, `error`, `warn`, `info`, `debug` or `trace`",
        ),
    ];
    for (text, variables, expected) in cases {
        assert_eq!(
            with_properties(text, variables).err().as_deref(),
            Some(expected),
            "{text}"
        );
    }
    let flags = ConfigFlags {
        kafka_config_file: Some("no".into()),
        oauth: true,
        ..ConfigFlags::default()
    };
    let (config, _) = load_in(&[], &flags, &[]);
    assert_eq!(config.err().as_deref(), Some("no: there is no such file"));
    let (config, _) = load_in(&[("no", "bootstrap.servers=x")], &flags, &[]);
    assert_eq!(config.expect("fine").warnings().len(), 1);
}

#[test]
fn advice_about_properties_speaks_of_properties() {
    let fix = |text: &str| {
        let flags = ConfigFlags {
            kafka_config_file: Some("k.properties".into()),
            ..ConfigFlags::default()
        };
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("k.properties"), text).expect("a file");
        let error = flags.load(folder.path(), &mut Environment::default());
        error.expect_err("a problem").problems()[0].fix().to_owned()
    };
    #[cfg(not(feature = "gssapi"))]
    assert_eq!(
        fix("bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL"),
        "Write `sasl.username` and `sasl.password` beside it, or set KAFKA_API_KEY and KAFKA_API_SECRET."
    );
    assert_eq!(
        fix(
            "bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.oauthbearer.method=oidc"
        ),
        "Write it too."
    );
    assert_eq!(
        fix("# nothing\n"),
        "Write `bootstrap.servers=host:port`, or set BOOTSTRAP_SERVERS."
    );
}

#[test]
fn space_behind_the_names_of_protocol_and_mechanism_goes() {
    let text = "bootstrap.servers=a:1\nsecurity.protocol=SASL_PLAINTEXT \nsasl.mechanism=PLAIN \n\
                sasl.username=u\nsasl.password=p \n";
    let config = with_properties(text, &[]).expect("fine");
    let settings = config.connections[0].kafka().expect("kafka");
    let settings = settings.librdkafka_properties();
    let value = |name: &str| {
        let mut found = settings.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.expose())
    };
    assert_eq!(value("security.protocol"), Some("SASL_PLAINTEXT"));
    assert_eq!(value("sasl.mechanisms"), Some("PLAIN"));
}

#[test]
fn a_flag_that_contradicts_a_variable_is_named() {
    let flags = ConfigFlags {
        disable_auth: true,
        ..ConfigFlags::default()
    };
    let key = ("MCP_API_KEY", "0123456789012345678901234567890123");
    let (config, _) = load_in(&[], &flags, &[key]);
    assert_eq!(
        config.err().as_deref(),
        Some(
            "MCP_API_KEY: contradicts --disable-auth: no key is asked for when authentication is off"
        )
    );
}

#[test]
fn java_settings_in_a_properties_file_have_another_property() {
    let text = "bootstrap.servers=a:1\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=x\nssl.truststore.location=y\n";
    let config = with_properties(text, &[]).expect("warnings only");
    let fixes: Vec<&str> = config.warnings().iter().map(Problem::fix).collect();
    assert_eq!(
        fixes,
        [
            "Write sasl.username and sasl.password instead.",
            "Write ssl.ca.location with a PEM file instead."
        ]
    );
}

#[test]
fn flags_of_the_server_stand_in_front_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ConfigFlags {
        transport: Some("http".into()),
        disable_auth: true,
        ..ConfigFlags::default()
    };
    assert_eq!(flags.in_front_of_file(folder.path()), []);
    fs::write(folder.path().join("config.yaml"), FILE).expect("written");
    assert_eq!(
        flags.in_front_of_file(folder.path()),
        [
            ("--transport", "server.transports"),
            ("--disable-auth", "server.auth.disabled")
        ]
    );
    let none = ConfigFlags::default();
    assert_eq!(none.in_front_of_file(folder.path()), []);
}
