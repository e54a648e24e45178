//! `doctor` against planted faults: each must be found and named.

mod http;
mod kafka;
mod rights;
mod support;
mod tls;

use std::io::Read as _;

use self::support::{closed, listener, web, with_ada};
use crate::support::Place;

#[tokio::test]
async fn a_healthy_cluster_is_well() {
    let (sandbox, sasl) = with_ada().await;
    let place = Place::with_config(&format!(
        "connections:\n  open:\n    type: direct\n    kafka:\n      bootstrap_servers: {}, {}\n  signed:\n    type: direct\n    \
         kafka:\n      bootstrap_servers: {sasl}\n      tls: {{ enabled: false }}\n      auth: {{ type: scram_sha_512, \
         username: ada, password: right }}\n    schema_registry:\n      endpoint: http://{}\n",
        closed(),
        sandbox.bootstrap_servers(),
        web("200 OK", "[]"),
    ));
    let ran = place
        .run(&["doctor"])
        .ended(0)
        .prints("Nothing is wrong.")
        .prints("another broker does");
    let rows: Vec<Vec<&str>> = ran
        .out
        .lines()
        .skip(1)
        .take(3)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        ["open", "kafka", "ok", "-", "-", "ok"],
        "{}",
        ran.out
    );
    assert_eq!(
        rows[1],
        ["signed", "kafka", "ok", "-", "ok", "ok"],
        "{}",
        ran.out
    );
    assert_eq!(
        rows[2],
        ["signed", "schema_registry", "ok", "-", "-", "ok"],
        "{}",
        ran.out
    );
    let one = place
        .run(&["doctor", "--json", "--connection", "open"])
        .ended(0)
        .json();
    assert_eq!(one["services"].as_array().unwrap().len(), 1);
    place
        .run(&["doctor", "--connection", "shut"])
        .ended(2)
        .says("there is no connection `shut`");
}

#[test]
fn nothing_to_check_is_said() {
    Place::new()
        .run(&["doctor"])
        .ended(2)
        .says("nothing to check");
    let flags = ["--oauth", "--ccloud-env", "devel", "doctor"];
    let oauth = Place::new().run(&flags).ended(0);
    oauth.prints("nobody is signed in");
}

#[test]
fn the_sandbox_is_well() {
    let ran = Place::new().run(&["--sandbox", "doctor"]).ended(0);
    for service in [
        "kafka ",
        "kafka REST",
        "schema_registry",
        "confluent_cloud",
        "tableflow",
        "telemetry",
        "flink",
    ] {
        assert!(ran.out.contains(service), "{service}: {}", ran.out);
    }
}

#[test]
fn nothing_is_ever_answered() {
    let silent = || {
        listener(|mut stream| {
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    let place = Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n      bootstrap_servers: {}\n    schema_registry:\n      \
         endpoint: http://{}\n",
        silent(),
        silent()
    ));
    let ran = place.run(&["doctor", "--json", "--timeout", "4"]).ended(1);
    let report = ran.json();
    for (service, key) in [
        ("kafka", "kafka.auth"),
        ("schema_registry", "schema_registry.endpoint"),
    ] {
        let mut services = report["services"].as_array().unwrap().iter();
        let service = services.find(|it| it["service"] == service).unwrap();
        assert_eq!(service["reachable"], "ok", "{service:#}");
        let findings = service["findings"].as_array().unwrap();
        let [finding] = findings.as_slice() else {
            panic!("{service:#}")
        };
        assert_eq!(finding["key"], key, "{service:#}");
    }
}
