//! The rules of the `kafka:` block.

use std::collections::BTreeMap;

use super::{
    assemble::{Assembler, text_entries},
    brokers,
    found::{Data, Fields, Found},
    kafka::{KafkaAuth, KafkaBlock, ScramHash, SecurityProtocol},
    kafka_oauth,
    problems::Place,
    services::HttpAuth,
    url,
};

/// What `extra_properties` may not hold, and the key that says it.
const NAMED: [(&str, &str); 3] = [
    ("bootstrap.servers", "`bootstrap_servers`"),
    ("sasl.username", "`auth`"),
    ("sasl.password", "`auth`"),
];

/// A setting of the Java client that librdkafka does not have.
struct JavaOnly {
    name: &'static str,
    /// The key that says it in the block.
    key: &'static str,
    /// What says it in a properties file.
    property: &'static str,
}

const JAVA_ONLY: [JavaOnly; 5] = {
    const fn trust(name: &'static str) -> JavaOnly {
        JavaOnly {
            name,
            key: "`tls.ca_file` with a PEM file",
            property: "ssl.ca.location with a PEM file",
        }
    }
    [
        trust("ssl.truststore.location"),
        trust("ssl.truststore.password"),
        trust("ssl.truststore.type"),
        JavaOnly {
            name: "sasl.jaas.config",
            key: "`auth`",
            property: "sasl.username and sasl.password",
        },
        JavaOnly {
            name: "sasl.login.callback.handler.class",
            key: "`auth` with `type: oauthbearer`",
            property: "a configuration file with `type: oauthbearer`",
        },
    ]
};

/// What to write in a properties file instead of a setting that only the Java client has.
pub(super) fn instead_of(property: &str) -> Option<&'static str> {
    let known = JAVA_ONLY.iter().find(|known| known.name == property);
    known.map(|known| known.property)
}

/// Builds the block.
pub(super) fn kafka(assembler: &mut Assembler<'_>, mut fields: Fields) -> KafkaBlock {
    if !fields.has("bootstrap_servers") && !fields.has("rest_endpoint") && !fields.failed {
        assembler.problems.error(
            &fields.place,
            &fields.path,
            "names no cluster",
            "Write `bootstrap_servers` (`host:port`), or `rest_endpoint`, or both.",
        );
    }
    let places = Places::of(&fields);
    let tls = assembler.tls(&mut fields);
    let auth_was_written = fields.has("auth");
    let auth = fields.block("auth").and_then(|mut auth| {
        if auth.kind == "mtls" {
            assembler.require_certificate(&auth, tls.as_ref());
        }
        kafka_auth(assembler, &mut auth)
    });
    // What is wrong in it has been reported; nothing more follows from that.
    let auth_failed = auth_was_written && auth.is_none();
    let mut auth = auth.unwrap_or_default();
    let rest_auth_was_written = fields.has("rest_auth");
    let rest = fields.peek_text("rest_endpoint");
    let rest = rest.and_then(|text| url::parse(text).ok());
    let (rest_endpoint, user) = rest.map(|rest| (rest.url, rest.user)).unzip();
    let rest_auth = assembler.auth_beside(
        &mut fields,
        "rest_endpoint",
        "rest_auth",
        tls.as_ref(),
        user.flatten(),
    );
    let brokers = fields.text("bootstrap_servers");
    let brokers = brokers.and_then(|text| brokers::parse(&text).ok());
    let (bootstrap_servers, named_protocol) = brokers.map_or((Vec::new(), None), |brokers| {
        (brokers.addresses, brokers.protocol)
    });
    let path = fields.path_of("extra_properties");
    let mut extra_properties = extra_properties(assembler, &mut fields);
    let tokens = kafka_oauth::from_properties(
        assembler,
        &places.extra_properties,
        &path,
        &mut extra_properties,
    );
    if let Some(tokens) = tokens {
        auth = tokens;
    }
    let block = KafkaBlock {
        bootstrap_servers,
        named_protocol,
        rest_auth: match rest_auth {
            None if !rest_auth_was_written => for_rest(&auth),
            named => named,
        },
        auth,
        tls,
        rest_endpoint,
        cluster_id: fields.text("cluster_id"),
        env_id: fields.text("env_id"),
        extra_properties,
    };
    if !auth_failed {
        check_protocol(assembler, &block, &places);
        check_mechanism(assembler, &block, &places);
    }
    block
}

/// Places that are needed after the values were taken out.
struct Places {
    fields: Vec<String>,
    brokers: Place,
    auth: Place,
    extra_properties: Place,
}

impl Places {
    fn of(fields: &Fields) -> Self {
        Self {
            fields: fields.path.clone(),
            brokers: fields.place_of("bootstrap_servers").clone(),
            auth: fields.place_of("auth").clone(),
            extra_properties: fields.place_of("extra_properties").clone(),
        }
    }
}

fn kafka_auth(assembler: &mut Assembler<'_>, auth: &mut Fields) -> Option<KafkaAuth> {
    Some(match auth.kind {
        "api_key" => KafkaAuth::ApiKey {
            key: auth.text("key")?.into(),
            secret: auth.text("secret")?.into(),
        },
        "plain" => KafkaAuth::Plain {
            username: auth.text("username")?,
            password: auth.text("password")?.into(),
        },
        "scram_sha_256" | "scram_sha_512" => KafkaAuth::Scram {
            hash: if auth.kind == "scram_sha_256" {
                ScramHash::Sha256
            } else {
                ScramHash::Sha512
            },
            username: auth.text("username")?,
            password: auth.text("password")?.into(),
        },
        "oauthbearer" => kafka_oauth::oauthbearer(assembler, auth)?,
        "gssapi" => KafkaAuth::Gssapi {
            principal: auth.text("principal")?,
            keytab_file: assembler.file(auth, "keytab_file"),
            service_name: auth
                .text("service_name")
                .unwrap_or_else(|| "kafka".to_owned()),
        },
        "mtls" => KafkaAuth::Mtls,
        _ => KafkaAuth::None,
    })
}

/// What of the broker's sign-in also opens the REST endpoint.
fn for_rest(auth: &KafkaAuth) -> Option<HttpAuth> {
    match auth.clone() {
        KafkaAuth::ApiKey { key, secret } => Some(HttpAuth::ApiKey { key, secret }),
        KafkaAuth::Plain { username, password } => Some(HttpAuth::Basic { username, password }),
        _ => None,
    }
}

fn extra_properties(
    assembler: &mut Assembler<'_>,
    fields: &mut Fields,
) -> BTreeMap<String, secrecy::SecretString> {
    let path = fields.path_of("extra_properties");
    let entries = fields.map("extra_properties").unwrap_or_default();
    for (name, found) in &entries {
        let mut path = path.clone();
        path.push(name.clone());
        check_property(assembler, name, found, &path);
    }
    text_entries(Some(entries))
        .into_iter()
        .map(|(name, value)| match name.as_str() {
            // Space around the others may be meant.
            "security.protocol" | "sasl.mechanism" | "sasl.mechanisms" => {
                (name, value.trim().into())
            }
            _ => (name, value.into()),
        })
        .collect()
}

fn check_property(assembler: &mut Assembler<'_>, name: &str, found: &Found, path: &[String]) {
    if let Some((_, key)) = NAMED.iter().find(|(property, _)| *property == name) {
        assembler.problems.error(
            &found.place,
            path,
            "may not stand here",
            format!("Write it under {key}."),
        );
    }
    if let Some(JavaOnly { key, .. }) = JAVA_ONLY.iter().find(|known| known.name == name) {
        assembler.problems.warn(
            &found.place,
            path,
            "is a setting of the Java client, which this program is not",
            format!("Write {key} instead."),
        );
    }
    if name == "security.protocol"
        && let Data::Text(text) = &found.data
        && SecurityProtocol::named(text.trim()).is_none()
    {
        let names: Vec<&str> = SecurityProtocol::ALL
            .into_iter()
            .map(SecurityProtocol::as_str)
            .collect();
        assembler.problems.error(
            &found.place,
            path,
            "is no protocol that Kafka has",
            format!("Write one of {}.", names.join(", ")),
        );
    }
}

/// The protocol in front of the brokers must not contradict what else the block says.
fn check_protocol(assembler: &mut Assembler<'_>, block: &KafkaBlock, places: &Places) {
    let overridden = block.extra_properties.contains_key("security.protocol");
    let Some(protocol) = block.named_protocol.filter(|_| !overridden) else {
        return;
    };
    let mechanism_named = block
        .extra_properties
        .keys()
        .any(|name| matches!(name.as_str(), "sasl.mechanism" | "sasl.mechanisms"));
    let name = protocol.as_str();
    let signs_in = block.auth.sasl_mechanism().is_some() || mechanism_named;
    let other_fix = if assembler.problems.are_of_environment() {
        "Set KAFKA_API_KEY and KAFKA_API_SECRET, or write another protocol."
    } else {
        "Write an `auth` block, or another protocol."
    };
    let mut report = |place: &Place, key: &str, what: String, fix: &str| {
        let mut path = places.fields.clone();
        path.push(key.to_owned());
        assembler.problems.error(place, &path, what, fix);
    };
    if protocol.uses_sasl() && !signs_in {
        report(
            &places.brokers,
            "bootstrap_servers",
            format!("says {name}, but nothing says how to sign in"),
            other_fix,
        );
    }
    if !protocol.uses_sasl() && block.auth.sasl_mechanism().is_some() {
        report(
            &places.auth,
            "auth",
            format!("signs in with SASL, but the brokers are named with {name}"),
            "Write SASL_SSL or SASL_PLAINTEXT in front of the brokers, or nothing.",
        );
    }
    if matches!(block.auth, KafkaAuth::Mtls) && protocol != SecurityProtocol::Ssl {
        report(
            &places.auth,
            "auth",
            format!("shows a certificate, but the brokers are named with {name}"),
            "Write SSL in front of the brokers, or nothing.",
        );
    }
    let wants_tls = block.tls.as_ref().map(|tls| tls.enabled);
    if wants_tls.is_some_and(|wants| wants != protocol.uses_tls()) {
        report(
            &places.brokers,
            "bootstrap_servers",
            format!("says {name}, which contradicts `tls`"),
            "Change the protocol in front of the brokers, or the `tls` block.",
        );
    }
}

/// The mechanism must be one that this build has.
fn check_mechanism(assembler: &mut Assembler<'_>, block: &KafkaBlock, places: &Places) {
    let mechanism = block.sasl_mechanism();
    let named_here = mechanism == block.auth.sasl_mechanism();
    let (place, key) = if named_here && mechanism.is_some() {
        (&places.auth, "auth")
    } else {
        (&places.extra_properties, "extra_properties")
    };
    let (what, fix) = match mechanism {
        // In front of the brokers it has been reported.
        None if block.security_protocol().uses_sasl()
            && block.named_protocol.is_none()
            && !cfg!(feature = "gssapi") =>
        {
            (
                "says SASL, but nothing says how to sign in",
                if assembler.problems.are_of_environment() {
                    "Write `sasl.username` and `sasl.password` beside it, or set KAFKA_API_KEY and KAFKA_API_SECRET."
                } else {
                    "Write an `auth` block, or `sasl.mechanisms` beside `security.protocol`."
                },
            )
        }
        Some("GSSAPI") if !cfg!(feature = "gssapi") => (
            "wants GSSAPI (Kerberos), which this build does not have",
            "Build with `--features gssapi`, or sign in another way.",
        ),
        _ => return,
    };
    let mut path = places.fields.clone();
    path.push(key.to_owned());
    assembler.problems.error(place, &path, what, fix);
}
