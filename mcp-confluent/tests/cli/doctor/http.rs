//! Registries and Confluent Cloud that refuse, and ids that name nothing there.

use std::io::{Read as _, Write as _};

use super::support::{closed, finds, listener, registry, report, site, web};
use crate::support::Place;

#[test]
fn a_registry_lets_nobody_write_or_see_its_settings() {
    let place = |routes| {
        let endpoint = site(routes, "200 OK", "[]");
        registry(&[&format!("endpoint: http://ada:hunter2@{endpoint}")])
    };
    let columns = ["ok", "unused", "ok", "failed"];
    finds(
        &place(&[("POST", "403 Forbidden", "{}")]),
        columns,
        "schema_registry.auth",
        4,
        "`create-schema` needs this",
    );
    finds(
        &place(&[("GET /config", "403 Forbidden", "{}")]),
        columns,
        "schema_registry.auth",
        4,
        "`get-compatibility` needs this",
    );
    finds(
        &place(&[(
            "POST",
            "422 Unprocessable Entity",
            r#"{"error_code": 42205, "message": "Subject is in read-only mode"}"#,
        )]),
        columns,
        "read_only",
        2,
        "the registry itself is read-only",
    );
    // It is asked with a schema that is none, which those who may write are told.
    place(&[(
        "POST",
        "422 Unprocessable Entity",
        r#"{"error_code": 42201}"#,
    )])
    .run(&["doctor"])
    .ended(0);
}

#[test]
fn a_registry_is_asked_as_the_tools_ask() {
    let tokens = r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 3600}"#;
    let tokens = web("200 OK", tokens);
    // As in Confluent Cloud, a token is good only with the name of the registry.
    let endpoint = listener(|mut stream| {
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap_or_default();
        let request = String::from_utf8_lossy(&request[..read]).to_ascii_lowercase();
        let is_named = request.contains("\r\ntarget-sr-cluster: lsrc-1\r\n");
        let status = if is_named {
            "200 OK"
        } else {
            "401 Unauthorized"
        };
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
        );
    });
    registry(&[
        &format!("endpoint: http://{endpoint}"),
        "auth:",
        "  type: oauth",
        &format!("  token_endpoint: http://{tokens}"),
        "  client_id: ada",
        "  client_secret: hunter2",
        "  logical_cluster: lsrc-1",
    ])
    .run(&["doctor"])
    .ended(0);
}

#[test]
fn an_id_is_that_of_nothing() {
    const ABSENT: &str = "404 Not Found";
    let place = |routes| {
        let endpoint = site(routes, "200 OK", "{}");
        let auth = "auth: { type: api_key, key: k, secret: hunter2 }";
        Place::with_config(&format!(
            "connections:\n  dev:\n    type: direct\n    kafka:\n      rest_endpoint: http://{}\n      {auth}\n      \
             env_id: env-1\n      cluster_id: lkc-1\n    confluent_cloud:\n      endpoint: http://{endpoint}\n      {auth}\n    \
             flink:\n      endpoint: http://{endpoint}\n      {auth}\n      environment_id: env-1\n      \
             organization_id: o\n      compute_pool_id: lfcp-1\n    telemetry:\n      endpoint: http://{endpoint}\n",
            site(routes, "200 OK", "{}"),
        ))
    };
    for (routes, service, key, line) in [
        (
            &[("GET /kafka/v3/clusters/lkc-1 ", ABSENT, "{}")][..],
            "kafka REST",
            "kafka.cluster_id",
            8,
        ),
        (
            &[("GET /org/v2/environments/env-1 ", ABSENT, "{}")],
            "confluent_cloud",
            "kafka.env_id",
            7,
        ),
        (
            &[("GET /cmk/v2/clusters/lkc-1?", ABSENT, "{}")],
            "confluent_cloud",
            "kafka.cluster_id",
            8,
        ),
        (
            &[("GET /fcpm/v2/compute-pools/lfcp-1?", ABSENT, "{}")],
            "confluent_cloud",
            "flink.compute_pool_id",
            17,
        ),
        (
            &[("GET /connect/v1/", "403 Forbidden", "{}")],
            "confluent_cloud",
            "confluent_cloud.auth",
            11,
        ),
    ] {
        let ran = place(routes).run(&["doctor", "--json"]).ended(1);
        assert!(!ran.out.contains("hunter2"), "{}", ran.out);
        let report = ran.json();
        let findings: Vec<_> = report["services"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|it| {
                it["findings"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(move |f| (it, f))
            })
            .collect();
        let [(found_by, finding)] = findings.as_slice() else {
            panic!("{report:#}")
        };
        assert_eq!(found_by["service"], service, "{report:#}");
        assert_eq!(finding["key"], key, "{report:#}");
        let place = finding["place"].as_str().unwrap();
        assert!(
            place.starts_with(&format!("config.yaml:{line}:")),
            "{place}"
        );
    }
}

#[test]
fn a_registry_refuses_the_credentials() {
    let endpoint = format!("endpoint: http://{}", web("401 Unauthorized", "[]"));
    let auth = [
        "auth:",
        "  type: basic",
        "  username: ada",
        "  password: hunter2",
    ];
    let place = registry(&[&[endpoint.as_str()], &auth[..]].concat());
    finds(
        &place,
        ["ok", "unused", "failed", "unknown"],
        "schema_registry.auth.password",
        9,
        "credentials",
    );
    let place = registry(&[&endpoint]);
    finds(
        &place,
        ["ok", "unused", "failed", "unknown"],
        "schema_registry.auth",
        4,
        "wants a sign-in",
    );
}

#[test]
fn one_of_several_registries_is_away_or_refuses() {
    let both = |one: String, other: String| {
        registry(&[&format!(
            "endpoint: http://ada:hunter2@{one},http://{other}"
        )])
    };
    both(closed(), web("200 OK", "[]"))
        .run(&["doctor"])
        .ended(0)
        .prints("Nothing is wrong.")
        .prints("another server does");
    finds(
        &both(closed(), web("403 Forbidden", "[]")),
        ["ok", "unused", "ok", "failed"],
        "schema_registry.auth",
        4,
        "permission",
    );
    finds(
        &both(web("200 OK", "[]"), web("403 Forbidden", "[]")),
        ["ok", "unused", "ok", "failed"],
        "schema_registry.auth",
        4,
        "permission",
    );
    let report = report(&both(closed(), closed()));
    assert_eq!(report["reachable"], "failed");
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn a_registry_forbids_reading() {
    let endpoint = format!(
        "endpoint: http://ada:hunter2@{}",
        web("403 Forbidden", "[]")
    );
    let place = registry(&[&endpoint]);
    finds(
        &place,
        ["ok", "unused", "ok", "failed"],
        "schema_registry.auth",
        4,
        "permission",
    );
}
