//! Every key that a configuration file may have: the one description of the file.

use super::shape::{
    Arm, Block, Key, List, Map,
    Shape::{self, Any, Choice, Flag, Integer},
    Text, Union,
};

const LINE: Shape = Shape::Text(Text::Line);
const SECRET: Shape = Shape::Text(Text::Secret);
const URL: Shape = Shape::Text(Text::Url);
const FILE: Shape = Shape::Text(Text::File);

/// The whole file.
pub(super) static ROOT: Block = Block {
    name: "configuration",
    about: "Configuration of mcp-confluent. `${NAME}` and `${NAME:-text}` in a value stand for \
            environment variables.",
    groups: &[&[
        Key::required(
            "connections",
            "The Kafka clusters and Confluent services to work with, by id. The id is what a \
             client passes as `connectionId` when there are several.",
            Shape::Map(&CONNECTIONS),
        ),
        Key::new(
            "server",
            "How clients reach the server, and its log.",
            Shape::Block(&SERVER),
        ),
        Key::new(
            "safety",
            "Who confirms what destroys, limits, audit.",
            Shape::Block(&SAFETY),
        ),
        Key::new(
            "tools",
            "Which categories of tools are on.",
            Shape::Block(&TOOLS),
        ),
        Key::new(
            "endpoints",
            "Every outside host that no connection names and the program may call.",
            Shape::Block(&ENDPOINTS),
        ),
        Key::new(
            "extensions",
            "Settings of tools from other crates, by the name they ask for.",
            Shape::Map(&EXTENSIONS),
        ),
    ]],
};

static EXTENSIONS: Map = Map {
    keys: "The name the extension asks for.",
    of: Any,
};

static CONNECTIONS: Map = Map {
    keys: "The id of the connection.",
    of: Shape::Union(&CONNECTION),
};

static CONNECTION: Union = Union {
    name: "connection",
    about: "A connection: either addresses and credentials (`direct`) or a sign-in to Confluent \
            Cloud (`oauth`).",
    arms: &[
        Arm {
            name: "direct",
            block: &DIRECT,
        },
        Arm {
            name: "oauth",
            block: &OAUTH,
        },
    ],
};

/// Keys of both kinds of connection.
const COMMON: &[Key] = &[
    Key::new(
        "description",
        "What this connection is, for people and models that choose between several.",
        Shape::Text(Text::Note),
    ),
    Key::new(
        "read_only",
        "Nothing may be changed through this connection.",
        Flag,
    )
    .or("false"),
    Key::new(
        "allow_tools",
        "Names of the only tools that may be used on this connection.",
        Shape::List(&NAMES),
    ),
    Key::new(
        "block_tools",
        "Names of tools that may not be used on this connection.",
        Shape::List(&NAMES),
    ),
    Key::new(
        "protected_topics",
        "Topics that no tool may write to, change or delete here; `*` is any run of characters. \
         Replaces the default; `[]` protects none.",
        Shape::List(&PATTERNS),
    )
    .or(r#"["__*", "_schemas", "_confluent*"]"#),
];

static NAMES: List = List {
    of: LINE,
    may_be_empty: false,
    unique: false,
};

static PATTERNS: List = List {
    of: LINE,
    may_be_empty: true,
    unique: false,
};

static DIRECT: Block = Block {
    name: "direct",
    about: "Addresses and credentials, one block per service.",
    groups: &[
        COMMON,
        &[
            Key::new("kafka", "A Kafka cluster.", Shape::Block(&KAFKA)),
            Key::new(
                "schema_registry",
                "A Confluent-compatible schema registry.",
                Shape::Block(&SCHEMA_REGISTRY),
            ),
            Key::new(
                "confluent_cloud",
                "The control plane of Confluent Cloud. Also gives `telemetry` its key.",
                Shape::Block(&CONFLUENT_CLOUD),
            ),
            Key::new(
                "tableflow",
                "Tableflow in Confluent Cloud.",
                Shape::Block(&TABLEFLOW),
            ),
            Key::new(
                "telemetry",
                "The metrics API of Confluent Cloud.",
                Shape::Block(&TELEMETRY),
            ),
            Key::new("flink", "Flink SQL.", Shape::Block(&FLINK)),
        ],
    ],
};

static OAUTH: Block = Block {
    name: "oauth",
    about: "A sign-in to Confluent Cloud in the browser; everything else follows from it.",
    groups: &[
        COMMON,
        &[
            Key::new(
                "ccloud_env",
                "Which deployment of Confluent Cloud.",
                Choice(&[
                    ("devel", "Confluent's development deployment"),
                    ("stag", "Confluent's staging deployment"),
                    ("prod", "Confluent Cloud"),
                ]),
            )
            .or(r#""prod""#),
            Key::new(
                "kafka_debug",
                "librdkafka debug contexts for this connection, such as `broker,security`.",
                LINE,
            ),
        ],
    ],
};

static KAFKA: Block = Block {
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
    of: Shape::Text(Text::Raw),
};

static TEXTS: Map = Map {
    keys: "The name.",
    of: LINE,
};

static TLS: Block = Block {
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

static API_KEY: Block = Block {
    name: "api_key",
    about: "A Confluent Cloud API key (SASL PLAIN for Kafka, HTTP Basic elsewhere).",
    groups: &[&[
        Key::required("key", "The key.", SECRET),
        Key::required("secret", "Its secret.", SECRET),
    ]],
};

static PASSWORD: Block = Block {
    name: "password",
    about: "A user and a password.",
    groups: &[&[
        Key::required("username", "The user.", LINE),
        Key::required("password", "The password.", SECRET),
    ]],
};

static NOTHING: Block = Block {
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
const CLIENT_CREDENTIALS: &[Key] = &[
    Key::required(
        "token_endpoint",
        "URL where the identity provider gives out tokens.",
        URL,
    ),
    Key::required("client_id", "The client.", LINE),
    Key::required("client_secret", "Its secret.", SECRET),
    Key::new(
        "scope",
        "What to ask for; several scopes with spaces between them.",
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

static HTTP_AUTH: Union = Union {
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

static CLOUD_AUTH: Union = Union {
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

const TLS_OF_HTTP: Key = Key::new(
    "tls",
    "Certificates, where the system's are not the right ones.",
    Shape::Block(&TLS),
);

static SCHEMA_REGISTRY: Block = Block {
    name: "schema_registry",
    about: "A Confluent-compatible schema registry.",
    groups: &[&[
        Key::required(
            "endpoint",
            "URL of the registry, several with commas between them: another one is used when one is \
             away.",
            Shape::Text(Text::Urls),
        ),
        Key::new(
            "auth",
            "How to sign in, if it asks.",
            Shape::Union(&HTTP_AUTH),
        ),
        TLS_OF_HTTP,
    ]],
};

static CONFLUENT_CLOUD: Block = Block {
    name: "confluent_cloud",
    about: "The control plane of Confluent Cloud.",
    groups: &[&[
        Key::new("endpoint", "URL of the control plane.", URL)
            .or(r#""https://api.confluent.cloud""#),
        Key::required(
            "auth",
            "How to sign in: a Cloud API key, not the key of a cluster.",
            Shape::Union(&CLOUD_AUTH),
        ),
        Key::new(
            "organization_id",
            "The organisation, so that it need not be looked up.",
            LINE,
        ),
        TLS_OF_HTTP,
    ]],
};

static TABLEFLOW: Block = Block {
    name: "tableflow",
    about: "Tableflow in Confluent Cloud.",
    groups: &[&[Key::required(
        "auth",
        "How to sign in: a Tableflow API key.",
        Shape::Union(&CLOUD_AUTH),
    )]],
};

static TELEMETRY: Block = Block {
    name: "telemetry",
    about: "The metrics API of Confluent Cloud; at least one of its keys.",
    groups: &[&[
        Key::new("endpoint", "URL of the metrics API.", URL)
            .or(r#""https://api.telemetry.confluent.cloud""#),
        Key::new(
            "auth",
            "How to sign in; what `confluent_cloud` says if left out.",
            Shape::Union(&CLOUD_AUTH),
        ),
        TLS_OF_HTTP,
    ]],
};

static FLINK: Block = Block {
    name: "flink",
    about: "Flink SQL in one environment and compute pool.",
    groups: &[&[
        Key::required("endpoint", "URL of Flink in the region.", URL),
        Key::required(
            "auth",
            "How to sign in: a Flink API key.",
            Shape::Union(&HTTP_AUTH),
        ),
        Key::required(
            "environment_id",
            "Id of the environment.",
            Shape::Text(Text::Id("env-")),
        ),
        Key::required("organization_id", "Id of the organisation.", LINE),
        Key::required(
            "compute_pool_id",
            "Id of the compute pool that runs statements.",
            Shape::Text(Text::Id("lfcp-")),
        ),
        Key::new(
            "catalog_name",
            "Catalog that unqualified names belong to; usually the environment's display name.",
            LINE,
        ),
        Key::new(
            "database_name",
            "Database that unqualified names belong to; usually the cluster's display name.",
            LINE,
        ),
        TLS_OF_HTTP,
    ]],
};

static SERVER: Block = Block {
    name: "server",
    about: "How clients reach the server, and its log.",
    groups: &[&[
        Key::new(
            "transports",
            "How clients reach the server.",
            Shape::List(&TRANSPORTS),
        )
        .or(r#"["stdio"]"#),
        Key::new(
            "log_level",
            "What is logged: this and everything graver.",
            Choice(&[
                ("fatal", "what ends the program"),
                ("error", "what failed"),
                ("warn", "what looks wrong"),
                ("info", "what happens"),
                ("debug", "how it happens"),
                ("trace", "every step"),
            ]),
        )
        .or(r#""info""#),
        Key::new(
            "do_not_track",
            "The wish not to be measured. This program never measures anyone.",
            Flag,
        )
        .or("false"),
        Key::new("http", "Where HTTP listens.", Shape::Block(&HTTP)),
        Key::new(
            "auth",
            "Who may call over HTTP.",
            Shape::Block(&SERVER_AUTH),
        ),
        Key::new(
            "analytics",
            "Accepted for files that carry it; has no effect.",
            Shape::Block(&ANALYTICS),
        ),
    ]],
};

static TRANSPORTS: List = List {
    of: Choice(&[
        ("stdio", "standard input and output"),
        ("http", "streamable HTTP"),
        ("sse", "server-sent events, deprecated"),
    ]),
    may_be_empty: false,
    unique: true,
};

static HTTP: Block = Block {
    name: "http",
    about: "Where HTTP listens.",
    groups: &[&[
        Key::new(
            "port",
            "The port.",
            Integer {
                min: 1,
                max: 65_535,
            },
        )
        .or("8080"),
        Key::new("host", "The address to bind.", LINE).or(r#""127.0.0.1""#),
        Key::new("mcp_endpoint", "Path of streamable HTTP.", LINE).or(r#""/mcp""#),
        Key::new("sse_endpoint", "Path where an SSE stream starts.", LINE).or(r#""/sse""#),
        Key::new(
            "sse_message_endpoint",
            "Path that SSE clients post to.",
            LINE,
        )
        .or(r#""/messages""#),
    ]],
};

static SERVER_AUTH: Block = Block {
    name: "server_auth",
    about: "Who may call over HTTP.",
    groups: &[&[
        Key::new(
            "api_key",
            "The key that clients must send, at least 32 characters.",
            Shape::Text(Text::LongSecret(32)),
        ),
        Key::new("disabled", "Ask nobody for a key.", Flag).or("false"),
        Key::new(
            "allowed_hosts",
            "Host names that requests may be addressed to. Replaces the default.",
            Shape::List(&PATTERNS),
        )
        .or(r#"["localhost", "127.0.0.1"]"#),
    ]],
};

static ANALYTICS: Block = Block {
    name: "analytics",
    about: "Accepted for files that carry it; has no effect.",
    groups: &[&[Key::new("write_key", "Has no effect.", SECRET)]],
};

static SAFETY: Block = Block {
    name: "safety",
    about: "Who confirms what destroys, limits, audit.",
    groups: &[&[
        Key::new(
            "confirm",
            "Who has to agree before something is destroyed.",
            Choice(&[
                (
                    "ask",
                    "a person if the client can ask one, otherwise a second call with a token",
                ),
                (
                    "require",
                    "a person; where none can be asked, nothing happens",
                ),
                ("never", "nobody"),
            ]),
        )
        .or(r#""ask""#),
        Key::new(
            "default_timeout_seconds",
            "How long a call may take unless its tool says otherwise.",
            Integer {
                min: 1,
                max: 86_400,
            },
        )
        .or("60"),
        Key::new(
            "max_result_bytes",
            "How large the text of a result may grow.",
            Integer {
                min: 1_000,
                max: 100_000_000,
            },
        )
        .or("100000"),
        Key::new(
            "audit_file",
            "File that records every changing call, one JSON line each.",
            FILE,
        ),
    ]],
};

static TOOLS: Block = Block {
    name: "tools",
    about: "Which categories of tools are on.",
    groups: &[&[
        Key::new(
            "enable",
            "The only categories that are on, such as `kafka` and `schema-registry`.",
            Shape::List(&NAMES),
        ),
        Key::new("disable", "Categories that are off.", Shape::List(&NAMES)),
        Key::new(
            "experimental",
            "Also list tools that are marked experimental.",
            Flag,
        )
        .or("false"),
    ]],
};

static ENDPOINTS: Block = Block {
    name: "endpoints",
    about: "Every outside host that no connection names and the program may call.",
    groups: &[&[
        Key::new(
            "login",
            "Sign-in to Confluent Cloud, for `oauth` connections.",
            URL,
        )
        .or(r#""https://login.confluent.io""#),
        Key::new(
            "session",
            "Where API keys and sign-ins become short-lived tokens.",
            URL,
        )
        .or(r#""https://confluent.cloud""#),
        Key::new("logging", "Logs of connectors in Confluent Cloud.", URL)
            .or(r#""https://api.logging.confluent.cloud""#),
        Key::new("docs", "Product documentation.", URL).or(r#""https://docs.confluent.io""#),
        Key::new("developer", "The developer site and its search.", URL)
            .or(r#""https://developer.confluent.io""#),
        Key::new("support", "The support site and its search.", URL)
            .or(r#""https://support.confluent.io""#),
        Key::new(
            "docs_search",
            "The search behind the product documentation.",
            URL,
        )
        .or(r#""https://search-api.swiftype.com""#),
    ]],
};
