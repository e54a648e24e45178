//! What concerns the program rather than a connection.

use super::{FILE, LINE, NAMES, PATTERNS, SECRET, URL, WHOLE_URL, auth::TLS_OF_HTTP};
use crate::config::shape::{
    Block, Key, List, Map,
    Shape::{self, Choice, Flag, Integer},
    Text,
};

pub(super) static SERVER: Block = Block {
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
            "What is logged: this and everything more severe.",
            Choice(&[
                ("fatal", "what ends the program"),
                ("error", "what failed"),
                ("warn", "what looks wrong"),
                ("info", "what happens"),
                ("debug", "how it happens"),
                ("trace", "every step"),
            ]),
        )
        .or(r#""warn""#),
        Key::new(
            "do_not_track",
            "Has no effect: no usage data is collected in any case.",
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
        ("http", "Streamable HTTP"),
        ("sse", "server-sent events, deprecated and refused"),
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
            "The port; 0 takes any free one, which is shown at start.",
            Integer {
                min: 0,
                max: 65_535,
            },
        )
        .or("8080"),
        Key::new("host", "The address to bind.", LINE).or(r#""127.0.0.1""#),
        Key::new("mcp_endpoint", "Path of Streamable HTTP.", LINE).or(r#""/mcp""#),
        Key::new(
            "sse_endpoint",
            "Accepted; this path answers 410, as the SSE transport is not served.",
            LINE,
        )
        .or(r#""/sse""#),
        Key::new(
            "sse_message_endpoint",
            "Accepted; this path answers 410, as the SSE transport is not served.",
            LINE,
        )
        .or(r#""/messages""#),
        Key::new(
            "tls",
            "Serve HTTPS with this certificate.",
            Shape::Block(&HTTP_TLS),
        ),
    ]],
};

static HTTP_TLS: Block = Block {
    name: "http_tls",
    about: "The server's certificate. Files are PEM; a relative path starts at the folder of this file.",
    groups: &[&[
        Key::required("cert_file", "The certificate and its chain.", FILE),
        Key::required("key_file", "Its private key, without a password.", FILE),
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
        Key::new(
            "disabled",
            "Ask nobody for a key; on loopback addresses only.",
            Flag,
        )
        .or("false"),
        Key::new(
            "allowed_hosts",
            "Host names that requests may be addressed to. Replaces the default.",
            Shape::List(&PATTERNS),
        )
        .or(r#"["localhost", "127.0.0.1"]"#),
        Key::new(
            "oauth",
            "Accept access tokens of an identity provider, with the scopes `read`, `write` and `destructive`.",
            Shape::Block(&SERVER_OAUTH),
        ),
        Key::new(
            "requests_per_minute",
            "How many requests one caller may send. Without it there is no limit.",
            Integer {
                min: 1,
                max: 1_000_000,
            },
        ),
    ]],
};

static SERVER_OAUTH: Block = Block {
    name: "server_oauth",
    about: "Whose access tokens are accepted over HTTP.",
    groups: &[&[
        Key::required("issuer", "Who issues the tokens: their `iss`.", WHOLE_URL),
        Key::required(
            "audience",
            "Who they are for, their `aud`: the URL of this server as clients know it.",
            WHOLE_URL,
        ),
        Key::required("jwks_url", "Where the issuer publishes its keys.", URL),
    ]],
};

static ANALYTICS: Block = Block {
    name: "analytics",
    about: "Accepted for files that carry it; has no effect.",
    groups: &[&[Key::new("write_key", "Has no effect.", SECRET)]],
};

pub(super) static SAFETY: Block = Block {
    name: "safety",
    about: "Who confirms destructive calls; limits; the audit file.",
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
            "How large the text of a result may be.",
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

pub(super) static TOOLS: Block = Block {
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
        Key::new(
            "output_schemas",
            "List tools with the schemas of their results. Switch it off for clients that put the whole list into the prompt.",
            Flag,
        )
        .or("true"),
    ]],
};

pub(super) static ENDPOINTS: Block = Block {
    name: "endpoints",
    about: "Every other host the program may call, besides those that connections name.",
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
        Key::new(
            "cloud",
            "The control plane of Confluent Cloud, for `oauth` connections.",
            URL,
        )
        .or(r#""https://api.confluent.cloud""#),
        Key::new(
            "telemetry",
            "The metrics API of Confluent Cloud, for `oauth` connections.",
            URL,
        )
        .or(r#""https://api.telemetry.confluent.cloud""#),
        Key::new(
            "flink",
            "Flink in Confluent Cloud, for `oauth` connections. `{region}` and `{cloud}` stand for those \
             of the compute pool.",
            Shape::Text(Text::RegionUrl),
        )
        .or(r#""https://flink.{region}.{cloud}.confluent.cloud""#),
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
        Key::new(
            "docs_search_key",
            "The public key of that search, which is not used without one.",
            LINE,
        ),
    ]],
};

pub(super) static OTLP: Block = Block {
    name: "otlp",
    about: "An OpenTelemetry collector that gets traces and metrics.",
    groups: &[&[
        Key::new(
            "endpoint",
            "Base URL of OTLP/HTTP, such as `http://localhost:4318`; `/v1/traces` and `/v1/metrics` \
             are added. Without it, OTEL_EXPORTER_OTLP_ENDPOINT is used; without either, nothing is sent.",
            URL,
        ),
        Key::new(
            "headers",
            "Sent with every request to the collector, such as `authorization`. Replaces \
             OTEL_EXPORTER_OTLP_HEADERS.",
            Shape::Map(&HEADERS),
        ),
        TLS_OF_HTTP,
        Key::new("traces", "Send a trace of each call.", Flag).or("true"),
        Key::new("metrics", "Send metrics.", Flag).or("true"),
        Key::new(
            "sample_ratio",
            "The share of calls that is traced, from 0 to 1, unless the client decides for its call.",
            Shape::Ratio,
        )
        .or("1"),
        Key::new(
            "service_name",
            "What this server is called in traces and metrics; by default OTEL_SERVICE_NAME.",
            LINE,
        )
        .or(r#""mcp-confluent""#),
        Key::new(
            "interval_seconds",
            "Seconds between two deliveries of metrics.",
            Integer {
                min: 1,
                max: 86_400,
            },
        )
        .or("60"),
    ]],
};

static HEADERS: Map = Map {
    keys: "The name of the header.",
    except: &[],
    of: SECRET,
};
