//! Services over HTTP: how their blocks are read, and the ways to sign in.

use secrecy::ExposeSecret as _;

use super::{bad, direct, good, kafka::kafka};
use crate::config::HttpAuth;

const CLOUD: &str = "confluent_cloud: {auth: {type: api_key, key: CK, secret: CS}}\n";

fn api_key(auth: Option<&HttpAuth>) -> (&str, &str) {
    match auth {
        Some(HttpAuth::ApiKey { key, secret }) => (key.expose_secret(), secret.expose_secret()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kinds_of_http_sign_in() {
    let auth = |auth: &str| {
        let tls = "tls: {cert_file: /c, key_file: /k}";
        let text = direct(&format!(
            "schema_registry:\n  endpoint: https://r\n  auth: {auth}\n  {tls}"
        ));
        let config = good(&text);
        config.connections[0]
            .schema_registry()
            .expect("a registry")
            .auth
            .clone()
    };
    assert!(auth("{type: none}").is_none());
    assert_eq!(
        api_key(auth("{type: api_key, key: ' K ', secret: S}").as_ref()),
        ("K", "S")
    );
    assert!(matches!(auth("{type: basic, username: U, password: P}"),
        Some(HttpAuth::Basic { username, password }) if username == "U" && password.expose_secret() == "P"));
    assert!(matches!(auth("{type: bearer, token: T}"),
        Some(HttpAuth::Bearer { token }) if token.expose_secret() == "T"));
    assert!(matches!(auth("{type: mtls}"), Some(HttpAuth::Mtls)));
    let oauth = auth(
        "{type: oauth, token_endpoint: 'https://i/t', client_id: c, client_secret: S, logical_cluster: lsrc-1, identity_pool: pool-1}",
    );
    let Some(HttpAuth::OAuth(credentials)) = oauth else {
        panic!("oauth")
    };
    assert_eq!(credentials.token_endpoint, "https://i/t");
    assert_eq!(credentials.logical_cluster.as_deref(), Some("lsrc-1"));
    assert_eq!(credentials.identity_pool.as_deref(), Some("pool-1"));
    let misplaced = direct("confluent_cloud: {auth: {type: basic, username: U, password: P}}");
    assert_eq!(
        bad(&misplaced),
        "config.yaml:4:36: connections.a.confluent_cloud.auth.type: is no type that exists here"
    );
}

#[test]
fn tls_and_the_url_of_a_service_must_agree() {
    let registry = |text: &str| direct(&format!("schema_registry: {{{text}}}"));
    assert_eq!(
        bad(&registry("endpoint: 'http://r', tls: {ca_file: x}")),
        "config.yaml:4:50: connections.a.schema_registry.tls: has no effect, because `endpoint` starts with `http://`"
    );
    assert_eq!(
        bad(&registry("endpoint: 'https://r', tls: {enabled: false}")),
        "config.yaml:4:51: connections.a.schema_registry.tls: is switched off, but `endpoint` is not an `http://` URL"
    );
    good(&registry("endpoint: 'http://r', tls: {enabled: false}"));
}

#[test]
fn a_registry_may_have_several_urls() {
    let registry = |text: &str| direct(&format!("schema_registry: {{endpoint: {text}}}"));
    let config = good(&registry("'https://me:hunter2@a:1/x, https://b'"));
    let both = config.connections[0].schema_registry().expect("a registry");
    assert_eq!(both.endpoints, ["https://a:1/x", "https://b"]);
    assert!(matches!(&both.auth, Some(HttpAuth::Basic { username, .. }) if username == "me"));
    assert_eq!(
        bad(&registry("'https://a,b:8081'")),
        "config.yaml:4:33: connections.a.schema_registry.endpoint: URL 2 of 2 is not an http or https URL"
    );
    assert_eq!(
        bad(&registry("'https://a,http://b'")),
        "config.yaml:4:33: connections.a.schema_registry.endpoint: mixes `http` and `https`"
    );
}

#[test]
fn a_password_in_a_url_is_moved_to_where_it_is_hidden() {
    let config = good(&direct(
        "schema_registry: {endpoint: 'https://me:hunter2@r:8081/x'}",
    ));
    let registry = config.connections[0].schema_registry().expect("a registry");
    assert_eq!(registry.endpoints, ["https://r:8081/x"]);
    assert!(matches!(&registry.auth,
        Some(HttpAuth::Basic { username, password }) if username == "me" && password.expose_secret() == "hunter2"));
    let both = good(&direct(
        "schema_registry: {endpoint: 'https://me:hunter2@r', auth: {type: bearer, token: T}}",
    ));
    assert_eq!(both.warnings().len(), 1);
    assert!(matches!(
        both.connections[0]
            .schema_registry()
            .expect("a registry")
            .auth,
        Some(HttpAuth::Bearer { .. })
    ));
    let elsewhere = bad("connections: {}
endpoints: {docs: 'https://me:hunter2@r'}");
    assert_eq!(
        elsewhere,
        "config.yaml:2:19: endpoints.docs: must not hold a user or password"
    );
}

#[test]
fn the_rest_endpoint_signs_in_like_the_brokers_unless_told() {
    let rest = |text: &str| kafka(&format!("rest_endpoint: https://r\n{text}")).rest_auth;
    assert!(rest("").is_none());
    assert_eq!(
        api_key(rest("auth: {type: api_key, key: K, secret: S}").as_ref()),
        ("K", "S")
    );
    assert!(matches!(
        rest("auth: {type: plain, username: U, password: P}"),
        Some(HttpAuth::Basic { .. })
    ));
    assert!(rest("auth: {type: scram_sha_256, username: U, password: P}").is_none());
    assert!(matches!(
        rest("auth: {type: plain, username: U, password: P}\nrest_auth: {type: bearer, token: T}"),
        Some(HttpAuth::Bearer { .. })
    ));
    let off = "auth: {type: api_key, key: K, secret: S}\nrest_auth: {type: none}";
    assert!(rest(off).is_none());
}

#[test]
fn telemetry_follows_from_the_control_plane() {
    let services = |blocks: &str| {
        let config = good(&direct(blocks));
        config.connections[0].services().expect("direct").clone()
    };
    let derived = services(CLOUD);
    let telemetry = derived.telemetry.expect("telemetry");
    assert!(telemetry.derived);
    assert_eq!(telemetry.endpoint, "https://api.telemetry.confluent.cloud");
    assert_eq!(api_key(Some(&telemetry.auth)), ("CK", "CS"));
    let cloud = derived.confluent_cloud.expect("cloud");
    assert_eq!(cloud.endpoint, "https://api.confluent.cloud");

    let borrowed = services(&format!("{CLOUD}telemetry: {{endpoint: 'https://t'}}\n"));
    let telemetry = borrowed.telemetry.expect("telemetry");
    assert!(!telemetry.derived);
    assert_eq!(telemetry.endpoint, "https://t");
    assert_eq!(api_key(Some(&telemetry.auth)), ("CK", "CS"));

    let own = services(&format!(
        "{CLOUD}telemetry: {{auth: {{type: api_key, key: TK, secret: TS}}}}\n"
    ));
    let telemetry = own.telemetry.expect("telemetry");
    assert_eq!(telemetry.endpoint, "https://api.telemetry.confluent.cloud");
    assert_eq!(api_key(Some(&telemetry.auth)), ("TK", "TS"));

    assert!(services("").telemetry.is_none());
}
