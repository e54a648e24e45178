//! Rights on the cluster that the tools need and the user has not.

use mcp_confluent_sandbox::{Acl, AclOperation, Record, Sandbox, SandboxOptions};

use super::support::{bootstrap, indented, kafka, report};
use crate::support::Place;

#[tokio::test]
async fn permissions_are_missing() {
    let options = SandboxOptions::new()
        .user("ada", "right")
        .enforce_acls(["root"]);
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.create_topic("orders", 1).unwrap();
    sandbox
        .produce("orders", 0, &[Record::new("hello")])
        .unwrap();
    sandbox.add_acl(Acl::allow_topic("ada", AclOperation::Describe, "orders"));
    let address = sandbox.sasl_bootstrap_servers().unwrap();
    let place = kafka(&[
        &bootstrap(&address),
        "tls: { enabled: false }",
        "auth:",
        "  type: plain",
        "  username: ada",
        "  password: right",
    ]);
    let service = report(&place);
    assert_eq!(
        (&service["signedIn"], &service["allowed"]),
        (&"ok".into(), &"failed".into())
    );
    let findings: Vec<_> = service["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding["key"].as_str().unwrap(),
                finding["cause"].as_str().unwrap(),
            )
        })
        .collect();
    let about = |word: &str| {
        findings
            .iter()
            .find(|(_, cause)| cause.contains(word))
            .map(|(key, _)| *key)
    };
    assert_eq!(
        about("DESCRIBE_CONFIGS"),
        Some("kafka.auth.username"),
        "{service:#}"
    );
    assert_eq!(
        about("ACL READ"),
        Some("kafka.auth.username"),
        "{service:#}"
    );
    assert_eq!(about("CREATE"), Some("read_only"), "{service:#}");
    assert_eq!(findings.len(), 3, "{service:#}");
}

/// The settings of `ada`, who signs in with a password.
fn ada(sandbox: &Sandbox, more: &[&str]) -> Place {
    let address = bootstrap(&sandbox.sasl_bootstrap_servers().unwrap());
    let auth = [
        "tls: { enabled: false }",
        "auth:",
        "  type: plain",
        "  username: ada",
        "  password: right",
    ];
    let lines = indented(&[&[address.as_str()], &auth[..]].concat());
    let more: String = more.iter().flat_map(|line| ["    ", line, "\n"]).collect();
    Place::with_config(&format!(
        "connections:\n  dev:\n    type: direct\n    kafka:\n{lines}{more}"
    ))
}

#[tokio::test]
async fn a_right_that_a_tool_needs_is_missing() {
    let options = SandboxOptions::new()
        .user("ada", "right")
        .enforce_acls(["root"]);
    let sandbox = Sandbox::start(options).await.unwrap();
    // The first one cannot be read, which says nothing about the other.
    for topic in ["closed", "orders"] {
        sandbox.create_topic(topic, 1).unwrap();
        sandbox.add_acl(Acl::allow_topic("ada", AclOperation::Describe, topic));
    }
    for operation in [
        AclOperation::Read,
        AclOperation::Write,
        AclOperation::DescribeConfigs,
        AclOperation::AlterConfigs,
    ] {
        sandbox.add_acl(Acl::allow_topic("ada", operation, "orders"));
    }
    let finding = |place: &Place| {
        let service = report(place);
        assert_eq!(service["allowed"], "failed");
        let findings = service["findings"].as_array().unwrap();
        let [finding] = findings.as_slice() else {
            panic!("{service:#}")
        };
        finding.clone()
    };
    let found = finding(&ada(&sandbox, &[]));
    assert_eq!(found["key"], "kafka.auth.username");
    assert_eq!(
        found["what"],
        "this user lacks CREATE, DELETE on every topic that was looked at"
    );
    let cause = found["cause"].as_str().unwrap();
    assert!(
        cause.contains("block_tools: [create-topics, delete-topics]"),
        "{cause}"
    );
    let found = finding(&ada(&sandbox, &["block_tools: [create-topics]"]));
    assert!(
        found["what"].as_str().unwrap().contains("lacks DELETE on"),
        "{found}"
    );
    // What is said to do helps.
    ada(&sandbox, &["block_tools: [create-topics, delete-topics]"])
        .run(&["doctor"])
        .ended(0);
    ada(&sandbox, &["read_only: true"])
        .run(&["doctor"])
        .ended(0);
}
