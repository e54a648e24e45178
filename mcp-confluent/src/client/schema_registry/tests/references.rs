//! What a schema refers to.

use super::*;

fn reference(name: &str, subject: String) -> Reference {
    Reference {
        name: name.to_owned(),
        subject,
        version: 1,
    }
}

fn names(resolved: &[ResolvedReference]) -> Vec<&str> {
    resolved
        .iter()
        .map(|reference| reference.name.as_str())
        .collect()
}

#[tokio::test]
async fn every_schema_comes_after_those_it_uses() {
    let on = Fixture::start().await;
    // Each test run needs its own full names, because registries share schemas between subjects.
    on.register(
        "d.proto",
        &Schema::new(SchemaType::Protobuf, "syntax = \"proto3\";\nmessage D {}\n"),
    )
    .await;
    for (file, message, imports) in [
        ("b", "B", &["d"][..]),
        ("c", "C", &["d"]),
        ("a", "A", &["b", "c"]),
    ] {
        let lines: Vec<String> = imports
            .iter()
            .map(|file| format!("import \"{file}.proto\";"))
            .collect();
        let lines = lines.join(
            "
",
        );
        let text = format!("syntax = \"proto3\";\n{lines}\nmessage {message} {{}}\n");
        let references = imports
            .iter()
            .map(|file| {
                reference(
                    &format!("{file}.proto"),
                    on.subject(&format!("{file}.proto")),
                )
            })
            .collect();
        let schema = Schema {
            references,
            ..Schema::new(SchemaType::Protobuf, text)
        };
        on.register(&format!("{file}.proto"), &schema).await;
    }
    let subject = on.subject("a.proto");
    let top = on
        .client
        .version(&call(), &subject, Version::Latest, false)
        .await
        .expect("a version");
    let resolved = on
        .client
        .resolve_references(&call(), &top.schema, Some(&subject))
        .await;
    let resolved = resolved.expect("references");
    assert_eq!(names(&resolved), ["d.proto", "b.proto", "c.proto"]);
    assert!(resolved[0].schema.text.contains("message D"));
    let by = on
        .client
        .referenced_by(&call(), &on.subject("b.proto"), Version::Number(1))
        .await;
    assert_eq!(by.expect("ids"), [top.id]);
}

#[tokio::test]
async fn what_is_referred_to_cannot_be_deleted() {
    let on = Fixture::start().await;
    let name = format!("T{}", on.prefix.replace('-', ""));
    on.register(
        "base",
        &avro(&json!({"type": "fixed", "name": name, "size": 2})),
    )
    .await;
    let user = Schema {
        references: vec![reference(&name, on.subject("base"))],
        ..avro(&json!({"type": "array", "items": name}))
    };
    on.register("user", &user).await;
    let base = on.subject("base");
    let result = on
        .client
        .delete_version(&call(), &base, Version::Number(1), false)
        .await;
    failed(result, ErrorKind::Argument, Some("42206"));
}

#[tokio::test]
async fn a_reference_that_is_gone_is_named() {
    let on = Fixture::start().await;
    let schema = Schema {
        references: vec![reference("gone", on.subject("gone"))],
        ..record("R", &[])
    };
    let result = on.client.resolve_references(&call(), &schema, None).await;
    let error = failed(result, ErrorKind::NotFound, Some("40401"));
    assert!(
        error
            .message()
            .contains("the reference `gone` to version 1"),
        "{error}"
    );
}

fn fixed(name: &str, size: u32) -> Schema {
    avro(&json!({"type": "fixed", "name": name, "size": size}))
}

impl Fixture {
    /// Registers `schema` under just this subject.
    async fn register_under(&self, subject: &str, schema: &Schema) {
        let registered = self.client.register(&call(), subject, schema, false).await;
        registered.unwrap_or_else(|error| panic!("{subject}: {error}"));
    }
}

#[tokio::test]
async fn references_stay_in_their_context() {
    let on = Fixture::sandbox().await;
    on.register_under(":.staging:base", &fixed("F", 2)).await;
    on.register_under("base", &fixed("F", 4)).await;
    let user = Schema {
        references: vec![reference("F", "base".to_owned())],
        ..avro(&json!({"type": "array", "items": "F"}))
    };
    for (subject, expected) in [
        (Some(":.staging:user"), (":.staging:base", fixed("F", 2))),
        (None, ("base", fixed("F", 4))),
    ] {
        let resolved = on.client.resolve_references(&call(), &user, subject).await;
        let resolved = resolved.expect("references");
        assert_eq!(
            (resolved[0].subject.as_str(), &resolved[0].schema),
            (expected.0, &expected.1)
        );
    }
}

#[tokio::test]
async fn a_reference_is_looked_for_beside_the_schema_that_has_it() {
    let on = Fixture::sandbox().await;
    let field = |name: &str, of: &str| {
        avro(&json!({"type": "record", "name": name, "fields": [{"name": "x", "type": of}]}))
    };
    on.register_under(":.shared:c", &fixed("C", 2)).await;
    // Something else with the same name, where the first one is.
    on.register_under("c", &fixed("C", 4)).await;
    let b = Schema {
        references: vec![reference("C", "c".to_owned())],
        ..field("B", "C")
    };
    on.register_under(":.shared:b", &b).await;
    let a = Schema {
        references: vec![reference("B", ":.shared:b".to_owned())],
        ..field("A", "B")
    };
    on.register_under("a", &a).await;
    let resolved = on
        .client
        .resolve_references(&call(), &a, Some("a"))
        .await
        .expect("references");
    let found: Vec<_> = resolved
        .iter()
        .map(|reference| (reference.subject.as_str(), &reference.schema))
        .collect();
    assert_eq!(found, [(":.shared:c", &fixed("C", 2)), (":.shared:b", &b)]);
}

#[tokio::test]
async fn chains_are_bounded() {
    let on = Fixture::sandbox().await;
    on.client
        .set_compatibility(&call(), None, CompatibilityLevel::None)
        .await
        .expect("a level");
    on.register(
        "n0",
        &avro(&json!({"type": "fixed", "name": "N0", "size": 1})),
    )
    .await;
    for depth in 1..=31 {
        let below = format!("N{}", depth - 1);
        let schema = Schema {
            references: vec![reference(&below, on.subject(&format!("n{}", depth - 1)))],
            ..avro(
                &json!({"type": "record", "name": format!("N{depth}"), "fields": [{"name": "x", "type": below}]}),
            )
        };
        on.register(&format!("n{depth}"), &schema).await;
    }
    let user = |depth: u32| Schema {
        references: vec![reference("top", on.subject(&format!("n{depth}")))],
        ..record("R", &[])
    };
    let resolved = on
        .client
        .resolve_references(&call(), &user(31), None)
        .await
        .expect("references");
    assert_eq!(resolved.len(), 32);
    let one_more = Schema {
        references: vec![reference("N31", on.subject("n31"))],
        ..record("N32", &[])
    };
    on.register("n32", &one_more).await;
    let result = on.client.resolve_references(&call(), &user(32), None).await;
    failed(result, ErrorKind::Unsupported, None);
}
