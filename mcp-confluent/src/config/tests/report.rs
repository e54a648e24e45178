//! How problems read, and that they never show more than they should.

use proptest::prelude::*;

use super::{bad, direct, good, load, load_with};
use crate::config::{Config, Environment};

#[test]
fn a_whole_report() {
    let text = "\
connections:
  dev:
    type: direct
    read_onyl: true
    kafka:
      bootstrapServers: localhost:9092
      auth: {type: api_keys, key: a, secret: b}
      rest_endpoint: localhost:8082
  prod:
    type: direct
    bootstrap_servers: localhost:9092
servers: {}
";
    let report = load(text).expect_err("problems").to_string();
    assert_eq!(
        report,
        "\
the configuration has 6 problems:
  config.yaml:4:5: connections.dev.read_onyl: is not a key that exists here
      Did you mean `read_only`?
  config.yaml:6:7: connections.dev.kafka.bootstrapServers: is not a key that exists here
      Did you mean `bootstrap_servers`?
  config.yaml:7:20: connections.dev.kafka.auth.type: is no type that exists here
      Did you mean `api_key`? Write `type: …` with `api_key`, `plain`, `scram_sha_256`, `scram_sha_512`, `oauthbearer`, `gssapi`, `mtls` or `none`.
  config.yaml:8:22: connections.dev.kafka.rest_endpoint: is not an http or https URL
      Write `https://` (or, without TLS, `http://`) in front, as in `https://host:8081`.
  config.yaml:11:5: connections.prod.bootstrap_servers: is not a key that exists here
      It belongs into `connections.<id>.kafka`.
  config.yaml:12:1: servers: is not a key that exists here
      Did you mean `server`?"
    );
}

#[test]
fn hints_for_unknown_keys() {
    let fix = |blocks: &str| {
        let error = load(&direct(blocks)).expect_err("a problem");
        error.problems()[0].fix().to_owned()
    };
    assert_eq!(
        fix("tableflow: {auth: {type: none}}").split('.').next(),
        Some("Write `type: …` with `api_key`, `bearer` or `oauth`")
    );
    assert_eq!(
        fix("kafka: {auth: {type: none, password: x}, bootstrap_servers: 'a:1'}"),
        "It goes with `type:` `plain`, `scram_sha_256` or `scram_sha_512`."
    );
    assert_eq!(
        fix("kafka: {auth: {type: none, colour: red}, bootstrap_servers: 'a:1'}"),
        "`type: none` has no other keys."
    );
    let oauth = load("connections: {a: {type: oauth, kafka: {bootstrap_servers: 'a:1'}}}");
    let oauth = oauth.expect_err("a problem");
    assert_eq!(oauth.problems()[0].fix(), "It goes with `type:` `direct`.");
    assert_eq!(fix("read_only: 1"), "");
    assert_eq!(fix("read_only: 'true'"), "Write it without quotes.");
    assert_eq!(
        fix("read_only: yes"),
        "YAML 1.2 reads yes, no, on and off as text."
    );
    assert_eq!(fix("transports: [stdio]"), "It belongs into `server`.");
    assert_eq!(
        fix("flink_url: x").split(", ").next(),
        Some("The keys here are description")
    );
    assert_eq!(
        fix("<<: {read_only: true}"),
        "YAML 1.2 has no merge keys: repeat the keys, or use an alias for the whole block."
    );
    assert_eq!(
        fix("kafka: 'a:1'"),
        "Write them indented on the lines below: bootstrap_servers, auth, tls, rest_endpoint, rest_auth, cluster_id, env_id, extra_properties."
    );
}

#[test]
fn what_looks_like_a_variable_is_warned_of() {
    let config = good(&direct(
        "description: $NAME\nkafka:\n  bootstrap_servers: 'a:1'\n  auth: {type: plain, username: u, password: 'x${MY-SECRET}'}",
    ));
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    let [name, secret] = warnings.as_slice() else {
        panic!("{warnings:?}")
    };
    assert!(
        name.starts_with("config.yaml:4:18: looks like a variable, and is text"),
        "{name}"
    );
    assert!(
        secret.starts_with("config.yaml:7:50: holds `${`, and no variable follows"),
        "{secret}"
    );
    assert!(!secret.contains("SECRET"), "{secret}");
}

#[test]
fn a_tab_between_a_colon_and_a_value_is_space() {
    let text = "connections:\t# all\n  a:\n    type:\tdirect\n    description:\t\t\"x:\ty\"\n";
    let config = good(text);
    assert_eq!(config.connections[0].description.as_deref(), Some("x:\ty"));
    let text = "connections:\n  ä:\n    type:\tdirekt\n";
    assert_eq!(
        bad(text),
        "config.yaml:3:11: connections.ä.type: is no type that exists here"
    );
    let error =
        load("connections:\n  a:\n    type:\u{a0}direct\n    kafka: {}\n").expect_err("no YAML");
    let problem = &error.problems()[0];
    assert!(
        problem.what().starts_with("this is not YAML ("),
        "{problem}"
    );
    assert!(
        problem.fix().contains("no-break space"),
        "{}",
        problem.fix()
    );
    // What stands in the file is never shown.
    assert!(bad("connections: @SECRET").ends_with("this is not YAML (unexpected character)"));
}

#[test]
fn unset_variables_are_reported_all_at_once() {
    let text = "connections:\n  a:\n    type: direct\n    read_only: ${D}\n    kafka:\n      bootstrap_servers: ${A}:${B}\n      auth: {type: api_key, key: '${A}', secret: s}\nsafety: {confirm: '${C}'}";
    assert_eq!(
        bad(text),
        "config.yaml:4:16: connections.a.read_only: the variable D is not set\n\
         config.yaml:6:26: connections.a.kafka.bootstrap_servers: the variables A and B are not set\n\
         config.yaml:7:34: connections.a.kafka.auth.key: the variable A is not set\n\
         config.yaml:8:19: safety.confirm: the variable C is not set"
    );
}

/// What is left of a connection with these blocks when no variable is set, and the warnings.
fn left_of(blocks: &str) -> (String, Vec<String>) {
    let config = good(&direct(blocks));
    let services = config.connections[0].services().expect("direct").clone();
    let kept = [
        ("kafka", services.kafka.is_some()),
        ("registry", services.schema_registry.is_some()),
        ("cloud", services.confluent_cloud.is_some()),
        ("telemetry", services.telemetry.is_some()),
        ("flink", services.flink.is_some()),
    ];
    let kept: Vec<&str> = kept
        .iter()
        .filter(|(_, kept)| *kept)
        .map(|(name, _)| *name)
        .collect();
    let warnings = config.warnings().iter().map(|warning| {
        warning
            .to_string()
            .replace("config.yaml:", "")
            .replace("connections.a.", "")
    });
    (kept.join(" "), warnings.collect())
}

const CLOUD_UNSET: &str = "confluent_cloud: {auth: {type: api_key, key: '${K}', secret: '${S}'}}\n";
const REGISTRY: &str = "schema_registry: {endpoint: 'http://r'}\n";

#[test]
fn a_block_with_unset_variables_is_left_out_while_another_is_left() {
    assert_eq!(
        left_of(&format!(
            "{REGISTRY}kafka:\n  bootstrap_servers: a:1\n  auth: {{type: plain, username: u, password: '${{P}}'}}"
        )),
        (
            "registry".into(),
            vec!["7:50: kafka: is left out, because the variable P is not set".into()]
        )
    );
    assert_eq!(
        left_of(&format!("{REGISTRY}{CLOUD_UNSET}")),
        (
            "registry".into(),
            vec![
                "5:50: confluent_cloud: is left out, because the variable K is not set".into(),
                "5:66: confluent_cloud: is left out, because the variable S is not set".into(),
            ]
        )
    );
    assert_eq!(
        left_of(&format!(
            "{REGISTRY}{CLOUD_UNSET}telemetry: {{endpoint: 'https://t'}}"
        ))
        .1[2],
        "6:5: telemetry: is left out, because it borrows `auth` from `confluent_cloud`"
    );
    // Nothing is left, so it is an error.
    assert_eq!(
        bad(&direct(CLOUD_UNSET)),
        "config.yaml:4:50: connections.a.confluent_cloud.auth.key: the variable K is not set\n\
         config.yaml:4:66: connections.a.confluent_cloud.auth.secret: the variable S is not set"
    );
    // What is left out is still read: a mistake in it is a mistake.
    assert_eq!(
        bad(&direct(&format!(
            "{REGISTRY}kafka: {{bootstrap_servers: '${{B}}', clusterid: x}}"
        ))),
        "config.yaml:5:40: connections.a.kafka.clusterid: is not a key that exists here"
    );
}

#[test]
fn a_key_that_only_adds_something_is_left_out_alone() {
    let kafka = "kafka: {bootstrap_servers: 'a:1', rest_endpoint: '${R}', cluster_id: '${C}', env_id: env-1}";
    let (kept, warnings) = left_of(kafka);
    assert_eq!(kept, "kafka");
    assert_eq!(
        warnings,
        [
            "4:54: kafka.rest_endpoint: is left out, because the variable R is not set",
            "4:74: kafka.cluster_id: is left out, because the variable C is not set"
        ]
    );
    let (_, warnings) = left_of("description: ${D}\nkafka: {bootstrap_servers: 'a:1'}");
    assert_eq!(
        warnings,
        ["4:18: description: is left out, because the variable D is not set"]
    );
    assert_eq!(
        bad(&direct("kafka: {rest_endpoint: '${R}'}")),
        "config.yaml:4:28: connections.a.kafka.rest_endpoint: the variable R is not set"
    );
    // A default endpoint is not a stand-in for one that was meant to be set.
    assert_eq!(
        bad(&direct(
            "confluent_cloud: {endpoint: '${E}', auth: {type: bearer, token: t}}"
        )),
        "config.yaml:4:33: connections.a.confluent_cloud.endpoint: the variable E is not set"
    );
}

#[test]
fn what_is_not_set_has_no_further_consequences() {
    // Without its `auth` the block would contradict its protocol.
    assert_eq!(
        bad(&direct(
            "kafka: {bootstrap_servers: 'SASL_SSL://a:1', auth: {type: api_key, key: k, secret: '${S}'}}"
        )),
        "config.yaml:4:88: connections.a.kafka.auth.secret: the variable S is not set"
    );
}

#[test]
fn http_settings_do_not_matter_to_stdio() {
    let server = |transports: &str| {
        format!(
            "connections: {{}}\nserver: {{transports: [{transports}], auth: {{api_key: '${{K}}'}}, analytics: {{write_key: '${{W}}'}}}}"
        )
    };
    let config = good(&server("stdio"));
    assert!(config.server.auth.api_key.is_none());
    assert_eq!(config.warnings().len(), 2);
    assert_eq!(
        bad(&server("stdio, http")),
        "config.yaml:2:53: server.auth.api_key: the variable K is not set"
    );
}

#[test]
fn an_extension_with_unset_variables_is_left_out() {
    let config = good("connections: {}\nextensions: {acme: {password: '${P}'}, other: {a: 1}}");
    assert!(config.extension("acme").is_none());
    assert!(config.extension("other").is_some());
    assert_eq!(
        config.warnings()[0].to_string(),
        "config.yaml:2:31: extensions.acme: is left out, because the variable P is not set"
    );
}

#[test]
fn broken_yaml_is_located_and_not_shown() {
    for text in [
        "connections:\n  a: [SECRET",
        "connections:\n  a: {SECRET: SECRET",
        "connections:\n  SECRET\n  SECRET: x\n",
        "connections:\n  a: \"SECRET",
        "connections:\n\ta: SECRET\n",
        "connections: *SECRET",
        "connections: !SECRET x",
        "connections: @SECRET",
        "connections: SECRET: SECRET",
        "%SECRET\nconnections: {}",
        "connections: &a [*a, SECRET]",
        "? [SECRET]\n: x",
        "connections: {a: {type: SECRET}}",
        "connections: {a: {type: direct, kafka: {bootstrap_servers: SECRET}}}",
        "connections: {a: {type: direct, schema_registry: {endpoint: SECRET}}}",
        "connections: {}\nserver: {log_level: SECRET, http: {port: SECRET}, do_not_track: SECRET}",
    ] {
        let error = load(text).expect_err(text);
        let report = format!("{error} {error:?}");
        assert!(!report.contains("SECRET"), "{report}");
        assert!(error.problems()[0].place().line().is_some(), "{report}");
    }
}

#[test]
fn syntax_errors_say_where() {
    let place = |text: &str| {
        load(text).expect_err("broken").problems()[0]
            .place()
            .to_string()
    };
    assert_eq!(place("connections:\n  a: b: c\n"), "config.yaml:2:7");
    assert_eq!(place("connections: {}\nserver: [\n"), "config.yaml:3:1");
}

#[test]
fn every_duplicate_key_is_reported() {
    assert_eq!(
        bad("connections: {}\nconnections: {}\nserver:\n  http: {port: 1, port: 2}\n  http: {}\n"),
        "config.yaml:2:1: the key connections is given twice\n\
         config.yaml:4:19: the key port is given twice\n\
         config.yaml:5:3: the key http is given twice"
    );
}

#[test]
fn bytes_that_are_not_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let load = |bytes: &[u8]| {
        let file = folder.path().join("config.yaml");
        std::fs::write(&file, bytes).expect("written");
        let shown = file.display().to_string();
        Config::from_file(&file, &Environment::default())
            .map(|_| ())
            .map_err(|error| super::lines(&error).replace(&shown, "FILE"))
    };
    assert_eq!(
        load(b"connections: {}\n# caf\xe9\n"),
        Err("FILE:2:6: this is not UTF-8 text".into())
    );
    assert_eq!(
        load(b"\xff\xfec\0o\0"),
        Err("FILE: the file is UTF-16".into())
    );
    assert_eq!(load(b"\xef\xbb\xbfconnections: {}"), Ok(()));
    assert_eq!(load(b"connections: {}\r# old line ends\r"), Ok(()));
    let missing = Config::from_file(&folder.path().join("no.yaml"), &Environment::default());
    let report = missing.expect_err("no file").to_string();
    assert!(
        report.contains("no.yaml: there is no such file\n      Check the path"),
        "{report}"
    );
    let report = Config::from_file(folder.path(), &Environment::default())
        .expect_err("a folder")
        .to_string();
    assert!(report.contains("cannot be read"), "{report}");
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = format!("connections: {}", "- ".repeat(50_000));
    assert!(bad(&deep).contains("not YAML") || bad(&deep).contains("nested too deeply"));
    let nested: String = (0..5_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    assert!(bad(&nested).contains("nested too deeply"));
    let mut laughs =
        "connections: {}\nextensions:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        let line = format!("  a{n}: &a{n} [{aliases}]\n");
        laughs += &line;
    }
    assert!(bad(&laughs).contains("too large"), "{}", bad(&laughs));
}

#[test]
fn tags_and_aliases() {
    let config = good("connections: {a: &a {type: direct, description: !!str 0123}, b: *a}");
    let descriptions: Vec<_> = config
        .connections
        .iter()
        .map(|c| c.description.as_deref())
        .collect();
    assert_eq!(descriptions, [Some("0123"), Some("0123")]);
    assert_eq!(
        bad("connections: {a: !custom {type: direct}}"),
        "config.yaml:1:18: a tag (`!…`) has no meaning here"
    );
    assert_eq!(
        bad("connections: {a: {type: direct, read_only: !!str true}}"),
        "config.yaml:1:44: connections.a.read_only: must be `true` or `false`"
    );
}

/// Pieces that configuration files are made of, so that random texts come near to being one.
const PIECES: [&str; 36] = [
    "connections",
    "server",
    "kafka",
    "auth",
    "type",
    "direct",
    "oauth",
    "bootstrap_servers",
    "a:1",
    "tls",
    "http",
    "transports",
    "stdio",
    "extensions",
    ":",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "${A}",
    "${B:-x}",
    "$${",
    "&a ",
    "*a",
    "!!str ",
    "'",
    "\"",
    "# ",
    "\t",
    "é\u{0}",
];

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = load_with(&text, &[("A", "1")]).map_err(|error| error.to_string());
    }

    #[test]
    fn no_file_of_variables_or_settings_makes_its_reader_panic(
        text in "[ab=:#'\"`\\\\ nu0-9\u{d8}\n\r\t$!.-]{0,80}"
    ) {
        let name = "file".into();
        let read = crate::config::dotenv::parse(&name, &text);
        let lines = text.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() + 1;
        for warning in read.warnings {
            prop_assert!(warning.place().line().is_some_and(|line| line <= lines));
        }
        for property in crate::config::properties::parse(&name, &text) {
            prop_assert!(property.place.line().is_some_and(|line| line <= lines));
        }
    }

    #[test]
    fn no_text_that_looks_like_a_configuration_makes_the_reader_panic(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)
    ) {
        let text = pieces.concat();
        for text in [format!("connections: {text}"), direct(&text), text] {
            if let Err(error) = load_with(&text, &[("A", "1")]) {
                prop_assert!(!error.problems().is_empty());
                let _ = error.to_string();
            }
        }
    }
}
