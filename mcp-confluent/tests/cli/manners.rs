//! Everything that is not serving.

use std::fs;

use serde_json::{Value, json};

use crate::support::Place;

#[test]
fn versions_say_how_it_was_built() {
    let place = Place::new();
    let short = place.run(&["-V"]).ended(0).out;
    assert_eq!(
        short,
        format!("mcp-confluent {}\n", env!("CARGO_PKG_VERSION"))
    );
    let long = place
        .run(&["--version"])
        .ended(0)
        .prints("revision:")
        .prints("features:");
    assert!(long.out.starts_with(short.trim_end()), "{}", long.out);
    assert!(long.out.contains(std::env::consts::ARCH), "{}", long.out);
    for (feature, on) in [
        ("http", cfg!(feature = "http")),
        ("gssapi", cfg!(feature = "gssapi")),
        ("login", cfg!(feature = "login")),
        ("otlp", cfg!(feature = "otlp")),
    ] {
        let features = long.out.split("features:").last().unwrap();
        let listed = features.split([',', ' ', '\n']).any(|it| it == feature);
        assert_eq!(listed, on, "{feature}: {}", long.out);
    }
}

#[test]
fn help_and_version_win_over_what_is_wrong() {
    let place = Place::new();
    let help = place.run(&["--help"]).ended(0).out;
    for words in [
        &["--bogus", "--help"][..],
        &["--help", "extra"],
        &["--ccloud-env", "moon", "--help"],
    ] {
        assert_eq!(place.run(words).ended(0).out, help, "{words:?}");
    }
    let version = place.run(&["-V"]).ended(0).out;
    assert_eq!(place.run(&["--bogus", "-V"]).ended(0).out, version);
    place
        .run(&["doctor", "--bogus", "-h"])
        .ended(0)
        .prints("--timeout");
    // Behind `--` nothing is a flag.
    place.run(&["--bogus", "--", "--help"]).ended(2);
}

#[test]
fn help_goes_to_standard_output_with_examples() {
    let place = Place::new();
    let ran = place
        .run(&["--help"])
        .ended(0)
        .prints("Examples:")
        .prints("--kafka-config-file");
    assert_eq!(ran.err, "");
    for command in ["call", "tools", "init", "install", "completions"] {
        place.run(&[command, "--help"]).ended(0).prints("Examples:");
    }
}

#[test]
fn a_key_is_random_and_long_enough() {
    let place = Place::new();
    let key = |arguments: &[&str]| {
        let ran = place.run(arguments).ended(0).says("MCP_API_KEY");
        // As `MCP_API_KEY="$(mcp-confluent --generate-key)"` takes it.
        ran.out.strip_suffix('\n').unwrap().to_owned()
    };
    // It wins over the other flags that end the program.
    let one = key(&["--generate-key", "--init-config"]);
    let other = key(&["--generate-key"]);
    assert_eq!(one.len(), 64);
    assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    assert_ne!(one, other);
    assert!(!place.file("config.yaml").exists());
}

#[test]
fn init_writes_a_file_that_can_be_used_and_keeps_it_out_of_git() {
    for (arguments, connection) in [
        (&["init"][..], "local"),
        (&["--init-config"], "local"),
        (&["init", "--oauth"], "cloud"),
        (&["--init-oauth-config"], "cloud"),
    ] {
        let place = Place::new();
        place.write(".gitignore", "/target");
        place
            .run(arguments)
            .ended(0)
            .prints("Wrote config.yaml")
            .prints("added to .gitignore");
        assert_eq!(place.read(".gitignore"), "/target\nconfig.yaml\n");
        place
            .run(&["call", "list-configured-connections"])
            .ended(0)
            .prints(connection);

        let written = place.read("config.yaml");
        place.run(arguments).ended(1).says("is there already");
        assert_eq!(place.read("config.yaml"), written);
        fs::remove_file(place.file("config.yaml")).unwrap();
        place
            .run(arguments)
            .ended(0)
            .prints("in .gitignore already");
        assert_eq!(place.read(".gitignore"), "/target\nconfig.yaml\n");
    }
}

#[test]
fn init_writes_the_file_that_is_named() {
    let place = Place::new();
    place.write("clusters/.gitignore", "");
    place
        .run(&["--config", "clusters/dev.yaml", "init"])
        .ended(0)
        .prints("Wrote clusters/dev.yaml.\ndev.yaml was added to .gitignore.")
        .prints("`mcp-confluent --config clusters/dev.yaml doctor`");
    assert_eq!(place.read("clusters/.gitignore"), "dev.yaml\n");
    assert!(place.read("clusters/dev.yaml").contains("connections:"));
    assert!(!place.file("config.yaml").exists());
    place
        .run(&["-c", "clusters/dev.yaml", "init"])
        .ended(1)
        .says("clusters/dev.yaml is there already");
}

#[test]
fn tools_are_listed_with_the_reasons_of_this_configuration() {
    let place = Place::with_config(
        "connections:\n  a:\n    type: direct\n    block_tools: [list-topics]\n    kafka:\n      bootstrap_servers: \
         localhost:9092\n  b:\n    type: direct\n",
    );
    let ran = place
        .run(&["tools"])
        .ended(0)
        .prints("mcp-server-diagnostics:\n");
    assert!(
        !ran.out.contains('\u{1b}'),
        "no colours into a pipe: {}",
        ran.out
    );
    let json = place.run(&["tools", "--json"]).ended(0).json();
    let tool = |name: &str| {
        let mut tools = json["tools"].as_array().unwrap().iter();
        tools.find(|tool| tool["name"] == name).cloned()
    };
    let help = tool("config-help").unwrap();
    assert_eq!(help["enabled"], true);
    assert_eq!(help["effect"], "read_only");
    assert_eq!(help["connections"], json!({}));
    // Only where the native client is built in.
    if let Some(topics) = tool("list-topics") {
        assert_eq!(topics["enabled"], false);
        let reason = topics["connections"]["a"]["reason"].as_str().unwrap();
        assert!(reason.contains("block_tools"), "{reason}");
        assert!(
            ran.out
                .contains("Off on `b` (config.yaml:7:3): the connection has no `kafka` block"),
            "{}",
            ran.out
        );
    }
}

#[test]
fn the_catalogue_needs_no_configuration() {
    let place = Place::with_config("wrong");
    let ran = place.run(&["--list-tools"]).ended(0);
    let (name, description) = ran
        .out
        .lines()
        .find_map(|line| line.strip_prefix("  config-help").map(|rest| ("", rest)))
        .unwrap();
    assert!(
        name.is_empty() && description.starts_with(": Tell what to add"),
        "{description}"
    );
    assert!(ran.out.lines().all(|line| line.len() < 200), "{}", ran.out);
    place
        .run(&["--list-tools", "--allow-tools", "nothing-of-this"])
        .ended(0);
}

#[test]
fn every_shell_has_completions() {
    let place = Place::new();
    for (shell, mark) in [
        ("bash", "complete "),
        ("zsh", "#compdef"),
        ("fish", "complete -c mcp-confluent"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        place
            .run(&["completions", shell])
            .ended(0)
            .prints(mark)
            .prints("completions");
    }
    place.run(&["completions", "tcsh"]).ended(2);
}

#[test]
fn an_entry_is_printed_for_every_client() {
    let place = Place::with_config("connections: {}\n");
    let config = place.file("config.yaml");
    for (client, servers) in [
        ("claude-code", "mcpServers"),
        ("claude-desktop", "mcpServers"),
        ("cursor", "mcpServers"),
        ("gemini", "mcpServers"),
        ("vscode", "servers"),
    ] {
        let entry = place
            .run(&["install", client, "--name", "kafka"])
            .ended(0)
            .says("--write")
            .json();
        let entry = &entry[servers]["kafka"];
        assert!(
            entry["command"]
                .as_str()
                .unwrap()
                .ends_with("mcp-confluent"),
            "{client}: {entry}"
        );
        assert_eq!(entry["args"][0], "--config");
        let shown = fs::canonicalize(entry["args"][1].as_str().unwrap()).unwrap();
        assert_eq!(shown, fs::canonicalize(&config).unwrap(), "a full path");
        assert_eq!(
            entry["type"] == "stdio",
            matches!(client, "claude-code" | "vscode"),
            "{client}"
        );
    }
    place
        .run(&["install", "goose"])
        .ended(0)
        .prints("extensions:\n  confluent:\n")
        .prints("type: stdio");
    place
        .run(&["install", "notepad"])
        .ended(2)
        .says("claude-desktop");
    let nothing = Place::new();
    nothing
        .run(&["install", "cursor"])
        .ended(0)
        .says("no configuration is named");
    nothing
        .run(&["-c", "none.yaml", "install", "cursor"])
        .ended(2)
        .says("none.yaml");
}

#[test]
fn an_entry_is_merged_and_the_file_kept() {
    let place = Place::with_config("connections: {}\n");
    let before = "{\n    \"mcpServers\": {\n        \"other\": {\n            \"command\": \"x\"\n        }\n    }\n}\n";
    place.write(".cursor/mcp.json", before);
    let flags = [
        "--allow-tools",
        "list-topics,config-help",
        "install",
        "cursor",
        "--write",
    ];
    place
        .run(&flags)
        .ended(0)
        .prints("Wrote the entry `confluent`")
        .prints("mcp.json.bak");
    assert_eq!(place.read(".cursor/mcp.json.bak"), before);
    let after = place.read(".cursor/mcp.json");
    let value: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(value["mcpServers"]["other"], json!({ "command": "x" }));
    assert_eq!(
        value["mcpServers"]["confluent"]["args"][3],
        "list-topics,config-help"
    );
    assert!(
        after.starts_with("{\n    \"mcpServers\""),
        "the indentation stays: {after}"
    );

    place
        .run(&flags)
        .ended(0)
        .prints("has the entry `confluent` already");
    assert!(!place.file(".cursor/mcp.json.bak1").exists());
    place
        .run(&["install", "cursor", "--write"])
        .ended(0)
        .prints("mcp.json.bak1");
    assert_eq!(place.read(".cursor/mcp.json.bak1"), after);

    // A project has a file of its own.
    place
        .run(&["install", "vscode", "--project", "--write"])
        .ended(0);
    assert!(place.read(".vscode/mcp.json").contains("\"servers\""));
    place
        .run(&["install", "goose", "--project"])
        .ended(2)
        .says("--project");

    // Comments stay.
    place.write(".gemini/settings.json", "{ // mine\n}\n");
    place.run(&["install", "gemini", "--write"]).ended(0);
    let after = place.read(".gemini/settings.json");
    assert!(after.starts_with("{ // mine\n  \"mcpServers\""), "{after}");
}

#[test]
fn an_entry_keeps_its_variables() {
    let place = Place::with_config("connections: {}\n");
    place.write(
        ".cursor/mcp.json",
        r#"{"mcpServers": {"confluent": {"command": "npx", "args": ["-y"], "env": {"BOOTSTRAP_SERVERS": "a:1"}, "disabled": true}}}"#,
    );
    place.run(&["install", "cursor", "--write"]).ended(0);
    let after: Value = serde_json::from_str(&place.read(".cursor/mcp.json")).unwrap();
    let entry = &after["mcpServers"]["confluent"];
    assert_eq!(entry["env"], json!({ "BOOTSTRAP_SERVERS": "a:1" }));
    assert_eq!(entry["disabled"], true);
    assert_eq!(entry["args"][0], "--config");
    place.write(
        ".config/goose/config.yaml",
        "extensions:\n  confluent:\n    cmd: npx\n    envs: {BOOTSTRAP_SERVERS: a:1}\n",
    );
    place.run(&["install", "goose", "--write"]).ended(0);
    let after = place.read(".config/goose/config.yaml");
    assert!(after.contains("envs: {BOOTSTRAP_SERVERS: a:1}"), "{after}");
    assert!(!after.contains("npx"), "{after}");
}

#[test]
fn only_a_file_that_would_be_read_is_named() {
    let place = Place::with_config("foo: bar\n").variable("BOOTSTRAP_SERVERS", "a:1");
    let ran = place.run(&["install", "cursor"]).ended(0);
    assert_eq!(ran.json()["mcpServers"]["confluent"]["args"], json!([]));
    ran.says("no configuration is named");
    place.write("config.yaml", "connections: {}\n");
    let ran = place.run(&["-t", "stdio", "install", "cursor"]).ended(0);
    assert_eq!(ran.json()["mcpServers"]["confluent"]["args"], json!([]));
    fs::remove_file(place.file("config.yaml")).unwrap();
    place.write("my.env", "BOOTSTRAP_SERVERS=a:1\n");
    let ran = place.run(&["-e", "my.env", "install", "cursor"]).ended(0);
    assert!(
        !ran.err.contains("no configuration is named"),
        "{}",
        ran.err
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_is_not_there_stays_a_link() {
    let place = Place::with_config("connections: {}\n");
    fs::create_dir(place.file(".cursor")).unwrap();
    std::os::unix::fs::symlink("../dotfiles/mcp.json", place.file(".cursor/mcp.json")).unwrap();
    place.run(&["install", "cursor", "--write"]).ended(0);
    assert!(place.file(".cursor/mcp.json").is_symlink());
    assert!(place.read("dotfiles/mcp.json").contains("confluent"));
}

#[test]
fn what_is_not_understood_is_not_touched() {
    let place = Place::with_config("connections: {}\n");
    for (client, file, text) in [
        ("gemini", ".gemini/settings.json", "{ \"mcpServers\": {\n"),
        ("cursor", ".cursor/mcp.json", "[]"),
        ("claude-code", ".claude.json", "{\"mcpServers\": 1}"),
        (
            "goose",
            ".config/goose/config.yaml",
            "extensions: {a: {enabled: true}}\n",
        ),
        ("goose", ".config/goose/config.yaml", "extensions: [\n"),
    ] {
        place.write(file, text);
        place
            .run(&["install", client, "--write"])
            .ended(1)
            .says("was not changed");
        assert_eq!(place.read(file), text);
        assert!(!place.file(&format!("{file}.bak")).exists());
    }
}

#[test]
fn one_tool_can_be_called() {
    let place = Place::with_config("connections: {}\n");
    place
        .run(&["call", "config-help", r#"{"tool": "config-help"}"#])
        .ended(0)
        .prints("needs no connection");
    place
        .run(&["call", "config-halp"])
        .ended(2)
        .says("did you mean `config-help`?");
    place
        .run(&["call", "config-help", "{"])
        .ended(2)
        .says("not a JSON object");
    place
        .run(&["call", "config-help"])
        .ended(1)
        .says("`tool` is required");
}
