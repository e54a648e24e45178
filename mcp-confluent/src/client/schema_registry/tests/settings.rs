//! Levels, modes and checks.

use super::*;

#[tokio::test]
async fn a_level_is_set_used_and_removed() {
    let on = Fixture::start().await;
    let subject = on.subject("s");
    on.register("s", &record("R", &["a"])).await;
    let global = on
        .client
        .own_compatibility(&call(), None)
        .await
        .expect("a level");
    assert_eq!(global, Some(CompatibilityLevel::Backward));
    for level in [
        CompatibilityLevel::None,
        CompatibilityLevel::Backward,
        CompatibilityLevel::BackwardTransitive,
        CompatibilityLevel::Forward,
        CompatibilityLevel::ForwardTransitive,
        CompatibilityLevel::FullTransitive,
        CompatibilityLevel::Full,
    ] {
        let set = on
            .client
            .set_compatibility(&call(), Some(&subject), level)
            .await;
        assert_eq!(set.expect("a level"), level);
        let own = on.client.own_compatibility(&call(), Some(&subject)).await;
        assert_eq!(own.expect("a level"), Some(level));
    }
    let wider = record("R", &["a", "b"]);
    let result = on.client.register(&call(), &subject, &wider, false).await;
    let error = failed(result, ErrorKind::Conflict, None);
    assert!(
        error.hint_text().expect("a hint").contains("compatibility"),
        "{error}"
    );

    on.client
        .reset_compatibility(&call(), Some(&subject))
        .await
        .expect("a reset");
    let counts = on
        .client
        .compatibility(&call(), &subject)
        .await
        .expect("a level");
    assert_eq!(counts, CompatibilityLevel::Backward);
    if on.sandbox.is_some() {
        let own = on.client.own_compatibility(&call(), Some(&subject)).await;
        assert_eq!(own.expect("an answer"), None);
    }
}

#[tokio::test]
async fn a_check_registers_nothing() {
    let on = Fixture::start().await;
    let subject = on.subject("s");
    on.register("s", &record("R", &["a"])).await;
    let check = async |schema: &Schema, version| {
        let check = on
            .client
            .check_compatibility(&call(), &subject, version, schema, false)
            .await;
        check.expect("a check")
    };
    assert!(check(&record("R", &[]), None).await.is_compatible);
    let wider = record("R", &["a", "b"]);
    let refused = check(&wider, None).await;
    assert!(!refused.is_compatible);
    if on.sandbox.is_some() {
        assert!(
            refused.messages[0].contains("`b`"),
            "{:?}",
            refused.messages
        );
    }
    assert!(!check(&wider, Some(Version::Latest)).await.is_compatible);
    let versions = on
        .client
        .versions(&call(), &subject, Deleted::Exclude)
        .await;
    assert_eq!(versions.expect("versions"), [1]);
}

#[tokio::test]
async fn modes() {
    let on = Fixture::start().await;
    let subject = on.subject("s");
    on.register("s", &record("R", &["a"])).await;
    assert_eq!(
        on.client.mode(&call(), &subject).await.expect("a mode"),
        Mode::ReadWrite
    );
    let set = on
        .client
        .set_mode(&call(), Some(&subject), &Mode::ReadOnly)
        .await;
    assert_eq!(set.expect("a mode"), Mode::ReadOnly);
    let own = on
        .client
        .own_mode(&call(), Some(&subject))
        .await
        .expect("a mode");
    assert_eq!(own, Some(Mode::ReadOnly));
    if on.sandbox.is_some() {
        let result = on
            .client
            .register(&call(), &subject, &record("R", &[]), false)
            .await;
        failed(result, ErrorKind::Argument, Some("42205"));
    }
    on.client
        .reset_mode(&call(), &subject)
        .await
        .expect("a reset");
    assert_eq!(
        on.client.mode(&call(), &subject).await.expect("a mode"),
        Mode::ReadWrite
    );
}

#[tokio::test]
async fn a_read_only_client_looks_and_checks_but_changes_nothing() {
    let on = Fixture::start().await;
    let (subject, schema) = (on.subject("s"), record("R", &["a"]));
    on.register("s", &schema).await;
    let url = match &on.sandbox {
        Some(registry) => registry.url(),
        None => std::env::var("MCP_CONFLUENT_TEST_REGISTRY_URL").expect("a URL"),
    };
    let reader = client(&url, true);
    reader
        .lookup(&call(), &subject, &schema, false, false)
        .await
        .expect("a version");
    reader
        .check_compatibility(&call(), &subject, None, &schema, false)
        .await
        .expect("a check");
    let refused = ErrorKind::Refused;
    let level = CompatibilityLevel::Full;
    failed(
        reader.register(&call(), &subject, &schema, false).await,
        refused,
        None,
    );
    failed(
        reader.delete_subject(&call(), &subject, false).await,
        refused,
        None,
    );
    failed(
        reader
            .delete_version(&call(), &subject, Version::Latest, false)
            .await,
        refused,
        None,
    );
    failed(
        reader.set_compatibility(&call(), None, level).await,
        refused,
        None,
    );
    failed(
        reader.reset_compatibility(&call(), None).await,
        refused,
        None,
    );
    failed(
        reader.set_mode(&call(), None, &Mode::ReadOnly).await,
        refused,
        None,
    );
    failed(reader.reset_mode(&call(), &subject).await, refused, None);
    let versions = on
        .client
        .versions(&call(), &subject, Deleted::Exclude)
        .await;
    assert_eq!(versions.expect("versions"), [1]);
}
