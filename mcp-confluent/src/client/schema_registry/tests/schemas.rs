//! Registering, reading and deleting.

use super::*;

fn one_of_each() -> [Schema; 3] {
    let json = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let protobuf = "syntax = \"proto3\";\nmessage M {\n  int32 a = 1;\n}\n";
    [
        record("R", &["a"]),
        Schema::new(SchemaType::Json, json.to_string()),
        Schema::new(SchemaType::Protobuf, protobuf),
    ]
}

#[tokio::test]
async fn what_is_registered_is_found_by_version_id_and_text() {
    let on = Fixture::start().await;
    for schema in one_of_each() {
        let name = schema.schema_type.as_str();
        let subject = on.subject(name);
        let registered = on.register(name, &schema).await;
        let latest = on
            .client
            .version(&call(), &subject, Version::Latest, false)
            .await
            .expect(name);
        assert_eq!(
            (&latest.subject, latest.version, latest.id),
            (&subject, 1, registered.id)
        );
        assert_eq!(latest.schema.schema_type, schema.schema_type);
        let by_id = on
            .client
            .schema_by_id(&call(), registered.id, None)
            .await
            .expect(name);
        assert_eq!(by_id.schema.schema_type, schema.schema_type);
        let found = on
            .client
            .lookup(&call(), &subject, &schema, false, false)
            .await
            .expect(name);
        assert_eq!(found.version, 1);
        assert_eq!(
            on.client
                .versions(&call(), &subject, Deleted::Exclude)
                .await
                .expect(name),
            [1]
        );
        let usages = on
            .client
            .usages(&call(), registered.id, None, false)
            .await
            .expect(name);
        assert!(
            usages.contains(&SubjectVersion {
                subject,
                version: 1
            }),
            "{usages:?}"
        );
        assert_eq!(on.register(name, &schema).await.id, registered.id);
    }
    let mut expected: Vec<String> = ["AVRO", "JSON", "PROTOBUF"]
        .map(|name| on.subject(name))
        .to_vec();
    expected.sort();
    let subjects = on
        .client
        .subjects(&call(), Some(&on.prefix), Deleted::Exclude)
        .await;
    assert_eq!(subjects.expect("subjects"), expected);
}

#[tokio::test]
async fn subjects_with_odd_names() {
    let on = Fixture::start().await;
    for name in [
        "a b",
        "größe-値",
        "a&b=c+d",
        "a#b",
        "50%",
        "%2e%2e",
        "a;b:c",
        "x?permanent=true",
    ] {
        let subject = on.subject(name);
        on.register(name, &record("R", &["a"])).await;
        let found = on
            .client
            .version(&call(), &subject, Version::Number(1), false)
            .await;
        assert_eq!(
            found
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .subject,
            subject
        );
        let deleted = on.client.delete_subject(&call(), &subject, false).await;
        assert_eq!(
            deleted.unwrap_or_else(|error| panic!("{name}: {error}")),
            [1]
        );
    }
}

#[tokio::test]
async fn a_slash_in_a_name_stays_in_its_segment() {
    let on = Fixture::sandbox().await;
    let subject = "../config/..\\x";
    on.client
        .register(&call(), subject, &record("R", &[]), false)
        .await
        .expect("a version");
    let subjects = on.client.subjects(&call(), None, Deleted::Exclude).await;
    assert_eq!(subjects.expect("subjects"), [subject]);
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let on = Fixture::start().await;
    let (missing, there) = (on.subject("missing"), on.subject("there"));
    on.register("there", &record("R", &["a"])).await;
    let not_found = ErrorKind::NotFound;
    let versions = on
        .client
        .versions(&call(), &missing, Deleted::Exclude)
        .await;
    let error = failed(versions, not_found, Some("40401"));
    assert!(error.hint_text().expect("a hint").contains("subjects"));
    let version = on
        .client
        .version(&call(), &there, Version::Number(99), false)
        .await;
    failed(version, not_found, Some("40402"));
    failed(
        on.client.schema_by_id(&call(), 1_999_999_999, None).await,
        not_found,
        Some("40403"),
    );
    let other = on
        .client
        .lookup(&call(), &there, &record("R", &["b"]), false, false)
        .await;
    failed(other, not_found, Some("40403"));
}

#[tokio::test]
async fn an_invalid_schema_is_the_callers_mistake() {
    let on = Fixture::start().await;
    for schema in [
        Schema::new(SchemaType::Avro, r#"{"type":"nope"}"#),
        Schema {
            references: vec![Reference {
                name: "n".to_owned(),
                subject: on.subject("none"),
                version: 1,
            }],
            ..avro(&json!({"type": "array", "items": "n"}))
        },
    ] {
        let result = on
            .client
            .register(&call(), &on.subject("s"), &schema, false)
            .await;
        failed(result, ErrorKind::Argument, Some("42201"));
    }
}

#[tokio::test]
async fn deletion_has_two_steps() {
    let on = Fixture::start().await;
    let subject = on.subject("s");
    for fields in [&["a", "b"][..], &["a"]] {
        on.register("s", &record("R", fields)).await;
    }
    let hard = on
        .client
        .delete_subject(&call(), &subject, true)
        .await
        .expect_err("too early");
    assert_eq!(hard.code_text(), Some("40405"));
    assert!(
        hard.hint_text()
            .expect("a hint")
            .contains("without `permanent`"),
        "{hard}"
    );

    let first = on
        .client
        .delete_version(&call(), &subject, Version::Number(1), false)
        .await;
    assert_eq!(first.expect("the version"), 1);
    assert_eq!(
        on.client
            .versions(&call(), &subject, Deleted::Exclude)
            .await
            .expect("versions"),
        [2]
    );
    assert_eq!(
        on.client
            .versions(&call(), &subject, Deleted::Include)
            .await
            .expect("versions"),
        [1, 2]
    );
    // Apicurio also names those that were deleted before.
    let soft = on.client.delete_subject(&call(), &subject, false).await;
    assert_eq!(soft.expect("versions").last(), Some(&2));
    let listed = on
        .client
        .subjects(&call(), Some(&on.prefix), Deleted::Exclude)
        .await;
    assert!(listed.expect("subjects").is_empty());
    let deleted = on
        .client
        .subjects(&call(), Some(&on.prefix), Deleted::Only)
        .await;
    assert_eq!(deleted.expect("subjects"), std::slice::from_ref(&subject));
    let gone = on
        .client
        .delete_subject(&call(), &subject, true)
        .await
        .expect("versions");
    assert!(gone.contains(&2), "{gone:?}");
    let left = on
        .client
        .subjects(&call(), Some(&on.prefix), Deleted::Include)
        .await;
    assert!(left.expect("subjects").is_empty());
}

#[tokio::test]
async fn guids_and_contexts_where_there_are_any() {
    let on = Fixture::start().await;
    let registered = on.register("s", &record("R", &["a"])).await;
    let contexts = on.client.contexts(&call()).await.expect("contexts");
    assert!(contexts.contains(&".".to_owned()), "{contexts:?}");
    let Some(guid) = registered.guid else {
        let guid = "00000000-0000-0000-0000-000000000000";
        let result = on.client.schema_by_guid(&call(), guid).await;
        failed(result, ErrorKind::Unsupported, None);
        assert!(!on.client.has_guids(&call()).await.expect("an answer"));
        return;
    };
    assert!(on.client.has_guids(&call()).await.expect("an answer"));
    let found = on
        .client
        .schema_by_guid(&call(), &guid)
        .await
        .expect("a schema");
    let by_id = on.client.schema_by_id(&call(), registered.id, None).await;
    assert_eq!(found, by_id.expect("a schema"));
}

#[tokio::test]
async fn a_subject_that_may_not_be_seen_does_not_hide_the_schema() {
    let on = Fixture::sandbox().await;
    let registry = on.sandbox.as_ref().expect("the sandbox");
    let id = on.register("s", &record("R", &["a"])).await.id;
    let other = Some("other");
    registry.fail_next(2, 403);
    let found = on.client.schema_by_id(&call(), id, other).await;
    failed(found, ErrorKind::Denied, None);
    registry.fail_next(1, 403);
    let found = on.client.schema_by_id(&call(), id, other).await;
    assert_eq!(found.expect("a schema").schema, record("R", &["a"]));
}

#[tokio::test]
async fn an_id_belongs_to_a_context() {
    let on = Fixture::sandbox().await;
    let there = ":.staging:s";
    let staged = on
        .client
        .register(&call(), there, &record("R", &["b"]), false)
        .await;
    let here = on.register("s", &record("R", &["a"])).await;
    assert_eq!(staged.expect("a version").id, here.id);
    let plain = on
        .client
        .schema_by_id(&call(), here.id, None)
        .await
        .expect("a schema");
    let in_context = on
        .client
        .schema_by_id(&call(), here.id, Some(there))
        .await
        .expect("a schema");
    assert_ne!(plain.schema, in_context.schema);
    assert_eq!(
        on.client.contexts(&call()).await.expect("contexts"),
        [".", ".staging"]
    );
    let all = on
        .client
        .subjects(&call(), Some(":*:"), Deleted::Exclude)
        .await
        .expect("subjects");
    assert_eq!(all, [there.to_owned(), on.subject("s")]);
}
