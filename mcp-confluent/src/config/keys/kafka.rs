//! The `kafka:` block.

use super::{
    FILE, LINE,
    auth::{API_KEY, CLIENT_CREDENTIALS, HTTP_AUTH, NOTHING, PASSWORD, TLS},
};
use crate::config::shape::{Arm, Block, Key, Map, Shape, Text, Union};

pub(super) static KAFKA: Block = Block {
    name: "kafka",
    about: "A Kafka cluster: its brokers, its REST endpoint, or both.",
    groups: &[&[
        Key::new(
            "bootstrap_servers",
            "Brokers to start from: `host:port`, several with commas between them. A protocol \
             such as `SASL_SSL://` may stand in front; IPv6 addresses go in brackets.",
            Shape::Text(Text::Brokers),
        ),
        Key::new(
            "auth",
            "How to sign in to the brokers. SASL runs over TLS unless `tls.enabled` is false.",
            Shape::Union(&KAFKA_AUTH),
        ),
        Key::new(
            "tls",
            "TLS for the brokers and the REST endpoint. Its presence switches TLS on.",
            Shape::Block(&TLS),
        ),
        Key::new(
            "rest_endpoint",
            "URL of the Kafka REST API (v3).",
            Shape::Text(Text::UrlWithUser),
        ),
        Key::new(
            "rest_auth",
            "How to sign in to the REST endpoint, where it is not the API key or password of \
             `auth`.",
            Shape::Union(&HTTP_AUTH),
        ),
        Key::new("cluster_id", "Id of the cluster, such as `lkc-…`.", LINE),
        Key::new(
            "env_id",
            "Id of the environment the cluster is in.",
            Shape::Text(Text::Id("env-")),
        ),
        Key::new(
            "extra_properties",
            "Settings for librdkafka by name; they win over everything above.",
            Shape::Map(&PROPERTIES),
        ),
    ]],
};

static PROPERTIES: Map = Map {
    keys: "The librdkafka name of a setting, such as `socket.timeout.ms`.",
    except: &["bootstrap.servers", "sasl.username", "sasl.password"],
    of: Shape::Text(Text::Raw),
};

static TEXTS: Map = Map {
    keys: "The name.",
    except: &[],
    of: LINE,
};

static KAFKA_AUTH: Union = Union {
    name: "kafka_auth",
    about: "How to sign in to Kafka brokers.",
    arms: &[
        Arm {
            name: "api_key",
            block: &API_KEY,
        },
        Arm {
            name: "plain",
            block: &PASSWORD,
        },
        Arm {
            name: "scram_sha_256",
            block: &PASSWORD,
        },
        Arm {
            name: "scram_sha_512",
            block: &PASSWORD,
        },
        Arm {
            name: "oauthbearer",
            block: &SASL_CREDENTIALS,
        },
        Arm {
            name: "gssapi",
            block: &KERBEROS,
        },
        Arm {
            name: "mtls",
            block: &NOTHING,
        },
        Arm {
            name: "none",
            block: &NOTHING,
        },
    ],
};

static SASL_CREDENTIALS: Block = Block {
    name: "sasl_client_credentials",
    about: "SASL OAUTHBEARER with tokens by the OAuth 2.0 client credentials grant.",
    groups: &[
        CLIENT_CREDENTIALS,
        &[Key::new(
            "extensions",
            "SASL extensions by name.",
            Shape::Map(&TEXTS),
        )],
    ],
};

static KERBEROS: Block = Block {
    name: "kerberos",
    about: "SASL GSSAPI (Kerberos); needs a build with the `gssapi` feature.",
    groups: &[&[
        Key::required("principal", "The client's principal.", LINE),
        Key::new(
            "keytab_file",
            "The client's keytab; without one, the ticket cache is used.",
            FILE,
        ),
        Key::new(
            "service_name",
            "The primary of the brokers' principal.",
            LINE,
        )
        .or(r#""kafka""#),
    ]],
};
