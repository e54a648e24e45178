//! TLS and ways to sign in, as several blocks have them.

use super::{FILE, LINE, SECRET, WHOLE_URL};
use crate::config::shape::{
    Arm, Block, Key,
    Shape::{self, Flag},
    Union,
};

pub(super) static TLS: Block = Block {
    name: "tls",
    about: "How the connection is encrypted and who is trusted. Files are PEM; a relative path \
            starts at the folder of this file.",
    groups: &[&[
        Key::new(
            "enabled",
            "Whether to use TLS. For HTTP services the URL says so instead.",
            Flag,
        )
        .or("true"),
        Key::new(
            "ca_file",
            "Certificates to trust instead of the system's.",
            FILE,
        ),
        Key::new("cert_file", "The client's certificate chain.", FILE),
        Key::new("key_file", "The client's private key.", FILE),
        Key::new("key_password", "The password of the private key.", SECRET),
        Key::new(
            "insecure_skip_verify",
            "Do not check the server's certificate at all. Anyone in between can then read and \
             change everything.",
            Flag,
        )
        .or("false"),
    ]],
};

pub(super) const TLS_OF_HTTP: Key = Key::new(
    "tls",
    "Certificates, where those of the system are not enough.",
    Shape::Block(&TLS),
);

pub(super) static API_KEY: Block = Block {
    name: "api_key",
    about: "A Confluent Cloud API key (SASL PLAIN for Kafka, HTTP Basic elsewhere).",
    groups: &[&[
        Key::required("key", "The key.", SECRET),
        Key::required("secret", "Its secret.", SECRET),
    ]],
};

pub(super) static PASSWORD: Block = Block {
    name: "password",
    about: "A user and a password.",
    groups: &[&[
        Key::required("username", "The user.", LINE),
        Key::required("password", "The password.", SECRET),
    ]],
};

pub(super) static NOTHING: Block = Block {
    name: "nothing",
    about: "No further keys.",
    groups: &[],
};

static BEARER: Block = Block {
    name: "bearer",
    about: "A fixed token, sent as `Authorization: Bearer`.",
    groups: &[&[Key::required("token", "The token.", SECRET)]],
};

/// Keys of the client credentials grant, for Kafka and for HTTP.
pub(super) const CLIENT_CREDENTIALS: &[Key] = &[
    Key::required(
        "token_endpoint",
        "URL where the identity provider issues tokens.",
        WHOLE_URL,
    ),
    Key::required("client_id", "The client.", LINE),
    Key::required("client_secret", "Its secret.", SECRET),
    Key::new(
        "scope",
        "Scopes to ask for, with spaces between them.",
        LINE,
    ),
    Key::new(
        "logical_cluster",
        "The Confluent Cloud cluster the token is for: `lkc-…` for Kafka, `lsrc-…` for a schema \
         registry.",
        LINE,
    ),
    Key::new(
        "identity_pool",
        "The identity pool in Confluent Cloud, `pool-…`.",
        LINE,
    ),
];

static CREDENTIALS: Block = Block {
    name: "client_credentials",
    about: "Tokens by the OAuth 2.0 client credentials grant.",
    groups: &[CLIENT_CREDENTIALS],
};

pub(super) static HTTP_AUTH: Union = Union {
    name: "http_auth",
    about: "How to sign in to an HTTP service.",
    arms: &[
        Arm {
            name: "api_key",
            block: &API_KEY,
        },
        Arm {
            name: "basic",
            block: &PASSWORD,
        },
        Arm {
            name: "bearer",
            block: &BEARER,
        },
        Arm {
            name: "mtls",
            block: &NOTHING,
        },
        Arm {
            name: "oauth",
            block: &CREDENTIALS,
        },
        Arm {
            name: "none",
            block: &NOTHING,
        },
    ],
};

pub(super) static CLOUD_AUTH: Union = Union {
    name: "cloud_auth",
    about: "How to sign in to Confluent Cloud.",
    arms: &[
        Arm {
            name: "api_key",
            block: &API_KEY,
        },
        Arm {
            name: "bearer",
            block: &BEARER,
        },
        Arm {
            name: "oauth",
            block: &CREDENTIALS,
        },
    ],
};
