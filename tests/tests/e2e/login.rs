//! Sign-in to Confluent Cloud: connections of `type: oauth` against the sandbox's own provider.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use mcp_confluent_sandbox::cloud::{CLUSTER, COMPUTE_POOL, ENVIRONMENT, Fault, ORGANIZATION};
use mcp_confluent_tests::{
    Client, CloudWorld, Config, Era, Person, ToolAnswer,
    answer::assert_says,
    binary,
    browser::{leads_to, query, visit},
    server::Start,
};
use serde_json::{Value, json};

use crate::support::in_both_eras;

/// The last address to sign in at that is in `log` behind its first `after` bytes.
fn address(log: &str, after: usize) -> Option<String> {
    let lines = log.get(after..)?.lines().map(str::trim);
    let mut addresses = lines.filter(|line| line.contains("/authorize?"));
    addresses.next_back().map(str::to_owned)
}

/// Calls a tool, signs in when the server asks, and gives the answer.
async fn call_and_sign_in(client: &Client, tool: &str, arguments: Value) -> ToolAnswer {
    let server = client.server();
    let before = server.log().len();
    let params = json!({ "name": tool, "arguments": arguments });
    let call = client.begin(params.clone()).await;
    let url = server.in_log(|log| address(log, before)).await;
    let page = visit(&url).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("Signed in"), "{page:?}");
    client.finish(call, params).await
}

async fn start(config: &Config, era: Era) -> Client {
    Client::start_with(config, era, &Person::accepts()).await
}

/// What stands for the cluster in arguments.
fn in_cluster(mut arguments: Value) -> Value {
    arguments["environmentId"] = ENVIRONMENT.into();
    arguments["clusterId"] = CLUSTER.into();
    arguments
}

fn in_environment(mut arguments: Value) -> Value {
    arguments["environmentId"] = ENVIRONMENT.into();
    arguments
}

fn in_pool(mut arguments: Value) -> Value {
    arguments["organizationId"] = ORGANIZATION.into();
    arguments["environmentId"] = ENVIRONMENT.into();
    arguments["computePoolId"] = COMPUTE_POOL.into();
    arguments
}

in_both_eras! {
    async fn every_family_of_tools_works_after_one_sign_in(era: Era) {
        let world = CloudWorld::with_sign_in().await;
        let client = start(&world.sign_in_config(json!({})), era).await;
        // What needs no connection does not ask.
        client.data("list-configured-connections", json!({})).await;
        assert_eq!(world.cloud.sign_ins(), 0);

        let answer = call_and_sign_in(&client, "list-environments", json!({})).await;
        assert_eq!(answer.data()["items"][0]["id"], ENVIRONMENT);

        let topic = json!({ "topics": [{ "topic": "signed-in" }] });
        let record = json!({
            "topicName": "signed-in",
            "value": {
                "message": { "n": 1 },
                "useSchemaRegistry": true,
                "schemaType": "JSON",
                "schema": r#"{"type": "object"}"#,
            },
        });
        let month = json!({ "startDate": "2024-02-01", "endDate": "2024-03-01" });
        let metric = json!({
            "metric": "io.confluent.kafka.server/received_bytes",
            "filter": { "resource.kafka.id": CLUSTER },
        });
        let connector = json!({ "connectorName": "payments-ledger" });
        for (tool, arguments) in [
            ("list-organizations", json!({})),
            ("list-clusters", in_environment(json!({}))),
            ("list-compute-pools", in_environment(json!({}))),
            ("list-billing-costs", month),
            ("list-connectors", in_cluster(json!({}))),
            ("create-topics", in_cluster(topic)),
            ("list-topics", in_cluster(json!({}))),
            ("produce-message", in_cluster(record)),
            ("consume-messages", in_cluster(json!({ "topics": [{ "name": "signed-in" }] }))),
            ("get-topic-config", in_cluster(json!({ "topicName": "signed-in" }))),
            ("list-schemas", in_environment(json!({}))),
            ("list-tags", in_environment(json!({}))),
            ("search-topics-by-name", in_environment(json!({ "topicName": "orders" }))),
            ("list-flink-statements", in_pool(json!({}))),
            ("list-flink-catalogs", in_pool(json!({}))),
            ("list-tableflow-regions", json!({})),
            ("list-tableflow-topics", in_cluster(json!({}))),
            ("list-available-metrics", json!({})),
            ("query-metrics", metric),
            ("get-connector-logs", in_cluster(connector)),
        ] {
            let answer = client.call(tool, arguments).await;
            assert!(!answer.is_error(), "{tool}: {}", answer.text());
        }
        assert_eq!(world.cloud.sign_ins(), 1);
        client.close().await;
    }
}

#[tokio::test]
async fn where_things_are_is_looked_up_once() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    call_and_sign_in(&client, "list-topics", in_cluster(json!({}))).await;
    for _ in 0..3 {
        client.data("list-topics", in_cluster(json!({}))).await;
        client.data("list-schemas", in_environment(json!({}))).await;
    }
    let asked = |path: &str| {
        let requests = world.cloud.requests();
        requests.iter().filter(|it| it.starts_with(path)).count()
    };
    assert_eq!(asked("GET /cmk/v2/clusters/"), 1);
    assert_eq!(asked("GET /srcm/v3/clusters"), 1);
    assert_eq!(asked("POST /oauth/token"), 1);
    client.close().await;
}

#[tokio::test]
async fn schemas_ask_for_what_a_sign_in_does_not_say() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    let schema = &client.tool("list-topics").await["inputSchema"];
    assert_eq!(schema["required"], json!(["cluster_id", "environment_id"]));
    let cluster = &schema["properties"]["cluster_id"]["description"];
    assert_eq!(cluster, "`lkc-…`, from `list-clusters`");
    let tools = client.tools().await;
    assert!(tools.iter().all(|tool| tool["name"] != "create-connector"));
    let answer = client.call("list-topics", json!({})).await;
    assert!(answer.is_error());
    assert_says(
        answer.text(),
        &[
            "`cluster_id`",
            "`list-clusters`",
            "`environment_id`",
            "`list-environments`",
        ],
    );
    let templates = client.request("resources/templates/list", json!({})).await;
    let uris = &templates["resourceTemplates"];
    let uris: Vec<_> = uris
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["uriTemplate"])
        .collect();
    // A URI has no place for the cluster.
    assert_eq!(uris, ["config://{connection}", "health://{connection}"]);
    client.request("resources/list", json!({})).await;
    assert_eq!(world.cloud.sign_ins(), 0, "nobody is asked for that");
    client.close().await;

    // Beside a direct connection they cannot be required of every call.
    let config = world
        .sign_in_config(json!({}))
        .connection("keys", world.connection());
    let client = start(&config, Era::Session).await;
    let schema = &client.tool("list-topics").await["inputSchema"];
    assert_eq!(schema["required"], json!(["connectionId"]));
    let cluster = schema["properties"]["cluster_id"]["description"]
        .as_str()
        .unwrap();
    assert_says(cluster, &["\"cloud\"", "required there", "`list-clusters`"]);
    client
        .data("list-topics", json!({ "connectionId": "keys" }))
        .await;
    let answer = call_and_sign_in(&client, "list-topics", json!({ "connectionId": "cloud" })).await;
    assert!(answer.is_error());
    assert_says(
        answer.text(),
        &[
            "`environment_id` and `cluster_id` must be given",
            "list-clusters",
        ],
    );
    client.close().await;
}

#[tokio::test]
async fn read_only_and_protected_names_hold_as_elsewhere() {
    let world = CloudWorld::with_sign_in().await;
    let config = world.sign_in_config(json!({ "read_only": true }));
    let client = start(&config, Era::Session).await;
    let topics = json!({ "topics": [{ "topic": "no" }] });
    let answer = client.call("create-topics", in_cluster(topics)).await;
    assert!(answer.is_error());
    assert_says(answer.text(), &["read-only"]);
    client.close().await;

    let config = world.sign_in_config(
        json!({ "protected_topics": ["mine-*"], "block_tools": ["delete-topics"] }),
    );
    let client = start(&config, Era::Session).await;
    let topics = json!({ "topics": [{ "topic": "mine-1" }] });
    call_and_sign_in(&client, "create-topics", in_cluster(topics)).await;
    let record = json!({ "topicName": "mine-1", "value": { "message": "no" } });
    let answer = client.call("produce-message", in_cluster(record)).await;
    assert!(answer.is_error());
    assert_says(answer.text(), &["mine-1", "protected"]);
    let answer = client
        .call("delete-topics", in_cluster(json!({ "topicNames": ["x"] })))
        .await;
    assert_says(answer.text(), &["block_tools"]);
    client.close().await;
}

#[tokio::test]
async fn calls_at_the_same_time_wait_for_one_sign_in() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Stateless).await;
    let params = json!({ "name": "list-environments", "arguments": {} });
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(client.begin(params.clone()).await);
    }
    let url = client.server().in_log(|log| address(log, 0)).await;
    // A call that is given up leaves the sign-in to the others.
    let given_up = calls.remove(0);
    let cancel = json!({ "requestId": given_up.id });
    client
        .server()
        .notify("notifications/cancelled", cancel)
        .await;
    visit(&url).await;
    for call in calls {
        assert!(!client.finish(call, params.clone()).await.is_error());
    }
    assert_eq!(client.server().log().matches("/authorize?").count(), 1);
    assert_eq!(world.cloud.sign_ins(), 1);
    client.close().await;
}

#[tokio::test]
async fn a_client_is_told_where_to_sign_in() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    let params = json!({
        "name": "list-environments",
        "arguments": {},
        "_meta": { "progressToken": "sign-in" },
    });
    let call = client.begin(params.clone()).await;
    let notified = client
        .server()
        .notification(|it| it["params"]["progressToken"] == "sign-in")
        .await;
    let message = notified["params"]["message"].as_str().unwrap();
    let url = &message[message.find("http://").unwrap()..];
    visit(url).await;
    assert!(!client.finish(call, params).await.is_error());
    client.close().await;
}

#[tokio::test]
async fn a_client_that_shows_addresses_is_asked_to() {
    let world = CloudWorld::with_sign_in().await;
    let person = Person::goes_to_addresses();
    let config = world.sign_in_config(json!({}));
    let client = Client::start_with(&config, Era::Session, &person).await;
    let params = json!({ "name": "list-environments", "arguments": {} });
    let call = client.begin(params.clone()).await;
    let asked = || {
        let mut asked = person.asked().into_iter();
        asked.find_map(|it| Some(it[it.find("http://")?..].to_owned()))
    };
    mcp_confluent_tests::eventually("the client is asked", async || asked().is_some()).await;
    visit(&asked().unwrap()).await;
    assert!(!client.finish(call, params).await.is_error());
    client.close().await;
}

#[tokio::test]
async fn who_says_no_at_the_provider_gets_an_error_and_another_chance() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    let params = json!({ "name": "list-environments", "arguments": {} });
    let call = client.begin(params.clone()).await;
    let url = client.server().in_log(|log| address(log, 0)).await;
    let asked = query(&url);
    let (back, state) = (&asked["redirect_uri"], &asked["state"]);
    let stray = visit(&format!("{back}?code=stolen&state=guessed")).await;
    assert_eq!(stray.status, 400);
    let page = visit(&format!("{back}?error=access_denied&state={state}")).await;
    assert_eq!(page.status, 400);
    let answer = client.finish(call, params).await;
    assert!(answer.is_error());
    assert_eq!(answer.result["_meta"]["error"]["kind"], "refused");
    assert_says(answer.text(), &["access_denied", "`cloud`"]);
    let answer = call_and_sign_in(&client, "list-environments", json!({})).await;
    assert!(!answer.is_error());
    client.close().await;
}

#[tokio::test]
async fn tokens_that_end_are_renewed_and_a_sign_in_that_ends_is_asked_for() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    call_and_sign_in(&client, "list-topics", in_cluster(json!({}))).await;
    world.cloud.end_tokens();
    client.data("list-environments", json!({})).await;
    client.data("list-schemas", in_environment(json!({}))).await;
    assert_eq!(world.cloud.sign_ins(), 1);

    world.cloud.end_tokens();
    world.cloud.end_sign_ins();
    let answer = client.call("list-environments", json!({})).await;
    assert!(answer.is_error());
    assert_eq!(answer.result["_meta"]["error"]["kind"], "unauthenticated");
    assert_says(answer.text(), &["the next call begins a sign-in"]);
    let answer = call_and_sign_in(&client, "list-environments", json!({})).await;
    assert!(!answer.is_error());
    client.data("list-topics", in_cluster(json!({}))).await;
    client.close().await;
}

#[tokio::test]
async fn an_environment_without_a_registry_stops_only_what_needs_one() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    call_and_sign_in(&client, "list-environments", json!({})).await;
    let none = json!({ "data": [], "metadata": {} });
    world
        .cloud
        .fail_next("/srcm/v3/clusters", 100, Fault::json(200, &none));
    let record = json!({ "topicName": "hello", "value": { "message": "plain" } });
    client.data("produce-message", in_cluster(record)).await;
    let answer = client.call("list-schemas", in_environment(json!({}))).await;
    assert!(answer.is_error());
    assert_says(
        answer.text(),
        &["has no schema registry", "Stream Governance"],
    );
    client.close().await;
}

#[tokio::test]
async fn ids_that_lead_nowhere_are_told_with_the_tool_that_lists_them() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    let nowhere = json!({ "environmentId": ENVIRONMENT, "clusterId": "lkc-nowhere" });
    let answer = call_and_sign_in(&client, "list-topics", nowhere).await;
    assert!(answer.is_error());
    assert_says(answer.text(), &["lkc-nowhere", "list-clusters"]);
    client.close().await;
}

#[tokio::test]
async fn a_server_that_ends_does_not_wait_for_a_person() {
    let world = CloudWorld::with_sign_in().await;
    let client = start(&world.sign_in_config(json!({})), Era::Session).await;
    let params = json!({ "name": "list-environments", "arguments": {} });
    let call = client.begin(params).await;
    let url = client.server().in_log(|log| address(log, 0)).await;
    client.close().await;
    drop(call);
    let back = query(&url)["redirect_uri"].clone();
    let port = back
        .trim_start_matches("http://")
        .split('/')
        .next()
        .unwrap();
    assert!(std::net::TcpStream::connect(port).is_err(), "it listens");
}

/// What tokens of the sandbox have in them.
const TOKENS: [&str; 5] = ["code-", "id-", "refresh-", "access-", "eyJhbGciOiJub25lIn0"];

#[track_caller]
fn tells_no_token(log: &str) {
    for line in log.lines() {
        for token in TOKENS {
            let told = line.match_indices(token).any(|(at, _)| {
                let rest = &line[at + token.len()..];
                rest.bytes().take(16).filter(u8::is_ascii_hexdigit).count() == 16
                    || token.len() > 10
            });
            assert!(!told, "{token} in: {line}");
        }
    }
}

#[tokio::test]
async fn a_kept_sign_in_needs_no_browser_and_nothing_tells_its_tokens() {
    let world = CloudWorld::with_sign_in().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state/tokens.json");
    let config = world.sign_in_config(json!({ "token_store": "file", "token_file": file }));
    let begin = async || {
        let start = Start::new().config(config.clone()).argument("--log-level");
        let server = start.argument("trace").person(Person::accepts()).spawn();
        Client::greet(server, Era::Session).await
    };
    let client = begin().await;
    call_and_sign_in(&client, "list-topics", in_cluster(json!({}))).await;
    world.cloud.end_tokens();
    client.data("list-schemas", in_environment(json!({}))).await;
    let server = client.into_server();
    server.hang_up().await;
    let (_, log) = server.ended().await;
    tells_no_token(&log);
    assert_eq!(mode(&file), 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("refresh-"), "{text}");
    assert!(
        !text.contains("eyJ"),
        "only the refresh token is kept: {text}"
    );

    let client = begin().await;
    client.data("list-topics", in_cluster(json!({}))).await;
    assert_eq!(world.cloud.sign_ins(), 1);
    let server = client.into_server();
    server.hang_up().await;
    let (_, log) = server.ended().await;
    assert!(!log.contains("/authorize?"), "{log}");
    tells_no_token(&log);
    assert_ne!(fs::read_to_string(&file).unwrap(), text, "it was renewed");
    assert_eq!(mode(&file), 0o600);
}

#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_: &Path) -> u32 {
    0o600
}

/// Starts a subcommand with pipes.
fn run(config: &Path, arguments: &[&str]) -> std::process::Child {
    Command::new(binary::server())
        .current_dir(std::env::temp_dir())
        .arg("--config")
        .arg(config)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn output(config: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(config, arguments).wait_with_output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(both).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn login_takes_the_address_of_a_browser_on_another_machine() {
    let world = CloudWorld::with_sign_in().await;
    let folder = tempfile::tempdir().unwrap();
    let keys = json!({ "token_store": "file", "token_file": folder.path().join("tokens.json") });
    let config = world.sign_in_config(keys);
    let file = config.write();

    let (code, text) = output(&file, &["doctor"]);
    assert_eq!(code, 0, "{text}");
    assert_says(&text, &["nobody is signed in", "mcp-confluent login cloud"]);

    let mut login = run(&file, &["login"]);
    let mut errors = BufReader::new(login.stderr.take().unwrap());
    let mut said = String::new();
    while address(&said, 0).is_none() {
        assert_ne!(errors.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let url = address(&said, 0).unwrap();
    let mut input = login.stdin.take().unwrap();
    writeln!(input, "http://127.0.0.1/x?code=c&state=wrong").unwrap();
    // The browser cannot come back, so its last address is all there is.
    let back = leads_to(&url).await;
    writeln!(input, "{back}").unwrap();
    let status = login.wait().unwrap();
    let mut out = String::new();
    login
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    errors.read_to_string(&mut said).unwrap();
    assert!(status.success(), "{out}{said}");
    assert_says(
        &out,
        &["Signed in as person@example.com", "`cloud`", "tokens.json"],
    );
    assert_says(&said, &["belongs to another sign-in"]);
    tells_no_token(&said.replace(&back, ""));

    let (code, text) = output(&file, &["doctor"]);
    assert_eq!(code, 0, "{text}");
    assert_says(&text, &["signed in until", "tokens.json"]);
    let (code, text) = output(&file, &["call", "list-environments"]);
    assert_eq!(code, 0, "{text}");
    assert_says(&text, &[ENVIRONMENT]);
    assert_eq!(world.cloud.sign_ins(), 1);

    let (code, text) = output(&file, &["logout", "cloud"]);
    assert_eq!(code, 0, "{text}");
    assert!(!folder.path().join("tokens.json").exists());
    let (_, text) = output(&file, &["doctor"]);
    assert_says(&text, &["nobody is signed in"]);
}
