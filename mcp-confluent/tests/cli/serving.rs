//! Serving: what a client sees, what is logged, how it ends.

use std::net::TcpListener;

use serde_json::json;

use crate::support::Place;

const NOTHING: &str = "connections: {}\n";

#[test]
fn a_client_that_goes_away_ends_it_well() {
    let place = Place::with_config(NOTHING);
    let mut server = place.serve(&[]);
    server.initialize();
    assert!(server.tools().contains(&"config-help".to_owned()));
    let ran = server.leave().ended(0);
    assert_eq!(
        ran.err, "mcp-confluent: using config.yaml\n",
        "no log by default"
    );

    let ran = place.serve(&[]).leave().ended(0);
    assert_eq!(
        ran.err, "mcp-confluent: using config.yaml\n",
        "nor for a client that never spoke"
    );
}

/// A client waits two seconds for the end and then sends signals; what reads is not waited for so long.
#[test]
fn a_client_that_goes_away_in_the_middle_of_a_call_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::with_config(&format!(
        "connections:\n  a:\n    type: direct\n    kafka:\n      bootstrap_servers: {}\n",
        silent.local_addr().unwrap()
    ));
    for with_its_output in [false, true] {
        let mut server = place.serve(&["--log-level", "info"]);
        server.initialize();
        server.begin_call("list-topics", json!({}));
        // The call is under way when the broker is asked.
        let asked = silent.accept().unwrap();
        let ran = if with_its_output {
            server.die()
        } else {
            server.leave()
        };
        let log = ran.ended(0).err;
        assert!(log.contains("outcome=\"cancelled\""), "{log}");
        // What the protocol library says when its own five seconds are over.
        assert!(!log.contains("timed out draining"), "{log}");
        drop(asked);
    }
}

#[test]
fn requests_that_are_piped_in_are_answered_after_the_last_one() {
    let place = Place::with_config(NOTHING);
    let mut server = place.serve(&[]);
    server.initialize();
    server.begin_call("list-configured-connections", json!({}));
    server
        .leave()
        .ended(0)
        .prints("No connection is configured.");
}

#[cfg(unix)]
#[test]
fn every_signal_ends_it_well() {
    for signal in ["TERM", "INT", "HUP", "QUIT", "USR2"] {
        let place = Place::with_config(NOTHING);
        let mut server = place.serve(&[]);
        server.initialize();
        server.signal(signal);
        server.ended().ended(0);
    }
}

#[test]
fn a_call_is_one_line_with_tool_outcome_and_duration() {
    let place = Place::with_config(NOTHING);
    let logged = |flags: &[&str]| {
        let mut server = place.serve(flags);
        server.initialize();
        server.call("list-configured-connections", json!({}));
        server.call(
            "describe-configured-connection",
            json!({ "connectionId": "x" }),
        );
        server.call("config-help", json!({ "tool": 1 }));
        server.leave().ended(0).err
    };
    let text = logged(&["--log-level", "info"]);
    let calls: Vec<_> = text.lines().filter(|line| line.contains("call{")).collect();
    assert_eq!(calls.len(), 3, "{text}");
    for (line, words) in calls.iter().zip([
        [
            "tool=\"list-configured-connections\"",
            "outcome=\"ok\"",
            "answered",
        ],
        [
            "tool=\"describe-configured-connection\"",
            "outcome=\"not_found\"",
            "there is no connection",
        ],
        [
            "tool=\"config-help\"",
            "outcome=\"argument\"",
            "refused problems=1",
        ],
    ]) {
        assert!(line.contains("millis="), "{line}");
        for word in words {
            assert!(line.contains(word), "{word} in {line}");
        }
    }
    assert!(!text.contains('\u{1b}'), "no colours into a pipe: {text}");

    let text = logged(&["--log-level", "INFO", "--log-format", "json"]);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let spans: Vec<_> = lines
        .iter()
        .map(|line| &line["span"])
        .filter(|span| span["name"] == "call")
        .collect();
    assert_eq!(spans.len(), 3, "{text}");
    assert_eq!(spans[0]["outcome"], "ok");
    assert!(spans[0]["millis"].is_u64());
}

#[test]
fn the_level_of_the_file_counts_where_no_flag_is_given() {
    let place = Place::with_config("connections: {}\nserver:\n  log_level: info\n");
    assert!(place.serve(&[]).leave().ended(0).err.contains("INFO"));
    assert!(
        !place
            .serve(&["--log-level", "error"])
            .leave()
            .ended(0)
            .err
            .contains("INFO")
    );
    let place = Place::with_config(NOTHING).variable("LOG_LEVEL", "Info");
    assert!(place.serve(&[]).leave().ended(0).err.contains("INFO"));
    place
        .run(&["--log-level", "loud"])
        .ended(2)
        .says("fatal, error, warn, info, debug, trace");
}

#[test]
fn warnings_name_the_line_and_do_not_stop_it() {
    let place = Place::with_config(
        "connections:\n  a:\n    type: direct\n    kafka:\n      bootstrap_servers: localhost:9092\n    confluent_cloud:\n      auth:\n        \
         type: api_key\n        key: ${NOT_SET_ANYWHERE}\n        secret: ${NOT_SET_ANYWHERE}\n",
    );
    place
        .serve(&[])
        .leave()
        .ended(0)
        .says("warning: config.yaml:")
        .says("NOT_SET_ANYWHERE");
}

#[test]
fn what_a_call_is_given_is_logged_at_no_level() {
    let place = Place::with_config(NOTHING);
    for level in ["debug", "trace"] {
        let mut server = place.serve(&["--log-level", level]);
        server.initialize();
        server.tools();
        server.call(
            "create-connector",
            json!({ "connectorName": "c", "connectorConfig": { "password": "hunter2" } }),
        );
        server.call(
            "config-help",
            json!({ "tool": "config-help", "headers": { "authorization": "hunter2" } }),
        );
        let log = server.leave().ended(0).err;
        assert!(log.contains("serving"), "{log}");
        assert!(!log.contains("hunter2"), "{log}");
        assert!(!log.contains("explain-disabled-tools"), "{log}");
    }
}
