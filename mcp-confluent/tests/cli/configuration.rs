//! Where the configuration comes from, and what is said when it is wrong.

use std::fs;

use crate::support::Place;

const LOCAL: &str = "\
connections:
  local:
    type: direct
    kafka:
      bootstrap_servers: localhost:9092
";

/// The tools that need no connection.
const ALWAYS: [&str; 4] = [
    "config-help",
    "describe-configured-connection",
    "explain-disabled-tools",
    "list-configured-connections",
];

fn connections(place: &Place, arguments: &[&str]) -> Vec<String> {
    let arguments = [
        arguments,
        &["call", "list-configured-connections", "--json"],
    ]
    .concat();
    let answer = place.run(&arguments).ended(0).json();
    answer["connections"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn the_file_of_the_folder_is_found_and_said_so() {
    let place = Place::with_config(LOCAL);
    place
        .run(&["call", "list-configured-connections"])
        .ended(0)
        .says("using config.yaml")
        .prints("\"local\"");
    place.write("other.yaml", &LOCAL.replace("local:", "other:"));
    assert_eq!(connections(&place, &["-c", "other.yaml"]), ["other"]);
    assert_eq!(connections(&place, &["-cother.yaml"]), ["other"]);
    assert_eq!(
        connections(&place, &["-c", "none.yaml", "--config", "other.yaml"]),
        ["other"]
    );
    assert_eq!(
        connections(&place, &["-c", ""]),
        ["local"],
        "an empty value counts as not given"
    );
}

#[test]
fn variables_are_a_configuration_too() {
    let place = Place::new().variable("BOOTSTRAP_SERVERS", "localhost:9092");
    let card = place
        .run(&[
            "call",
            "describe-configured-connection",
            r#"{"connectionId": "_default"}"#,
            "--json",
        ])
        .ended(0);
    assert!(!card.err.contains("nothing is configured"), "{}", card.err);
    assert_eq!(
        card.json()["blocks"]["kafka"]["bootstrap_servers"],
        "localhost:9092"
    );
}

#[test]
fn a_file_of_variables_wins_over_the_environment() {
    let place = Place::new().variable("BOOTSTRAP_SERVERS", "wrong:9092");
    place.write("my.env", "BOOTSTRAP_SERVERS=right:9092\n");
    place.write(
        "kafka.properties",
        "client.id = me\nsasl.username=u\nsasl.password=hunter2\n",
    );
    for flags in [
        &["-e", "my.env"][..],
        &["--env-file", "my.env", "-k", "kafka.properties"],
    ] {
        let describe = [
            "call",
            "describe-configured-connection",
            r#"{"connectionId": "_default"}"#,
            "--json",
        ];
        let ran = place.run(&[flags, &describe].concat()).ended(0);
        assert_eq!(
            ran.json()["blocks"]["kafka"]["bootstrap_servers"],
            "right:9092"
        );
        assert!(
            !ran.out.contains("hunter2") && !ran.err.contains("hunter2"),
            "{ran:#?}"
        );
    }
}

#[test]
fn a_file_of_another_program_is_left_alone_where_variables_are_a_configuration() {
    let place = Place::new().variable("BOOTSTRAP_SERVERS", "localhost:9092");
    place.write("config.yaml", "theme: dark\nport: 8080\n");
    assert_eq!(connections(&place, &[]), ["_default"]);
    place.run(&["tools"]).ended(0).says(
        "warning: config.yaml: is not used: it has no `connections` of this program, and BOOTSTRAP_SERVERS is set",
    );
    for text in [
        "a: 1\n---\nb: 2\n",
        "a: !include x.yaml\n",
        "a: {{ x }}\n",
        "a: 1\na: 2\n",
        "a:\n\tb: 1\n",
        "connections: {max: 5}\n",
        "connections:\n  max: 5\n  tls: !x\n",
        "connections: [a, b]\n",
        "connections:\n  - {{ x }}\n",
    ] {
        place.write("config.yaml", text);
        let ran = place.run(&["tools"]);
        assert_eq!(ran.code, Some(0), "{text}{ran:#?}");
        ran.says("is not used");
    }
    fs::write(place.file("config.yaml"), b"# caf\xe9\na: 1\n").unwrap();
    assert_eq!(connections(&place, &[]), ["_default"]);
    // One that was meant for this program is not passed over silently.
    for text in [
        "connections:\n  a: [\n",
        "connections:\n# one\n  a: # a\n    type: direct\n    kafka: {\n",
        "connections: {a: {type: direct}\n",
        "connections:\n  a:\n    type: direkt\n",
    ] {
        place.write("config.yaml", text);
        place
            .run(&["tools"])
            .ended(2)
            .says("config.yaml: was found in this folder");
    }
    fs::write(
        place.file("config.yaml"),
        b"connections:\n  a:\n    description: caf\xe9\n",
    )
    .unwrap();
    place.run(&["tools"]).ended(2).says("this is not UTF-8");
    place.write("config.yaml", LOCAL);
    assert_eq!(connections(&place, &[]), ["local"]);
    place
        .run(&["tools"])
        .ended(0)
        .says("does not use BOOTSTRAP_SERVERS")
        .says("--transport stdio");
    assert_eq!(connections(&place, &["--transport", "stdio"]), ["_default"]);
    let place = Place::with_config("theme: dark\n");
    place
        .run(&["tools"])
        .ended(2)
        .says("config.yaml: was found in this folder");
}

#[test]
fn names_that_mean_nothing_are_warned_of_with_their_line() {
    let place = Place::with_config(&format!(
        "{LOCAL}    allow_tools: [list-topics, list-topicz]\n    block_tools: [no-such-thing-at-all]\ntools:\n  disable: \
         [kafak]\n"
    ));
    let ran = place
        .run(&["tools"])
        .ended(0)
        .says("config.yaml:6:5: connections.local.allow_tools: there is no tool `list-topicz`; did you mean `list-topics`?")
        .says("config.yaml:7:5: connections.local.block_tools: there is no tool `no-such-thing-at-all`\n")
        .says("config.yaml:9:3: tools.disable: there is no category `kafak`; did you mean `kafka`?");
    assert!(!ran.err.contains("`list-topics`\n"), "{}", ran.err);
}

#[test]
fn what_is_wrong_is_json_only_if_asked_for() {
    let place = Place::with_config("connections:\n  a: {type: direkt}\n");
    let json = &["--log-format", "json"];
    for arguments in [&[][..], &["tools"], &["-e", "none.env"]] {
        let ran = place.run(&[json, arguments].concat()).ended(2);
        let lines: Vec<serde_json::Value> = ran
            .err
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect();
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert_eq!(line["level"], "ERROR");
        let message = line["message"].as_str().unwrap();
        assert!(
            message.contains("the configuration has a problem"),
            "{message}"
        );
    }
}

#[test]
fn with_nothing_configured_it_says_what_to_do() {
    let ran = Place::new()
        .run(&["tools"])
        .ended(0)
        .says("mcp-confluent init")
        .says("--sandbox");
    for tool in ALWAYS {
        assert!(ran.out.contains(tool), "{}", ran.out);
    }
}

#[test]
fn a_file_that_a_flag_keeps_from_being_read_is_named() {
    let place = Place::with_config(LOCAL);
    place
        .run(&["-t", "http"])
        .ended(2)
        .says("config.yaml is not read, because of --transport")
        .says("`server.transports`");
    let mut server = place.serve(&["-t", "stdio", "--disable-auth"]);
    server.initialize();
    let ran = server
        .leave()
        .ended(0)
        .says("config.yaml is not read, because of --transport and --disable-auth");
    assert!(!ran.err.contains("mcp-confluent init"), "{}", ran.err);
    // Whoever sets variables means them.
    let place = Place::with_config(LOCAL).variable("BOOTSTRAP_SERVERS", "127.0.0.1:1");
    let mut server = place.serve(&["-t", "stdio"]);
    server.initialize();
    assert_eq!(server.leave().ended(0).err, "");
}

#[test]
fn flags_that_exclude_each_other_are_all_reported() {
    let place = Place::with_config(LOCAL);
    place
        .run(&[
            "-c",
            "config.yaml",
            "-k",
            "x",
            "--disable-auth",
            "--allowed-hosts",
            "h",
            "-t",
            "stdio",
            "--oauth",
        ])
        .ended(2)
        .says("kafka.extra_properties")
        .says("server.auth.disabled: true")
        .says("server.auth.allowed_hosts")
        .says("server.transports")
        .says("type: oauth");
    place
        .run(&["--ccloud-env", "stag"])
        .ended(2)
        .says("needs --oauth");
    place
        .run(&["--init-config", "--init-oauth-config"])
        .ended(2)
        .says("Choose one");
    place
        .run(&["--ccloud-env", "moon", "--oauth"])
        .ended(2)
        .says("devel, stag, prod");
    place.run(&["--disable-auth=true"]).ended(2);
    place.run(&["-c", "config.yaml", "extra"]).ended(2);
}

#[test]
fn a_wrong_file_is_reported_in_plain_text_all_at_once() {
    let place = Place::with_config(
        "connections:\n  a:\n    type: direct\n    kafka:\n      bootstrap_servers: here\n      colour: red\n  b:\n    \
         type: direkt\n",
    );
    let ran = place
        .run(&[])
        .ended(2)
        .says("the configuration has 3 problems:")
        .says("config.yaml:5:")
        .says("config.yaml:6:")
        .says("config.yaml:8:");
    assert!(!ran.err.contains('{'), "no JSON: {}", ran.err);
    assert_eq!(ran.out, "");
    place
        .run(&["-c", "none.yaml"])
        .ended(2)
        .says("none.yaml")
        .says("no such file");
    place.run(&["-e", "none.env"]).ended(2).says("none.env");
}

#[test]
fn tools_are_allowed_and_blocked_by_name_and_by_file() {
    let place = Place::with_config(LOCAL);
    let shown = |flags: &[&str]| {
        let json = place
            .run(&[flags, &["tools", "--json"]].concat())
            .ended(0)
            .json();
        let tools = json["tools"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|tool| tool["enabled"] == true);
        let names = tools.map(|tool| tool["name"].as_str().unwrap().to_owned());
        names
            .filter(|name| ALWAYS.contains(&name.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&[]), ALWAYS);
    assert_eq!(
        shown(&["--allow-tools", " config-help ,,explain-disabled-tools"]),
        [ALWAYS[0], ALWAYS[2]]
    );
    assert_eq!(shown(&["--block-tools", "config-help"]), ALWAYS[1..]);
    place
        .run(&["--allow-tools", "list-*,config-help", "tools"])
        .ended(0)
        .says("there is no tool `list-*`; patterns are not understood")
        .prints("Off everywhere: `--allow-tools` or its file does not name it:");
    place
        .run(&["--block-tools", "config-help", "tools"])
        .ended(0)
        .prints("Off everywhere: `--block-tools` or its file names it:\n  config-help\n");
    place.write(
        "allow.txt",
        "\u{feff}# these\nconfig-help\n\n  explain-disabled-tools # too\n",
    );
    place.write("block.txt", "config-help\n");
    let files = [
        "--allow-tools-file",
        "allow.txt",
        "--block-tools-file",
        "block.txt",
    ];
    assert_eq!(shown(&files), [ALWAYS[2]]);
    assert_eq!(
        shown(&[&files[..], &["--block-tools", "explain-disabled-tools"]].concat()),
        [ALWAYS[0]]
    );

    place
        .run(&["--block-tools", "config-halp", "tools"])
        .ended(0)
        .says("there is no tool `config-halp`; did you mean `config-help`?");
    place
        .run(&["--allow-tools", ",", "tools"])
        .ended(2)
        .says("--allow-tools: the list names no tool");
    place.write("none.list", "# none yet\n");
    place
        .run(&["--allow-tools-file", "none.list", "tools"])
        .ended(2)
        .says("--allow-tools-file none.list: the list names no tool");
    place.write("odd.list", "config-halp\n");
    place
        .run(&["--block-tools-file", "odd.list", "tools"])
        .ended(0)
        .says("--block-tools-file odd.list: there is no tool `config-halp`");
    place
        .run(&["--allow-tools", "nothing-of-this"])
        .ended(2)
        .says("no tool is on");
    for mode in ["--list-tools", "--generate-key"] {
        for flag in ["--block-tools-file", "--allow-tools-file", "-k"] {
            place
                .run(&[mode, flag, "none.txt"])
                .ended(2)
                .says("none.txt");
        }
    }
}

/// A pipe, as `<(command)` of a shell is one, can be read once.
#[cfg(unix)]
#[test]
fn a_file_may_be_a_pipe() {
    let place = Place::with_config(LOCAL);
    let piped = |flags: &[&str], text: &str, arguments: &[&str]| {
        let pipe = place.pipe(text);
        let ran = place.run(&[flags, &[pipe.as_str()], arguments].concat());
        fs::remove_file(place.file(&pipe)).unwrap();
        ran
    };
    let call = ["call", "config-help", r#"{"tool": "config-help"}"#];
    piped(&["--block-tools-file"], "config-help\n", &call).ended(1);
    piped(
        &["--block-tools-file"],
        "explain-disabled-tools\n",
        &["--list-tools"],
    )
    .ended(0)
    .prints("config-help");
    piped(&["--allow-tools-file"], "config-help\n", &call).ended(0);
    let describe = [
        "call",
        "describe-configured-connection",
        r#"{"connectionId": "_default"}"#,
    ];
    piped(&["-k"], "bootstrap.servers=a:1\n", &describe)
        .ended(0)
        .prints("a:1");
    piped(&["-t", "stdio", "-e"], "BOOTSTRAP_SERVERS=b:1\n", &describe)
        .ended(0)
        .prints("b:1");
    piped(&["-c"], &LOCAL.replace("local:", "piped:"), &call).ended(0);
}

#[test]
fn every_tool_there_is_can_be_printed_without_a_configuration() {
    let place = Place::new();
    place.write("config.yaml", "this: is none\n");
    let ran = place.run(&["tools", "--all", "--json"]).ended(0);
    let printed: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let tools = printed["tools"].as_array().expect("a list");
    assert!(tools.len() >= 73, "{}", tools.len());
    for tool in tools {
        assert!(tool["inputSchema"]["type"] == "object", "{tool}");
        assert!(tool["annotations"]["readOnlyHint"].is_boolean(), "{tool}");
    }
    let table = place.run(&["tools", "--all"]).ended(0).out;
    assert!(table.contains("create-flink-statement"), "{table}");
}

#[test]
fn a_transport_that_cannot_be_served_is_refused() {
    let place = Place::new();
    for transports in ["http", "stdio, http,stdio"] {
        place
            .run(&["-t", transports])
            .ended(2)
            .says("--generate-key");
    }
    place.run(&["-t", "pigeon"]).ended(2).says("--transport");
    place.run(&["-t", ","]).ended(2);
    place.write(
        "config.yaml",
        &format!("{LOCAL}server:\n  transports: [sse]\n"),
    );
    place
        .run(&[])
        .ended(2)
        .says("config.yaml:7:")
        .says("Write `http`");
    place.write(
        "config.yaml",
        &format!("{LOCAL}server:\n  transports: [http]\n  http: {{host: 0.0.0.0}}\n  auth: {{disabled: true}}\n"),
    );
    place
        .run(&[])
        .ended(2)
        .says("config.yaml:8:10: `0.0.0.0` can be reached from other machines");
    place.write(
        "config.yaml",
        &format!("{LOCAL}server:\n  transports: [http]\n  http:\n    tls: {{cert_file: server.pem, key_file: key.pem}}\n  auth: {{disabled: true}}\n"),
    );
    place
        .run(&[])
        .ended(2)
        .says("config.yaml:9:")
        .says("server.http.tls.cert_file")
        .says("server.pem cannot be read: No such file");
    place.write("server.pem", "not PEM");
    place
        .run(&[])
        .ended(2)
        .says("server.pem cannot be used: it has no PEM block");
    let place = Place::new()
        .variable("HTTP_HOST", "0.0.0.0")
        .variable("HTTP_PORT", "0");
    place
        .run(&["-t", "http", "--disable-auth"])
        .ended(2)
        .says("HTTP_HOST: `0.0.0.0` can be reached");
}

#[cfg(unix)]
#[test]
fn the_audit_file_is_not_standard_output() {
    for file in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        if !std::path::Path::new(file).exists() {
            continue;
        }
        Place::with_config(&format!("{LOCAL}safety: {{audit_file: {file}}}\n"))
            .run(&[])
            .ended(2)
            .says("config.yaml:6:10: the audit file")
            .says("is standard output");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_not_said_to_be_missing() {
    let variable = || {
        let value = std::os::unix::ffi::OsStringExt::from_vec(b"b:1\xff".to_vec());
        ("BROKERS", value)
    };
    let place = Place::with_config(&LOCAL.replace("localhost:9092", "${BROKERS}"));
    place
        .run_with(&["tools"], variable())
        .ended(2)
        .says("the value of BROKERS is not UTF-8");
    let (_, value) = variable();
    Place::new()
        .run_with(&["tools"], ("BOOTSTRAP_SERVERS", value))
        .ended(0)
        .says("BOOTSTRAP_SERVERS: is not UTF-8");
}

#[test]
fn an_oauth_connection_serves_all_but_what_needs_a_key() {
    let place = Place::new();
    let ran = place
        .run(&[
            "--oauth",
            "--ccloud-env",
            "stag",
            "call",
            "explain-disabled-tools",
            "--json",
        ])
        .ended(0);
    let report = ran.json();
    assert_eq!(report["disabledCount"], 1, "{report:#}");
    let [group] = &report["connections"][0]["disabledGroups"]
        .as_array()
        .unwrap()[..]
    else {
        panic!("{report:#}")
    };
    assert_eq!(group["tools"], serde_json::json!(["create-connector"]));
    assert_eq!(
        group["reason"],
        "the connection signs in with OAuth, which does not give what the tool needs"
    );
}

#[test]
fn a_sign_in_that_cannot_be_kept_is_refused_before_it_begins() {
    let place = Place::with_config(
        "connections:\n  a:\n    type: oauth\n    token_store: memory\n  b:\n    type: direct\n",
    );
    place.run(&["login"]).ended(2).says("`token_store: memory`");
    place
        .run(&["login", "b"])
        .ended(2)
        .says("there is no connection `b` that signs in")
        .says("It is `a` that does.");
    Place::with_config("connections: {}\n")
        .run(&["logout"])
        .ended(2)
        .says("no connection signs in")
        .says("mcp-confluent init --oauth");
}
