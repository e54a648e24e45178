//! A registry that is slow, away, overloaded, closed or changed by others.

use secrecy::SecretString;

use super::*;
use crate::config::HttpAuth;

#[tokio::test]
async fn a_schema_that_is_known_needs_no_registry_and_the_latest_version_does() {
    let on = Fixture::sandbox().await;
    let registry = on.sandbox.as_ref().expect("the sandbox");
    let subject = on.subject("s");
    let first = on.register("s", &record("R", &["a", "b"])).await;
    let known = on
        .client
        .schema_by_id(&call(), first.id, None)
        .await
        .expect("a schema");

    client(&registry.url(), false)
        .register(&call(), &subject, &record("R", &["a"]), false)
        .await
        .expect("a version of somebody else");
    let latest = on
        .client
        .version(&call(), &subject, Version::Latest, false)
        .await;
    assert_eq!(latest.expect("a version").version, 2);

    registry.stop();
    let again = on
        .client
        .schema_by_id(&call(), first.id, None)
        .await
        .expect("a schema");
    assert_eq!(again, known);
    let latest = on
        .client
        .version(&call(), &subject, Version::Latest, false)
        .await;
    failed(latest, ErrorKind::Unreachable, None);
    let subjects = on.client.subjects(&call(), None, Deleted::Exclude).await;
    failed(subjects, ErrorKind::Unreachable, None);
    registry.restart().await.expect("the port");
    let subjects = on.client.subjects(&call(), None, Deleted::Exclude).await;
    assert_eq!(subjects.expect("subjects"), [subject]);
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let on = Fixture::sandbox().await;
    let registry = on.sandbox.as_ref().expect("the sandbox");
    registry.fail_next(2, 503);
    on.register("s", &record("R", &["a"])).await;
    registry.fail_next(1, 500);
    let subjects = on.client.subjects(&call(), None, Deleted::Exclude).await;
    failed(subjects, ErrorKind::Upstream, None);
    registry.fail_next(1, 503);
    let result = on
        .client
        .delete_subject(&call(), &on.subject("s"), false)
        .await;
    failed(result, ErrorKind::Upstream, None);
}

#[tokio::test]
async fn a_slow_registry_does_not_outlast_the_deadline() {
    let on = Fixture::sandbox().await;
    let registry = on.sandbox.as_ref().expect("the sandbox");
    registry.set_response_delay(Duration::from_mins(1));
    let short = Call::within(Duration::from_millis(100));
    let subjects = on.client.subjects(&short, None, Deleted::Exclude).await;
    failed(subjects, ErrorKind::TimedOut, None);
}

#[tokio::test]
async fn credentials_are_sent_and_wrong_ones_explained() {
    let options = RegistryOptions::new().user("me", "secret");
    let registry = Registry::start(options).await.expect("a registry");
    let with = |password: &str| {
        let auth = HttpAuth::ApiKey {
            key: "me".into(),
            secret: SecretString::from(password),
        };
        let block = SchemaRegistryBlock {
            endpoints: vec![registry.url()],
            auth: Some(auth),
            tls: None,
        };
        SchemaRegistryClient::new(&block, false).expect("a client")
    };
    let subjects = with("secret")
        .subjects(&call(), None, Deleted::Exclude)
        .await;
    assert!(subjects.expect("subjects").is_empty());
    let subjects = with("wrong")
        .subjects(&call(), None, Deleted::Exclude)
        .await;
    let error = failed(subjects, ErrorKind::Unauthenticated, None);
    assert!(
        error
            .hint_text()
            .expect("a hint")
            .contains("`schema_registry`"),
        "{error}"
    );
    assert!(!error.to_string().contains("wrong;"), "{error}");
}

#[tokio::test]
async fn a_second_registry_takes_over() {
    let registry = Registry::start(RegistryOptions::new().preload(true))
        .await
        .expect("a registry");
    let first = Registry::start(RegistryOptions::new())
        .await
        .expect("a registry");
    let block = SchemaRegistryBlock {
        endpoints: vec![first.url(), registry.url()],
        auth: None,
        tls: None,
    };
    let client = SchemaRegistryClient::new(&block, false).expect("a client");
    let invoices = async || {
        client
            .subjects(&call(), Some("invoices"), Deleted::Exclude)
            .await
    };
    assert!(invoices().await.expect("subjects").is_empty());
    first.stop();
    assert_eq!(invoices().await.expect("subjects"), ["invoices-value"]);
    registry.stop();
    failed(invoices().await, ErrorKind::Unreachable, None);
}
