//! SASL OAUTHBEARER: its SASL extensions, and librdkafka's own settings for fetching tokens.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    assemble::{Assembler, client_credentials, text_entries},
    found::{Data, Fields},
    kafka::{KafkaAuth, OAuthBearer},
    problems::Place,
    reader::quoted,
    services::ClientCredentials,
    url,
};

/// Builds `auth` with `type: oauthbearer`.
pub(super) fn oauthbearer(assembler: &mut Assembler<'_>, auth: &mut Fields) -> Option<KafkaAuth> {
    let path = auth.path_of("extensions");
    let given = auth.map("extensions").unwrap_or_default();
    for (name, found) in &given {
        let Data::Text(value) = &found.data else {
            continue;
        };
        if let Some(what) = wrong_extension(name, value) {
            let mut path = path.clone();
            path.push(name.clone());
            assembler
                .problems
                .error(&found.place, &path, what, EXTENSIONS);
        }
    }
    let mut extensions = text_entries(Some(given));
    let credentials = client_credentials(auth)?;
    let named = [
        ("logicalCluster", &credentials.logical_cluster),
        ("identityPoolId", &credentials.identity_pool),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            extensions.insert(name.to_owned(), value.clone());
        }
    }
    Some(KafkaAuth::OAuthBearer(OAuthBearer {
        credentials,
        extensions,
    }))
}

const EXTENSIONS: &str =
    "An extension is a name of letters (not `auth`) and a value of printable ASCII characters.";

/// Why RFC 7628 §3.1 has no such extension.
fn wrong_extension(name: &str, value: &str) -> Option<&'static str> {
    if name.is_empty() || name == "auth" || !name.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Some("is no name that a SASL extension can have");
    }
    let fits = |b: u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    (!value.bytes().all(fits)).then_some("has a character that a SASL extension cannot have")
}

const METHOD: &str = "sasl.oauthbearer.method";
const GRANT: &str = "sasl.oauthbearer.grant.type";
const ENDPOINT: &str = "sasl.oauthbearer.token.endpoint.url";
const CLIENT: &str = "sasl.oauthbearer.client.id";
const SECRET: &str = "sasl.oauthbearer.client.secret";
const SCOPE: &str = "sasl.oauthbearer.scope";
const EXTRA: &str = "sasl.oauthbearer.extensions";

/// Takes librdkafka's settings for fetching tokens (`sasl.oauthbearer.method: oidc`) out of
/// `properties`, because it is this program that fetches them; `None` where they are not there or do
/// not suffice.
///
/// [The settings](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md)
pub(super) fn from_properties(
    assembler: &mut Assembler<'_>,
    place: &Place,
    path: &[String],
    properties: &mut BTreeMap<String, SecretString>,
) -> Option<KafkaAuth> {
    let is = |name: &str, wanted: &str| {
        let value = properties.get(name).map(|it| it.expose_secret().trim());
        value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    };
    let mechanism = is("sasl.mechanisms", "OAUTHBEARER") || is("sasl.mechanism", "OAUTHBEARER");
    if !mechanism || !is(METHOD, "oidc") {
        return None;
    }
    let (needs, otherwise) = if assembler.problems.are_of_environment() {
        (format!("`{METHOD}=oidc`"), "Write it too.")
    } else {
        (
            format!("`{METHOD}: oidc`"),
            "Write it, or use `auth` with `type: oauthbearer` instead.",
        )
    };
    let mut complain = |name: &str, what: String, fix: &str| {
        let mut path = path.to_vec();
        path.push(name.to_owned());
        assembler.problems.error(place, &path, what, fix);
    };
    if properties.contains_key(GRANT) && !is(GRANT, "client_credentials") {
        complain(
            GRANT,
            "is no way to get tokens that this program has".to_owned(),
            "Write `client_credentials`, or leave it out.",
        );
    }
    properties.remove(METHOD);
    properties.remove(GRANT);
    let scope = properties.remove(SCOPE);
    let extensions = properties.remove(EXTRA);
    let mut required = |name: &str| {
        let value = properties.remove(name).map(|it| trimmed(&it));
        let value = value.filter(|value| !value.is_empty());
        if value.is_none() {
            complain(name, format!("is missing, and {needs} needs it"), otherwise);
        }
        value
    };
    let (endpoint, client_id, secret) = (required(ENDPOINT), required(CLIENT), required(SECRET));
    if let Some(endpoint) = &endpoint
        && let Err((what, fix)) = url::parse_with_query(endpoint)
    {
        complain(ENDPOINT, what.to_owned(), fix);
    }
    let extensions = extensions.map(|it| trimmed(&it)).unwrap_or_default();
    let pairs = extensions.split(',').filter(|pair| !pair.trim().is_empty());
    let mut read = BTreeMap::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (name.trim(), value.trim());
        if let Some(what) = wrong_extension(name, value) {
            complain(EXTRA, format!("{} {what}", quoted(name)), EXTENSIONS);
        }
        read.insert(name.to_owned(), value.to_owned());
    }
    Some(KafkaAuth::OAuthBearer(OAuthBearer {
        credentials: ClientCredentials {
            token_endpoint: endpoint?,
            client_id: client_id?,
            client_secret: secret?.into(),
            scope: scope.map(|it| trimmed(&it)).filter(|it| !it.is_empty()),
            logical_cluster: None,
            identity_pool: None,
        },
        extensions: read,
    }))
}

fn trimmed(value: &SecretString) -> String {
    value.expose_secret().trim().to_owned()
}
