//! The tools through the pipeline that a client's call takes, against the sandbox registry.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, OnceLock},
};

use mcp_confluent_sandbox::registry::{Registry as Sandbox, RegistryOptions};
use rmcp::model::{CallToolResponse, CallToolResult};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, Environment},
    observe::Origin,
    policy::ToolFilter,
    tool::{
        ask::Channel, call::Call, progress::ProgressSink, registry::Registry, toolbox::Toolbox,
    },
};

/// A registry and the tools that work on it.
struct Fixture {
    sandbox: Sandbox,
    toolbox: Arc<Toolbox>,
    answer: fn(&str) -> bool,
}

impl Fixture {
    async fn start() -> Self {
        Self::with(RegistryOptions::new().preload(true), "").await
    }

    /// `more` is added to the connection.
    async fn with(options: RegistryOptions, more: &str) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let file = format!(
            "connections:\n  local:\n    type: direct\n{more}    schema_registry:\n      endpoint: {}\n",
            sandbox.url()
        );
        let config = Config::from_yaml("config.yaml", &file, &Environment::default()).unwrap();
        let registry = Registry::collect().unwrap();
        let toolbox = Arc::new(Toolbox::new(registry, config, ToolFilter::default()));
        Self {
            sandbox,
            toolbox,
            answer: |_| true,
        }
    }

    async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let call = Call {
            tool: tool.to_owned(),
            arguments: arguments.as_object().unwrap().clone(),
            caller: "test".to_owned(),
            channel: Channel::Terminal(self.answer),
            progress: ProgressSink::none(),
            cancel: CancellationToken::new(),
            origin: Origin::default(),
        };
        match self.toolbox.call(call).await.unwrap() {
            CallToolResponse::Complete(result) => *Box::from(result),
            _ => panic!("not complete"),
        }
    }

    /// The structured content, checked against the output schema, and the prose.
    async fn ok(&self, tool: &str, arguments: Value) -> (Value, String) {
        let result = self.call(tool, arguments).await;
        assert_ne!(result.is_error, Some(true), "{tool}: {}", text(&result));
        let words = text(&result).to_owned();
        let content = result.structured_content.unwrap();
        let registry = Registry::collect().unwrap();
        let schema = registry.get(tool).unwrap().output_schema().unwrap();
        let schema = jsonschema::validator_for(&Value::Object(schema)).unwrap();
        if let Err(error) = schema.validate(&content) {
            panic!("{tool}: {error}: {content}");
        }
        (content, words)
    }

    async fn error(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(true), "{tool}: {}", text(&result));
        text(&result).to_owned()
    }
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

fn record(fields: &[&str]) -> String {
    let fields: Vec<Value> = fields
        .iter()
        .map(|name| json!({"name": name, "type": "int"}))
        .collect();
    json!({"type": "record", "name": "R", "fields": fields}).to_string()
}

fn avro(subject: &str, schema: &str) -> Value {
    json!({"subject": subject, "schema": schema, "schemaType": "AVRO"})
}

#[tokio::test]
async fn schemas_are_listed_newest_or_all_and_a_page_at_a_time() {
    let on = Fixture::start().await;
    let (list, words) = on.ok("list-schemas", json!({})).await;
    let names: Vec<_> = list["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["subject"])
        .collect();
    assert_eq!(
        names,
        [
            "invoices-value",
            "shipments-value",
            "shop.Money",
            "shop/geo.proto",
            "subscriptions-value"
        ]
    );
    assert_eq!(list["subjects"][0]["versions"].as_array().unwrap().len(), 1);
    assert_eq!(list["subjects"][0]["versions"][0]["version"], 2);
    assert_eq!(list["subjects"][1]["versions"][0]["schemaType"], "PROTOBUF");
    assert!(
        words.starts_with("5 subjects:\ninvoices-value v2 (id 3, AVRO): {"),
        "{words}"
    );

    let some = json!({"latest_only": false, "subject_prefix": "inv", "environment_id": "env-1"});
    let (list, _) = on.ok("list-schemas", some).await;
    let versions: Vec<_> = list["subjects"][0]["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["version"])
        .collect();
    assert_eq!(
        (list["total"].as_u64(), versions),
        (Some(1), vec![&json!(1), &json!(2)])
    );

    let (page, words) = on.ok("list-schemas", json!({"pageSize": 2})).await;
    assert_eq!(page["nextPageToken"], "shipments-value");
    assert!(words.contains("2 of 5 subjects"), "{words}");
}

#[tokio::test]
async fn deleted_schemas_are_listed_only_when_asked_for() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    on.ok("create-schema", avro("s", &record(&["a"]))).await;
    let (deleted, words) = on.ok("delete-schema", json!({"subject": "s"})).await;
    assert_eq!(
        deleted,
        json!({"subject": "s", "versions": [1], "permanent": false})
    );
    assert!(words.contains("softly"), "{words}");
    let (list, words) = on.ok("list-schemas", json!({})).await;
    assert_eq!(
        (list["total"].as_u64(), words.as_str()),
        (Some(0), "No subjects.")
    );
    let (list, _) = on.ok("list-schemas", json!({"deleted": true})).await;
    assert_eq!(list["subjects"][0]["versions"][0]["version"], 1);
    let words = on.error("get-schema", json!({"subject": "s"})).await;
    assert!(words.contains("40401"), "{words}");
    let one = json!({"subject": "s", "version": "1"});
    let (kept, _) = on.ok("get-schema", one).await;
    assert_eq!(kept["schema"], record(&["a"]));
    on.ok(
        "delete-schema",
        json!({"subject": "s", "version": "1", "permanent": true}),
    )
    .await;
    let (list, _) = on
        .ok(
            "list-schemas",
            json!({"deleted": true, "latestOnly": false}),
        )
        .await;
    assert_eq!(list["total"], 0);
}

#[tokio::test]
async fn a_schema_is_registered_once_and_refused_when_incompatible() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    let (first, words) = on.ok("create-schema", avro("s", &record(&["a"]))).await;
    assert_eq!((&first["id"], &first["version"]), (&json!(1), &json!(1)));
    assert!(
        words.starts_with("Registered as version 1 of `s`, id 1, GUID "),
        "{words}"
    );
    assert_eq!(
        on.ok("create-schema", avro("s", &record(&["a"]))).await.0,
        first
    );
    let words = on
        .error("create-schema", avro("s", &record(&["a", "b"])))
        .await;
    assert!(words.contains("register under `s`"), "{words}");
    assert!(words.contains("`b`"), "{words}");
    let words = on.error("create-schema", avro("s", "{")).await;
    assert!(words.contains("42201"), "{words}");
    let words = on
        .error("create-schema", json!({"subject": "", "schemaType": "XML"}))
        .await;
    for part in ["subject", "schema", "schemaType"] {
        assert!(words.contains(part), "{words}");
    }
}

#[tokio::test]
async fn a_schema_is_found_in_three_ways_with_its_surroundings() {
    let on = Fixture::start().await;
    let (money, words) = on.ok("get-schema", json!({"subject": "shop.Money"})).await;
    let users = json!([
        {"subject": "invoices-value", "version": 1},
        {"subject": "invoices-value", "version": 2},
    ]);
    assert_eq!(
        (&money["usedBy"], &money["unlistedUsers"]),
        (&users, &json!(0))
    );
    assert!(
        words.contains("Used by: invoices-value v1, invoices-value v2"),
        "{words}"
    );
    let (shipment, _) = on
        .ok(
            "get-schema",
            json!({"subject": "shipments-value", "version": "1"}),
        )
        .await;
    assert_eq!(shipment["resolvedReferences"][0]["name"], "shop/geo.proto");
    let id = &shipment["id"];
    let (by_id, _) = on.ok("get-schema", json!({"id": id})).await;
    assert_eq!(by_id["schema"], shipment["schema"]);
    assert_eq!(
        by_id["registeredAs"],
        json!([{"subject": "shipments-value", "version": 1}])
    );
    assert_eq!(by_id["resolvedReferences"], shipment["resolvedReferences"]);
    let guid = &shipment["guid"];
    let (by_guid, _) = on
        .ok(
            "get-schema",
            json!({"guid": guid, "resolveReferences": false}),
        )
        .await;
    assert_eq!(by_guid["schema"], shipment["schema"]);
    for what in ["id", "registeredAs", "usedBy"] {
        assert_eq!(by_guid[what], shipment[what], "{what}");
    }
    assert_ne!(by_guid["registeredAs"], json!([]));
    for wrong in [
        json!({}),
        json!({"id": 1, "guid": "x"}),
        json!({"id": 1, "version": "2"}),
    ] {
        let words = on.error("get-schema", wrong).await;
        assert!(words.contains("say which schema"), "{words}");
    }
    let words = on.error("get-schema", json!({"subject": "nope"})).await;
    assert!(words.contains("40401"), "{words}");
    let words = on
        .error(
            "get-schema",
            json!({"subject": "shop.Money", "version": "x"}),
        )
        .await;
    assert!(words.contains("`x` is no version"), "{words}");
}

#[tokio::test]
async fn users_that_are_not_listed_are_counted() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    let base = json!({"type": "fixed", "name": "B", "size": 2}).to_string();
    on.ok("create-schema", avro("base", &base)).await;
    for number in 0..52 {
        let schema = json!({"type": "record", "name": format!("U{number}"), "fields": [{"name": "b", "type": "B"}]});
        let mut user = avro(&format!("user-{number}"), &schema.to_string());
        user["references"] = json!([{"name": "B", "subject": "base", "version": 1}]);
        on.ok("create-schema", user).await;
    }
    let (base, words) = on.ok("get-schema", json!({"subject": "base"})).await;
    assert_eq!(base["usedBy"].as_array().unwrap().len(), 50);
    assert_eq!(base["unlistedUsers"], 2);
    assert!(words.ends_with(", and 2 more schema(s)"), "{words}");
}

#[tokio::test]
async fn a_schema_is_shown_without_what_it_refers_to_if_that_is_gone() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    let base = json!({"type": "fixed", "name": "B", "size": 2}).to_string();
    on.ok("create-schema", avro("base", &base)).await;
    let text = json!({"type": "array", "items": "B"}).to_string();
    let mut user = avro("user", &text);
    user["references"] = json!([{"name": "B", "subject": "base", "version": 1}]);
    on.ok("create-schema", user).await;
    for gone in [
        json!({"subject": "user"}),
        json!({"subject": "base"}),
        json!({"subject": "base", "permanent": true}),
    ] {
        on.ok("delete-schema", gone).await;
    }
    let one = json!({"subject": "user", "version": "1"});
    let (user, words) = on.ok("get-schema", one).await;
    assert_eq!(user["schema"], text);
    assert_eq!(user["resolvedReferences"], json!([]));
    let problem = user["referencesProblem"].as_str().unwrap();
    assert!(problem.contains("the reference `B`"), "{problem}");
    assert!(words.contains(problem), "{words}");
}

#[tokio::test]
async fn a_check_names_the_field_at_the_subjects_level_or_another() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    on.ok("create-schema", avro("s", &record(&["a"]))).await;
    let check = "check-schema-compatibility";
    let (good, words) = on.ok(check, avro("s", &record(&[]))).await;
    assert_eq!(
        (&good["compatible"], &good["level"]),
        (&json!(true), &json!("BACKWARD"))
    );
    assert!(words.starts_with("Compatible"), "{words}");
    let (bad, words) = on.ok(check, avro("s", &record(&["a", "b"]))).await;
    assert_eq!(bad["compatible"], false);
    assert_eq!(bad["comparedWith"], json!([1]));
    let problem = &bad["incompatibilities"][0];
    assert_eq!(problem["kind"], "READER_FIELD_MISSING_DEFAULT_VALUE");
    assert_eq!(
        (&problem["path"], &problem["version"]),
        (&json!("/fields/1"), &json!(1))
    );
    assert!(words.contains("field `b` of `R` has no default"), "{words}");

    for (level, removed, added) in [
        ("NONE", true, true),
        ("BACKWARD", true, false),
        ("BACKWARD_TRANSITIVE", true, false),
        ("FORWARD", false, true),
        ("FORWARD_TRANSITIVE", false, true),
        ("FULL", false, false),
        ("FULL_TRANSITIVE", false, false),
    ] {
        for (fields, expected) in [(&[][..], removed), (&["a", "b"], added)] {
            let mut arguments = avro("s", &record(fields));
            arguments["level"] = json!(level);
            let (report, _) = on.ok(check, arguments).await;
            assert_eq!(report["compatible"], expected, "{level} {fields:?}");
        }
    }
    let other = json!({"subject": "s", "schema": "{}", "schemaType": "JSON", "level": "BACKWARD"});
    let (report, _) = on.ok(check, other).await;
    assert_eq!(
        report["incompatibilities"][0]["kind"],
        "SCHEMA_TYPE_CHANGED"
    );
    assert_eq!(
        on.ok("list-schemas", json!({"latestOnly": false})).await.0["subjects"][0]["versions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn everything_may_be_the_first_version_at_any_level() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    let mut arguments = avro("new", &record(&["a"]));
    for level in [Value::Null, json!("BACKWARD"), json!("FULL_TRANSITIVE")] {
        arguments["level"] = level;
        let (report, _) = on.ok("check-schema-compatibility", arguments.clone()).await;
        assert_eq!(report["compatible"], true, "{report}");
    }
    arguments["version"] = json!("1");
    let words = on.error("check-schema-compatibility", arguments).await;
    assert!(words.contains("40401"), "{words}");
}

#[tokio::test]
async fn levels_are_read_set_and_removed() {
    let on = Fixture::start().await;
    let of = json!({"subject": "invoices-value"});
    let (level, words) = on.ok("get-compatibility", of.clone()).await;
    assert_eq!(
        level,
        json!({"subject": "invoices-value", "level": "BACKWARD", "source": "global"})
    );
    assert!(words.contains("none of its own"), "{words}");
    let set = json!({"subject": "invoices-value", "level": "FULL"});
    let (level, _) = on.ok("set-compatibility", set).await;
    assert_eq!(
        (&level["level"], &level["source"]),
        (&json!("FULL"), &json!("subject"))
    );
    let (level, _) = on.ok("set-compatibility", of).await;
    assert_eq!(level["source"], "global");
    let (level, words) = on.ok("set-compatibility", json!({"level": "NONE"})).await;
    assert_eq!(level, json!({"level": "NONE", "source": "global"}));
    assert_eq!(words, "Global compatibility level: NONE.");
    let words = on.error("set-compatibility", json!({})).await;
    assert!(words.contains("`level`"), "{words}");
}

#[tokio::test]
async fn versions_are_compared() {
    let on = Fixture::start().await;
    let (diff, words) = on
        .ok("diff-schemas", json!({"subject": "invoices-value"}))
        .await;
    let paths: Vec<_> = diff["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["path"])
        .collect();
    assert_eq!(paths, ["fields.status", "fields.note"]);
    assert_eq!(
        (&diff["from"]["version"], &diff["to"]["version"]),
        (&json!(1), &json!(2))
    );
    assert!(words.contains("\n+ fields.note: {"), "{words}");
    let same = json!({"subject": "invoices-value", "fromVersion": "2", "toVersion": "latest"});
    let (diff, words) = on.ok("diff-schemas", same).await;
    assert_eq!(diff["changes"], json!([]));
    assert!(words.starts_with("No difference"), "{words}");
    let other = json!({"subject": "shipments-value", "otherSubject": "shop/geo.proto"});
    let (diff, _) = on.ok("diff-schemas", other).await;
    assert!(diff["changes"].as_array().unwrap().len() > 5);
    let words = on
        .error("diff-schemas", json!({"subject": "shop.Money"}))
        .await;
    assert!(words.contains("is the first"), "{words}");
}

#[tokio::test]
async fn contexts_are_listed_with_their_subjects() {
    let on = Fixture::start().await;
    on.ok("create-schema", avro(":.staging:s", &record(&[])))
        .await;
    let (list, words) = on.ok("list-schema-contexts", json!({})).await;
    assert_eq!(
        list,
        json!({"contexts": [{"name": ".", "subjects": 5}, {"name": ".staging", "subjects": 1}]})
    );
    assert!(words.starts_with("2 contexts:"), "{words}");
    let (list, _) = on
        .ok("list-schemas", json!({"subjectPrefix": ":.staging:"}))
        .await;
    assert_eq!(list["subjects"][0]["subject"], ":.staging:s");
    // The name that is listed for the default one.
    let (list, _) = on.ok("list-schemas", json!({"subjectPrefix": ":.:"})).await;
    assert_eq!(list["total"], 5, "{list}");
}

/// Where [`while_another_version_comes`] registers it.
static RACED: OnceLock<String> = OnceLock::new();

/// Agrees to delete version 2, when there is a third one by then.
fn while_another_version_comes(question: &str) -> bool {
    let address = RACED.get().unwrap().strip_prefix("http://").unwrap();
    let body = json!({"schema": record(&[])}).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /subjects/s/versions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    question.contains("version 2 of")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_what_was_asked_about() {
    let mut on = Fixture::with(RegistryOptions::new(), "").await;
    for fields in [&["a", "b"][..], &["a"]] {
        on.ok("create-schema", avro("s", &record(fields))).await;
    }
    RACED.set(on.sandbox.url()).unwrap();
    on.answer = while_another_version_comes;
    let latest = json!({"subject": "s", "version": "latest"});
    let (deleted, _) = on.ok("delete-schema", latest).await;
    assert_eq!(deleted["versions"], json!([2]));
    let all = json!({"latestOnly": false});
    let (list, _) = on.ok("list-schemas", all).await;
    let left = list["subjects"][0]["versions"].as_array().unwrap().iter();
    let left: Vec<_> = left.map(|it| &it["version"]).collect();
    assert_eq!(left, [1, 3]);
}

#[tokio::test]
async fn a_schema_is_shown_in_the_context_where_it_was_found() {
    let on = Fixture::with(RegistryOptions::new(), "").await;
    on.ok("create-schema", avro("a", &record(&["x"]))).await;
    let staged = record(&["y"]);
    on.ok("create-schema", avro(":.staging:b", &staged)).await;
    for asked in [json!({"subject": "b"}), json!({"subject": "b", "id": 1})] {
        let (found, _) = on.ok("get-schema", asked).await;
        assert_eq!(found["schema"], staged);
        assert_eq!(
            found["registeredAs"],
            json!([{"subject": ":.staging:b", "version": 1}])
        );
    }
    on.ok("create-schema", avro(":.staging:b", &record(&[])))
        .await;
    let (diff, _) = on.ok("diff-schemas", json!({"subject": "b"})).await;
    assert_eq!(diff["from"]["subject"], ":.staging:b");
}

#[tokio::test]
async fn what_nobody_approves_is_not_done() {
    let mut on = Fixture::start().await;
    on.answer = |_| false;
    for (tool, arguments) in [
        ("delete-schema", json!({"subject": "subscriptions-value"})),
        ("set-compatibility", json!({"level": "NONE"})),
    ] {
        on.error(tool, arguments).await;
    }
    assert_eq!(on.ok("list-schemas", json!({})).await.0["total"], 5);
    assert_eq!(
        on.ok("get-compatibility", json!({})).await.0["level"],
        "BACKWARD"
    );
}

#[tokio::test]
async fn a_registry_that_is_away_is_an_error_and_no_empty_answer() {
    let on = Fixture::start().await;
    on.sandbox.stop();
    for tool in ["list-schemas", "list-schema-contexts", "get-compatibility"] {
        let words = on.error(tool, json!({})).await;
        assert!(words.contains("no connection"), "{words}");
    }
}

#[tokio::test]
async fn a_read_only_connection_lets_nothing_be_changed() {
    let on = Fixture::with(
        RegistryOptions::new().preload(true),
        "    read_only: true\n",
    )
    .await;
    on.ok("list-schemas", json!({})).await;
    on.ok("check-schema-compatibility", avro("new", &record(&[])))
        .await;
    for (tool, arguments) in [
        ("create-schema", avro("s", &record(&[]))),
        ("delete-schema", json!({"subject": "subscriptions-value"})),
        ("set-compatibility", json!({"level": "NONE"})),
    ] {
        let words = on.error(tool, arguments).await;
        assert!(words.contains("read-only"), "{words}");
    }
}
